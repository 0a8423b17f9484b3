"""``kellet show`` and ``kellet report``: what a finished run or plan found, again."""

from __future__ import annotations

from pathlib import Path

import click

from kellet.cli.completion import complete_metric, complete_runs
from kellet.cli.newest import choose_run
from kellet.cli.opening import open_option, open_page
from kellet.cli.printing import json_option, print_answer, say
from kellet.errors import InputError


@click.command()
@click.argument("folder", metavar="[RUN]", required=False, shell_complete=complete_runs)
@click.option("--by", metavar="FIELD", help="For a sweep: the field of its grid to tabulate by.")
@click.option(
    "--metric",
    metavar="NAME",
    shell_complete=complete_metric,
    help="For a sweep: what to tabulate.  [default: diversity, or else spread]",
)
@open_option
@json_option
def show(folder: str | None, by: str | None, metric: str | None, opens: bool, as_json: bool) -> None:
    """Print the table of a finished run again, of a sweep or of a plan; by default of the newest in ./runs.

    \b
    kellet show
    kellet show --open
    kellet show runs/digits-1a2b3c
    kellet show runs/digits-1a2b3c --json | jq .sentence
    kellet show runs/normal-4d5e6f --by size --metric variance_ratio
    """
    from kellet.cli.folders import show as read
    from kellet.experiment.sweep import Sweep

    folder = choose_run(folder)
    found = read(folder)
    if isinstance(found, Sweep):
        print_answer(found.answer(by, metric), as_json)
    elif by or metric:
        raise InputError("a sweep for --by and --metric", folder, "leaving them out")
    else:
        print_answer(found.answer(), as_json)
    if opens:
        open_page(_write_page(folder))


@click.command()
@click.argument("folder", metavar="[RUN]", required=False, shell_complete=complete_runs)
@open_option
@json_option
def report(folder: str | None, opens: bool, as_json: bool) -> None:
    """Write the page of a finished run, sweep or plan again, by default of the newest in ./runs: one file, no network.

    \b
    kellet report --open
    kellet report runs/digits-1a2b3c
    """
    from kellet.cli.documents import ReportDocument
    from kellet.page.document import text

    page = _write_page(choose_run(folder))
    sentence = f"Report: {page}"
    if as_json:
        click.echo(text(ReportDocument(sentence=sentence, report=str(page))))
    else:
        say(sentence)
    if opens:
        open_page(page)


def _write_page(folder: str) -> Path | str:
    """Where the page now lies."""
    from kellet.experiment.running.folder import Folder
    from kellet.planning.plans import read
    from kellet.report.page import report as write

    plan = read(folder)
    return Folder(folder).write_text("plan.html", plan.answer().html()) if plan else write(folder)
