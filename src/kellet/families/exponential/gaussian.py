"""The Gaussian family: learn a normal law from moments."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Array, Count, Moments, Points, column, distinct, find_empty, length
from kellet.families.abilities import Learner
from kellet.families.family import Prior
from kellet.laws.normal import LogNormal, MultivariateNormal, Normal

Estimator = Literal["mle", "unbiased", "deviation", "log", "precision"]


class Gaussian(Learner, frozen=True, tag="gaussian"):
    r"""Learn a normal law: mean and (co)variance from count, mean and scatter.

    .. math:: \mu = \bar x, \qquad \Sigma = S / c

    estimator: "mle" (c = n), or unbiased for the variance ("unbiased", c = n - 1), for the "deviation", the "log" of
    the variance, or the "precision": the same loop then drifts by about -2/n, -1/n, -1/(2n), 0 or +1/n per
    generation in ln variance.  mean, variance: known, and not learnt.  covariance: "full" or "diagonal".
    prior: strength A imaginary points of the given mean (default 0) and variance (default 1 in every direction), pooled
    with the evidence: with "mle" the posterior mean of the conjugate prior in the mean parameters, which is also the
    posterior mode in the natural ones.

    A replicate is collapsed when c <= 0: there is nothing to learn a variance from; with either known, when it has no
    points.

    >>> evidence = Moments.of(np.array([[1.0, 2.0, 6.0]]))
    >>> Gaussian().fit(evidence).variance.round(3), Gaussian("unbiased").fit(evidence).variance.round(3)
    (array([4.667]), array([7.]))
    >>> Gaussian(mean=2.0).fit(evidence).variance.round(3)
    array([5.667])
    """

    words = "a bell curve (Gaussian), the simplest generative model there is"
    estimator: Estimator = "mle"
    mean: float | None = None
    variance: float | None = None
    covariance: Literal["full", "diagonal"] = "full"
    prior: Prior | None = None

    learns = Moments
    models = (Normal, MultivariateNormal)

    def __post_init__(self) -> None:
        self.check_finite("mean", negative=True)
        self.check_finite("variance")
        self.check_prior()
        if self.mean is not None and self.variance is not None:
            raise InputError("something to learn", "a known mean and a known variance", "leaving out one of the two")

    def summarise(self, points: Points) -> Moments:
        return Moments.of(points.values, points.weights)

    def fit(self, evidence: Moments, rng: object = None, previous: object = None) -> Normal | MultivariateNormal:
        if self.prior:
            evidence = evidence + self._imagine(self.prior, evidence)
        mean, root = evidence.mean, evidence.root
        if self.variance is not None:
            known = math.sqrt(self.variance)
            empty = find_empty(evidence)
            if root.ndim == 1:
                return Normal(mean, np.broadcast_to(known, len(mean)), empty, free="mean")
            return MultivariateNormal(mean, np.broadcast_to(known * np.eye(root.shape[-1]), root.shape), empty)
        if self.mean is not None:
            sd = self._deviation_from(evidence, self.mean)
            return Normal(np.broadcast_to(self.mean, len(mean)), sd, find_empty(evidence), free="variance")
        freedom = self._divisor(evidence.count)
        dead = None
        if np.ndim(freedom) or freedom <= 0:
            dead = np.broadcast_to(freedom <= 0, len(mean))
            # A replicate without freedom learns nothing; dividing by 1 there keeps its numbers finite.
            freedom = np.where(dead, 1.0, freedom)
        root = root / column(np.sqrt(freedom), root)
        if root.ndim == 1:
            return Normal(mean, root, dead)
        if self.covariance == "diagonal":
            lengths = np.sqrt(np.einsum("rij,rij->ri", root, root))
            root = lengths[:, :, None] * np.eye(root.shape[-1])
        return MultivariateNormal(mean, root, dead)

    def _divisor(self, count: Count) -> Count:
        if self.estimator in ("mle", "unbiased"):
            return count if self.estimator == "mle" else count - 1
        from kellet.theory.normal import divisor

        return divisor(count, self.estimator)

    def _deviation_from(self, evidence: Moments, known: float) -> Array:
        """(R,): root mean square distance from the known mean."""
        if evidence.root.ndim > 1:
            got = f"{evidence.mean.shape[1]} dimensions"
            raise InputError("points on the line, where the mean is known", got, "one column")
        root = evidence.root
        if (distinct(evidence.mean) != known).any():
            root = length(root, np.sqrt(evidence.count) * (evidence.mean - known))
        return root / np.sqrt(np.where(np.greater(evidence.count, 0), evidence.count, 1.0))

    def _imagine(self, prior: Prior, like: Moments) -> Moments:
        mean = np.broadcast_to(0.0 if prior.mean is None else np.asarray(prior.mean), like.mean.shape)
        sd = np.sqrt(prior.strength * (1.0 if prior.variance is None else prior.variance))
        one = np.ones(1) if like.root.ndim == 1 else np.eye(like.root.shape[-1])
        return Moments(prior.strength, mean, np.broadcast_to(sd * one, like.root.shape))


class LogGaussian(Learner, frozen=True, tag="lognormal"):
    """Learn a lognormal law: the Gaussian family, of the logarithms.  Points must be positive."""

    words = "a bell curve of logarithms (a lognormal law)"
    estimator: Estimator = "mle"
    prior: Prior | None = None

    learns = Moments
    models = (LogNormal,)
    span: ClassVar[tuple[float, float]] = (float(np.finfo(float).tiny), np.inf)

    def __post_init__(self) -> None:
        self.check_prior()

    def summarise(self, points: Points) -> Moments:
        return Moments.of(np.log(points.values), points.weights)

    def fit(self, evidence: Moments, rng: Generator | None = None, previous: object = None) -> LogNormal:
        return LogNormal(Gaussian(self.estimator, prior=self.prior).fit(evidence))
