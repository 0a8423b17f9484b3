"""Sources: a world opened for a block of replicates, ready to be observed: a law, points, or text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.data.classes import Classes
from kellet.data.codebook import Codebook, Form
from kellet.data.tokens import Bytes, Tokeniser
from kellet.errors import InputError
from kellet.evidence import Array, Points

View = Array | Callable[[Array], Array]
"""Features (D, d), or a function, through which points are looked at."""


LARGE = 50_000
"""Points of a bank, from which on samples are drawn without giving each a number, and judged by a part of it."""


class Truth(Protocol):
    """A model with one row per replicate, as `kellet.laws.model.Model` says."""

    def sample(self, n: int, rng: Generator) -> Points: ...


@runtime_checkable
class KnowsMean(Protocol):
    """A law that knows its mean, (R, ...)."""

    @property
    def mean(self) -> Array: ...


@dataclass(frozen=True)
class Law:
    """A true distribution: inexhaustible.

    truth: one row per replicate.  again: the same for any number of replicates.
    """

    truth: Truth
    replicates: int
    again: Callable[[int], Truth] | None = None

    @property
    def features(self) -> Truth | None:
        """What real features are drawn from, where points are rows with a label; see `kellet.data.labelled`."""
        return None

    def repeat(self, replicates: int) -> Law:
        """The same law, observed by so many replicates."""
        if replicates == self.replicates:
            return self
        if self.again is None:
            raise InputError(f"a law of {replicates} replicates", self.replicates, "a world whose law says `again`")
        return replace(self, truth=self.again(replicates), replicates=replicates)

    def first(self, n: int, rng: Generator) -> Points:
        """Real points for generation 0."""
        return self.truth.sample(n, rng)

    fresh = first

    def once(self, rng: Generator) -> Law:
        """The same source: what is inexhaustible never comes back."""
        return self


@dataclass(frozen=True)
class Parts:
    """Real points, split once.

    training, reserve, heldout: (N, ...) each.  Generation 0 draws from training, anchors from the reserve, both without
    repetition inside one draw; the held-out points are for judging and no model ever trains on them.  queue: (R, N),
    the order in which each replicate uses up the reserve, where nothing may come back; used: how much of it is gone.
    """

    training: NDArray[Any]
    reserve: NDArray[Any]
    heldout: NDArray[Any]
    replicates: int
    queue: NDArray[np.int64] | None = field(default=None, kw_only=True)
    used: list[int] = field(default_factory=lambda: [0], kw_only=True)

    @property
    def truth(self) -> None:
        """No law is known."""
        return None

    @property
    def features(self) -> Truth | None:
        """As in `Law`."""
        return None

    def repeat(self, replicates: int) -> Self:
        """The same points, observed by so many replicates."""
        return self if replicates == self.replicates else replace(self, replicates=replicates)

    def first(self, n: int, rng: Generator) -> Points:
        """Real points for generation 0."""
        return draw(self.training, n, self.replicates, rng, "training")

    def fresh(self, n: int, rng: Generator) -> Points:
        """Real points for an anchor."""
        if self.queue is None:
            return draw(self.reserve, n, self.replicates, rng, "reserve")
        start, self.used[0] = self.used[0], self.used[0] + n
        if self.used[0] > len(self.reserve):
            needed = f"at least {self.used[0]} points in the reserve so far, since none may come back"
            raise InputError(needed, len(self.reserve), "fewer generations, a smaller anchor, or once = false")
        return Points(self.reserve[self.queue[:, start : self.used[0]]])

    def once(self, rng: Generator) -> Self:
        """The same source, whose fresh points never come back."""
        return replace(self, queue=rng.random((self.replicates, len(self.reserve))).argsort(axis=1), used=[0])


@dataclass(frozen=True)
class DataSet(Parts):
    """Points in space, or rows of a table.

    classes: a frozen reader of what points show, where the data have labels.  view: frozen features of points, where
    judging them number by number says little: metrics and reader see points (n, D) through it, a matrix (D, d) or a
    function.  codebook: what the codes of categories stand for, in a table that has some; it is then the view.
    names: of the columns of a table.  origin, unit: of each column, where points are counted from and in.  forms: how
    the numbers of a column are written, where that isn't just as numbers.
    """

    classes: Classes | None = None
    view: View | None = None
    codebook: Codebook | None = None
    names: tuple[str, ...] = ()
    origin: Array | None = None
    unit: Array | None = None
    forms: Mapping[str, Form] = field(default_factory=dict)

    def original(self, points: Array) -> Array:
        """Points (n, d) in the units of the file."""
        return points if self.origin is None or self.unit is None else points * self.unit + self.origin

    def spell(self, column: str, value: float) -> str:
        """A number of a column in short, as people write it."""
        forms = self.codebook.forms if self.codebook else self.forms
        return forms.get(column, Form()).spell(value)

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """Categorical column -> the names of its codes."""
        return self.codebook.levels if self.codebook else {}


@dataclass(frozen=True)
class Corpus(Parts):
    """Blocks of tokens (N, length), int32, padded with -1; a block that is not full is where a document ends.

    tokeniser: frozen, made from the training split alone.
    """

    tokeniser: Tokeniser = field(default_factory=Bytes)


Source = Law | DataSet | Corpus


def draw(bank: NDArray[np.generic], n: int, replicates: int, rng: Generator, name: str) -> Points:
    """n of the bank's points for each replicate, without repetition."""
    if n > len(bank):
        raise InputError(f"at most the {len(bank)} {name} points that there are", n, "a smaller number, or more data")
    if len(bank) > LARGE:
        # Costs as many numbers as are drawn, not as there are.
        return Points(bank[np.stack([rng.choice(len(bank), n, replace=False) for _ in range(replicates)])])
    if n == 1:
        return Points(bank[rng.integers(len(bank), size=(replicates, 1))])
    rows = np.argpartition(rng.random((replicates, len(bank))), n - 1, axis=1)[:, :n]
    return Points(bank[rows])


def split(n: int, seed: int, reserve: float = 0.2, heldout: float = 0.2) -> tuple[NDArray[np.int64], ...]:
    """Positions of training, reserve and held-out points among n, drawn once by seed.

    >>> [len(part) for part in split(10, seed=0)]
    [6, 2, 2]
    """
    order = np.random.default_rng(seed).permutation(n)
    a, b = round(n * reserve), round(n * heldout)
    return order[a + b :], order[:a], order[a : a + b]
