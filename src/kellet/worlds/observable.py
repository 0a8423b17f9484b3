"""Observable: what a world says of itself, and what a page that shows it may ask."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kellet.data.sight import Sight
from kellet.struct import Struct

Piece = tuple[str, int | None]
"""Some text, and which of the world's categories it is, if any."""


class Observable:
    """A world beside its ``open``; everything here has a default, so that a world of one's own may leave it out.

    things: what its points, or their kinds, are called where they are counted.  unit: what a training set is counted
    in.  subject: what a page about it is about.  labels: names of its categories, counts: how often each occurs in
    the data.

    >>> class Coins(Observable):
    ...     subject = "coins"
    >>> Coins().subject, Coins().things, Coins().describe()
    ('coins', 'classes', "a world of the reader's own, Coins")
    """

    __slots__ = ()

    things: ClassVar[str] = "classes"
    unit: ClassVar[str] = "examples"
    subject: ClassVar[str] = "the data"

    def describe(self) -> str:
        """The real data, as a noun phrase."""
        return f"a world of the reader's own, {type(self).__name__}"

    def sight(self) -> Sight | None:
        """What was seen in somebody's data, and taken for what; None where there are none."""
        return None

    @property
    def labels(self) -> tuple[str, ...] | None:
        return None

    @property
    def counts(self) -> NDArray[np.int64] | None:
        return None

    def pictures(self, points: NDArray[Any]) -> NDArray[np.uint8] | None:
        """Points (n, ...) as pictures (n, h, w), or (n, h, w, 3) in colour, where they are pictures."""
        return None

    def passage(self, words: int) -> list[Piece]:
        """So many words of the real text, in pieces, where categories are words of one."""
        return []


class Recipe(Observable, Struct, frozen=True, tag_field="kind"):
    """A world that comes with Kellet: plain settings, known in files by its tag."""


def observable(world: object) -> Observable:
    """A world, as one that can be asked all this: itself, or for somebody's own that says nothing the defaults."""
    return world if isinstance(world, Observable) else Observable()
