"""The contract that the loop relies on, checked for anybody's family."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Evidence, Points
from kellet.families.abilities import abilities
from kellet.families.family import ExactFamily, Family
from kellet.families.separate import OneByOne, only
from kellet.families.yours.python import welcome
from kellet.laws.model import ExactModel, Model, read_marks


def check_family(family: Family[Any, Any], points: Points, rng: Generator | None = None) -> None:
    """Raise AssertionError, with a sentence, where a family breaks the contract that the loop relies on.

    points: real points the family should be able to learn from, (R, n, ...) with R >= 2 and n large enough for a fit.
    Checked: fit and sample agree on shapes; fitting is repeatable for one seed and does not write into its evidence;
    replicates do not mix; an exact family learns from pooled statistics what it learns from pooled points.

    >>> from kellet.families import Gaussian
    >>> check_family(Gaussian(), Points(np.random.default_rng(0).normal(size=(3, 50))))
    """
    family, rng = welcome(family), rng or np.random.default_rng(0)
    assert points.replicates >= 2, "check_family needs points of at least two replicates"
    together = abilities(family).batched
    exact = family if isinstance(family, ExactFamily) else None
    learner = family if together else OneByOne(family)
    seed = int(rng.integers(2**32))

    def summarise(some: Points) -> Evidence:
        return exact.summarise(some) if exact and together else some

    def fit(evidence: Evidence) -> Model:
        return learner.fit(evidence, np.random.default_rng(seed))

    def write(model: Model, n: int = 7) -> NDArray[Any]:
        return model.sample(n, np.random.default_rng(seed)).values

    before = points.values.copy()
    model = fit(summarise(points))
    assert isinstance(model, Model), f"fit must return a model with sample(n, rng); got {type(model).__name__}"
    assert np.array_equal(points.values, before), "fit or summarise wrote into its evidence"
    written, kind = write(model), points.values.dtype
    expected = (points.replicates, 7, *points.values.shape[2:])
    assert written.shape == expected, f"sample(7) must have shape {expected}; got {written.shape}"
    alike = written.dtype.kind == kind.kind
    assert alike, f"sample must write {kind} like the points it learnt from; got {written.dtype}"
    assert np.array_equal(write(fit(summarise(points))), written), "the same evidence and seed gave different points"
    given = read_marks(model, points.replicates).collapsed
    assert given.shape == (points.replicates,), "collapsed must be one mark per replicate"
    other = before.copy()
    # The last one: a sampler that rejects may draw more for it, and all before it have drawn already.
    other[-1] = before[0]
    alone, beside = (np.asarray(values[:-1], dtype=float) for values in (written, write(fit(summarise(Points(other))))))
    assert np.allclose(alone, beside, rtol=1e-7, atol=1e-9), "what one replicate saw changed what another learnt"

    if exact:
        _check_exact(exact, points if together else only(points, 0), seed)


def _check_exact(family: ExactFamily[Any, Any], points: Points, seed: int) -> None:
    """Raise AssertionError where statistics teach something else than the points that they are of."""

    def fit(evidence: Evidence) -> Model:
        model: Model = family.fit(evidence, np.random.default_rng(seed))
        return model

    def write(model: Model) -> Array:
        return np.asarray(model.sample(7, np.random.default_rng(seed)).values, dtype=float)

    half = points.size // 2
    first, second = (Points(points.values[:, part]) for part in (slice(half), slice(half, None)))
    apart, together = fit(family.summarise(first) + family.summarise(second)), fit(family.summarise(first + second))
    same = np.allclose(write(apart), write(together), rtol=1e-7, atol=1e-9)
    assert same, "pooled statistics teach something else than pooled points"
    assert isinstance(apart, ExactModel), "an exact family's model must have statistics(n, rng)"
    drawn = apart.statistics(7, np.random.default_rng(seed))
    wanted, got = type(family.summarise(points)), type(drawn)
    told = f"statistics must be of the kind that summarise gives, {wanted.__name__}; got {got.__name__}"
    assert got is wanted, told
    assert np.allclose(drawn.count, 7), f"statistics(7) must count 7 points; got {drawn.count}"
    assert isinstance(apart, family.models), f"{type(apart).__name__} is missing from the family's `models`"
