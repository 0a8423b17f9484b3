"""``kellet watch``."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from kellet.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from kellet.cli.runs import State
    from kellet.experiment.running.blocks import Block, Key
    from kellet.experiment.running.folder import Folder


@click.command()
@click.argument("folder", metavar="RUN")
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option("--interval", default=2.0, help="Seconds between two looks.  [default: 2]")
def watch(folder: str, once: bool, interval: float) -> None:
    """Follow a run from another terminal: how far it is, and what is left in each arm so far.

    Medians at the last generation, of the replicates that are done.  Ends when the run ends; with exit code 1 if it
    stopped before it was finished.

    \b
    kellet watch runs/digits-1a2b3c
    kellet watch runs/digits-1a2b3c --once
    """
    from rich.console import Console
    from rich.live import Live

    from kellet.cli.runs import state
    from kellet.experiment.running.folder import Folder

    if not interval > 0:
        raise InputError("an interval above 0 seconds", interval, "--interval 2")
    run = Folder.open(folder)
    blocks: dict[Key, Block] = {}
    now = state(run)
    if once:
        Console().print(_table(run, now, blocks))
        return
    with Live(_table(run, now, blocks), console=Console(), auto_refresh=False) as screen:
        while now.state == "running":
            time.sleep(interval)
            now = state(run)
            screen.update(_table(run, now, blocks), refresh=True)
    if now.state == "stopped":
        click.echo(f"kellet: stopped; `kellet run {folder}` goes on where it stopped", err=True)
        sys.exit(1)


def _table(folder: Folder, now: State, blocks: dict[Key, Block]) -> RenderableType:
    """What is there by now; blocks: those seen before, to which the new ones are added."""
    from rich.table import Table

    from kellet.cli.runs import keys
    from kellet.experiment.run import Run
    from kellet.experiment.verdict.quantiles import interval, over
    from kellet.experiment.verdict.summary import headlines
    from kellet.report.figures import figure

    experiment = folder.experiment()
    title = f"{folder}: {now.state}, {now.done} of {now.blocks} blocks"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    blocks |= folder.load(keys(folder) - set(blocks), verify=False)[0]
    if experiment.grid or not blocks:
        return title
    (resolved,) = folder.points()
    cells = resolved.cells
    there = {arm: [block for (id, _), block in sorted(blocks.items()) if id == cell.id] for arm, cell in cells.items()}
    run = Run(resolved, folder, {arm: found for arm, found in there.items() if found})
    watched = [*headlines(run.metrics).values()] or list(run.metrics[:3])
    table.add_column("arm")
    table.add_column("replicates", justify="right")
    for metric in watched:
        table.add_column(f"{metric.title} at {experiment.generations}", justify="right")
    for arm, found in there.items():
        count = sum(len(block.collapsed) for block in found)
        medians = [figure(m, interval(over(run, arm, m)[:, -1]).median) if found else "" for m in watched]
        table.add_row(arm, f"{count} of {experiment.replicates}", *medians)
    return table
