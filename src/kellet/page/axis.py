"""Axes: where numbers lie on them, their marks, and how numbers are written there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """One direction of a chart, between two numbers.

    title: what is measured, with its unit.  share: whether numbers are parts of 1, written in per cent.

    >>> [word for _, word in Axis("", 0, 1, share=True).marks(5)], [word for _, word in Axis("", 0, 2000).marks(4)]
    (['0 %', '20 %', '40 %', '60 %', '80 %', '100 %'], ['0', '500', '1,000', '1,500', '2,000'])
    >>> [word for _, word in Axis("", 1, 1e8, logarithmic=True).marks(5)]
    ['1', '100', '10,000', '10⁶', '10⁸']
    """

    title: str
    low: float
    high: float
    logarithmic: bool = False
    share: bool = False

    def __post_init__(self) -> None:
        if self.high <= self.low or (self.logarithmic and self.low <= 0):
            raise ValueError(f"expected an axis from a lower to a higher number, got {self.low} to {self.high}")

    def place(self, values: Numbers | float) -> Numbers:
        """How far along numbers lie: 0 at the low end, 1 at the high one; a logarithm of nothing lies at -inf."""
        if not self.logarithmic:
            return (np.asarray(values) - self.low) / (self.high - self.low)
        with np.errstate(divide="ignore"):
            found: Numbers = np.log(np.maximum(values, 0.0) / self.low) / math.log(self.high / self.low)
        return found

    def marks(self, most: int) -> list[tuple[float, str]]:
        """(how far along, what is written there), about so many."""
        values = [v for v in self._marked(most) if self.low * (1 - 1e-9) <= v <= self.high * (1 + 1e-9)]
        return [(float(self.place(v)), self.write(v)) for v in values]

    def write(self, value: float) -> str:
        """A number as it stands at a mark."""
        return f"{write(100 * value)} %" if self.share else write(value)

    def _marked(self, most: int) -> Iterator[float]:
        if self.logarithmic and (decades := math.log10(self.high / self.low)) >= 1:
            every = math.ceil(decades / most)
            steps = (1,) if decades > 2.5 else (1, 2, 5) if decades < 1.5 else (1, 3)
            first = math.floor(math.log10(self.low) / every + 1e-9) * every
            for power in range(first, math.ceil(math.log10(self.high)) + 1, every):
                yield from (step * 10.0**power for step in steps)
            return
        step = find_step((self.high - self.low) / most)
        for k in range(math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9) + 1):
            yield k * step


def find_step(least: float) -> float:
    """The next round number.

    >>> find_step(0.17), find_step(30)
    (0.2, 50.0)
    """
    power = 10.0 ** math.floor(math.log10(least))
    return float(next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= least * (1 - 1e-9)))


def write(value: float) -> str:
    """A number with four digits at most, its thousands apart, and very large and small ones as powers of ten.

    >>> [write(v) for v in (0.25, -1000, 1e6, 2.5e-5, 0)]
    ['0.25', '−1,000', '10⁶', '2.5×10⁻⁵', '0']
    """
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "–"
    short = float(f"{value:.4g}")
    if short == 0 or 1e-3 <= abs(short) < 1e6:
        return f"{short:,.10g}".replace("-", "−")
    digits, power = f"{short:e}".split("e")
    factor = f"{float(digits):g}".replace("-", "−")
    return f"{'' if factor == '1' else factor + '×'}10{str(int(power)).translate(SUPERSCRIPTS)}"
