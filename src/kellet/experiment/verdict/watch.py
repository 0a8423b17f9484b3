"""Watching a run: how far it is, and what is left in each arm so far."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kellet.characters import reveal
from kellet.errors import InputError
from kellet.experiment.running.blocks import Block, Key
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.results import Results
from kellet.experiment.running.schedule import load, make_tasks
from kellet.experiment.running.state import State
from kellet.experiment.verdict.quantiles import figure, interval, over
from kellet.experiment.verdict.summary import headlines
from kellet.metrics import find_metric
from kellet.page.cell import Cell
from kellet.page.table import Table
from kellet.struct import checked

DAY = 24 * 60 * 60.0


class Snapshot(State, frozen=True, kw_only=True):
    """The state of a run, and what is left so far.

    medians: arm -> metric -> the median at the last generation, over the replicates that are done; nothing for a sweep.
    replicates: how many those are.  emptied: in how many of them nothing was left to learn from.
    """

    generations: int
    wanted: int
    replicates: dict[str, int]
    emptied: dict[str, int]
    medians: dict[str, dict[str, float]]

    def _repr_html_(self) -> str:
        return Cell(tables=(self.table(),))._repr_html_()

    def table(self) -> Table:
        """Arm by arm."""
        watched = list(dict.fromkeys(name for there in self.medians.values() for name in there))
        rows = tuple(
            (
                reveal(arm),
                f"{done} of {self.wanted}{f', {gone} with nothing left' if (gone := self.emptied[arm]) else ''}",
                *(figure(find_metric(m), self.medians[arm][m]) if arm in self.medians else "" for m in watched),
            )
            for arm, done in self.replicates.items()
        )  # fmt: skip
        if self.verb == "plan":
            row = f"{self.done}", reveal(self.sentence)
            return Table(f"{self.run}: a plan, {self.state}", ("blocks so far", "answer"), (row,))
        at = (f"{find_metric(name).title} at {self.generations}" for name in watched)
        title = f"{self.run}: {self.state}, {self.done} of {self.blocks} blocks"
        return Table(title, ("arm", "replicates", *at), rows)


@checked
def watch(folder: str | Path, interval: float = 2.0) -> Iterator[Snapshot]:
    """Follow a run, also from another process: how far it is every so many seconds, until it ends or stops.

    >>> import tempfile, kellet
    >>> out = f"{tempfile.mkdtemp()}/mine"
    >>> world, family = kellet.worlds.Normal(), kellet.families.Gaussian()
    >>> run = kellet.run(world=world, family=family, size=9, generations=1, out=out)
    >>> [(now.state, now.replicates) for now in watch(out)]
    [('finished', {'replace': 100})]
    """
    if not 0 < interval <= DAY:
        raise InputError("an interval above 0 seconds, and of at most a day", interval, "--interval 2")
    there = Folder.open(folder)
    blocks: dict[Key, Block] = {}
    while True:
        yield (now := _look(there, blocks))
        if now.state != "running":
            return
        time.sleep(interval)


def _look(folder: Folder, blocks: dict[Key, Block]) -> Snapshot:
    """What is there by now; blocks: those seen before, to which the new ones are added."""
    experiment, state = folder.experiment(), msgspec.structs.asdict(State.of(folder))
    state |= {"generations": experiment.generations, "wanted": experiment.replicates}
    if experiment.grid or state["verb"] == "plan":
        return Snapshot(**state, replicates={}, emptied={}, medians={})
    (resolved,) = folder.points()
    tasks = {task.key: task for task in make_tasks(resolved, folder, ()) if task.key not in blocks}
    blocks |= load(tasks, folder, verify=False)[0]
    cells = resolved.cells
    there = {arm: [block for (id, _), block in sorted(blocks.items()) if id == cell.id] for arm, cell in cells.items()}
    results = Results(resolved, folder, {arm: found for arm, found in there.items() if found})
    metrics = results.metrics if results.blocks else ()
    watched = tuple(headlines(metrics).values()) or metrics[:3]
    return Snapshot(
        **state,
        replicates={arm: sum(len(block.collapsed) for block in found) for arm, found in there.items()},
        emptied={arm: sum(int((block.mark("emptied") >= 0).sum()) for block in found) for arm, found in there.items()},
        medians={
            arm: {m.name: interval(over(results, arm, m)[:, -1]).median for m in watched} for arm in results.blocks
        },
    )
