"""Worlds that are distributions, the truth of which is known."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet import laws
from kellet.data.source import Law
from kellet.errors import InputError
from kellet.laws import Frequencies, averages
from kellet.laws.model import Model
from kellet.memory import require
from kellet.page.wording import number, settings
from kellet.worlds.observable import Recipe


class Lawful(Recipe, frozen=True):
    """A world that is a distribution."""

    def describe(self) -> str:
        return f"a known law ({settings(self)})"

    @abstractmethod
    def law(self, replicates: int) -> Model:
        """The true law, a model with one row per replicate."""

    def open(self, replicates: int = 1) -> Law:
        """The law, ready to be observed by so many replicates."""
        return Law(self.law(replicates), replicates, self.law)


class _Positive(Lawful, frozen=True):
    """A law whose numbers are all positive; it is made of them as they are, unless it says otherwise."""

    make: ClassVar[Callable[..., Model]]

    def __post_init__(self) -> None:
        self.check_finite(*self.__struct_fields__)

    def law(self, replicates: int) -> Model:
        return type(self).make(*(np.full(replicates, value) for value in msgspec.structs.astuple(self)))


class Normal(Lawful, frozen=True, kw_only=True, tag="normal"):
    """A normal distribution on the line."""

    mean: float = 0.0
    variance: float = 1.0

    subject: ClassVar[str] = "a bell curve"

    def __post_init__(self) -> None:
        self.check_finite("mean", negative=True)
        self.check_finite("variance")

    def describe(self) -> str:
        return f"a bell curve (a normal distribution with mean {self.mean:g} and variance {self.variance:g})"

    def law(self, replicates: int) -> laws.Normal:
        return laws.Normal(np.full(replicates, float(self.mean)), np.full(replicates, np.sqrt(self.variance)))


class MultivariateNormal(Lawful, frozen=True, tag="multivariate-normal"):
    """A normal distribution in d dimensions."""

    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]

    subject: ClassVar[str] = "a bell curve"

    def __post_init__(self) -> None:
        d = len(self.mean)
        if not d:
            raise InputError("a mean of at least 1 number", self.mean, "one for each dimension")
        if (lengths := [len(row) for row in self.covariance]) != [d] * d:
            expected = f"a covariance of shape {(d, d)}, as the mean has {d} entries"
            raise InputError(expected, f"rows of {lengths}"[:60], "rows as long as the mean")
        self.check_finite("mean", "covariance", negative=True)
        symmetric = np.allclose(self.covariance, np.transpose(self.covariance))
        if not symmetric or np.linalg.eigvalsh(self.covariance)[0] <= 0:
            raise InputError("a symmetric, positive definite covariance", self.covariance, "the identity")

    def describe(self) -> str:
        return f"a bell curve in {len(self.mean)} dimensions (a multivariate normal distribution)"

    def law(self, replicates: int) -> laws.MultivariateNormal:
        d = len(self.mean)
        factor = np.linalg.cholesky(np.array(self.covariance))
        mean = np.tile(np.array(self.mean), (replicates, 1))
        return laws.MultivariateNormal(mean, np.broadcast_to(factor, (replicates, d, d)))


class Categorical(Lawful, frozen=True, omit_defaults=True, tag="categorical"):
    """A distribution over finitely many categories.  probabilities need not sum to 1; labels name the categories."""

    probabilities: tuple[float, ...]
    labels: tuple[str, ...] | None = None

    things: ClassVar[str] = "categories"

    def __post_init__(self) -> None:
        p = np.array(self.probabilities)
        if p.ndim != 1 or len(p) < 2 or not np.isfinite(p).all() or (p < 0).any() or p.sum() <= 0:
            expected = "two or more probabilities >= 0 with a positive sum"
            raise InputError(expected, str(self.probabilities)[:60], "[0.5, 0.3, 0.2]")
        if self.labels is not None and len(self.labels) != len(p):
            raise InputError(f"{len(p)} labels, one a category", len(self.labels), "leaving labels out")

    def describe(self) -> str:
        return f"{number(len(self.probabilities))} categories, each with its probability"

    def law(self, replicates: int) -> Frequencies:
        return frequencies(np.array(self.probabilities), replicates)


class Zipf(Lawful, frozen=True, tag="zipf"):
    r"""Zipf's law: the i-th of ``size`` categories has probability proportional to :math:`i^{-s}`, s the exponent."""

    size: int = 10_000
    exponent: float = 1.0

    things: ClassVar[str] = "categories"

    def __post_init__(self) -> None:
        if self.size < 2:
            raise InputError("a Zipf world of at least 2 categories", self.size, "10000")
        require(16 * self.size, f"a Zipf world of {number(self.size)} categories", "10000 of them")
        self.check_finite("exponent", zero=True)

    def describe(self) -> str:
        return f"{number(self.size)} made-up words, as unequally frequent as those of a language (Zipf's law)"

    def law(self, replicates: int) -> Frequencies:
        return frequencies(np.arange(1.0, self.size + 1) ** -self.exponent, replicates)


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
        return averages.Bernoulli(np.full(replicates, self.probability * self.trials), self.trials)


class Poisson(_Positive, frozen=True, tag="poisson"):
    """Counts of the given mean."""

    mean: float = 3.0

    make = averages.Poisson


class NegativeBinomial(_Positive, frozen=True, tag="negative-binomial"):
    """Counts of the given mean that vary more than Poisson's: by mean + mean^2 / size.  Size 1 is the geometric law."""

    mean: float = 3.0
    size: float = 1.0

    def law(self, replicates: int) -> averages.NegativeBinomial:
        return averages.NegativeBinomial(np.full(replicates, self.mean), self.size)


class Exponential(_Positive, frozen=True, tag="exponential"):
    """Waiting times of the given mean; with a shape other than 1 a gamma law."""

    mean: float = 1.0
    shape: float = 1.0

    def law(self, replicates: int) -> averages.GammaMean:
        return averages.GammaMean(np.full(replicates, self.mean), self.shape)


class Pareto(_Positive, frozen=True, tag="pareto"):
    """Sizes above ``minimum`` with tail exponent ``exponent``."""

    exponent: float = 2.0
    minimum: float = 1.0

    def law(self, replicates: int) -> averages.Pareto:
        return averages.Pareto(np.full(replicates, 1 / self.exponent), 1.0, self.minimum)


class Laplace(Lawful, frozen=True, tag="laplace"):
    """Both sides of ``location``, at a mean distance ``scale``."""

    scale: float = 1.0
    location: float = 0.0

    def __post_init__(self) -> None:
        self.check_finite("scale")
        self.check_finite("location", negative=True)

    def law(self, replicates: int) -> averages.Laplace:
        return averages.Laplace(np.full(replicates, self.scale), 1.0, self.location)


class LogNormal(Lawful, frozen=True, kw_only=True, tag="lognormal"):
    """Positive numbers whose logarithm is normal, with the given mean and variance of the logarithm."""

    mean: float = 0.0
    variance: float = 1.0

    def __post_init__(self) -> None:
        self.check_finite("mean", negative=True)
        self.check_finite("variance")

    def law(self, replicates: int) -> laws.LogNormal:
        logarithm = laws.Normal(np.full(replicates, self.mean), np.full(replicates, np.sqrt(self.variance)))
        return laws.LogNormal(logarithm)


class Gamma(_Positive, frozen=True, tag="gamma"):
    """A gamma distribution: mean shape * scale, variance shape * scale^2."""

    shape: float = 2.0
    scale: float = 1.0

    make = laws.Gamma


class Beta(_Positive, frozen=True, tag="beta"):
    """A beta distribution: mean alpha / (alpha + beta)."""

    alpha: float = 2.0
    beta: float = 5.0

    make = laws.Beta


class VonMises(Lawful, frozen=True, tag="vonmises"):
    """Angles around a direction (radians, from -pi to pi); concentration 0 is uniform on the circle."""

    direction: float = 0.0
    concentration: float = 2.0

    def __post_init__(self) -> None:
        if not abs(self.direction) <= np.pi:
            raise InputError("a direction between -pi and pi, in radians", self.direction, "0")
        self.check_finite("concentration", zero=True)

    def law(self, replicates: int) -> laws.VonMises:
        return laws.VonMises(np.full(replicates, self.direction), np.full(replicates, self.concentration))


class Weibull(_Positive, frozen=True, tag="weibull"):
    """A Weibull distribution; shape 1 is exponential with mean ``scale``."""

    shape: float = 1.5
    scale: float = 1.0

    make = laws.Weibull


class Uniform(_Positive, frozen=True, tag="uniform"):
    """A uniform distribution from 0 to ``upper``."""

    upper: float = 1.0

    make = laws.Uniform


def frequencies(weights: NDArray[np.float64], replicates: int) -> Frequencies:
    """The categorical law of these weights, seen by every replicate."""
    p = weights / weights.sum()
    return Frequencies(np.broadcast_to(p, (replicates, len(p))))


def multivariate_normal(
    mean: list[float] | np.ndarray, covariance: list[list[float]] | np.ndarray
) -> MultivariateNormal:
    """A normal world in d dimensions: mean (d,), covariance (d, d)."""
    rows = tuple(tuple(float(c) for c in row) for row in covariance)
    return MultivariateNormal(tuple(float(m) for m in mean), rows)


def categorical(probabilities: list[float] | np.ndarray, labels: list[str] | None = None) -> Categorical:
    """A world of finitely many categories."""
    return Categorical(tuple(float(p) for p in probabilities), None if labels is None else tuple(labels))


Distribution = (
    Bernoulli | Poisson | NegativeBinomial | Categorical | Zipf | Normal | MultivariateNormal | LogNormal
    | Exponential | Pareto | Laplace | Gamma | Beta | VonMises | Weibull | Uniform
)  # fmt: skip
