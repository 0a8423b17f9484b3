"""Spans: the values of one field of a grid."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import numpy as np

from kellet.errors import InputError


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


Axis = tuple[Any, ...] | Span
"""The values of one field of a grid."""


def plain_grid(grid: dict[str, Axis]) -> dict[str, Axis]:
    """A grid whose values a file can hold: numbers of NumPy as plain ones."""
    plain: dict[str, Axis] = {}
    for name, axis in grid.items():
        if isinstance(axis, Span):
            plain[name] = axis
            continue
        if any(value is None for value in axis):
            raise InputError(f"values in the grid's {name}", "None", "an experiment without it beside the sweep")
        plain[name] = tuple(
            value.item() if isinstance(value, np.generic) else tuple(value) if isinstance(value, list) else value
            for value in axis
        )
    return plain
