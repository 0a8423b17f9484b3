"""Rows with a label: features that are always real, and last a label, which models learn to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

from numpy.random import Generator

from kellet.data.source import DataSet, Law, Truth, draw
from kellet.evidence import Array, Points


@runtime_checkable
class HasFeatures(Protocol):
    """A law of rows that knows that of their features."""

    @property
    def features(self) -> Truth: ...


@dataclass(frozen=True)
class LabelledLaw(Law):
    """A law of rows (d + 1,), the label last."""

    @property
    def features(self) -> Truth:
        return cast(HasFeatures, self.truth).features


@dataclass(frozen=True)
class LabelledSet(DataSet):
    """Real rows (N, d + 1), the label last.

    labels: the classes whose codes 0, 1, ... the labels are; none where labels are numbers.
    """

    labels: tuple[str, ...] = ()

    @property
    def features(self) -> Truth:
        return Pool(self.training[:, :-1], self.replicates)


@dataclass(frozen=True, eq=False)
class Pool:
    """Real features (N, d), drawn without repetition inside one draw as long as there are enough."""

    rows: Array
    replicates: int

    def sample(self, n: int, rng: Generator) -> Points:
        if n > len(self.rows):
            return Points(self.rows[rng.integers(len(self.rows), size=(self.replicates, n))])
        return draw(self.rows, n, self.replicates, rng, "training")


Labelled = LabelledLaw | LabelledSet
