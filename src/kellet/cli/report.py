"""``kellet report``."""

from __future__ import annotations

import click

from kellet.cli.printing import json_option


@click.command()
@click.argument("folder", metavar="RUN")
@json_option
def report(folder: str, as_json: bool) -> None:
    """Write the page of a finished run again: one file, no network.

    \b
    kellet report runs/digits-1a2b3c
    """
    from kellet.cli.documents import ReportDocument
    from kellet.page.document import text
    from kellet.report.page import report as write

    page = write(folder)
    sentence = f"Report: {page}"
    click.echo(text(ReportDocument(sentence=sentence, report=str(page))) if as_json else sentence)
