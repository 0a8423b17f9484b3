"""Does simulation agree with theory?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kellet.characters import reveal
from kellet.evidence import Array
from kellet.experiment.predicting.prediction import Prediction
from kellet.page.cell import Cell
from kellet.page.table import Table

LEAN = 0.12
"""Skewness that the mean of all replicates may have, as far as they can tell, for its z-score to be read both ways."""
EXACT, SMALL = 1e-12, 1e-15
"""Rounding that is allowed, relative and absolute: of metrics whose unit is what is real."""


@dataclass(frozen=True)
class Overlap:
    """One metric of one arm at one generation, simulated and predicted.

    error: standard error of the simulated mean.  z: a standard normal number where theory is right: the distance in
    standard errors, corrected for their own error (Student) and for the skewness of the replicates (P. Hall, JRSS B
    54:221, 1992); NaN where a replicate or theory has no number.  heavy: the mean of so heavy-tailed a law isn't told
    by so few replicates, and z says nothing.  Only exact predictions are compared: an approximation has no promised
    error.
    """

    arm: str
    metric: str
    generation: int
    simulated: float
    error: float
    predicted: float
    z: float
    heavy: bool

    @property
    def sound(self) -> bool:
        """Whether its z-score can be read."""
        return not self.heavy and not np.isnan(self.z)


@dataclass(frozen=True)
class Check:
    """All overlaps of a run."""

    overlaps: tuple[Overlap, ...]

    @property
    def sound(self) -> tuple[Overlap, ...]:
        """Those whose z-score can be read."""
        return tuple(o for o in self.overlaps if o.sound)

    @property
    def surprising(self) -> tuple[Overlap, ...]:
        """Those with |z| > 3: about 3 in 1000 are expected, and neighbouring generations go together."""
        return tuple(o for o in self.sound if abs(o.z) > 3)

    def __str__(self) -> str:
        if not self.overlaps:
            return "theory knows nothing about this experiment"
        sound, none = len(self.sound), sum(bool(np.isnan(o.z)) for o in self.overlaps)
        said = (
            f"{sound} comparisons with theory, {len(self.surprising)} with |z| > 3 "
            f"({0.0027 * sound:.1f} expected by chance)"
        )
        if heavy := len(self.overlaps) - sound - none:
            said += f"; {heavy} too heavy-tailed for so few replicates"
        return f"{said}; {none} without a number" if none else said

    def _repr_html_(self) -> str:
        by: dict[tuple[str, str], list[Overlap]] = {}
        for o in self.overlaps:
            by.setdefault((reveal(o.arm), o.metric), []).append(o)
        rows = tuple((*what, *_tell([o for o in found if o.sound], len(found))) for what, found in by.items())
        head = ("arm", "metric", "comparisons", "of them readable", "largest |z|", "at generation")
        table = Table("Theory and simulation", head, rows, align="llrrrr")
        return Cell((f"{self}.",), tables=(table,) if rows else ())._repr_html_()


def _tell(sound: Sequence[Overlap], count: int) -> tuple[str, ...]:
    """The cells of one metric of one arm."""
    if not sound:
        return f"{count}", "0", "–", "–"
    most = max(sound, key=lambda o: abs(o.z))
    return f"{count}", f"{len(sound)}", f"{abs(most.z):.1f}", f"{most.generation:,}"


def check(
    predictions: Mapping[str, Mapping[str, Prediction]],
    values: Iterable[tuple[str, str, Array]],
    generations: NDArray[np.integer],
) -> Check:
    """Compare, at about a dozen generations from the first to the last, closer together at the beginning.

    predictions: as `kellet.predict` gives them.  values: arm, metric, and what it was, (R, G), at the given generations
    (G,).
    """
    steps = np.unique(np.round(np.geomspace(1, len(generations), 12)).astype(int) - 1)
    found = []
    for arm, metric, simulated in values:
        known = predictions[arm].get(metric)
        if known is None or known.kind != "exact" or len(simulated) < 2:
            continue
        for step in steps:
            t = int(generations[step])
            found.append(_overlap(arm, metric, t, simulated[:, step], float(known.values[t])))
    return Check(tuple(found))


def _overlap(arm: str, metric: str, t: int, sample: Array, predicted: float) -> Overlap:
    if not (np.isfinite(sample).all() and np.isfinite(predicted)):
        z = 0.0 if (sample == predicted).all() else np.nan
        return Overlap(arm, metric, t, float(sample[0]) if z == 0 else np.nan, np.nan, predicted, z, False)
    mean = float(sample.mean())
    error = float(sample.std(ddof=1) / np.sqrt(len(sample)))
    return Overlap(arm, metric, t, mean, error, predicted, *_score(sample, mean, error, predicted))


def _score(sample: Array, mean: float, error: float, predicted: float) -> tuple[float, bool]:
    """z, and whether nothing can be read from it.

    Replicates of a heavy-tailed law mostly lie below its mean, which is that of the few that they don't show: what is
    missing below can only be told where the law is hardly skewed. A mean above what is expected, of what can't be
    negative, needs no such trust.
    """
    from scipy.special import ndtri, stdtr

    count, gap = len(sample), mean - predicted
    rounding = EXACT * max(abs(mean), abs(predicted)) + SMALL
    if abs(gap) <= rounding:
        return 0.0, False
    if error <= rounding:
        if not 0 <= predicted < mean:
            return gap / (abs(mean) / count or 1.0), True
        # All are the same. If others, not negative, were so frequent as to make up for the gap: are there none here?
        return max(0.0, float(-ndtri(max((predicted / mean) ** count, 1e-300)))), False
    apart = (sample - mean) / (error * np.sqrt(count))
    skewness = float((apart**3).mean())
    t = gap / error
    tail = float(stdtr(count - 1, -abs(t)))
    z = float(np.copysign(ndtri(tail), t)) if tail > 1e-300 else t
    # What the skewness may be, at two of its standard errors, against what the mean of so many makes of it.
    if abs(skewness) + 2 * np.sqrt(6 / count) <= LEAN * np.sqrt(count):
        slant = skewness / np.sqrt(count)
        return float(z + slant * z**2 / 3 + slant**2 * z**3 / 27 + slant / 6), False
    return z, not (z > 0 and skewness > 0 and sample.min() >= 0)
