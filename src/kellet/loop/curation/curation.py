"""Curation: what of the written data becomes training data.

Decoding and filtering are biases, the same every generation, and bias is where the *share* of real data matters: a cut
that costs a thousandth once costs everything when it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from numpy.random import Generator

from kellet.evidence import Points


class Curation(Protocol):
    """Either the law that writes is another one (``law``), or single written points are dropped (``points``)."""

    by_points: ClassVar[bool]

    def law(self, model: Any) -> Any:
        """The model that really writes."""
        ...

    def enough(self, n: int) -> int:
        """How many points to write so that about n remain."""
        ...

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        """What is kept of written points."""
        ...


@dataclass(frozen=True)
class Filter:
    """Anybody's own filter: a function of (points, rng)."""

    function: Callable[[Points, Generator], Points]
    by_points: ClassVar[bool] = True

    def law(self, model: Any) -> Any:
        return model

    def enough(self, n: int) -> int:
        return n

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        return self.function(points, rng)

    def describe(self) -> str:
        return "passes a filter of the reader's own"


def acquainted(curation: Any, model: Any, source: Any) -> Any:
    """The curation once it knows generation 0's model and the real source, where it asks for them (``knowing``)."""
    knowing = getattr(curation, "knowing", None)
    return curation if knowing is None else knowing(model, source)
