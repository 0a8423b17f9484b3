"""A span: values of one field of a grid, from one number to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from kellet.errors import InputError

if TYPE_CHECKING:
    pass


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from", "stop": "to"}):
    """Values of one field of a grid, from one number to another; whole ones if both ends are.

    >>> Span(100, 10_000, 3).values
    (100, 1000, 10000)
    """

    start: int | float
    stop: int | float
    steps: int
    scale: Literal["log", "linear"] = "log"

    def __post_init__(self) -> None:
        if self.steps < 2 or (self.scale == "log" and min(self.start, self.stop) <= 0):
            raise InputError("at least 2 steps, between numbers > 0 for a logarithmic scale", self, "from 1 to 100")

    @property
    def values(self) -> tuple[int | float, ...]:
        """The values, without repetition."""
        spread = np.geomspace if self.scale == "log" else np.linspace
        found = spread(self.start, self.stop, self.steps)
        if isinstance(self.start, int) and isinstance(self.stop, int):
            return tuple(dict.fromkeys(int(value) for value in np.round(found)))
        return tuple(dict.fromkeys(float(value) for value in found))
