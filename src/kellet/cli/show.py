"""``kellet show`` and ``kellet report``: what a finished run found, again."""

from __future__ import annotations

import click

from kellet.cli.printing import json_option, print_answer
from kellet.errors import InputError


@click.command()
@click.argument("folder", metavar="RUN")
@click.option("--by", metavar="FIELD", help="For a sweep: the field of its grid to tabulate by.")
@click.option("--metric", metavar="NAME", help="For a sweep: what to tabulate.  [default: the first]")
@json_option
def show(folder: str, by: str | None, metric: str | None, as_json: bool) -> None:
    """Print the table of a finished run again, or of a sweep.

    \b
    kellet show runs/digits-1a2b3c
    kellet show runs/digits-1a2b3c --json | jq .sentence
    kellet show runs/normal-4d5e6f --by size --metric variance_ratio
    """
    from kellet.experiment.sweep import Sweep
    from kellet.report.show import show as read

    found = read(folder)
    if isinstance(found, Sweep):
        print_answer(found.answer(by, metric), as_json)
        return
    if by or metric:
        raise InputError("a sweep for --by and --metric", folder, "leaving them out")
    print_answer(found.answer(), as_json)


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
