"""A loop of a family in numbers: what a family and an anchor come to for `kellet.theory.Loop`."""

from __future__ import annotations

from kellet.errors import InputError
from kellet.families import Categorical, Gaussian, LogGaussian
from kellet.families.exponential.averages import Average, WaitingTime
from kellet.loop.anchors import AnyAnchor, Draw
from kellet.theory import Loop

Closing = Average | Gaussian | LogGaussian | Categorical
"""The families that average a statistic whose variance is a quadratic function of its mean: their moments close."""


def quantify(family: Closing, size: int, anchor: AnyAnchor | None) -> Loop:
    """The numbers of a family in a loop of ``size`` points per generation; bad input where an anchor is not so simple.

    What a model wrote is no real point, and real points in each ``every``-th generation weigh as if they were spread
    evenly over all (an approximation).  The prior is taken to lie at the truth.

    >>> import kellet
    >>> loop = quantify(Gaussian(), 1000, kellet.Bank(4, bank=9))
    >>> loop.k, loop.bank, loop.curvature
    (4.0, 9.0, -1.0)
    """
    prior, bend = prior_strength(family), curvature(family)
    if anchor is None:
        return Loop(size, 0.0, bend, prior=prior)
    if anchor.weight != 1.0 and (anchor.contaminated or anchor.random):
        kind = "a contaminated" if anchor.contaminated else "a random"
        raise InputError(f"{kind} anchor of weight 1", f"weight={anchor.weight}", "leaving out one of the two")
    if anchor.random:
        return Loop(size, (anchor.share or 0.0) * size, bend, prior=prior, random=True)
    dose = anchor.dose(size, 0)
    bank = stock(anchor.draw, anchor.bank, dose.count) if dose.count else None
    return Loop(size, float(dose.clean), bend, weight=dose.weight / anchor.every, bank=bank, prior=prior)


def stock(draw: Draw, bank: int | None, k: float) -> float | None:
    """How many real points there are, if k are in each training set; None where they are always fresh ones."""
    return {"fresh": None, "fixed": float(k), "bank": float(bank or 0)}[draw]


def prior_strength(family: Closing) -> float:
    """How many imaginary points a family adds to each fit, in the mean parametrisation."""
    if not isinstance(family, Average):
        if family.prior and family.prior.parametrisation != "natural":
            raise InputError("a prior in natural parameters", "one in mean parameters", 'parametrisation="natural"')
        return float(family.prior.strength) if family.prior else 0.0
    if (imagined := family.imagined) is None:
        raise InputError("a prior whose mode lies inside", repr(family.prior), "a stronger prior")
    return imagined[0]


def curvature(family: Closing) -> float:
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


def is_likeliest(family: Closing) -> bool:
    """Whether the fit is maximum likelihood (or its posterior mean), with no correction for bias."""
    if isinstance(family, WaitingTime):
        return family.unbiased_for == "mean"
    return not isinstance(family, Gaussian | LogGaussian) or family.estimator == "mle"


def is_free(family: Closing) -> bool:
    """Whether both mean and variance of a Gaussian are learnt."""
    if isinstance(family, Gaussian):
        return family.mean is None and family.variance is None
    return isinstance(family, LogGaussian)
