"""How far runs are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from kellet.characters import reveal
from kellet.errors import InputError
from kellet.experiment.extent import check_steps
from kellet.experiment.running.blocks import Key
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.stores import place
from kellet.page.answer import Answer
from kellet.page.cell import Cell
from kellet.page.document import Document
from kellet.page.table import Table
from kellet.struct import checked


class State(msgspec.Struct, frozen=True):
    """How far a run is.  done, blocks: those there, those in all.  seconds: of computing.  sentence: what a plan found,
    or what is wrong with a folder that can't be read; of a plan nobody knows how many blocks it will take.
    """

    run: str
    state: Literal["running", "finished", "stopped", "unreadable"]
    done: int
    blocks: int
    seconds: float
    arms: tuple[str, ...]
    verb: Literal["run", "plan"] = "run"
    sentence: str = ""

    @staticmethod
    def of(folder: Folder) -> State:
        """The state of one run."""
        experiment, status = folder.experiment(), folder.status()
        if status and status.verb == "plan":
            there = len(folder.done())
            ended: Literal["running", "finished", "stopped"]
            ended = "finished" if status.status == "finished" else "running" if folder.busy() else "stopped"
            return State(str(folder), ended, there, there, status.seconds, (), "plan", status.sentence)
        wanted = keys(folder)
        done = len(wanted & set(folder.done()))
        name: Literal["running", "finished", "stopped"]
        name = "finished" if done == len(wanted) else "running" if folder.busy() else "stopped"
        return State(str(folder), name, done, len(wanted), status.seconds if status else 0.0, tuple(experiment.arms))

    def _repr_html_(self) -> str:
        return Cell(tables=(tabulate([self]),))._repr_html_()


class RunsDocument(Document, frozen=True, kw_only=True, tag="kellet/runs/1"):
    """What ``kellet runs`` found."""

    runs: tuple[State, ...]


@checked
def runs(folder: str | Path = "runs") -> tuple[State, ...]:
    """The runs in a folder, or in a store, by name, and how far each of them is; a run is a list of one.

    >>> import tempfile, kellet
    >>> out = f"{tempfile.mkdtemp()}/mine"
    >>> world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    >>> run = kellet.run(world=world, family=family, size=9, generations=1, out=out)
    >>> [(one.state, one.done, one.arms) for one in runs(out)]
    [('finished', 1, ('replace',))]
    """
    there = place(folder).names()
    if not there:
        raise InputError("a folder with runs in it", f"{folder}, which is empty or not there", "kellet runs FOLDER")
    if "experiment.toml" in there:
        return (State.of(Folder.open(folder)),)
    found = (Folder(f"{str(folder).rstrip('/')}/{name}") for name in sorted(there))
    return tuple(filter(None, map(_look, found)))


def _look(folder: Folder) -> State | None:
    """The state of a folder, whatever is wrong with it; None where it is no run, as one that never began."""
    try:
        if not {"experiment.toml", "run.json"} <= set(folder.place.names()):
            return None
        return State.of(Folder.open(folder.path))
    except InputError as error:
        return State(str(folder), "unreadable", 0, 0, 0.0, (), sentence=str(error))


def answer_of(states: Sequence[State], folder: str | Path) -> Answer:
    """A list of runs, for people and programs."""
    often = Counter(one.state for one in states)
    kinds = ", ".join(f"{count} {state}" for state, count in often.items())
    sentence = f"{len(states)} run{'' if len(states) == 1 else 's'} in {folder}{f': {kinds}' if kinds else ''}."
    table, document = tabulate(states), RunsDocument(sentence=sentence, runs=tuple(states))
    return Answer("Runs", (sentence,), lambda: document, (table,) if table.rows else ())


def tabulate(states: Sequence[State]) -> Table:
    """A line for each."""
    rows = tuple(
        (
            reveal(one.run), one.state, f"{one.done}" if one.verb == "plan" else f"{one.done} of {one.blocks}",
            f"{one.seconds:.1f}",
            reveal(f"plan: {one.sentence}" if one.verb == "plan" else one.sentence or ", ".join(one.arms)),
        )
        for one in states
    )  # fmt: skip
    return Table("Runs", ("run", "state", "blocks", "seconds", "arms, or what a plan found"), rows, align="llrrl")


def keys(folder: Folder) -> set[Key]:
    """The blocks of a run, at every point of its grid."""
    points = folder.points()
    check_steps([point.experiment for point in points])
    return {(cell.id, b) for point in points for cell in point.cells.values() for b in point.blocks}
