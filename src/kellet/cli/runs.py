"""``kellet runs`` and ``kellet watch``: how far runs are."""

from __future__ import annotations

import sys

import click

from kellet.cli.completion import complete_runs
from kellet.cli.newest import choose_run
from kellet.cli.options import REAL
from kellet.cli.printing import json_option, print_answer, warn


@click.command()
@click.argument("folder", default="runs")
@json_option
def runs(folder: str, as_json: bool) -> None:
    """List the runs in a folder, by default ./runs, and how far each of them is.

    \b
    kellet runs
    kellet runs s3://bucket/runs --json
    """
    from kellet.experiment.running.state import answer_of
    from kellet.experiment.running.state import runs as find

    print_answer(answer_of(find(folder), folder), as_json)


@click.command()
@click.argument("folder", metavar="[RUN]", required=False, shell_complete=complete_runs)
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option("--interval", metavar="SECONDS", type=REAL, default=2.0, help="Seconds between two looks.  [default: 2]")
def watch(folder: str | None, once: bool, interval: float) -> None:
    """Follow a run from another terminal: how far it is, and what is left in each arm so far.

    RUN is the newest in ./runs unless it is named.  Medians at the last generation, of the replicates that are done.
    Ends when the run ends; with exit code 1 if it stopped before it was finished.

    \b
    kellet watch
    kellet watch runs/digits-1a2b3c
    kellet watch runs/digits-1a2b3c --once
    """
    from rich.console import Console
    from rich.live import Live

    from kellet.experiment.verdict.watch import watch as follow

    folder = choose_run(folder)
    states = follow(folder, interval)
    if once:
        Console().print(next(states).table())
        return
    with Live(console=Console(), auto_refresh=False) as screen:
        for now in states:
            screen.update(now.table(), refresh=True)
    if now.state == "stopped":
        warn(f"stopped; `kellet run {folder}` resumes it")
        sys.exit(1)
