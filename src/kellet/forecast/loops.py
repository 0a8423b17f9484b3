r"""Anchored loops in numbers: closed recursions of what wanders, is kept and is forgotten.

A generation learns from n points, k of them real, beside A imaginary ones that lie at the truth.  With N = n + A,
:math:`\lambda=(n-k)/N` and the curvature a of the family's variance, Var(mean) follows a linear recursion whose
solution, after t fits from the truth, is

.. math:: V_0 \Big[ \Big(\frac n{N^2} + 2\lambda\frac kN s\Big)\frac{1-g^t}{1-g} - 2\lambda\frac kN s\,
          \frac{\lambda^t-g^t}{\lambda-g} \Big], \quad g = \lambda^2 + a\frac{n-k}{N^2}, \quad s = \frac k{k+A}\frac1K,

K being the number of real points there are (s = 0 where they are fresh).  It is the closed form of
`kellet.theory.curves`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Array
from kellet.families import Categorical, Gaussian, LogGaussian
from kellet.families.exponential.averages import Average
from kellet.forecast.horizon import pull as pulls
from kellet.loop.anchors import AnyAnchor

MOST = 1_000_000
"""Dimensions."""


@dataclass(frozen=True)
class Loop:
    """A loop in numbers.  curvature: a.  real: K, how many real points there are, None where they are always fresh."""

    n: float
    k: float
    curvature: float = -1.0
    real: float | None = None
    prior: float = 0.0

    @property
    def pulled(self) -> float:
        """1 - lambda: the share of real and imaginary points in each fit."""
        return (self.k + self.prior) / (self.n + self.prior)

    @property
    def _lost(self) -> float:
        """1 - g, with all its digits."""
        gone = self.pulled
        return gone * (2 - gone) - self.curvature * (self.n - self.k) / (self.n + self.prior) ** 2

    @property
    def _shared(self) -> float:
        """2 lambda k s / N."""
        if not self.real or not self.k:
            return 0.0
        share = self.k / (self.k + self.prior) / self.real
        return 2 * (1 - self.pulled) * self.k / (self.n + self.prior) * share

    @property
    def effective_points(self) -> float:
        """V0 / Var(mean), settled; 0 where Var(mean) grows for ever.

        >>> [round(loop.effective_points, 9) for loop in (Loop(100, 1, -1), Loop(1e15, 10, 0), Loop(100, 0, 0))]
        [2.98, 20.0, 0.0]
        """
        return float(max(self._lost, 0.0) / (self.n / (self.n + self.prior) ** 2 + self._shared))

    @property
    def points(self) -> float:
        """kappa: the stationary law is a conjugate one of 2 kappa pseudo-observations; k for few of very many.

        Around the mean of the real points there are, where they are not fresh.

        >>> Loop(1e12, 3).points.__round__(9), Loop(10, 5).points
        (3.0, 3.5)
        """
        # A fixed set brings no noise of its own, and a bank less.
        noisy = self.n - (self.k**2 / self.real if self.real else 0.0)
        return (self._lost * (self.n + self.prior) ** 2 / noisy + self.curvature) / 2 if noisy else np.inf

    @property
    def forgets(self) -> float:
        """Generations until 1/e is left of an offset of the mean; infinite where nothing pulls."""
        with np.errstate(divide="ignore"):
            return float(-1 / np.log1p(-self.pulled)) if self.pulled else np.inf

    @property
    def settles(self) -> float:
        """Generations until 1/e is left of Var(mean)'s way to where it settles; infinite where it doesn't."""
        with np.errstate(divide="ignore"):
            own = float(-1 / np.log1p(-self._lost)) if self._lost > 0 else np.inf
        return max(own, self.forgets) if self._shared else own

    def wander(self, t: Any) -> Array:
        """Var(mean) / V0 after t fits from the truth.  t: any shape.

        >>> Loop(100, 1, -1).wander([0, 100]).round(4), Loop(100, 0, 0).wander(50)
        (array([0.    , 0.3193]), np.float64(0.5))
        """
        t = np.asarray(t, dtype=np.float64)
        new = self.n / (self.n + self.prior) ** 2
        lost, shared = self._lost, self._shared
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            fast, slow = float(np.log1p(-lost)), float(np.log1p(-self.pulled))
            # Where all is new each time, 0 fits still are 0 fits.
            total = np.where(t > 0, -np.expm1(t * fast) / lost, 0.0) if lost else t
            if not shared:
                return np.asarray(new * total)[()]
            # (lambda^t - g^t) / (lambda - g), from the larger of the two and their ratio
            larger, apart = max(fast, slow), abs(fast - slow)
            mixed = np.exp((t - 1) * larger) * (np.expm1(-t * apart) / np.expm1(-apart) if apart else t)
            grown = np.where(np.isfinite(total), new * total + shared * (total - mixed), np.inf)
        return np.where(t > 0, grown, 0.0)[()]

    def memory(self, t: Any) -> Array:
        """What is left after t fits of an offset of the mean: lambda^t."""
        t = np.asarray(t, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            left: Array = np.where(t > 0, np.exp(t * np.log1p(-self.pulled)), 1.0)
        return left[()]


def accumulated(n: float, curvature: float, t: Any) -> Array:
    """Var(mean) / V0 after t fits to all that was ever written, n points each time.

    Exactly the product of `kellet.theory.accumulation.wander` up to 10^4 fits, the rest by Euler and Maclaurin, to
    10^-12.

    >>> accumulated(10, -1, [1, 60]).round(4)
    array([0.1   , 0.1552])
    """
    t = np.asarray(t, dtype=np.float64)
    few = 10_000
    j = np.arange(1, few + 1.0)
    logs = np.concatenate([[0.0], np.cumsum(np.log1p(curvature / (n * j**2)) if curvature else 1 / (n * j**2))])
    early = logs[np.minimum(t, few).astype(np.int64)]
    late = (curvature or 1.0) / n * (1 / (few + 0.5) - 1 / (np.maximum(t, few) + 0.5))
    total = early + late
    grown: Array = np.expm1(total) / curvature if curvature else total
    return grown


def draws(n: float, k: float, t: Any) -> tuple[Array, Array]:
    r"""Independent real draws behind the n points of fit t: those of the anchor, and those of the first fit.

    a_0 = n, :math:`a_{s+1} = n(1-(1-1/n)^{\lambda a_s})` ancestors s fits back, of which a share k/n are real draws;
    at fit 1 all of them are.  After 1000 steps by the solution of :math:`a' = -\frac kn a - \frac{a^2}{2n}`.  Together
    they go from n to about `kellet.theory.coverage.effective_draws`, which takes more care of the last ancestors.

    >>> anchored, first = draws(1500, 15, [1, 20, 10**6])
    >>> anchored.round(1), first.round(1)
    (array([  0. ,  72.5, 122.9]), array([1500. ,  124.6,    0. ]))
    """
    t = np.asarray(t, dtype=np.float64)
    share, few = k / n, 1000
    ancestors = np.empty(few + 1)
    ancestors[0] = n
    meet = np.log1p(-1 / n) if n > 1 else -np.inf
    for s in range(few):
        heirs = (1 - share) * ancestors[s]
        ancestors[s + 1] = -n * np.expm1(meet * heirs) if heirs > 1 else heirs
    found = share * np.concatenate([[0.0], np.cumsum(ancestors[:-1])])
    back = np.maximum(t - 1, 0)
    early = np.minimum(back, few).astype(np.int64)
    start, more = ancestors[few], np.maximum(back - few, 0)
    if k:
        grown = -np.expm1(-share * more)
        rest, late = 2 * k * np.log1p(start / (2 * k) * grown), start * (1 - grown) / (1 + start / (2 * k) * grown)
    else:
        rest, late = np.zeros_like(more), start / (1 + start * more / (2 * n))
    return found[early] + rest, np.where(back <= few, ancestors[early], late)[()]


def loop_of(family: Any, size: int, dim: int, anchor: AnyAnchor | None) -> Loop:
    """What is asked for, in numbers; bad input where there is no closed form."""
    if not isinstance(family, Average | Gaussian | LogGaussian | Categorical):
        raise InputError(
            "a family with closed forms", type(family).__name__.lower(), "gaussian, categorical or poisson"
        )
    if not pulls.likely(family):
        raise InputError("maximum likelihood, whose recursion closes", repr(family), "leaving the estimator out")
    if size < 1:
        raise InputError("a size of at least 1 point a generation", size, "1000")
    if dim > MOST:
        raise InputError(f"at most {MOST:,} dimensions", dim, "fewer")
    if dim < 1 or (dim > 1 and family != Gaussian(prior=getattr(family, "prior", None))):
        raise InputError("dimensions for a gaussian with nothing known, 1 for any other", dim, "--family gaussian")
    if is_free(family) and size <= dim:
        raise InputError(f"more points than dimensions, {dim}, to learn a variance from", size, f"{dim + 1} or more")
    if anchor is not None and not anchor.plain:
        raise InputError("a plain anchor", anchor, "count or share, fresh, fixed or from a bank; kellet run for others")
    pull = pulls.pull(family, size, anchor)
    return Loop(size, pull.k, pulls.curvature(family), pull.stock, pull.prior)


def is_free(family: Any) -> bool:
    """Whether both mean and variance of a Gaussian are learnt."""
    if isinstance(family, Gaussian):
        return family.mean is None and family.variance is None
    return isinstance(family, LogGaussian)
