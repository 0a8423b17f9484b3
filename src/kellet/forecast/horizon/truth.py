"""The true law of a loop whose family theory knows, and evidence of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Counts, Moments, Sums
from kellet.laws import Frequencies
from kellet.loop.numbers import Closing


def known_truth(world: Any, family: Any, replicates: int = 1) -> Any:
    """The true law, of the family's own kind; bad input where theory doesn't know the family, or the law."""
    if not isinstance(family, Closing):
        raise InputError(
            "an exponential family with a known law", type(family).__name__.lower(), "gaussian, categorical or poisson"
        )
    truth = world.open(replicates).truth
    if truth is None or not family.knows(truth):
        raise InputError(
            f"a world that is a law of the family {type(family).__name__.lower()}",
            type(world).__name__.lower() if truth is None else type(truth).__name__.lower(),
            "worlds.Normal() with families.Gaussian()",
        )
    return truth


def multivariate(truth: Any) -> bool:
    """Whether points have several columns."""
    return not isinstance(truth, Frequencies) and truth.mean.ndim > 1


def evidence_of(law: Any, count: float) -> Any:
    """Evidence that is ``count`` points' worth of a law, without any scatter."""
    if isinstance(law, Frequencies):
        return Counts(count * law.probabilities, law.categories, law.size)
    law = getattr(law, "logarithm", law)
    if hasattr(law, "factor"):
        return Moments(count, law.mean, np.sqrt(count) * law.factor)
    if hasattr(law, "sd"):
        return Moments(count, law.mean, np.sqrt(count) * law.sd)
    return Sums(count, count * law.mean)
