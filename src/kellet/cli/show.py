"""``kellet show`` and ``kellet report``: what a finished run or plan found, again."""

from __future__ import annotations

import click

from kellet.cli.printing import json_option, print_answer, say
from kellet.errors import InputError


@click.command()
@click.argument("folder", metavar="RUN")
@click.option("--by", metavar="FIELD", help="For a sweep: the field of its grid to tabulate by.")
@click.option("--metric", metavar="NAME", help="For a sweep: what to tabulate.  [default: diversity, or else spread]")
@json_option
def show(folder: str, by: str | None, metric: str | None, as_json: bool) -> None:
    """Print the table of a finished run again, of a sweep or of a plan.

    \b
    kellet show runs/digits-1a2b3c
    kellet show runs/digits-1a2b3c --json | jq .sentence
    kellet show runs/normal-4d5e6f --by size --metric variance_ratio
    """
    from kellet.cli.folders import show as read
    from kellet.experiment.sweep import Sweep

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
    """Write the page of a finished run, sweep or plan again: one file, no network.

    \b
    kellet report runs/digits-1a2b3c
    """
    from kellet.cli.documents import ReportDocument
    from kellet.experiment.running.folder import Folder
    from kellet.page.document import text
    from kellet.planning.plans import read
    from kellet.report.page import report as write

    plan = read(folder)
    page = Folder(folder).write_text("plan.html", plan.answer().html()) if plan else write(folder)
    sentence = f"Report: {page}"
    if as_json:
        click.echo(text(ReportDocument(sentence=sentence, report=str(page))))
    else:
        say(sentence)
