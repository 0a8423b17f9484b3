"""The categorical family: any finite set of things, words among them, exact."""

from __future__ import annotations

from typing import Self

import msgspec
import numpy as np
from numpy.random import Generator

from kellet.data.source import Law, Source
from kellet.errors import InputError
from kellet.evidence import Array, Counts, Points, find_empty
from kellet.families.abilities import Learner, check_kind
from kellet.families.family import Prior
from kellet.laws.frequencies import Frequencies


class Categorical(Learner, frozen=True, tag="categorical"):
    r"""Learn a categorical law: :math:`p_i = (c_i + A\phi_i)/(n + A)`.

    size: how many categories there are; needed only to learn from points, None takes it from the evidence.
    prior: strength A imaginary points, spread as ``mean`` says (one number a category) or evenly.  A replicate is
    collapsed when neither has any points.

    >>> Categorical().fit(Counts(np.array([[3, 1, 0]]))).dense()
    array([[0.75, 0.25, 0.  ]])
    >>> Categorical(prior=Prior(3)).fit(Counts(np.array([[3, 0, 0]]))).probabilities.round(3)
    array([[0.667, 0.167, 0.167]])
    """

    words = "a list of how often each thing occurs (a categorical model)"
    size: int | None = None
    prior: Prior | None = None

    learns = Counts
    models = (Frequencies,)
    categories = True
    heeds = ("parametrisation",)

    def __post_init__(self) -> None:
        self.check_least(1, "size")
        self.check_prior()

    def prepare(self, source: Source) -> Self:
        check_kind(self, source)
        assert isinstance(source, Law) and isinstance(source.truth, Frequencies)
        size = source.truth.size
        if self.prior and self.prior.mean is not None:
            mean = np.ravel(self.prior.mean)
            if not isinstance(self.prior.mean, tuple) or len(mean) != size or mean.min() < 0 or mean.sum() <= 0:
                expected = f"a prior mean with one number >= 0 for each of the {size} categories"
                raise InputError(expected, str(self.prior.mean)[:40], "leaving the mean out, to spread them evenly")
        return msgspec.structs.replace(self, size=size)

    def imagined(self, size: int) -> tuple[float, Array] | None:
        """How many points its prior is worth, and their spread (V,), so that the fit is the share of all points.

        None where it isn't: the posterior mode may then lie on an edge.

        >>> uniform = Prior(3.0, parametrisation="mean")
        >>> Categorical(prior=uniform).imagined(3), Categorical(prior=uniform).imagined(4)
        ((0.0, array([0.33333333, 0.33333333, 0.33333333])), None)
        """
        even = np.full(size, 1 / size)
        if (given := self.prior) is None:
            return 0.0, even
        spread = even if given.mean is None else np.asarray(given.mean, dtype=np.float64) / np.sum(given.mean)
        if given.parametrisation == "natural":
            return float(given.strength), spread
        # The mode of a Dirichlet law: one point less of each.
        left = given.strength * spread - 1
        if (left < -1e-12).any():
            return None
        return (total, left / total) if (total := float(left.sum())) > 1e-12 else (0.0, even)

    def summarise(self, points: Points) -> Counts:
        values = points.values.astype(np.int64)
        size = int(values.max(initial=-1)) + 1 if self.size is None else self.size
        r = points.replicates
        flat = (values + size * np.arange(r)[:, None]).ravel()
        weights = None if points.weights is None else points.weights.ravel()
        return Counts(np.bincount(flat, weights, minlength=r * size).reshape(r, size))

    def fit(self, evidence: Counts, rng: Generator | None = None, previous: object = None) -> Frequencies:
        if not self.prior:
            return _divide(evidence.living())
        size = evidence.size
        spread = np.full(size, 1 / size) if self.prior.mean is None else np.asarray(self.prior.mean, dtype=float)
        if spread.shape != (size,):
            raise ValueError(f"expected a prior mean with one number for each of {size} categories; got {spread.size}")
        counts = evidence.dense() + self.prior.strength * spread / spread.sum()
        if self.prior.parametrisation == "mean":
            # The mode of a Dirichlet law: one point less of each, where there is one; of a flat law its middle.
            less = np.maximum(counts - 1, 0)
            counts = np.where(less.any(axis=1, keepdims=True), less, evidence.dense())
        return _divide(Counts(counts))


def _divide(counts: Counts) -> Frequencies:
    """Shares; of a replicate that has no counts the first category's is made up."""
    values, total = counts.values, counts.count
    if (empty := find_empty(counts)) is not None:
        values, total = values.copy(), np.where(empty, 1, total)
        values[empty, 0] = 1
    return Frequencies(values / total[:, None], counts.categories, counts.size, empty)
