"""``kellet plan``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import click

from kellet.cli.completion import complete_kept, complete_targets
from kellet.cli.opening import open_option, open_page
from kellet.cli.options import REAL, SHARE, SHARE_OR_FILE, Wish, learning_options
from kellet.cli.printing import json_option, print_answer, quiet_option
from kellet.cli.progress import show_search
from kellet.errors import InputError
from kellet.experiment.numbers import parse_share

if TYPE_CHECKING:
    from kellet.planning.supply import Wanted

BEGUN = time.monotonic()
"""What this process has loaded until it plans counts, too."""


@click.command()
@click.argument("target", shell_complete=complete_targets)
@click.option("--keep", metavar="METRIC=LEVEL", multiple=True, shell_complete=complete_kept,
              help="What must be left at the end; may be repeated.  "
              "[default: 90 % of spread, coverage and the rare part]")  # fmt: skip
@learning_options
@click.option("--confidence", metavar="SHARE", type=SHARE, default=0.9,
              help="Chance that one loop keeps everything: 0.9 or 90%.  [default: 0.9]")  # fmt: skip
@click.option("--anchor", default="fresh", metavar="KIND", help="fresh, fixed or bank:/K real rows; bank:10%, of a "
              "vault whose size is searched for.  [default: fresh]")  # fmt: skip
@click.option("--arm", metavar="NAME|SPEC", help="An arm with a pool: one of TARGET's, or pool+writers:5.  [default: "
              "the first of TARGET's that has one]")  # fmt: skip
@click.option("--search", type=click.Choice(["humans", "vault", "anchor"]),
              help="What is searched for in a pool: how much people must write, how large a vault must be, or how many "
              "real rows each model must read.  [default: the first two]")  # fmt: skip
@click.option("--contaminated", metavar="SHARE|FILE", type=SHARE_OR_FILE, default=0.0,
              help="Share of the reserve that models wrote: 0.1 or 10%; or what `kellet estimate --json` said of it, "
              "whose upper bound is taken.")  # fmt: skip
@click.option("--curation", metavar="SPEC", help="What of the written data becomes training data: temperature:0.9.")
@click.option(
    "--precision", type=REAL, default=1.5, help="Stop when the interval's ends differ by this factor.  [default: 1.5]"
)
@click.option(
    "--budget-minutes", "budget", type=REAL, default=10.0, help="Stop then, and say what is known.  [default: 10]"
)
@quiet_option
@click.option("--theory", "theory_alone", is_flag=True, help="Closed forms alone: milliseconds, where they are known.")
@open_option
@json_option
def plan(
    target: str, keep: tuple[str, ...], confidence: float, anchor: str, arm: str | None, search: Wanted | None,
    contaminated: float | str, curation: str | None, precision: float, budget: float, theory_alone: bool,
    jobs: int | None, out: str | None, opens: bool, as_json: bool, quiet: bool,
    **wish: Unpack[Wish],
) -> None:  # fmt: skip
    """Say how much real data a loop needs, for your data, your family of models and your horizon.

    Runs as many loops as it takes to find the smallest number of real rows in every training set for which one loop
    keeps what must be kept, with the confidence you ask for. Says which of three reasons is the limiting factor:
    variance needs a fixed number of real rows, bias a percentage, rare things about 1/p rows. Writes plan.html and
    plan.json. For many models that learn from one pool it says how much people must write in each generation, and how
    large a vault of clean text must be.

    \b
    kellet plan mydata.csv --columns age,income --keep variance=0.8 --size 1000 --generations 20
    kellet plan mydata.csv --columns job --family categorical --keep rare=0.5
    kellet plan digits --keep coverage=0.8 --generations 20
    kellet plan mydata.csv --size 1000,10000
    kellet plan normal --size 1e9 --generations 1000000000 --keep variance=0.5 --theory
    kellet plan words --arm pool+writers:5+window:1 --search humans --generations 10
    kellet plan words --arm pool+writers:5+window:1 --search vault --anchor bank:10% --generations 10

    METRIC is spread, variance, coverage, rare, diversity, types, levels, classes, or any metric of kellet run; LEVEL is
    relative to a real sample of the same size. Several sizes get a plan each. The number of rows is what is searched
    for, so an anchor's KIND has no count.
    Exit code 3: inconclusive.
    """
    import msgspec

    if opens and theory_alone:
        raise InputError("a page for --open", "--theory, which writes none", "leaving one of them out")
    from kellet.cli.target import describe, name_folder
    from kellet.experiment.presets.presets import has_pool
    from kellet.experiment.running.engines import processes
    from kellet.experiment.running.folder import Folder
    from kellet.experiment.spelling import parse_arm, parse_curation
    from kellet.mix.asking import read_estimate
    from kellet.planning import plan as find

    share = read_estimate(contaminated) if isinstance(contaminated, str) else contaminated
    spelled = arm is not None and not {"+", ":", "="}.isdisjoint(arm)
    experiment, folder = describe(target, **({**wish, "arms": (arm,)} if arm is not None and spelled else wish))
    chosen: Any = next(iter(experiment.arms)) if spelled else arm
    if arm is not None and not spelled and arm not in experiment.arms:
        chosen = parse_arm(arm)[1]
    # What an experiment of one's own says, it says for plans as well; and so does one of many writers.
    own = folder is not None or target.endswith(".toml") or has_pool(target)
    if wish.get("generations") is None and not own:
        experiment = msgspec.structs.replace(experiment, generations=20)
    levels = dict(map(_level, keep))
    known = folder if folder and Folder(folder).is_plan else None
    folder = out or known or str(Path("runs") / f"plan-{name_folder(target, experiment)}-{'-'.join(levels) or 'usual'}")
    loading = min(time.monotonic() - BEGUN, 30 * budget)
    heading = f"At most {budget:g} minutes{'' if theory_alone else f' -> {folder}'}"
    with show_search(quiet or as_json or theory_alone, heading) as progress:
        found = find(
            experiment, keep=levels or None, confidence=confidence, anchor=anchor, contaminated=share,
            arm=chosen, search=search, curation=None if curation is None else parse_curation(curation),
            precision=precision,
            budget=60 * budget - loading, theory_alone=theory_alone,
            jobs=jobs or processes(experiment.family), out=None if theory_alone else folder, progress=progress,
        )  # fmt: skip
    if as_json or not quiet:
        print_answer(found.answer(), as_json, "" if theory_alone else f"Plan: {folder}/plan.html")
    if opens:
        open_page(f"{folder}/plan.html")
    if not found.conclusive:
        sys.exit(3)


def _level(text: str) -> tuple[str, float]:
    """A metric and its level, from METRIC=LEVEL."""
    name, _, level = text.partition("=")
    if not (name.strip() and level):
        raise InputError("METRIC=LEVEL after --keep", repr(text), "--keep variance=0.9")
    return name.strip(), parse_share(level, f"--keep {text}", f"--keep {name}=0.9")
