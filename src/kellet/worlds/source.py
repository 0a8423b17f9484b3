"""Sources: a world opened for a block of replicates, ready to be observed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.data.parts import draw
from kellet.errors import InputError
from kellet.evidence import Points
from kellet.worlds.classes import Classes


class Source(Protocol):
    """Where a block of replicates observes real points.

    ``truth`` is the true law where it is known (the loop then takes its statistics at once), else None.
    """

    @property
    def truth(self) -> Any: ...
    @property
    def replicates(self) -> int: ...
    def first(self, n: int, rng: Generator) -> Points:
        """Real points for generation 0."""
        ...

    def fresh(self, n: int, rng: Generator) -> Points:
        """Real points for an anchor."""
        ...

    def once(self, rng: Generator) -> Source:
        """The same source, whose fresh points never come back."""
        ...


@dataclass(frozen=True)
class Law:
    """A true distribution: inexhaustible.  truth: a model with one row per replicate."""

    truth: Any
    replicates: int

    def first(self, n: int, rng: Generator) -> Points:
        return self.truth.sample(n, rng)  # type: ignore[no-any-return]

    fresh = first

    def once(self, rng: Generator) -> Law:
        return self


@dataclass(frozen=True)
class DataSet:
    """Real points, split once.

    training, reserve, heldout: (N, ...) each.  Generation 0 draws from training, anchors from the reserve, both without
    repetition inside one draw; the held-out points are for judging and no model ever trains on them.
    classes: a frozen reader of what points show, where the data have labels.  view: frozen features of points,
    where judging them number by number says little: metrics and reader see points (n, D) through it, a matrix (D, d)
    or a function.
    """

    training: NDArray[Any]
    reserve: NDArray[Any]
    heldout: NDArray[Any]
    replicates: int
    truth: None = None
    classes: Classes | None = None
    view: Any = None

    def first(self, n: int, rng: Generator) -> Points:
        return draw(self.training, n, self.replicates, rng, "training")

    def fresh(self, n: int, rng: Generator) -> Points:
        return draw(self.reserve, n, self.replicates, rng, "reserve")

    def once(self, rng: Generator) -> DataSet:
        queue = rng.random((self.replicates, len(self.reserve))).argsort(axis=1)
        return Exhaustible(
            self.training,
            self.reserve,
            self.heldout,
            self.replicates,
            classes=self.classes,
            view=self.view,
            queue=queue,
        )


@dataclass(frozen=True)
class Exhaustible(DataSet):
    """A data set whose reserve is used up: each replicate meets it in an order of its own, and nothing comes back."""

    queue: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))
    used: list[int] = field(default_factory=lambda: [0])

    def fresh(self, n: int, rng: Generator) -> Points:
        start, self.used[0] = self.used[0], self.used[0] + n
        if self.used[0] > len(self.reserve):
            raise InputError(
                f"at least {self.used[0]} points in the reserve so far, since none may come back",
                len(self.reserve),
                "fewer generations, a smaller anchor, or once = false",
            )
        return Points(self.reserve[self.queue[:, start : self.used[0]]])
