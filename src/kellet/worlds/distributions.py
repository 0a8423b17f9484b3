"""Worlds that are distributions."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kellet import laws
from kellet.errors import InputError
from kellet.laws import Frequencies
from kellet.page.wording import number
from kellet.worlds.lawful import Lawful


class Normal(Lawful, frozen=True, kw_only=True, tag="normal"):
    """A normal distribution on the line."""

    mean: float = 0.0
    variance: float = 1.0

    subject: ClassVar[str] = "a bell curve"

    def __post_init__(self) -> None:
        if not self.variance > 0:
            raise InputError("a variance > 0", self.variance, "1")

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
        shape, d = np.shape(self.covariance), len(self.mean)
        if shape != (d, d):
            raise InputError(
                f"a covariance of shape {(d, d)}, as the mean has {d} entries",
                shape,
                "rows as long as the mean",
            )
        if (
            not np.allclose(self.covariance, np.transpose(self.covariance))
            or np.linalg.eigvalsh(self.covariance)[0] <= 0
        ):
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
            raise InputError(
                "two or more probabilities >= 0 with a positive sum",
                str(self.probabilities)[:60],
                "[0.5, 0.3, 0.2]",
            )
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
        if not self.exponent >= 0:
            raise InputError("a Zipf exponent >= 0", self.exponent, "1.0")

    def describe(self) -> str:
        return f"{number(self.size)} made-up words, as unequally frequent as those of a language (Zipf's law)"

    def law(self, replicates: int) -> Frequencies:
        return frequencies(np.arange(1.0, self.size + 1) ** -self.exponent, replicates)


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
