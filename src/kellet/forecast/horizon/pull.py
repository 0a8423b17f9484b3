r"""What pulls a loop and what scatters it: the few numbers that its far future depends on.

One generation of n points, k of them real and of weight w each, beside A imaginary ones, moves the mean of the
statistic to

.. math:: \mu' = \mu + (1-\lambda)(\mu_* - \mu) + noise, \qquad \lambda = (n-k)/N, \quad N = n + (w-1)k + A,

where :math:`\mu_*` is what the real and the imaginary points alone would teach.  The noise has variance
:math:`[(n-k)V(\mu) + w^2k V_0]/N^2`, and V has curvature a: :math:`V(\mu) = a\mu^2 + b\mu + c`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Counts, Moments, Sums
from kellet.families import Categorical, Gaussian, LogGaussian
from kellet.families.exponential.averages import Average, Waited
from kellet.laws import Frequencies
from kellet.loop.anchors import AnyAnchor


@dataclass(frozen=True)
class Pull:
    """n points a generation, k of them truly real, each of ``weight`` (averaged over generations, where only some have
    real points), beside ``prior`` imaginary ones.  stock: how many real points there are in all, None: fresh ones.
    random: each point is real with a probability."""

    n: float
    k: float = 0.0
    weight: float = 1.0
    prior: float = 0.0
    stock: float | None = None
    random: bool = False

    @property
    def strength(self) -> float:
        """How many points' worth of real and imaginary evidence enters each fit."""
        return self.weight * self.k + self.prior

    def points(self, a: float, ratio: float = 1.0) -> float:
        r"""How many points :math:`\kappa` stand in the stationary law, a conjugate one of 2 kappa pseudo-observations.

        k for few real points among very many: 2 kappa - a is :math:`V_*/Var(\mu)`, exactly for every n.
        a: curvature.  ratio: :math:`V_0/V_*`, the scatter of real points against that of a model that sits at the
        target.

        >>> round(Pull(1e12, 3).points(-1.0), 9), round(Pull(10, 5).points(-1.0), 3)
        (3.0, 3.5)
        """
        total = self.n + (self.weight - 1) * self.k + self.prior
        written = self.n - self.k
        new = self.weight**2 * self.k * (1 - self.k / self.stock if self.stock else 1.0) * ratio
        gone = self.strength / total
        chance = self.k * written / self.n if self.random else 0.0
        held = gone * (2 - gone) - (a * written + chance) / total**2
        return float((held * total**2 / (written + new) + a) / 2)


def pull(family: Any, size: int, anchor: AnyAnchor | None) -> Pull:
    """The numbers of a family in a loop of ``size`` points a generation; bad input where an anchor is not so simple."""
    strength = prior_strength(family)
    if anchor is None:
        return Pull(size, prior=strength)
    if anchor.contaminated and anchor.weight != 1.0:
        raise InputError("a contaminated anchor of weight 1", f"weight={anchor.weight}", "leaving out one of the two")
    k = (anchor.share or 0.0) * size if anchor.random else anchor.points(size)
    weight = 1.0 if anchor.random else anchor.weighs(int(k), size)
    stock = {"fresh": None, "fixed": float(k), "bank": float(anchor.bank or 0)}[anchor.draw] if k else None
    clean = k * (1 - anchor.contaminated)
    return Pull(size, clean, weight / anchor.every, strength, stock, anchor.random)


def prior_strength(family: Any) -> float:
    """How many imaginary points a family adds to each fit, in the mean parametrisation."""
    prior = getattr(family, "prior", None)
    if prior is None or not prior.strength:
        return 0.0
    if prior.parametrisation == "natural":
        return float(prior.strength)
    if not isinstance(family, Average):
        raise InputError("a prior in natural parameters", "one in mean parameters", 'parametrisation="natural"')
    a, b = family.bend
    middle = family.middle if prior.mean is None else float(np.mean(prior.mean))
    left = prior.strength + 2 * a
    if left < 0 or not 0 <= prior.strength * middle - b <= left * family.top:
        raise InputError("a prior whose mode lies inside", f"strength {prior.strength} at {middle}", "a stronger prior")
    return float(left)


def curvature(family: Any) -> float:
    """a of the family's variance function.

    >>> from kellet.families import Bernoulli, Exponential
    >>> [curvature(f) for f in (Gaussian(), Gaussian(mean=0.0), Gaussian(variance=1.0), Bernoulli(), Exponential())]
    [-1.0, 2.0, 0.0, -1.0, 1.0]
    """
    if isinstance(family, Average):
        return float(family.bend[0])
    if isinstance(family, Gaussian) and family.mean is not None:
        return 2.0
    if isinstance(family, Gaussian) and family.variance is not None:
        return 0.0
    return -1.0


def known_truth(world: Any, family: Any, replicates: int = 1) -> Any:
    """The true law, of the family's own kind; bad input where theory doesn't know the family, or the law."""
    if not isinstance(family, Average | Gaussian | LogGaussian | Categorical):
        raise InputError(
            "an exponential family with a known law", type(family).__name__.lower(), "gaussian, categorical or poisson"
        )
    truth = world.open(replicates).truth
    models: tuple[type, ...] = getattr(family, "models", ())
    knows = getattr(family, "knows", lambda law: isinstance(law, models))
    if truth is None or not knows(truth):
        raise InputError(
            f"a world that is a law of the family {type(family).__name__.lower()}",
            type(world).__name__.lower() if truth is None else type(truth).__name__.lower(),
            "worlds.normal() with families.Gaussian()",
        )
    return truth


def multivariate(truth: Any) -> bool:
    """Whether points have several columns."""
    return not isinstance(truth, Frequencies) and truth.mean.ndim > 1


def likely(family: Any) -> bool:
    """Whether the fit is maximum likelihood (or its posterior mean), with no correction for bias."""
    if isinstance(family, Waited):
        return family.unbiased_for == "mean"
    return getattr(family, "estimator", "mle") == "mle"


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
