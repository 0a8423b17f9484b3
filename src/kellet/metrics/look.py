"""One look at one generation: the model, and the real thing it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, TypeVar, cast

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Integers
from kellet.laws.model import Model
from kellet.metrics.corpus import RealText
from kellet.metrics.real import (
    KnowsMoments,
    OfStatistic,
    Real,
    RealLaw,
    RealPoints,
    covariances,
    flatten,
    means,
    moments_of,
)

T = TypeVar("T")
MANY = 64
"""Places of a table's view, from which on products of all pairs of them cost more than they tell."""


@dataclass(frozen=True, eq=False)
class Look:
    """A model beside the real thing; what several metrics want is computed once, and kept in ``cache``.

    size: how many points the model is asked to write.  first: the model of generation 0, where that is known.  seen:
    whether the model writes points as they are looked at, through the view of the real ones.  web, gone, shares: of
    writers that learn from one pool, a look at each; (K, R), which have no numbers any more; and the share of model
    text in the pool (R,), and in what each reads.
    """

    model: Model
    real: Real
    size: int
    rng: Generator
    first: Model | None = None
    seen: bool = False
    web: tuple[Look, ...] = ()
    gone: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))
    shares: tuple[Array, tuple[Array, ...]] = (np.zeros(0), ())
    cache: dict[object, object] = field(default_factory=dict, init=False, repr=False)

    def model_as(self, kind: type[T]) -> T:
        """The model, which must be of that kind."""
        return ensure(self.model, kind)

    def truth(self, kind: type[T]) -> T:
        """The true law, which must be of that kind."""
        return ensure(ensure(self.real, RealLaw).truth, kind)

    @property
    def data(self) -> RealPoints:
        """What is real, which must be points."""
        return ensure(self.real, RealPoints)

    @property
    def text(self) -> RealText:
        """What is real, which must be text."""
        return ensure(self.real, RealText)

    @cached_property
    def moments(self) -> KnowsMoments | None:
        """The model where it knows its moments, and they are of the same thing as the real ones."""
        same = isinstance(self.real, RealLaw) and type(self.model) is type(self.real.truth)
        viewed = isinstance(self.real, RealPoints) and self.real.view is not None
        comparable = not viewed and (same or (of_points(self.model) and of_points(self.real)))
        return moments_of(self.model) if comparable else None

    @cached_property
    def written(self) -> NDArray[Any]:
        """(R, n, ...): what the model writes when asked for ``size`` points."""
        return self.model.sample(self.size, self.rng).values

    @cached_property
    def points(self) -> Array:
        """(R, n, d): the same as vectors, through the view of the real points."""
        view = self.real.view if isinstance(self.real, RealPoints) and not self.seen else None
        return flatten(self.written, view, replicates=True)

    @cached_property
    def mean(self) -> Array:
        """(R, d): exactly where the model knows it, else of what it writes."""
        return self.points.mean(axis=1) if self.moments is None else means(self.moments)

    @cached_property
    def total(self) -> Array:
        """(R,): the trace of the covariance."""
        if self.moments is not None or self.points.shape[2] <= MANY or self.data.codebook is None:
            return np.trace(self.covariance, axis1=1, axis2=2)  # type: ignore[no-any-return]
        return self.points.var(axis=1).sum(axis=1)  # type: ignore[no-any-return]

    @cached_property
    def covariance(self) -> Array:
        """(R, d, d): exactly where the model knows it, else of what it writes."""
        if self.moments is not None:
            return covariances(self.moments)
        return _covariance(self.points)

    def covariance_of(self, columns: Integers) -> Array:
        """(R, m, m): the same of some columns (m,), without the products of all others."""
        if self.moments is not None or len(columns) == self.points.shape[-1]:
            return self.covariance[:, columns[:, None], columns]
        return _covariance(self.points[..., columns])


def _covariance(points: Array) -> Array:
    """(R, d, d) of points (R, n, d)."""
    apart = points - points.mean(axis=1, keepdims=True)
    return apart.swapaxes(1, 2) @ apart / points.shape[1]  # type: ignore[no-any-return]


def once(make: Callable[[Look], T]) -> Callable[[Look], T]:
    """What is made of a look, made once for all metrics that ask for it."""

    @wraps(make)
    def found(look: Look) -> T:
        if found not in look.cache:
            look.cache[found] = make(look)
        return cast(T, look.cache[found])

    return found


def ensure(thing: object, kind: type[T]) -> T:
    """The same thing, which must be of that kind."""
    if not isinstance(thing, kind):
        raise TypeError(f"expected {kind.__name__}; got {type(thing).__name__}")
    return thing


def of_points(law: Model | Real | None) -> bool:
    """Whether the moments that a law knows are of its points, not of a statistic of them (such as their logarithm)."""
    return not isinstance(law.truth if isinstance(law, RealLaw) else law, OfStatistic)
