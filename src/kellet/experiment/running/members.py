"""Members: what is recorded of each writer of a pool, and of all of them together, beside what is of any arm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Evidence
from kellet.experiment.cell import Cell
from kellet.laws.model import Marks, Model, read_marks
from kellet.loop.lineage import Generation
from kellet.loop.pool.settings import SHOWN, spread
from kellet.loop.pool.web import Web
from kellet.metrics import Look, Metric, Real
from kellet.metrics.between import BETWEEN
from kellet.metrics.catalogue import split_name

Step = Generation[Evidence, Model] | Web[Evidence]


def list_members(cell: Cell) -> tuple[str, ...]:
    """The writers of a cell that have columns of their own; none where there is no pool."""
    names = () if cell.pool is None else tuple(spread(cell.writers or {}))
    return names if 1 < len(names) <= SHOWN else ()


def list_columns(cell: Cell, metrics: Iterable[str]) -> tuple[str, ...]:
    """What a block of a cell holds where these metrics are watched: of a pool also what is between writers, and
    ``metric@writer``."""
    names = tuple(metrics)
    if cell.pool is None:
        return names
    own = (*names, "model_share_read")
    between = tuple(metric.name for metric in BETWEEN)
    return (*names, *between, *(f"{name}@{writer}" for writer in list_members(cell) for name in own))


def list_base(columns: Iterable[str]) -> tuple[str, ...]:
    """The metrics that are watched of any arm, out of the columns of a block.

    >>> list_base(["variance_ratio", "model_share", "variance_ratio@large"])
    ('variance_ratio',)
    """
    between = {metric.name for metric in BETWEEN}
    return tuple(name for name in columns if name not in between and not split_name(name)[1])


@dataclass(frozen=True, eq=False)
class Seen:
    """A step of a loop, of one writer or of many.

    marks: of all writers together: they have collapsed where each has, and failed where one has.  gone: (K, R), where a
    writer has no numbers.
    """

    step: Step
    looks: tuple[Look, ...]
    marks: Marks
    collapsed: NDArray[np.bool_]
    emptied: NDArray[np.bool_]
    gone: NDArray[np.bool_]

    def read_marks(self, replicates: int) -> Marks:
        """The marks as they are by now."""
        return join_marks([read_marks(look.model, replicates) for look in self.looks])

    def measure(self, metric: Metric) -> Array:
        """(K, R): a metric of each writer; NaN where nothing was learnt."""
        # A loop that runs away may leave the range of numbers, and what a collapsed replicate writes is no number.
        with np.errstate(over="ignore", invalid="ignore"):
            return np.where(self.gone, np.nan, np.stack([metric.measure(look) for look in self.looks]))

    def columns(self, watched: Sequence[Metric], members: Sequence[str]) -> Iterator[tuple[str, Array]]:
        """Each column and its numbers (R,): of several writers the mean of those that have one."""
        many = len(self.looks) > 1
        for metric in watched:
            whole = self.measure(metric)
            yield metric.name, _average(whole) if many else whole[0]
            yield from ((f"{metric.name}@{name}", row) for name, row in zip(members, whole, strict=False))
        if not isinstance(self.step, Web):
            return
        replicates = self.gone.shape[1]
        shared, *read = (np.broadcast_to(s, replicates) for s in (self.step.model_share, *self.step.read.values()))
        together = replace(self.looks[0], web=self.looks, shares=(shared, tuple(read)))
        lost = np.asarray(self.gone.all(axis=0))
        for metric in BETWEEN:
            with np.errstate(all="ignore"):
                suits = metric.suits(together.real, together.model)
                found = metric.measure(together) if suits else np.full(replicates, np.nan)
                yield metric.name, np.where(lost, np.nan, found)
        for name in members:
            yield f"model_share_read@{name}", np.where(lost, np.nan, self.step.read[name])


def see(step: Step, real: Real, judged: int, rng: Generator, first: dict[str, Model], replicates: int) -> Seen:
    """What can be seen of a step.  first: the models of generation 0, which the first call fills in."""
    steps = step.writers if isinstance(step, Web) else {"": step}
    for name, g in steps.items():
        first.setdefault(name, g.model)
    marks = [read_marks(g.model, replicates) for g in steps.values()]
    every = [*steps.values()]
    looks = tuple(Look(g.model, real, judged, rng, first[name]) for name, g in steps.items())
    return Seen(
        step,
        looks,
        join_marks(marks),
        np.logical_and.reduce([g.collapsed for g in every]),
        np.logical_and.reduce([g.emptied for g in every]),
        np.stack([g.collapsed | g.emptied for g in every]),
    )


def join_marks(marks: Sequence[Marks]) -> Marks:
    """What is to be said of all writers together."""
    if len(marks) == 1:
        return marks[0]
    return Marks(
        np.logical_and.reduce([one.collapsed for one in marks]),
        np.logical_and.reduce([one.absorbed for one in marks]),
        np.logical_or.reduce([one.failed for one in marks]),
        next((one.reason for one in marks if one.reason), None),
        next((one.failure for one in marks if one.failure), None),
    )


def _average(rows: Array) -> Array:
    """(R,) the mean of what numbers there are in (K, R)."""
    there = ~np.isnan(rows)
    count = there.sum(axis=0)
    total: Array = np.where(there, rows, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
