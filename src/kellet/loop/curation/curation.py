"""Curation: what of the written data becomes training data.

Decoding and filtering are biases, the same every generation, and bias is where the *share* of real data matters: a cut
that costs a thousandth once costs everything when it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from numpy.random import Generator

from kellet.data.source import Source
from kellet.evidence import Points
from kellet.laws.model import Model


class Curation:
    """Either the law that writes is another one (``law``), or single written points are dropped (``points``).

    by_points: whether it looks at single points.  What a curation doesn't say is as it stands here: all is kept.
    """

    __slots__ = ()
    by_points: ClassVar[bool] = False

    def describe(self) -> str:
        """What becomes of what is written, as the end of a sentence."""
        return f"passes {type(self).__name__}"

    def open(self, model: Model, source: Source) -> Curation:
        """The curation that knows what it asks of generation 0's model and of the real source."""
        return self

    def law(self, model: Model) -> Model:
        """The model that really writes."""
        return model

    def enough(self, n: int) -> int:
        """How many points to write so that about n remain."""
        return n

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        """What is kept of written points, about n of them."""
        return points


@dataclass(frozen=True)
class Filter(Curation):
    """Anybody's own filter: a function of (points, rng)."""

    function: Callable[[Points, Generator], Points]
    by_points: ClassVar[bool] = True

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        return self.function(points, rng)

    def describe(self) -> str:
        return "passes a filter of the reader's own"
