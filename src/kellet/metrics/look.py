"""One look at one generation: the model, and the real thing it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.random import Generator

from kellet.evidence import Array, Points
from kellet.laws import Frequencies, MultivariateNormal
from kellet.metrics import corpus

JUDGES = 500
"""Held-out points that distances are measured to, at most; the cost grows with their number, every generation."""


@dataclass(frozen=True)
class Real:
    """What real data are like: the zero line of every metric.

    truth: the true law, or None.  mean (d,), covariance (d, d): of the true law or of all held-out and training
    points; None where points are categories.  heldout: (N, d), at most JUDGES, or None.  reserve: (N, d), real points
    that are neither training nor held out.  classes: a frozen reader, or None.  view: (D, d), frozen features through
    which points (N, D) are looked at, and in which all of the above is; None where they are looked at as they are.
    text: real text, where points are blocks of tokens; then all the rest is None.  codebook: what categories a
    table's columns have, if any; it is the view of such points, too, as a function.
    """

    truth: Any = None
    mean: Array | None = None
    covariance: Array | None = None
    heldout: Array | None = None
    training: Array | None = None
    classes: Any = None
    reserve: Array | None = None
    view: Any = None
    text: Any = None
    codebook: Any = None

    def unjudged(self) -> Array:
        """(N, d): real points that nothing is measured against but the held-out ones."""
        assert self.training is not None
        assert self.reserve is not None
        return np.concatenate([self.training, self.reserve])

    def unlearnt(self) -> Array:
        """(N, d): real points that are neither training nor held out."""
        assert self.reserve is not None
        return self.reserve

    @staticmethod
    def of(source: Any) -> Real:
        """Read off a source; for a law its first replicate, as the truth is the same for all."""
        truth = source.truth
        match truth:
            case MultivariateNormal():
                return Real(truth, truth.mean[0], truth.covariance[0])
            case None if hasattr(source, "tokeniser"):
                return Real(text=corpus.of(source))
            case None:
                view = getattr(source, "view", None)
                training, reserve, judging = (
                    _seen(part, view) for part in (source.training, source.reserve, source.heldout)
                )
                every = np.concatenate([training, judging])
                return Real(
                    None,
                    every.mean(axis=0),
                    np.cov(every.T, ddof=0).reshape(every.shape[1], -1),
                    judging[:JUDGES],
                    training,
                    source.classes,
                    reserve,
                    view,
                    codebook=getattr(source, "codebook", None),
                )
        if hasattr(truth, "variance"):
            return Real(truth, truth.mean[0].reshape(-1), np.diag(truth.variance[0].reshape(-1)))
        return Real(truth)


def of_points(law: Any) -> bool:
    """Whether the moments that a law knows are of its points, not of a statistic of them (such as their logarithm)."""
    return not getattr(law, "of_statistic", False)


@dataclass(frozen=True, eq=False)
class Look:
    """A model beside the real thing; everything that several metrics want is computed once.  first: generation 0's."""

    model: Any
    real: Real
    size: int
    rng: Generator
    first: Any = None

    @property
    def comparable(self) -> bool:
        """Whether the moments that the model knows are of the same thing as the real ones."""
        if self.real.view is not None:
            return False
        return (of_points(self.model) and of_points(self.real.truth)) or type(self.model) is type(self.real.truth)

    @cached_property
    def points(self) -> Array:
        """(R, n, d): what the model writes when asked for ``size`` points."""
        written: Points = self.model.sample(self.size, self.rng)
        return _seen(written.values, self.real.view, replicates=True)

    @cached_property
    def class_shares(self) -> Array:
        """(R, C): the share of each class in what the model writes, as the frozen reader sees it."""
        shares: Array = self.real.classes.shares_of(self.points)
        return shares

    @cached_property
    def frequencies(self) -> Frequencies:
        """The model, known to be a law over categories."""
        if not isinstance(self.model, Frequencies):
            raise TypeError(f"expected a model over categories; got {type(self.model).__name__}")
        return self.model

    @cached_property
    def mean(self) -> Array:
        """(R, d): exactly where the model knows it, else of what it writes."""
        known = getattr(self.model, "mean", None) if self.comparable else None
        return self.points.mean(axis=1) if known is None else known.reshape(len(known), -1)  # type: ignore[no-any-return]

    @cached_property
    def covariance(self) -> Array:
        """(R, d, d): exactly where the model knows it, else of what it writes."""
        known = getattr(self.model, "covariance", None) if self.comparable else None
        if known is not None:
            return known[:, None, None] if known.ndim == 1 else known  # type: ignore[no-any-return]
        if self.comparable and hasattr(self.model, "variance"):
            variance: Array = self.model.variance.reshape(len(self.model.variance), -1)
            return variance[:, :, None] * np.eye(variance.shape[1])
        apart = self.points - self.points.mean(axis=1, keepdims=True)
        return apart.swapaxes(1, 2) @ apart / self.points.shape[1]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Metric:
    """What is watched.

    name: in files.  title: for people.  meaning: one plain sentence.  measure: a look -> (R,).  suits: whether a
    world and model of this kind have it.  real: its value for the real thing, where that is one number.  fresh: for
    what is measured on written points, the real points that may be drawn in their place to see what it makes of them.
    lower: whether less is better.
    """

    name: str
    title: str
    meaning: str
    measure: Callable[[Look], Array]
    suits: Callable[[Real, Any], bool]
    real: float | None = 1.0
    fresh: Callable[[Real], Array] | None = None
    lower: bool = False


def with_heldout(real: Real, model: Any) -> bool:
    """Whether there are held-out real points to compare with."""
    return real.heldout is not None


def _seen(values: Any, view: Any, replicates: bool = False) -> Array:
    flat = values.reshape(*values.shape[: 1 + replicates], -1)
    if view is not None:
        flat = view(flat) if callable(view) else flat @ view
    return np.asarray(flat, dtype=np.float64)
