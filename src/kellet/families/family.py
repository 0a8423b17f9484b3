"""The two protocols: a family says how to learn, a model is what was learnt.

Two verbs carry everything: ``family.fit(evidence, rng)`` and ``model.sample(n, rng)``.  A family is *exact* when it
also turns points into sufficient statistics (``summarise``) and its models draw the statistics of n points without
drawing the points (``statistics``): one generation then costs the same for a hundred points and for a trillion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, TypeGuard, runtime_checkable

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Counts, Evidence, Moments, Points, Sums


@runtime_checkable
class Model(Protocol):
    """What was learnt, frozen; axis 0 of its arrays is the replicate.

    A model may also have ``collapsed``, (R,) booleans: replicates whose fit degenerated so far that nothing was learnt.
    The loop keeps them marked from then on; that is an outcome, not an error.  A model of somebody's own may also have
    ``failed``, (R,) booleans, with ``failure``, in words: replicates whose program broke, which says nothing about
    collapse.  They may be marked as late as when the model writes, and nothing that was measured on them counts.
    """

    def sample(self, n: int, rng: Generator) -> Points:
        """Write n points a replicate: values of shape (R, n, ...)."""
        ...


@runtime_checkable
class ExactModel(Model, Protocol):
    """A model that knows the law of its own sufficient statistics."""

    def statistics(self, n: int, rng: Generator) -> Any:
        """Evidence distributed exactly as the statistics of n sampled points."""
        ...


@runtime_checkable
class Family(Protocol):
    """How to learn, frozen.

    A family that learns one replicate at a time says ``batched = False``.
    """

    def fit(self, evidence: Any, rng: Generator, previous: Any = None) -> Any:
        """Learn from evidence, perhaps starting from what the previous generation learnt."""
        ...


@runtime_checkable
class ExactFamily(Family, Protocol):
    """A family that learns from sufficient statistics alone.

    learns: the kind of evidence it learns from.  models: the classes of models and true laws whose ``statistics``
    are of that kind.
    """

    learns: ClassVar[type]
    models: ClassVar[tuple[type, ...]]

    def summarise(self, points: Points) -> Any:
        """The sufficient statistics of points."""
        ...


class Prior(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Imaginary evidence that a family adds to each fit.

    strength: how many points it is worth.  mean and variance: where those points lie; what None stands for is the
    family's to say (the Gaussian takes 0 and 1, the categorical spreads them evenly).  parametrisation: "natural", the
    posterior mode in the natural parameter, which is the posterior mean of the mean parameter; or "mean", the posterior
    mode in the mean parameter, for the families that have it: modes don't survive a change of variable.

    A prior keeps the loop alive, but what it remembers is itself: with strength A beside n points the loop forgets
    the truth at the rate n/(n + A) a generation and settles at the prior.
    """

    strength: float
    mean: float | tuple[float, ...] | None = None
    variance: float | None = None
    parametrisation: Literal["natural", "mean"] = "natural"

    def __post_init__(self) -> None:
        if not 0 <= self.strength < np.inf:
            raise InputError("a finite prior strength >= 0 (imaginary points)", self.strength, "1")
        if self.variance is not None and not 0 < self.variance < np.inf:
            raise InputError("a finite prior variance > 0", self.variance, "1")
        if self.mean is not None and not np.isfinite(self.mean).all():
            raise InputError("a finite prior mean", self.mean, "0")


def is_exact(family: Any) -> TypeGuard[ExactFamily]:
    """Whether it is an `ExactFamily`; ``isinstance`` says the same and takes 50 times as long."""
    return all(hasattr(family, name) for name in ("fit", "learns", "models", "summarise"))


def is_batched(family: Family) -> bool:
    """Whether the family learns all replicates in one call."""
    return bool(getattr(family, "batched", True))


def collapsed(model: Model, replicates: int) -> NDArray[np.bool_]:
    """(R,): the replicates whose fit degenerated."""
    marks: Any = getattr(model, "collapsed", None)
    return np.zeros(replicates, dtype=bool) if marks is None else np.asarray(marks, dtype=bool)


def failed(model: Model, replicates: int) -> NDArray[np.bool_]:
    """(R,): the replicates whose program broke, by now."""
    marks: Any = getattr(model, "failed", None)
    return np.zeros(replicates, dtype=bool) if marks is None else np.asarray(marks, dtype=bool)


@dataclass(frozen=True)
class OneByOne:
    """Any family, called once per replicate with one replicate."""

    family: Family

    def fit(self, evidence: Evidence, rng: Generator, previous: Apart | None = None) -> Apart:
        befores: Sequence[Model | None] = previous.models if previous else [None] * evidence.replicates
        models = [self.family.fit(only(evidence, r), rng, before) for r, before in enumerate(befores)]
        return Apart(tuple(models))


@dataclass(frozen=True)
class Apart:
    """One model of one replicate for each replicate."""

    models: tuple[Model, ...]

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        return np.concatenate([collapsed(model, 1) for model in self.models])

    @property
    def reason(self) -> str | None:
        """Why a fit degenerated: the first reason that a model gives."""
        return next((reason for model in self.models if (reason := getattr(model, "reason", None))), None)

    @property
    def failed(self) -> NDArray[np.bool_]:
        return np.concatenate([failed(model, 1) for model in self.models])

    @property
    def failure(self) -> str | None:
        """What went wrong: the first failure that a model tells."""
        return next((failure for model in self.models if (failure := getattr(model, "failure", None))), None)

    def sample(self, n: int, rng: Generator, **options: Any) -> Points:
        written = [model.sample(n, rng, **options) for model in self.models]
        weights = None if all(w.weights is None for w in written) else np.concatenate([w.weighed for w in written])
        return Points(np.concatenate([w.values for w in written]), weights, written[0].origin)

    def log_probabilities(self, blocks: NDArray[Any]) -> Array:
        """(R, N), of models of text: blocks (N, L), the same for all, or (R, N, L)."""
        models: tuple[Any, ...] = self.models
        own = [blocks if blocks.ndim == 2 else blocks[r : r + 1] for r in range(len(models))]
        return np.concatenate([model.log_probabilities(part) for model, part in zip(models, own, strict=True)])


def only(evidence: Any, replicate: int) -> Any:
    """The evidence of one replicate, axis 0 kept."""
    r = slice(replicate, replicate + 1)

    def part(number: Any) -> Any:
        return number[r] if isinstance(number, np.ndarray) else number

    match evidence:
        case Points():
            origin = evidence.origin if isinstance(evidence.origin, int) else evidence.origins[r]
            return Points(evidence.values[r], part(evidence.weights), origin)
        case Moments():
            return Moments(part(evidence.count), evidence.mean[r], evidence.root[r])
        case Counts():
            return Counts(evidence.values[r], evidence.categories, evidence.size)
        case Sums():
            return Sums(part(evidence.count), evidence.total[r])
    raise TypeError(f"expected Points, Moments, Counts or Sums; got {type(evidence).__name__}")


def check_family(family: Family, points: Points, rng: Generator | None = None) -> None:
    """Raise AssertionError, with a sentence, where a family breaks the contract that the loop relies on.

    points: real points the family should be able to learn from, (R, n, ...) with R >= 2 and n large enough for a fit.
    Checked: fit and sample agree on shapes; fitting is repeatable for one seed and does not write into its evidence;
    replicates do not mix; an exact family learns from pooled statistics what it learns from pooled points.

    >>> from kellet.families import Gaussian
    >>> check_family(Gaussian(), Points(np.random.default_rng(0).normal(size=(3, 50))))
    """
    rng = rng or np.random.default_rng(0)
    assert points.replicates >= 2, "check_family needs points of at least two replicates"
    summarise: Any = getattr(family, "summarise", lambda evidence: evidence)
    learner: Any = family if is_batched(family) else OneByOne(family)
    seed = int(rng.integers(2**32))

    def fit(evidence: Any) -> Any:
        return learner.fit(evidence, np.random.default_rng(seed))

    def write(model: Any, n: int = 7) -> NDArray[Any]:
        values: NDArray[Any] = model.sample(n, np.random.default_rng(seed)).values
        return values

    before = points.values.copy()
    model = fit(summarise(points))
    assert isinstance(model, Model), f"fit must return a model with sample(n, rng); got {type(model).__name__}"
    assert np.array_equal(points.values, before), "fit or summarise wrote into its evidence"
    written = write(model)
    expected = (points.replicates, 7, *points.values.shape[2:])
    assert written.shape == expected, f"sample(7) must have shape {expected}; got {written.shape}"
    assert written.dtype.kind == points.values.dtype.kind, (
        f"sample must write {points.values.dtype} like the points it learnt from; got {written.dtype}"
    )
    assert np.array_equal(write(fit(summarise(points))), written), "the same evidence and seed gave different points"
    assert collapsed(model, points.replicates).shape == (points.replicates,), "collapsed must be one mark per replicate"
    other = before.copy()
    # The last one: a sampler that rejects may draw more for it, and all before it have drawn already.
    other[-1] = before[0]
    alone, beside = (np.asarray(values[:-1], dtype=float) for values in (written, write(fit(summarise(Points(other))))))
    assert np.allclose(alone, beside, rtol=1e-7, atol=1e-9), "what one replicate saw changed what another learnt"

    if isinstance(family, ExactFamily):
        half = points.size // 2
        first, second = (Points(points.values[:, part]) for part in (slice(half), slice(half, None)))
        apart: Array = write(fit(summarise(first) + summarise(second))).astype(float)
        together: Array = write(fit(summarise(first + second))).astype(float)
        assert np.allclose(apart, together, rtol=1e-7, atol=1e-9), (
            "pooled statistics teach something else than pooled points"
        )
        assert isinstance(model, ExactModel), "an exact family's model must have statistics(n, rng)"
        drawn = model.statistics(7, np.random.default_rng(seed))
        assert type(drawn) is type(summarise(points)), (
            f"statistics must be of the kind that summarise gives, {type(summarise(points)).__name__}; "
            f"got {type(drawn).__name__}"
        )
        assert np.allclose(drawn.count, 7), f"statistics(7) must count 7 points; got {drawn.count}"
        assert isinstance(model, family.models), f"{type(model).__name__} is missing from the family's `models`"
