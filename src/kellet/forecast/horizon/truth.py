"""The true law of a loop whose family theory knows, and evidence of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Counts, Moments, Sums
from kellet.laws import Frequencies, LogNormal, MultivariateNormal, Normal
from kellet.laws.averages import MeanLaw
from kellet.loop.numbers import Closing
from kellet.worlds.world import World

Truth = Frequencies | MeanLaw | Normal | MultivariateNormal | LogNormal
"""What theory knows as the law of a world, or as a model."""


def find_truth(world: World, family: Closing, replicates: int = 1) -> Any:
    """The true law, of the family's own kind; bad input where theory doesn't know the family, or the law."""
    if not isinstance(family, Closing):
        name = type(family).__name__.lower()
        raise InputError("an exponential family with a known law", name, "gaussian, categorical or poisson")
    truth = world.open(replicates).truth
    if truth is None or not family.knows(truth):
        wanted = f"a world that is a law of the family {type(family).__name__.lower()}"
        there = type(world if truth is None else truth).__name__.lower()
        raise InputError(wanted, there, "worlds.Normal() with families.Gaussian()")
    return truth


def multivariate(truth: Truth) -> bool:
    """Whether points have several columns."""
    return not isinstance(truth, Frequencies) and truth.mean.ndim > 1


def evidence_of(law: Truth, count: float) -> Any:
    """Evidence that is ``count`` points' worth of a law, without any scatter."""
    if isinstance(law, Frequencies):
        return Counts(count * law.probabilities, law.categories, law.size)
    if isinstance(law, MeanLaw):
        return Sums(count, count * law.mean)
    law = law.logarithm if isinstance(law, LogNormal) else law
    root = law.factor if isinstance(law, MultivariateNormal) else law.sd
    return Moments(count, law.mean, np.sqrt(count) * root)
