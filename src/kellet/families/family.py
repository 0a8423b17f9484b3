"""The two protocols: a family says how to learn, a model is what was learnt.

Two verbs carry everything: ``family.fit(evidence, rng)`` and ``model.sample(n, rng)``.  A family is *exact* when it
also turns points into sufficient statistics (``summarise``) and its models draw the statistics of n points without
drawing the points (``statistics``): one generation then costs the same for a hundred points and for a trillion.

Nothing else is needed of anybody's own.  What a family may say beside, and what is assumed where it doesn't, is in
`kellet.families.abilities`; what a model is, and may say of its fits, in `kellet.laws.model`.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeGuard, TypeVar, runtime_checkable

import numpy as np
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Evidence, Points
from kellet.laws.model import Model
from kellet.struct import Struct

E = TypeVar("E", bound=Evidence)
E_contra = TypeVar("E_contra", bound=Evidence, contravariant=True)
M = TypeVar("M", bound=Model)
NO_POINTS = "it was given no points"
NOT_FINITE = "it was given values that are not finite"
MOST = 1e100
"""What the numbers of a prior may come to: their squares are numbers, too."""
ALL_THE_SAME = "all its points are the same"


@runtime_checkable
class Family(Protocol[E_contra, M]):
    """How to learn, frozen.  What else it may say of itself, with defaults: `kellet.families.abilities.Abilities`."""

    def fit(self, evidence: E_contra, rng: Generator, previous: M | None = None) -> M:
        """Learn from evidence, perhaps starting from what the previous generation learnt."""
        ...


@runtime_checkable
class ExactFamily(Family[E, M], Protocol[E, M]):
    """A family that learns from sufficient statistics alone.

    learns: the kind of evidence it learns from.  models: the classes of models and true laws whose ``statistics``
    are of that kind.
    """

    @property
    def learns(self) -> type[E]: ...
    @property
    def models(self) -> tuple[type, ...]: ...
    def summarise(self, points: Points) -> E:
        """The sufficient statistics of points."""
        ...


def is_exact(family: object) -> TypeGuard[ExactFamily[Evidence, Model]]:
    """Whether it is an `ExactFamily`; ``isinstance`` says the same and takes 50 times as long."""
    return all(hasattr(family, name) for name in ("fit", "learns", "models", "summarise"))


class Prior(Struct, frozen=True, omit_defaults=True):
    """Imaginary evidence that a family adds to each fit.

    strength: how many points it is worth.  mean and variance: where those points lie; what None stands for is the
    family's to say (the Gaussian takes 0 and 1, the categorical spreads them evenly); where they must lie is, too, and
    whether it heeds a variance (`kellet.families.abilities.Abilities`).  parametrisation: "natural", the
    posterior mode in the natural parameter, which is the posterior mean of the mean parameter; or "mean", the posterior
    mode in the mean parameter, for the families that have it: modes don't survive a change of variable.

    A prior keeps the loop alive, but what it remembers is itself: with strength A beside n points a share
    n/(n + A) of what is left of the truth survives each generation, and the loop settles at the prior.
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
        mean = 0.0 if self.mean is None else self.mean
        if not np.isfinite(mean).all() or not np.size(mean):
            raise InputError("a finite prior mean", self.mean, "0")
        if (most := max(self.strength, self.variance or 0.0, np.abs(mean).max())) > MOST:
            raise InputError(f"a finite prior whose numbers are at most {MOST:g}", most, "1")
        if self.parametrisation == "mean" and not self.strength:
            # A density like 1/V(mu) can't be normalised, and its mode is another fit than the likeliest one.
            raise InputError("a prior strength > 0 where the mode in the mean is learnt", 0, "1, or no prior at all")
