"""Does simulation agree with theory?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.experiment.predicting.prediction import Prediction

HEAVY = 0.2
"""Where one replicate carries this share of all squared deviations, the mean is not normal and a z-score means
little.
"""


@dataclass(frozen=True)
class Overlap:
    """One metric of one arm at one generation, simulated and predicted.

    z: their distance in standard errors of the simulated mean.  heavy: one replicate carries a fifth of the variance or
    more; then |z| > 3 says nothing.  Only exact predictions are compared: an approximation has no promised error.
    """

    arm: str
    metric: str
    generation: int
    simulated: float
    error: float
    predicted: float
    z: float
    heavy: bool


@dataclass(frozen=True)
class Check:
    """All overlaps of a run."""

    overlaps: tuple[Overlap, ...]

    @property
    def sound(self) -> tuple[Overlap, ...]:
        """Those whose z-score can be read."""
        return tuple(o for o in self.overlaps if not o.heavy)

    @property
    def surprising(self) -> tuple[Overlap, ...]:
        """Those with |z| > 3, or with none since a replicate has no number: about 3 in 1000 are expected, and
        neighbouring generations go together."""
        return tuple(o for o in self.sound if not abs(o.z) <= 3)

    def __str__(self) -> str:
        if not self.overlaps:
            return "theory knows nothing about this experiment"
        none = " or none" if any(np.isnan(o.z) for o in self.surprising) else ""
        return (
            f"{len(self.sound)} comparisons with theory, {len(self.surprising)} with |z| > 3{none} "
            f"({0.0027 * len(self.sound):.1f} expected by chance); "
            f"{len(self.overlaps) - len(self.sound)} too heavy-tailed to say"
        )


def check(
    predictions: Mapping[str, Mapping[str, Prediction]],
    values: Mapping[tuple[str, str], Array],
    generations: NDArray[np.integer],
) -> Check:
    """Compare, at about a dozen generations from the first to the last, closer together at the beginning.

    predictions: as `kellet.predict` gives them.  values: (arm, metric) -> (R, G) at the given generations (G,).
    """
    steps = np.unique(np.round(np.geomspace(1, len(generations), 12)).astype(int) - 1)
    found = []
    for (arm, metric), simulated in values.items():
        known = predictions[arm].get(metric)
        if known is None or known.kind != "exact" or len(simulated) < 2:
            continue
        for step in steps:
            t = int(generations[step])
            found.append(_overlap(arm, metric, t, simulated[:, step], float(known.values[t])))
    return Check(tuple(found))


def _overlap(arm: str, metric: str, t: int, sample: Array, predicted: float) -> Overlap:
    mean = float(sample.mean())
    squares = (sample - mean) ** 2
    total = float(squares.sum())
    error = float(np.sqrt(total / (len(sample) - 1) / len(sample)))
    gap = mean - predicted
    # A sample that doesn't vary can't exclude what happens to fewer than one replicate.
    z = gap / (error or abs(mean) / len(sample) or 1.0)
    heavy = bool(total > 0 and squares.max() > HEAVY * total)
    return Overlap(arm, metric, t, mean, error, predicted, z, heavy)
