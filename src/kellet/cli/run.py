"""``kellet run``."""

from __future__ import annotations

import math
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from kellet.cli.completion import complete_metrics, complete_parts, complete_targets
from kellet.cli.opening import open_option, open_page
from kellet.cli.options import WHOLE, Wish, check_engine, engine_options, learning_options
from kellet.cli.printing import json_option, print_answer, print_document, quiet_option, say, warn
from kellet.cli.progress import show_run
from kellet.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager

    from kellet.experiment.run import Run
    from kellet.experiment.sweep import Sweep


@click.command()
@click.argument("target", shell_complete=complete_targets)
@learning_options
@click.option(
    "--replicates",
    type=WHOLE,
    help="Independent repetitions of every arm.  [default: of a file of your own, as many "
    "as end in half a minute, such as 20; else the experiment's]",
)
@click.option("--arm", "arms", metavar="NAME=SPEC", multiple=True, shell_complete=complete_parts,
              help="An arm to run instead of the usual six; may be repeated.")  # fmt: skip
@click.option(
    "--metrics",
    metavar="A,B",
    shell_complete=complete_metrics,
    help='What is watched; "usual" stands for what usually is.  [default: usual]',
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where a neural family computes.")
@click.option("--grid", metavar="FIELD=A,B", multiple=True,
              help="Sweep a field over values, or FROM..TO:STEPS in the logarithm; may be repeated.")  # fmt: skip
@engine_options
@click.option("--shard", metavar="I/N",
              help="Compute only this part of all blocks; kellet show reads the parts together.")  # fmt: skip
@click.option("--track", type=click.Choice(["mlflow", "wandb", "tensorboard"]),
              help="Send the medians of each arm and generation there as well.")  # fmt: skip
@click.option("-n", "--dry-run", is_flag=True, help="Print the complete experiment file, and run nothing.")
@open_option
@json_option
@quiet_option
def run(
    target: str, out: str | None, jobs: int | None, engine: str, address: str | None, shard: str | None,
    track: str | None, dry_run: bool, opens: bool, as_json: bool, quiet: bool, **wish: Unpack[Wish],
) -> None:  # fmt: skip
    """Run a closed loop and write a report.

    TARGET is digits, words, web, text or normal; a file of your own (csv, tsv, jsonl, parquet, npy, npz, txt; a folder
    or a glob too); an experiment.toml; or a run folder to resume.

    \b
    kellet run digits
    kellet run words --replicates 10
    kellet run mydata.csv --columns age,income --family mixture:components=5
    kellet run mydata.csv --columns job --family categorical
    kellet run mytext.jsonl --family ngram:order=3 --tokens words
    kellet run digits --arm replace --arm "ours=accumulate+fresh:2%"
    kellet run mydata.csv --family mypackage.module:Thing
    kellet run mydata.csv --family 'command:./train {train} {model}' --sampler './write {model} {n} {out}'
    kellet run digits --dry-run > experiment.toml; kellet run experiment.toml
    kellet run normal --grid size=100,1000 --grid anchor.count=1..100:5; kellet show RUN --by size

    An arm's SPEC joins with +: replace, accumulate, window:3 or subsample; fresh:1, fresh:10%, fixed:10% or bank:5/50
    (real points in every generation), with weight:2 or weight:optimal, every:10, random, contaminated:10% or once;
    prior:2, prior:2@mean,variance or map:2; temperature:0.9, shrink:0.9, top-k:50, top-p:0.9, quantile:0.9 or
    verifier:low,high (what of the written points becomes training data).

    \b
    kellet run words --arm "web=pool+writers:5+humans:10%+filter:0.9,0.05"
    kellet run normal --arm "vault=pool+writers:5+bank:5%/1000" --arm "alone=pool+writers:5"

    With pool many learn from one pool of what all of them and people wrote: writers:5, each with private:10 real points
    of its own; humans:10%, humans:1000, either falling by half (or doubling) every N generations; before:1e12 documents
    of people at first, and written:1e12 of models in each generation; window:3, halving:5 (what is old is read less),
    bias:2 (model text is found more often), filter:0.9,0.05 (what it finds of model text, and takes of people's for it;
    filter:0.9,0.05,0.1,0.2: and a minority of 10 %, of whose text it takes 20 %), pools:5 with migration:1%; documents
    (a pool whose documents are read again), and there whole or dedup:exact.  Anchors, priors and curation as above.
    """
    from kellet.cli.first import fit
    from kellet.cli.target import describe, is_own, name_folder
    from kellet.experiment.extent import check_steps
    from kellet.experiment.resolution import complete
    from kellet.experiment.running.folder import keep_block

    experiment, folder = describe(target, **wish)
    experiment = complete(keep_block(experiment, out))
    # What can't end is not even begun to be timed.
    check_steps([experiment])
    if is_own(target):
        # What was read is said at once; what is needed later is imported later.
        experiment, folder = fit(target, experiment, out, jobs, quiet, wish)
    from kellet.experiment.run import run as compute
    from kellet.experiment.run import work
    from kellet.experiment.running.engines import processes
    from kellet.experiment.running.folder import Folder
    from kellet.experiment.sweep import sweep
    from kellet.report import trackers
    from kellet.report.show import show

    if folder and not is_own(target):
        Folder.of_run(folder)
    points = math.prod(len(values) for values in experiment.axes.values())
    blocks = points * len(experiment.arms) * -(-experiment.replicates // (experiment.block or 1))
    jobs = jobs or processes(experiment.family, blocks)
    if dry_run:
        print_document(experiment.to_toml(), nl=False)
        return
    out = out or str(folder or Path("runs") / name_folder(target, experiment))
    check_engine(engine, address)
    if track:
        # Before hours of computing.
        if experiment.grid:
            raise InputError("an experiment without a grid for --track", "a grid", "kellet show RUN --by FIELD")
        trackers.load(track)
    result: Run | Sweep | None = None
    with (
        show_run(quiet or as_json, experiment, out) as progress,
        _choose_executor(address, experiment.families, jobs) as executor,
    ):
        if not shard:
            how = sweep if experiment.grid else compute
            result = how(experiment, out=out, jobs=jobs, executor=executor, progress=progress)
        elif missing := work(experiment, out, shard=shard, jobs=jobs, executor=executor, progress=progress):
            _say_missing(str(shard), missing, out, as_json, quiet)
            return
    _finish(result or show(out), out, track, opens, as_json, quiet)


def _say_missing(shard: str, missing: int, out: str, as_json: bool, quiet: bool) -> None:
    from kellet.cli.documents import ShardDocument
    from kellet.page.document import text

    sentence = f"Shard {shard} is done; {missing} blocks of other shards are missing in {out}."
    if as_json:
        print_document(text(ShardDocument(sentence=sentence, folder=out, missing=missing)))
    elif not quiet:
        say(sentence)


def _choose_executor(
    address: str | None, families: Sequence[object], jobs: int
) -> AbstractContextManager[Executor | None]:
    from kellet.experiment.running import engines
    from kellet.families import Adapter, Command
    from kellet.families.abilities import abilities

    if address is not None:
        needed = {name: much for family in families for name, much in abilities(family).resources.items()}
        return engines.dask(address, needed)
    # Somebody's own class may take its process with it, which must not be this one; and whoever kills this one does not
    # kill a program, which the process that started it does.
    foreign = any(isinstance(family, Adapter | Command) for family in families)
    return engines.local(jobs) if foreign else nullcontext()


def _finish(result: Run | Sweep, out: str, track: str | None, opens: bool, as_json: bool, quiet: bool) -> None:
    """Write the page, print the answer, and exit with 1 if anything failed; what a run's own sentence has said is not
    said again."""
    from kellet.experiment.sweep import Sweep
    from kellet.report import trackers
    from kellet.report.page import report

    page = None
    try:
        page = report(result)
        written = f"Report: {page}"
    except MemoryError:
        # What was computed for hours is said all the same.
        written = f"The page did not fit into memory; `kellet report {out}` tries again."
    if track and not isinstance(result, Sweep):
        trackers.track(result, track)
    if as_json or not quiet:
        print_answer(result.answer(), as_json, written)
    if opens and page is not None:
        open_page(page)
    failures = result.failures()
    if quiet or as_json or isinstance(result, Sweep):
        for arm, reasons in failures.items():
            warn(f"“{arm}” failed: {reasons[0]}")
    if failures:
        sys.exit(1)
