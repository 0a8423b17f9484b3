"""``kellet plan``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from kellet.errors import InputError


@click.command()
@click.argument("target")
@click.option(
    "--keep",
    metavar="METRIC=LEVEL",
    multiple=True,
    required=True,
    help="What must be left at the end; may be repeated.",
)
@click.option("--family", metavar="SPEC", help="How each generation learns, as for kellet run.")
@click.option("--sampler", metavar="PROGRAM", help="The program that writes, as for kellet run.")
@click.option("--size", metavar="N", help="Rows in each generation's training set.")
@click.option("--generations", type=int, help="The horizon: generations after the first.  [default: 20]")
@click.option(
    "--confidence",
    metavar="SHARE",
    default="0.9",
    help="Chance that one loop keeps everything: 0.9 or 90%.  [default: 0.9]",
)
@click.option("--anchor", default="fresh", metavar="KIND", help="fresh, fixed or bank:K real rows.  [default: fresh]")
@click.option("--contaminated", metavar="SHARE", help="Share of the reserve that models wrote: 0.1 or 10%.")
@click.option("--curation", metavar="SPEC", help="What of the written data becomes training data: temperature:0.9.")
@click.option("--precision", default=1.5, help="Stop when the interval's ends differ by this factor.  [default: 1.5]")
@click.option("--budget-minutes", "budget", default=10.0, help="Stop then, and say what is known.  [default: 10]")
@click.option("--theory", "theory_alone", is_flag=True, help="Closed forms alone: milliseconds, where they are known.")
@click.option("--columns", metavar="A,B", help="Columns of a table to use.")
@click.option("--label", metavar="COLUMN", help="Column of classes.")
@click.option(
    "--tokens",
    type=click.Choice(["words", "characters", "bytes", "bpe"]),
    help="What a family of text reads and writes.",
)
@click.option("--seed", type=int, help="Seed of all randomness.")
@click.option("--jobs", type=int, help="Processes; the numbers are the same.  [default: every core, 1 on a GPU]")
@click.option("--out", metavar="FOLDER", help="Folder for the plan; an existing one goes on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def plan(
    target: str,
    keep: tuple[str, ...],
    confidence: str,
    anchor: str,
    contaminated: str | None,
    curation: str | None,
    precision: float,
    budget: float,
    theory_alone: bool,
    jobs: int | None,
    out: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Say how much real data a loop needs, for your data, your family of models and your horizon.

    Runs as many loops as it takes to find the least number of real rows in every training set for which one loop keeps
    what must be kept with the confidence asked for; says which of three reasons binds: variance needs a number of
    rows, bias a share, rare things about 1/p of them; and writes plan.html and plan.json.

    \b
    kellet plan mydata.csv --columns age,income --keep variance=0.8 --size 1000 --generations 20
    kellet plan mydata.csv --columns job --family categorical --keep rare=0.5
    kellet plan digits --keep coverage=0.8 --generations 20
    kellet plan normal --size 1e9 --generations 1000000000 --keep variance=0.5 --theory

    METRIC is variance, coverage, rare, diversity, types, levels, classes, or any metric of kellet run; LEVEL is
    relative to what as many real rows get. Exit code 3: inconclusive.
    """
    from kellet.cli.run import described
    from kellet.experiment.running.engines import processes
    from kellet.experiment.running.folder import Folder
    from kellet.planning import page as planned
    from kellet.planning import plan as find

    if jobs is not None and jobs < 1:
        raise InputError("at least 1 job", jobs, "--jobs 2")
    sys.path.append(str(Path.cwd()))
    options["generations"] = options["generations"] or 20
    experiment, _ = described(target, (), {**options, "replicates": None})
    levels = _levels(keep)
    out = out or str(Path("runs") / f"plan-{_name(target, experiment, levels)}")
    with _Line(as_json) as progress:
        found = find(
            experiment, keep=levels, confidence=_share(confidence, "--confidence 0.9"),
            anchor=anchor, contaminated=_share(contaminated, "--contaminated 0.1"),
            curation=_curation(curation), precision=precision, budget=60 * budget, theory_alone=theory_alone,
            jobs=jobs or processes(experiment.family), out=None if theory_alone else out, progress=progress,
        )  # fmt: skip
    page = None if theory_alone else planned.write(found, Folder(out))
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(planned.document(found)), indent=2))
    else:
        from rich.console import Console

        planned.render(found, Console())
        if page:
            click.echo(f"\nPlan: {page}")
    if not found.conclusive:
        sys.exit(3)


def _levels(keep: tuple[str, ...]) -> dict[str, float]:
    levels = {}
    for text in keep:
        name, equals, level = text.partition("=")
        try:
            levels[name.strip()] = float(level[:-1]) / 100 if level.endswith("%") else float(level)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise InputError("METRIC=LEVEL", repr(text), "--keep variance=0.9")
    return levels


def _share(text: str | None, attempt: str) -> float:
    """A share, however it is spelled."""
    if text is None:
        return 0.0
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise InputError("a share", repr(text), attempt) from None


def _curation(text: str | None) -> Any:
    """What of the written rows becomes training data, spelled as in an arm."""
    if text is None:
        return None
    from kellet.experiment.spelling import parse_arm

    curation = parse_arm(text)[1].curation
    if curation is None:
        raise InputError("a curation", repr(text), "--curation temperature:0.9")
    return curation


def _name(target: str, experiment: Any, levels: dict[str, float]) -> str:
    from kellet.cli.run import named

    return f"{named(target, experiment)}-{'-'.join(levels)}"


class _Line:
    """One line on standard error that says how far the search is, only on a terminal."""

    def __init__(self, silent: bool):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
            console=Console(stderr=True), disable=silent or not sys.stderr.isatty(), transient=True,
        )  # fmt: skip
        self.task = self.bar.add_task("first trials", total=1.0)

    def __enter__(self) -> Any:
        self.bar.start()
        return lambda said, done: self.bar.update(self.task, description=said, completed=done)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()
