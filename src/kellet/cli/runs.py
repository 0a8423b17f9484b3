"""``kellet runs``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from kellet.errors import InputError

if TYPE_CHECKING:
    from kellet.experiment.running.blocks import Key
    from kellet.experiment.running.folder import Folder


@dataclass(frozen=True)
class State:
    """How far a run is.  state: running, finished or stopped.  done, blocks: those there, those in all."""

    run: str
    state: str
    done: int
    blocks: int
    seconds: float
    arms: tuple[str, ...]


@click.command()
@click.argument("folder", default="runs")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the table.")
def runs(folder: str, as_json: bool) -> None:
    """List the runs in a folder, by default ./runs, and how far each of them is.

    \b
    kellet runs
    kellet runs s3://bucket/runs --json
    """
    found = [state(one) for one in listed(folder)]
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("run", "state", "blocks", "seconds", "arms"):
        table.add_column(heading, justify="right" if heading in ("blocks", "seconds") else "left")
    for one in found:
        table.add_row(one.run, one.state, f"{one.done} of {one.blocks}", f"{one.seconds:.1f}", ", ".join(one.arms))
    Console().print(table)


def listed(folder: str) -> list[Folder]:
    """The runs in a folder, by name; a run that never began and a plan are none."""
    from kellet.experiment.running.folder import Folder
    from kellet.experiment.running.stores import place

    there = place(folder).names()
    if not there:
        raise InputError("a folder with runs in it", f"{folder}, which is empty or not there", "kellet runs FOLDER")
    if "experiment.toml" in there:
        return [Folder(folder)]
    found = [Folder(f"{folder.rstrip('/')}/{name}") for name in sorted(there)]
    return [one for one in found if {"experiment.toml", "run.json"} <= set(one.place.names())]


def state(folder: Folder) -> State:
    """How far a run is."""
    experiment, status = folder.experiment(), folder.status()
    wanted = keys(folder)
    done = len(wanted & set(folder.done()))
    name = "finished" if done == len(wanted) else "running" if folder.busy() else "stopped"
    seconds = status.seconds if status else 0.0
    return State(str(folder), name, done, len(wanted), seconds, tuple(experiment.arms))


def keys(folder: Folder) -> set[Key]:
    """The blocks of a run, at every point of its grid."""
    return {(cell.id, b) for point in folder.points() for cell in point.cells.values() for b in point.blocks}
