"""``kellet show``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kellet.errors import InputError

if TYPE_CHECKING:
    from kellet.experiment.run import Run
    from kellet.experiment.sweep import Sweep


@click.command()
@click.argument("folder", metavar="RUN")
@click.option("--by", metavar="FIELD", help="For a sweep: the field of its grid to tabulate by.")
@click.option("--metric", metavar="NAME", help="For a sweep: what to tabulate.  [default: the first]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the table.")
def show(folder: str, by: str | None, metric: str | None, as_json: bool) -> None:
    """Print the table of a finished run again, or of a sweep.

    \b
    kellet show runs/digits-1a2b3c
    kellet show runs/digits-1a2b3c --json | jq .verdict
    kellet show runs/normal-4d5e6f --by size --metric variance_ratio
    """
    from kellet.experiment.run import Run
    from kellet.experiment.running.folder import Folder

    if Folder.open(folder).experiment().grid:
        from kellet.experiment.sweep import Sweep

        print_sweep(Sweep.read(folder), by, metric, as_json)
        return
    if by or metric:
        raise InputError("a sweep for --by and --metric", folder, "leaving them out")
    result = Run.read(folder)
    if as_json:
        print_json(result)
        return
    from rich.console import Console

    from kellet import report

    report.render(result, Console())


def print_sweep(found: Sweep, by: str | None, metric: str | None, as_json: bool) -> None:
    """The last generation of a sweep: median and 90 % interval, by one field, over all other fields and replicates."""
    field, name = by or next(iter(found.axes)), metric or found.metrics[0].name
    rows = found.table(field, name)
    if as_json:
        import msgspec

        axes = {axis: list(values) for axis, values in found.axes.items()}
        told = [dict(zip(("arm", field, "low", "median", "high"), row, strict=True)) for row in rows]
        document = {"format": "kellet.sweep/1", "axes": axes, "by": field, "metric": name, "rows": told}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from kellet.metrics.catalogue import named

    click.echo(f"{named(name).title} at the last generation: median, 90 % interval")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0))
    table.add_column(field, justify="right", no_wrap=True)
    between = " " if len(found.runs[0].blocks) < 3 else "\n"
    for arm in found.runs[0].blocks:
        table.add_column(arm, justify="right")
    # A grid has room for many values; a terminal has it downwards.
    for at, value in enumerate(found.axes[field]):
        there = rows[at :: len(found.axes[field])]
        table.add_row(str(value), *(f"{middle:.3g}{between}{low:.2g}–{high:.2g}" for _, _, low, middle, high in there))
    Console().print(table)


def print_json(result: Run) -> None:
    """One machine-readable document on standard output."""
    import msgspec

    from kellet import report

    click.echo(msgspec.json.format(msgspec.json.encode(report.document(result)), indent=2))
