r"""An anchored loop that replaces its data, in numbers: how far it wanders, what it remembers, where it settles.

A generation learns from n points, k of them real and of weight w each, beside A imaginary ones that lie at the truth.
With :math:`N = n+(w-1)k+A` and :math:`\lambda=(n-k)/N` the mean of the statistic moves to

.. math:: \mu' = \mu_* + \lambda(\mu-\mu_*) + \text{noise}, \qquad
          \text{Var(noise)} = \frac{(n-k)V(\mu)+w^2kV_0}{N^2}, \qquad V(\mu) = V_0 + a(\mu-\mu_*)^2 + \dots

(Morris, Annals of Statistics 10:65, 1982, on the curvature a; `kellet.theory.curves` says that of each family). So
Var(mean) follows a linear recursion, whose solution from the truth, in units of :math:`V_0` and with w = 1, is

.. math:: \Big[\frac n{N^2}+2\lambda\frac kNs\Big]\frac{1-g^t}{1-g}
          - 2\lambda\frac kNs\,\frac{\lambda^t-g^t}{\lambda-g}, \qquad
          g = \lambda^2+a\frac{n-k}{N^2}, \quad s = \frac k{k+A}\frac1K,

K being how many real points there are (s = 0 where they are fresh). Sizes that change, pools and priors that lie
elsewhere are for the recursion, `kellet.theory.curves`.

Derived here; for two categories it is Wright's drift-migration balance (Genetics 16:97, 1931), the loop itself is that
of Jangjoo et al., arXiv:2506.20623 (2025), with weights that of He, Xu and Cheng, arXiv:2502.18049 (2025). All takes n
up to 1e15 without losing digits: the share k/n enters as it is, never as 1 - lambda.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import numpy as np
from scipy.special import xlog1py

from kellet.theory.numbers import Array, Numbers, real


@dataclass(frozen=True)
class Loop:
    r"""n points per generation, k of them real, of a family whose variance has this ``curvature`` a.

    weight: w, of one real point against 1 for a written one; generation 0, which is all real, weighs all alike.
    bank: K, how many real points the k are drawn from, without replacement; k for the same ones in every generation,
    None for always fresh ones.  prior: A.  random: each point is real with probability k/n.  ratio: what real points
    vary by, in units of what a model that sits at the truth writes, where that is not 1.

    For fresh points the loop is worth about 2k points, whatever n; for fixed ones a third of that (and with a = -1 and
    k = 1 it copies its point); no bank is worth more than its K points.

    >>> [round(Loop(1e6, 10, -1, bank=bank).effective_points, 2) for bank in (None, 1000, 10)]
    [21.0, 20.59, 7.0]
    """

    n: float
    k: float
    curvature: float
    _: KW_ONLY
    weight: float = 1.0
    bank: float | None = None
    prior: float = 0.0
    random: bool = False
    ratio: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.k <= min(self.n, np.inf if self.bank is None else self.bank):
            raise ValueError(f"expected no more real points than points, or than the bank has; got {self}.")

    @property
    def strength(self) -> float:
        """How many points' worth of real and imaginary evidence enters each fit: wk + A."""
        return self.weight * self.k + self.prior

    @property
    def total(self) -> float:
        """N: how many points' worth of evidence there is in a fit."""
        return self.n - self.k + self.strength

    @property
    def pull(self) -> float:
        """1 - lambda: the share of an offset of the mean that a generation takes back."""
        return self.strength / self.total

    @property
    def loss(self) -> float:
        """1 - g: the share of Var(mean) that a generation takes back; below 0 where it grows for ever."""
        gone = self.pull
        # Of a last written point all is taken back, and by rounding a little more.
        return min(1.0, gone * (2 - gone) - (self.curvature * (self.n - self.k) + self._chance) / self.total**2)

    @property
    def noise(self) -> float:
        """What the points of one fit add to Var(mean) / V0, at the truth."""
        return (self.n - self.k + self.weight**2 * self.k * self.ratio) / self.total**2

    @property
    def effective_points(self) -> float:
        """V0 / Var(mean), settled; 0 where Var(mean) grows for ever, although the loop is anchored.

        >>> [round(loop.effective_points, 9) for loop in (Loop(100, 1, -1), Loop(1e15, 10, 0), Loop(100, 0, 0))]
        [2.98, 20.0, 0.0]
        """
        return float(max(self.loss, 0.0) / (self.noise + self._shared))

    @property
    def points(self) -> float:
        r"""kappa: the stationary law is a conjugate one of 2 kappa pseudo-observations; k for few of very many.

        Around the mean of the real points there are, where they are not fresh. :math:`V/Var(\mu) = 2\kappa-a`, for
        every n.

        >>> Loop(1e12, 3, -1).points.__round__(9), Loop(10, 5, -1).points
        (3.0, 3.5)
        """
        # A fixed set brings no noise of its own, and a bank less.
        new = self.weight**2 * self.k * (1 - self.k / self.bank if self.bank else 1.0) * self.ratio
        scattered = self.n - self.k + new
        held = self.strength * (2 * self.total - self.strength) - self._chance
        return (held + self.curvature * new) / (2 * scattered) if scattered else np.inf

    @property
    def forgets(self) -> float:
        """Generations until 1/e is left of an offset of the mean; infinite where nothing pulls."""
        with np.errstate(divide="ignore"):
            return float(-1 / np.log1p(-self.pull)) if self.pull else np.inf

    @property
    def settles(self) -> float:
        """Generations until 1/e is left of Var(mean)'s way to where it settles; infinite where it doesn't."""
        with np.errstate(divide="ignore"):
            own = float(-1 / np.log1p(-self.loss)) if self.loss > 0 else np.inf
        return max(own, self.forgets) if self._shared else own

    def wander(self, t: Numbers) -> Array:
        """Var(mean) / V0 after t fits from the truth, generation 0 being the first.  t: any shape.

        >>> Loop(100, 1, -1).wander([0, 100]).round(4), Loop(100, 0, 0).wander(50)
        (array([0.    , 0.3193]), np.float64(0.5))
        """
        t = real(t)
        whole, every = self.n + self.prior, geometric_sum(self.loss, t)
        later = np.maximum(t - 1, 0.0)
        with np.errstate(invalid="ignore", over="ignore"):
            grown = self.noise * every
            # The first fit weighs all alike, and so has a noise of its own, and its own share of a bank.
            if first := self.ratio * self.n / whole**2 - self.noise:
                grown = grown + first * np.exp(xlog1py(later, -self.loss))
            if shared := self._shared:
                first = self.strength / (self.weight * whole) - self.pull
                apart = every - mixed_sum(self.pull, self.loss, t) + first * mixed_sum(self.pull, self.loss, later)
                grown = np.where(np.isfinite(every), grown + shared * apart, np.inf)
        return np.where(t > 0, grown, 0.0)[()]

    def variance(self, t: Numbers) -> Array:
        """E V(mean) / V0 after t fits from the truth: what the model's own points vary by.

        >>> Loop(10, 0, -1).variance([0, 1, 2]).round(4)
        array([1.  , 0.9 , 0.81])
        """
        return np.maximum(1 + self.curvature * self.wander(t), 0.0)

    def memory(self, t: Numbers) -> Array:
        r"""What is left after t fits of an offset of the mean: :math:`\lambda^t`.

        >>> print(f"{Loop(1e15, 1, -1).memory(1e15):.4f}")
        0.3679
        """
        t = real(t)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(t > 0, np.exp(t * np.log1p(-self.pull)), 1.0)[()]

    @property
    def _chance(self) -> float:
        """Variance of how many points are real."""
        return self.k * (self.n - self.k) / self.n if self.random else 0.0

    @property
    def _shared(self) -> float:
        """What a bank's own offset adds to Var(mean) in every fit, once it is learnt."""
        weighed = self.weight * self.k
        if not self.bank or not weighed:
            return 0.0
        share = weighed / self.strength / self.bank * self.ratio
        return 2 * (1 - self.pull) * weighed / self.total * share


def optimal_weight(k: Numbers, m: Numbers) -> Array:
    r"""How many times each of k fresh real points should count beside m written ones (a = 0).

    .. math:: w = \tfrac12(1+\sqrt{1+4m/k})

    The golden ratio for k = m. The real points then carry the share 1/w of a fit, the loop is worth k w points (about
    :math:`\sqrt{km}` for m >> k), and it takes about w generations to get there. He, Xu and Cheng, arXiv:2502.18049
    (2025), as that share, :math:`(\sqrt{r^2+4r}-r)/2` with r = k/m; the worth derived here.

    >>> optimal_weight([100, 1], [100, 10_000]).round(3)
    array([  1.618, 100.501])
    >>> print(optimal_weight(1e15, 1) - 1 < 2e-15)
    True
    """
    return (1 + np.sqrt(1 + 4 * real(m) / real(k))) / 2


def geometric_sum(lost: float, t: Numbers) -> Array:
    r""":math:`\sum_{j<t}(1-x)^j = (1-(1-x)^t)/x`: what 1 per generation adds up to when each loses a share x.

    lost: x, at most 1; 0 where nothing is lost, below 0 where it grows.

    >>> geometric_sum(0.1, [0, 1, 1000]), geometric_sum(0.0, 10), geometric_sum(1.0, 3)
    (array([ 0.,  1., 10.]), np.float64(10.0), np.float64(1.0))
    >>> print(f"{geometric_sum(1e-18, 1e18):.6e}")
    6.321206e+17
    """
    t = real(t)
    if not lost:
        return t[()]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # Where all is lost each time, 0 generations still are 0.
        return np.where(t > 0, -np.expm1(t * np.log1p(-lost)) / lost, 0.0)[()]


def mixed_sum(lost: float, other: float, t: Numbers) -> Array:
    r""":math:`\sum_{j<t}(1-x)^{t-1-j}(1-y)^j`: the same, of what loses x at first and y from then on.

    lost, other: x and y, at most one of them 1.

    >>> mixed_sum(0.5, 0.0, [0, 1, 2, 100]), mixed_sum(0.5, 0.5, 3)
    (array([0. , 1. , 1.5, 2. ]), np.float64(0.75))
    """
    t = real(t)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        one, two = float(np.log1p(-lost)), float(np.log1p(-other))
        # From the larger of the two and their ratio.
        apart = abs(one - two)
        terms = np.expm1(-t * apart) / np.expm1(-apart) if apart else t
        return np.where(t > 0, np.exp((t - 1) * max(one, two)) * terms, 0.0)[()]
