"""What metrics may ask of a model beside what every one does."""

from __future__ import annotations

from typing import ClassVar, Protocol, runtime_checkable

from numpy.random import Generator

from kellet.evidence import Array, Points
from kellet.metrics.corpus import Blocks


@runtime_checkable
class Continuer(Protocol):
    """A model of text that goes on where it is given a beginning."""

    def sample(self, n: int, rng: Generator, prompts: Blocks | None = None) -> Points:
        """Blocks (R, n, L), each beginning with one of the prompts (n, l)."""
        ...


@runtime_checkable
class KnowsMoments(Protocol):
    """A law that knows its mean (R, ...) and its variance (R, ...), a column at a time."""

    @property
    def mean(self) -> Array: ...
    @property
    def variance(self) -> Array: ...


@runtime_checkable
class KnowsCovariance(KnowsMoments, Protocol):
    """A law that knows its covariance, too: (R, d, d), or (R,) on the line."""

    @property
    def covariance(self) -> Array: ...


@runtime_checkable
class OfStatistic(Protocol):
    """A law whose moments are not of its points but of a statistic of them, such as their logarithm."""

    of_statistic: ClassVar[bool]
