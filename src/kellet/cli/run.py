"""``kellet run``."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kellet.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kellet.experiment.experiment import Experiment
    from kellet.experiment.sweep import Sweep


@click.command()
@click.argument("target")
@click.option(
    "--family",
    metavar="SPEC",
    help="How each generation learns: gaussian, categorical, mixture:components=5, package.module:Class, or "
    "'command:PROGRAM {train} {model}' with --sampler.",
)
@click.option("--sampler", metavar="PROGRAM", help="The program that writes, as 'PROGRAM {model} {n} {out}'.")
@click.option(
    "--size", metavar="N,..", help="Points in each generation's training set; several: one for each, then the last."
)
@click.option("--generations", type=int, help="Generations after the first, which learns from real data alone.")
@click.option("--replicates", type=int, help="Independent repetitions of every arm.")
@click.option("--seed", type=int, help="Seed of all randomness; the same seed gives the same numbers.")
@click.option(
    "--arm", "arms", metavar="NAME=SPEC", multiple=True, help="An arm to run instead of the usual six; may be repeated."
)
@click.option("--columns", metavar="A,B", help="Columns of a table to use.")
@click.option(
    "--tokens",
    type=click.Choice(["words", "characters", "bytes", "bpe"]),
    help="What a family of text reads and writes.  [default: words]",
)
@click.option(
    "--label",
    metavar="COLUMN",
    help="Column of classes; a reader trained on real data then counts which are still written.",
)
@click.option("--out", metavar="FOLDER", help="Run folder; an existing one is resumed.  [default: runs/NAME-HASH]")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where a neural family computes.")
@click.option(
    "--grid",
    metavar="FIELD=A,B",
    multiple=True,
    help="Sweep a field over values, or FROM..TO:STEPS in the logarithm; may be repeated.",
)
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", help="Who computes.  [default: local]")
@click.option("--address", metavar="URL", help="The scheduler of --engine dask.")
@click.option(
    "--shard", metavar="I/N", help="Compute only this part of all blocks; kellet show reads the parts together."
)
@click.option(
    "--jobs",
    type=int,
    help="Processes; the numbers are the same.  [default: every core, or a few more for few blocks; 1 on a GPU]",
)
@click.option(
    "--track",
    type=click.Choice(["mlflow", "wandb", "tensorboard"]),
    help="Send the medians of each arm and generation there as well.",
)
@click.option("--dry-run", is_flag=True, help="Print the complete experiment file, and run nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the table.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def run(
    target: str,
    arms: tuple[str, ...],
    out: str | None,
    jobs: int | None,
    engine: str,
    address: str | None,
    shard: str | None,
    track: str | None,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Run a closed loop and write a report.

    TARGET is digits, words, text or normal; a file of your own (csv, tsv, jsonl, parquet, npy, npz, txt; a folder or a
    glob too); an experiment.toml; or a run folder to resume.

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

    An arm's SPEC joins with +: replace, accumulate or subsample; fresh:1, fresh:10%, fixed:10% or bank:5/50 (real
    points in every generation), with weight:2 or weight:optimal, every:10, random, contaminated:10% or once;
    prior:2, prior:2@mean,variance or map:2; temperature:0.9, shrink:0.9, top-k:50, top-p:0.9, quantile:0.9 or
    verifier:low,high (what of the written points becomes training data).
    """
    import math

    import msgspec

    from kellet.experiment.resolution import complete
    from kellet.experiment.run import Run, work
    from kellet.experiment.run import run as compute
    from kellet.experiment.running.engines import processes
    from kellet.experiment.sweep import Sweep, sweep

    if jobs is not None and jobs < 1:
        raise InputError("at least 1 job", jobs, "--jobs 2")
    # Somebody's own class may lie in the folder that this is called in; last, so that it hides nothing.
    sys.path.append(str(Path.cwd()))
    experiment, folder = described(target, arms, options)
    experiment = complete(experiment)
    points = math.prod(len(values) for values in experiment.axes.values())
    blocks = points * len(experiment.arms) * -(-experiment.replicates // (experiment.block or 1))
    jobs = jobs or processes(experiment.family, blocks)
    if dry_run:
        click.echo(experiment.to_toml(), nl=False)
        return
    out = out or str(folder or Path("runs") / named(target, experiment))
    if (engine == "dask") != (address is not None):
        raise InputError("--engine dask together with --address", f"--engine {engine}", "--engine dask --address URL")
    if track:
        from kellet.report import trackers as tracking

        if experiment.grid:
            raise InputError("an experiment without a grid for --track", "a grid", "kellet show RUN --by FIELD")
        tracking.opened(track)
    result: Sweep | Run | None = None
    missing = 0
    with _Bar(quiet or as_json) as progress, _executor(engine, address, experiment.family, jobs) as executor:
        how: Any = {"jobs": jobs, "executor": executor, "progress": progress}
        if shard:
            missing = work(experiment, out, shard=shard, **how)
        else:
            result = (sweep if experiment.grid else compute)(experiment, out=out, **how)
    if missing:
        if as_json:
            click.echo(msgspec.json.encode({"missing": missing, "folder": out}).decode())
        elif not quiet:
            click.echo(f"Shard {shard} is done; {missing} blocks of other shards are missing in {out}.")
        return
    if result is None:
        result = Sweep.read(out) if experiment.grid else Run.read(out)
    if isinstance(result, Sweep):
        from kellet.cli.show import print_sweep

        if as_json or not quiet:
            print_sweep(result, None, None, as_json)
        if not (as_json or quiet):
            click.echo(f"\nSweep: {out}")
        _fail(result.failures(), True)
        return

    from kellet import report

    page = report.write(result)
    if track:
        tracking.track(result, track)
    if as_json:
        from kellet.cli.show import print_json

        print_json(result)
    elif not quiet:
        from rich.console import Console

        report.render(result, Console())
        click.echo(f"\nReport: {page}")
    _fail(result.failures(), as_json or quiet)


def _fail(failures: dict[str, list[str]], telling: bool) -> None:
    """Exit with 1 if anything failed."""
    if telling:
        for arm, reasons in failures.items():
            click.echo(f"kellet: “{arm}” failed: {reasons[0]}", err=True)
    if failures:
        sys.exit(1)


@contextmanager
def _executor(engine: str, address: str | None, family: Any, jobs: int) -> Iterator[Any]:
    from kellet.experiment.running import engines
    from kellet.families import Adapter
    from kellet.families.abilities import abilities

    if engine == "local" or address is None:
        # Somebody's own class may take its process with it, which must not be this one.
        with engines.local(jobs) if isinstance(family, Adapter) else nullcontext() as executor:
            yield executor
        return
    with engines.dask(address, abilities(family).resources) as executor:
        yield executor


def described(target: str, arms: tuple[str, ...], options: dict[str, Any]) -> tuple[Experiment, str | None]:
    """The experiment that the command line describes, and its folder if it has one already."""
    import msgspec

    from kellet.experiment.experiment import Experiment
    from kellet.experiment.presets import presets
    from kellet.experiment.running.folder import Folder
    from kellet.experiment.running.stores import remote
    from kellet.experiment.spelling import parse_arm, parse_family, parse_grid, parse_size

    sampler = options.pop("sampler")
    family = parse_family(options.pop("family"), sampler) if options.get("family") else None
    if sampler and not family:
        raise InputError("--sampler beside --family command:PROGRAM", "no --family", "both")
    columns, label, tokens = options.pop("columns"), options.pop("label"), options.pop("tokens")
    chosen = tuple(name.strip() for name in columns.split(",")) if columns else None
    folder = None
    own = False
    if target in presets.NAMES:
        experiment = presets.preset(target)
    elif target.endswith(".toml"):
        experiment = Experiment.read(target)
    elif remote(target) or (Path(target) / "experiment.toml").is_file():
        experiment, folder = Folder.open(target).experiment(), target
    else:
        own = True
        experiment = presets.for_file(target, chosen, label, family, tokens)
    if tokens and not own:
        if not hasattr(experiment.world, "tokens"):
            raise InputError("--tokens with a text", target, "leaving it out")
        experiment = msgspec.structs.replace(experiment, world=msgspec.structs.replace(experiment.world, tokens=tokens))
    if (chosen or label) and not own:
        raise InputError("--columns and --label with a table of your own", target, "leaving them out")
    device, grid = options.pop("device", None), options.pop("grid", ())
    changes = {name: value for name, value in options.items() if value is not None}
    if grid:
        changes["grid"] = dict(parse_grid(text) for text in grid)
    if "size" in changes:
        changes["size"] = parse_size(changes["size"])
    if family:
        experiment = presets.with_family(experiment, family)
    if device:
        if "device" not in getattr(experiment.family, "__struct_fields__", ()):
            raise InputError("a neural family for --device", type(experiment.family).__name__.lower(), "--family vae")
        changed: Any = msgspec.structs.replace(experiment.family, device=device)
        changes["family"] = changed
    if arms:
        chosen_arms = [parse_arm(arm) for arm in arms]
        if len(dict(chosen_arms)) < len(chosen_arms):
            names = ", ".join(name for name, _ in chosen_arms)
            raise InputError("a different name for each arm", names, "--arm NAME=SPEC")
        changes["arms"] = dict(chosen_arms)
    return msgspec.structs.replace(experiment, **changes), folder


def named(target: str, experiment: Experiment) -> str:
    """A folder name that is the same for the same experiment, whatever its arms, replicates and grid."""
    import hashlib

    import msgspec

    core = msgspec.structs.replace(experiment, arms=dict(list(experiment.arms.items())[:1]), replicates=1)
    core = msgspec.structs.replace(core, arms={"_": type(next(iter(experiment.arms.values())))()})
    # Values may be added to a grid, and what is there stays.
    core = msgspec.structs.replace(core, grid={"_": ()} if experiment.grid else {})
    stem = re.sub(r"[^\w.-]+", "", Path(target.rstrip("/*")).stem) or "run"
    return f"{stem}-{hashlib.sha256(core.to_toml().encode()).hexdigest()[:6]}"


class _Bar:
    """One progress bar on standard error, only on a terminal."""

    def __init__(self, silent: bool):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("running"), BarColumn(), MofNCompleteColumn(), TextColumn("blocks"), TimeRemainingColumn(),
            console=Console(stderr=True), disable=silent or not sys.stderr.isatty(), transient=True,
        )  # fmt: skip
        self.task = self.bar.add_task("")

    def __enter__(self) -> Any:
        self.bar.start()
        return lambda done, total: self.bar.update(self.task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()
