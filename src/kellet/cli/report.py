"""``kellet report``."""

from __future__ import annotations

import click


@click.command()
@click.argument("folder", metavar="RUN")
@click.option("--json", "as_json", is_flag=True, help="Print where the page is as JSON.")
def report(folder: str, as_json: bool) -> None:
    """Write the page of a finished run again: one file, no network.

    \b
    kellet report runs/digits-1a2b3c
    """
    from kellet import report
    from kellet.experiment.run import Run

    page = report.write(Run.read(folder))
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode({"report": str(page)}))
    else:
        click.echo(f"Report: {page}")
