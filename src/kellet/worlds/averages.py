"""Worlds of one parameter, each the truth of a family that learns by averaging."""

from __future__ import annotations

import numpy as np

from kellet import laws
from kellet.errors import InputError
from kellet.laws import averages
from kellet.worlds.lawful import Lawful


def _positive(name: str, value: float) -> None:
    if not 0 < value < np.inf:
        raise InputError(f"a positive, finite {name}", value, "1")


class Bernoulli(Lawful, frozen=True, tag="bernoulli"):
    """Successes in ``trials`` trials, each with ``probability``."""

    probability: float = 0.3
    trials: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise InputError("a probability between 0 and 1", self.probability, "0.3")
        if self.trials < 1:
            raise InputError("at least 1 trial", self.trials, "1")

    def law(self, replicates: int) -> averages.Bernoulli:
        mean = np.full(replicates, self.probability * self.trials)
        return averages.Bernoulli(mean, self.trials)


class Poisson(Lawful, frozen=True, tag="poisson"):
    """Counts of the given mean."""

    mean: float = 3.0

    def __post_init__(self) -> None:
        _positive("mean", self.mean)

    def law(self, replicates: int) -> averages.Poisson:
        return averages.Poisson(np.full(replicates, self.mean))


class NegativeBinomial(Lawful, frozen=True, tag="negative-binomial"):
    """Counts of the given mean that vary more than Poisson's: by mean + mean^2 / size.  Size 1 is the geometric law."""

    mean: float = 3.0
    size: float = 1.0

    def __post_init__(self) -> None:
        _positive("mean", self.mean)
        _positive("size", self.size)

    def law(self, replicates: int) -> averages.NegativeBinomial:
        return averages.NegativeBinomial(np.full(replicates, self.mean), self.size)


class Exponential(Lawful, frozen=True, tag="exponential"):
    """Waiting times of the given mean; with a shape other than 1 a gamma law."""

    mean: float = 1.0
    shape: float = 1.0

    def __post_init__(self) -> None:
        _positive("mean", self.mean)
        _positive("shape", self.shape)

    def law(self, replicates: int) -> averages.GammaMean:
        return averages.GammaMean(np.full(replicates, self.mean), self.shape)


class Pareto(Lawful, frozen=True, tag="pareto"):
    """Sizes above ``minimum`` with tail exponent ``exponent``."""

    exponent: float = 2.0
    minimum: float = 1.0

    def __post_init__(self) -> None:
        _positive("exponent", self.exponent)
        _positive("minimum", self.minimum)

    def law(self, replicates: int) -> averages.Pareto:
        return averages.Pareto(np.full(replicates, 1 / self.exponent), 1.0, self.minimum)


class Laplace(Lawful, frozen=True, tag="laplace"):
    """Both sides of ``location``, at a mean distance ``scale``."""

    scale: float = 1.0
    location: float = 0.0

    def __post_init__(self) -> None:
        _positive("scale", self.scale)

    def law(self, replicates: int) -> averages.Laplace:
        return averages.Laplace(np.full(replicates, self.scale), 1.0, self.location)


class LogNormal(Lawful, frozen=True, kw_only=True, tag="lognormal"):
    """Positive numbers whose logarithm is normal, with the given mean and variance of the logarithm."""

    mean: float = 0.0
    variance: float = 1.0

    def __post_init__(self) -> None:
        _positive("variance", self.variance)

    def law(self, replicates: int) -> laws.LogNormal:
        logarithm = laws.Normal(np.full(replicates, self.mean), np.full(replicates, np.sqrt(self.variance)))
        return laws.LogNormal(logarithm)
