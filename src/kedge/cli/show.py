"""``kedge show``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kedge.run import Run


@click.command()
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the table.")
def show(folder: Path, as_json: bool) -> None:
    """Print the table of a finished run again.

    \b
    kedge show runs/digits-1a2b3c
    kedge show runs/digits-1a2b3c --json | jq .verdict
    """
    from kedge.run import Run

    result = Run.read(folder)
    if as_json:
        print_json(result)
        return
    from rich.console import Console

    from kedge import report

    report.render(result, Console())


def print_json(result: Run) -> None:
    """One machine-readable document on standard output."""
    import msgspec

    from kedge import report

    click.echo(msgspec.json.format(msgspec.json.encode(report.document(result)), indent=2))
