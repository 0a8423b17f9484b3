r"""What one may expect of an anchored loop, without running it: the numbers behind ``kedge theory``.

A generation learns from n points, k of them real, beside A imaginary ones that lie at the truth.  With N = n + A,
:math:`\lambda=(n-k)/N` and the curvature a of the family's variance, Var(mean) follows a linear recursion whose
solution, after t fits from the truth, is

.. math:: V_0 \Big[ \Big(\frac n{N^2} + 2\lambda\frac kN s\Big)\frac{1-g^t}{1-g} - 2\lambda\frac kN s\,
          \frac{\lambda^t-g^t}{\lambda-g} \Big], \quad g = \lambda^2 + a\frac{n-k}{N^2}, \quad s = \frac k{k+A}\frac1K,

K being the number of real points there are (s = 0 where they are fresh).  It is the closed form of
`kedge.theory.curves`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import numpy as np

from kedge.anchors import Anchor
from kedge.errors import InputError
from kedge.evidence import Array
from kedge.families import Categorical, Gaussian, LogGaussian
from kedge.families.averages import Average, Waited
from kedge.horizon import pull as pulls

Kind = Literal["exact", "limit", "approximation"]

CLOSED = "closed recursion; Jangjoo et al., PRL 136, 197301 (2026), and population genetics"
CONJUGATE = "conjugate stationary law; Diaconis and Ylvisaker, Annals of Statistics 7:269 (1979)"
GENEALOGY = "genealogy; Ewens, Theoretical Population Biology 3:87 (1972)"
BRANCHING = "branching; Harris, The Theory of Branching Processes (1963)"
SCORE = "quadratic expansion, for many real points a parameter"
COUNTING = "elementary"
MARTINGALE = "a martingale; classical in population genetics"
TYPICALLY = "typically"
MOST = 1_000_000
LOGARITHM = "Shumailov et al., Nature 631:755 (2024), made exact"

TITLES = {
    "effective_points": "worth, in real points (n_eff)",
    "variance_of_mean": "variance of the learnt mean",
    "variance_kept": "variance kept, on average",
    "typical_variance_kept": "variance kept, typically",
    "divergence": "divergence from the truth (KL)",
    "points_for_divergence": "fresh real points for that many nats",
    "generations_to_forget": "until the start is forgotten",
    "generations_to_settle": "until it has settled",
    "half_life": "until half of the variance is lost",
    "rarest_kept": "rarest category kept",
    "variance_of_mean_then": "variance of the learnt mean, then",
    "variance_kept_then": "variance kept on average, then",
    "start_remembered_then": "start remembered, then",
}
"""What each quantity is called.  Times are those in which what is left falls to 1/e."""


class Row(msgspec.Struct, frozen=True):
    """One number.

    quantity: its name; see `TITLES`.  kind: "exact" at this n; "limit" for n much larger than k;
    "approximation", with no promised error.
    """

    quantity: str
    value: float
    unit: str
    kind: Kind
    source: str


class Rare(msgspec.Struct, frozen=True):
    """What becomes of a category of probability p.

    kept: chance that a settled training set has it.  left: chance that it is there at the generation that was asked
    for, if one was. points: how many fresh real points a generation keep it with chance 1 - 1/e; None where not even n
    would show it.
    """

    p: float
    kept: float
    left: float | None
    points: float | None
    kind: Kind
    source: str


class Outlook(msgspec.Struct, frozen=True):
    """What theory says about one loop.

    settings: what was asked; sentence: the answer for people."""

    settings: dict[str, Any]
    sentence: str
    rows: tuple[Row, ...]
    rare: tuple[Rare, ...]

    def value(self, quantity: str) -> float:
        """One of the numbers, by name."""
        found = {row.quantity: row.value for row in self.rows}
        if quantity not in found:
            raise InputError(f"one of {', '.join(found)}", quantity, next(iter(found)))
        return found[quantity]


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

    Exactly the product of `kedge.theory.accumulation.wander` up to 10^4 fits, the rest by Euler and Maclaurin, to
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
    they go from n to about `kedge.theory.coverage.effective_draws`, which takes more care of the last ancestors.

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


def outlook(
    family: Any,
    *,
    size: int,
    dim: int = 1,
    anchor: Anchor | None = None,
    generations: int | None = None,
    p: Sequence[float] = (),
    nats: float = 0.1,
) -> Outlook:
    """What theory says about a loop that replaces its data, without running it.

    family: one that has closed forms; its prior is taken to lie at the truth.  size: points a generation.  dim:
    columns of a Gaussian.  anchor: a count or a share of fresh points, of the same ones, or from a bank.
    generations: also what is left then, generation 0 being the first fit.  p: probabilities of categories, to say
    which are kept.  nats: the divergence that ``points_for_divergence`` is to reach.

    >>> seen = outlook(Gaussian(), size=10**9, dim=20, anchor=Anchor(10), p=[0.001])
    >>> [round(seen.value(name), 2) for name in ("effective_points", "variance_kept", "divergence")]
    [21.0, 0.95, 7.13]
    >>> round(seen.rare[0].kept, 2)
    0.3
    """
    loop = _loop(family, size, dim, anchor)
    for chance in p:
        if not 0 < chance <= 1:
            raise InputError("the probability of a category, above 0 and at most 1", chance, "0.001")
    if p and loop.prior:
        raise InputError("no prior where categories are asked for: what it keeps of them is not known", loop.prior, "0")
    if generations is not None and generations < 0:
        raise InputError("generations >= 0", generations, "1000")
    if not 0 < nats < np.inf:
        raise InputError("a divergence above 0 nats", nats, "0.1")
    settings = {
        "family": family.__struct_config__.tag,
        "dim": dim,
        "size": size,
        "curvature": loop.curvature,
        "real_points": loop.k,
        "draw": anchor.draw if anchor and loop.k else "none",
        "bank": loop.real,
        "prior": loop.prior,
        "generations": generations,
        "nats": nats,
    }
    rows = tuple(_rows(family, loop, dim, generations, nats))
    told = Outlook(settings, "", rows, tuple(_rare(loop, chance, generations) for chance in p))
    return msgspec.structs.replace(told, sentence=" ".join(_sentences(told, loop, family)))


def expected_curves(
    family: Any, *, size: int, dim: int = 1, anchor: Anchor | None = None, generations: int | None = None
) -> dict[str, tuple[Array, Array]]:
    """What becomes of the loop, and of its like without anything real, with fixed or fresh points, or keeping all data.

    Name -> (generations, values), the loop itself first.  values: E variance / true variance for families that lose it;
    else Var(mean), in units of one point's variance.  Exact.  generations: the last one; None stands for one when all
    has happened, for the loop that settles and for the one that nothing holds.

    >>> found = expected_curves(Gaussian(), size=100, anchor=Anchor(1), generations=1000)
    >>> {name: float(values[-1].round(3)) for name, (_, values) in found.items()}
    {'1 fresh real point': 0.664, '1 fixed real point': 0.0, 'nothing real': 0.0, 'all data kept': 0.984}
    """
    loop = _loop(family, size, dim, anchor)
    plain = Loop(size, 0, loop.curvature)
    if generations is None:
        last = max(10 * loop.forgets if loop.forgets < np.inf else 0.0, 5.0 * size)
    else:
        last = max(float(generations), 1.0)
    at = np.unique(np.round(np.concatenate([[0], np.geomspace(max(1.0, last / 1e5), last, 200)])))
    loops = {_called(loop): loop}
    if loop.k and not loop.prior:
        other = Loop(size, loop.k, loop.curvature, real=None if loop.real else loop.k)
        loops |= {_called(other): other}
    wandered = {name: each.wander(at + 1) for name, each in (loops | {"nothing real": plain}).items()}
    wandered["all data kept"] = accumulated(size, loop.curvature, at + 1)
    a = loop.curvature
    return {name: (at, np.maximum(1 + a * moved, 0.0) if a < 0 else moved) for name, moved in wandered.items()}


def _loop(family: Any, size: int, dim: int, anchor: Anchor | None) -> Loop:
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
    if _free(family) and size <= dim:
        raise InputError(f"more points than dimensions, {dim}, to learn a variance from", size, f"{dim + 1} or more")
    if anchor is not None and anchor != Anchor(anchor.count, anchor.share, anchor.draw, anchor.bank):
        raise InputError("a plain anchor", anchor, "count or share, fresh, fixed or from a bank; kedge run for others")
    pull = pulls.pull(family, size, anchor)
    return Loop(size, pull.k, pulls.curvature(family), pull.stock, pull.prior)


def _free(family: Any) -> bool:
    """Whether both mean and variance of a Gaussian are learnt."""
    if isinstance(family, Gaussian):
        return family.mean is None and family.variance is None
    return isinstance(family, LogGaussian)


def _rows(family: Any, loop: Loop, dim: int, generations: int | None, nats: float) -> Iterator[Row]:
    effective, held = loop.effective_points, loop.pulled > 0
    away = 1 / effective if effective else np.inf
    one = "of one squared distance's variance" if _is_scale(family) else "of one point's variance"
    what = "of the true heterozygosity" if isinstance(family, Categorical) else "of the true variance"
    if held:
        yield Row("effective_points", effective, "points", "exact", CLOSED)
    yield Row("variance_of_mean", away, one, "exact", CLOSED)
    if loop.curvature:
        yield Row("variance_kept", _kept(family, loop, away), what, "exact", CLOSED)
    if held and (typical := _typical(family, loop, dim)) is not None:
        yield Row("typical_variance_kept", typical, what + (", a dimension" if dim > 1 else ""), "limit", CONJUGATE)
    if (found := _divergence(family, loop, dim)) is not None:
        yield Row("divergence", found[0], "nats", found[1], found[2])
        if not loop.real and not loop.prior:
            points, kind, source = _points(family, loop, dim, nats)
            yield Row("points_for_divergence", points, f"points for {nats:g} nats", kind, source)
    if held:
        yield Row("generations_to_forget", loop.forgets, "generations", "exact", CLOSED)
        if loop.settles < np.inf:
            yield Row("generations_to_settle", loop.settles, "generations", "exact", CLOSED)
    elif (half := _half_life(family, loop, dim)) is not None:
        yield Row(
            "half_life", half[0], f"generations, {half[1]}", "exact", LOGARITHM if half[1] == TYPICALLY else CLOSED
        )
    if loop.k and not loop.prior:
        yield Row("rarest_kept", 1 / _behind(loop), "probability", "approximation", GENEALOGY)
    if generations is not None:
        t = generations + 1
        then = float(loop.wander(t))
        yield Row("variance_of_mean_then", then, one, "exact", CLOSED)
        if loop.curvature:
            yield Row("variance_kept_then", _kept(family, loop, then), what, "exact", CLOSED)
        if held:
            yield Row("start_remembered_then", float(loop.memory(t)), "of an offset", "exact", CLOSED)


def _is_scale(family: Any) -> bool:
    """Whether the statistic that averages is a squared distance from a known mean."""
    return isinstance(family, Gaussian) and family.mean is not None


def _kept(family: Any, loop: Loop, wander: float) -> float:
    """E variance / true variance: 1 + a Var(mean)/V0, or 1 where the variance itself is what averages."""
    return 1.0 if _is_scale(family) else max(1 + loop.curvature * wander, 0.0)


def _typical(family: Any, loop: Loop, dim: int) -> float | None:
    """The median of the variance over the true one; for several columns the geometric mean a dimension."""
    from kedge import theory

    if loop.real:
        return None
    if isinstance(family, Waited):
        return float(theory.stationary.exponential(loop.points, 1.0, family.shape).ppf(0.5)) ** 2
    if _is_scale(family):
        return float(theory.stationary.normal_variance(loop.points, 1.0).ppf(0.5))
    if not _free(family):
        return None
    if dim == 1:
        return float(theory.stationary.normal(loop.points, 0.0, 1.0)[0].ppf(0.5))
    return float(np.exp(-_shrunk(loop.points, dim) / dim))


def _shrunk(kappa: float, dim: int) -> float:
    """What E ln det of the inverse Wishart covariance has lost; see `kedge.theory.laws.InverseWishart`."""
    from kedge import theory

    more = (dim + 3 - np.arange(1, dim + 1)) / 2
    return float(np.sum(theory.drift.log_of_mean(kappa + more) + np.log1p(more / kappa)))


def _divergence(family: Any, loop: Loop, dim: int) -> tuple[float, Kind, str] | None:
    """E KL(truth || model), settled, for families that can't lose a value for good."""

    if isinstance(family, Categorical) or getattr(family, "discrete", False):
        return None
    if not loop.pulled:
        return np.inf, "exact", CLOSED
    effective = loop.effective_points
    if isinstance(family, Gaussian) and family.variance is not None:
        return 1 / (2 * effective), "exact", CLOSED
    if loop.real and loop.prior:
        parameters = dim * (dim + 3) / 2 if _free(family) else 1
        return (parameters / (2 * effective) if effective else np.inf), "approximation", SCORE
    if _free(family):
        return _gaussian_divergence(loop, dim), "limit", CONJUGATE
    return _rate_divergence(loop, family.shape if isinstance(family, Waited) else 0.5), "limit", CONJUGATE


def _gaussian_divergence(loop: Loop, dim: int) -> float:
    """E KL of a Gaussian with an inverse Wishart covariance, around the truth or around what K real points teach."""
    from kedge import theory

    kappa, real = loop.points, loop.real
    if real is None:
        return float(theory.multivariate.anchored_divergence(kappa, dim))
    if real <= dim + 2:
        return np.inf
    log_of_mean, rows = theory.drift.log_of_mean, np.arange(1, dim + 1)
    stretched = (1 + (dim + 2) / (2 * kappa)) * (real + 1) / (real - dim - 2) - 1
    known = np.sum(log_of_mean((real - rows) / 2) + np.log1p(-rows / real))
    return float(dim * stretched + dim / (2 * kappa) - _shrunk(kappa, dim) + known) / 2


def _rate_divergence(loop: Loop, shape: float) -> float:
    """E KL of a gamma law of this shape with an inverse gamma mean, likewise."""
    from kedge import theory

    log_of_mean, twice = theory.drift.log_of_mean, 2 * loop.points * shape
    if loop.real is None:
        return float(-shape * log_of_mean(twice))
    known = loop.real * shape
    if known <= 1:
        return np.inf
    return float(shape * ((1 + 1 / twice) / (known - 1) - log_of_mean(twice) + log_of_mean(known)))


def _points(family: Any, loop: Loop, dim: int, nats: float) -> tuple[float, Kind, str]:
    """Fewest fresh points for a divergence; infinite where not even all of them being real reaches it."""

    def found(k: int) -> tuple[float, Kind, str]:
        return _divergence(family, Loop(loop.n, k, loop.curvature), dim) or (np.inf, "limit", CONJUGATE)

    low, high = 0, int(loop.n)
    if found(high)[0] > nats:
        return np.inf, *found(high)[1:]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if found(middle)[0] > nats else (low, middle)
    return float(high), *found(high)[1:]


def _half_life(family: Any, loop: Loop, dim: int) -> tuple[float, str] | None:
    """Generations until a loop that nothing holds has lost half of its variance: typically, or (a < 0) on average."""
    from kedge import theory

    log_of_mean = theory.drift.log_of_mean
    if isinstance(family, Gaussian) and family.variance is not None:
        return None
    if _free(family):
        rows = np.arange(1, dim + 1)
        lost = float(np.mean(log_of_mean((loop.n - rows) / 2) + np.log1p(-rows / loop.n)))
    elif _is_scale(family):
        lost = float(log_of_mean(loop.n / 2))
    elif isinstance(family, Waited):
        lost = 2 * float(log_of_mean(loop.n * family.shape))
    elif loop.curvature < 0:
        with np.errstate(divide="ignore"):
            return float(-np.log(2) / np.log1p(max(loop.curvature / loop.n, -1.0))), "on average"
    else:
        return None
    return float(-np.log(2) / lost), TYPICALLY


def expected_kept(family: Any, *, size: int, anchor: Anchor, p: Any) -> Array:
    """Chance that a settled training set has a category of probability p, as in `Rare.kept`.  p: any shape.

    >>> expected_kept(Categorical(), size=10**6, anchor=Anchor(10), p=[0.1, 0.001]).round(2)
    array([1. , 0.2])
    """
    return _kept_chance(_loop(family, size, 1, anchor), np.asarray(p, dtype=np.float64))


def _behind(loop: Loop) -> float:
    """Independent real draws behind a settled training set."""
    from kedge import theory

    if loop.real == loop.k:
        return loop.real
    settled = float(theory.coverage.effective_draws(loop.n, loop.k))
    return float(-loop.real * np.expm1(-settled / loop.real)) if loop.real else settled


def _kept_chance(loop: Loop, p: Any) -> Array:
    from kedge import theory

    if not loop.k:
        # One category is left in the end, each with its own probability.
        return np.asarray(p)
    return _shown(float(theory.coverage.effective_draws(loop.n, loop.k)), p, loop)


def _rare(loop: Loop, p: float, generations: int | None) -> Rare:
    from kedge import theory

    n, k, fixed = loop.n, loop.k, loop.real == loop.k
    points, kept = _fewest(n, p), float(_kept_chance(loop, p))
    if generations is None:
        if k and not fixed:
            return Rare(p, kept, None, points, "approximation", GENEALOGY)
        return Rare(p, kept, None, points, "exact", COUNTING if fixed else MARTINGALE)
    if not k:
        left = float(_shown(float(theory.forgetting.effective_tokens(n, generations + 1)), p))
        return Rare(p, kept, max(left, p), points, "approximation", BRANCHING)
    anchored, first = (float(number) for number in draws(n, k, generations + 1))
    if fixed:
        # They are part of the first fit, and need no ancestors.
        there, first = kept, (1 - k / n) * first
    else:
        there = min(float(_shown(anchored, p, loop)), kept)
    left = 1 - (1 - there) * (1 - float(_shown(first, p)))
    return Rare(p, kept, left, points, "approximation", GENEALOGY)


def _fewest(n: float, p: float) -> float | None:
    """The fewest fresh real points with 1/p independent real draws behind a training set; None where n are too few.

    >>> _fewest(10**6, 0.001), _fewest(100, 0.001), _fewest(10**15, 0.1)
    (55.0, None, 1.0)
    """
    from kedge import theory

    if n < 1 / p:
        return None
    low, high = 0, int(n)
    while high - low > 1:
        tried = np.unique(np.geomspace(max(low, 1), high, 60).round())
        enough = theory.coverage.effective_draws(n, tried) >= 1 / p
        # All points being real, each of them is a draw, whatever rounding says.
        at = int(np.argmax(enough)) if enough.any() else len(tried) - 1
        low, high = (int(tried[at - 1]) if at else low), int(tried[at])
        if at == 0:
            break
    return float(high)


def _shown(draws: float, p: Any, loop: Loop | None = None) -> Array:
    """Chance that so many real draws, made from the loop's bank if it has one, show a category."""
    bank = loop.real if loop else None
    if bank is None or loop is None:
        return np.asarray(-np.expm1(-draws * p))
    seen = p if bank == loop.k else -p * np.expm1(-draws / bank)
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(bank * np.log1p(-seen)))


def _called(loop: Loop) -> str:
    """What feeds the loop.

    >>> _called(Loop(100, 1)), _called(Loop(100, 3, real=9)), _called(Loop(100, 2, real=2, prior=1))
    ('1 fresh real point', '3 real points of a bank of 9', '2 fixed real points and a prior of 1')
    """
    points = f"real point{'' if loop.k == 1 else 's'}"
    bank = f"{number(loop.k)} {points} of a bank of {number(loop.real or 0)}"
    real = bank if loop.real not in (None, loop.k) else f"{number(loop.k)} {'fixed' if loop.real else 'fresh'} {points}"
    said = [*([real] if loop.k else []), *([f"a prior of {number(loop.prior)}"] if loop.prior else [])]
    return " and ".join(said) or "nothing real"


def _sentences(seen: Outlook, loop: Loop, family: Any) -> Iterator[str]:
    """The answer in words, and what it does not mean."""
    known = {row.quantity: row.value for row in seen.rows}
    dim = seen.settings["dim"]
    name = f"{dim}-dimensional {seen.settings['family']}" if dim > 1 else seen.settings["family"]
    n = number(loop.n)
    if not loop.pulled:
        end = "is absorbed" if loop.curvature or getattr(family, "discrete", False) else "wanders off without end"
        yield f"Nothing real enters the {n} points of a generation: this loop ({name}) {end}."
        if "half_life" in known:
            yield f"Half of its variance is gone after about {number(known['half_life'])} generations."
        return
    fed, worth = _called(loop), known["effective_points"]
    copied = loop.real is not None and not loop.prior and loop.real <= (dim if loop.curvature < 0 else 0)
    if copied:
        copy = f"a copy of {'it' if loop.real == 1 else 'them'}"
        yield f"With {fed} in each generation of {n} this loop ({name}) ends as {copy}: too few."
        return
    yield f"With {fed} in each generation of {n} this loop ({name}) stays alive" + (
        f", worth {number(worth)} real point{'' if number(worth) == '1' else 's'}:" if worth > 0.01 else ":"
    )
    said = []
    if loop.curvature < 0:
        said.append(f"{share(known['variance_kept'])} of the variance stays on average")
    elif worth > 0.01:
        away = number(worth**-0.5)
        said.append(f"what it learns scatters by {away} standard deviation{'' if away == '1' else 's'} of a point")
    else:
        said.append("what it learns scatters so widely that no average describes it")
    if "typical_variance_kept" in known:
        typical = share(known["typical_variance_kept"])
        said.append(f"typically {typical}" if loop.curvature < 0 else f"{typical} of the variance typically stays")
        said[-1] += " a dimension" if dim > 1 else ""
    if known.get("divergence", np.inf) < np.inf:
        said.append(f"{number(known['divergence'])} nats from the truth")
    yield ", ".join(said) + "."
    if "rarest_kept" in known:
        rare = number(1 / known["rarest_kept"])
        if isinstance(family, Categorical):
            yield f"Categories rarer than about 1 in {rare} are not kept."
        else:
            yield f"Of categories, the same loop would not keep those rarer than about 1 in {rare}."
    if loop.prior:
        real = f"{share(loop.k / (loop.k + loop.prior))} truth, and the rest is the prior" if loop.k else "the prior"
        yield f"That holds if the prior lies at the truth: what it settles at is {real}."
    yield f"What it began with is forgotten after about {number(known['generations_to_forget'])} generations."


def number(x: float) -> str:
    """A number for people.

    >>> [number(x) for x in (1e9, 2.5e8, 12345.6, 21.0, 0.052, float("inf"))]
    ['10^9', '2.5 x 10^8', '12,300', '21', '0.052', 'infinity']
    """
    if not np.isfinite(x):
        return "infinity"
    digits, power = f"{x:.2e}".split("e")
    if int(power) >= 6:
        mantissa = digits.rstrip("0").rstrip(".")
        return f"10^{int(power)}" if mantissa == "1" else f"{mantissa} x 10^{int(power)}"
    short = float(f"{x:.3g}")
    return f"{short:,.0f}" if abs(short) >= 100 or short.is_integer() else f"{short:.12g}"


def share(x: float) -> str:
    """A share in per cent.

    >>> share(0.95238), share(0.0004), share(0.0), share(0.99995)
    ('95 %', 'under 0.1 %', '0 %', 'over 99.9 %')
    """
    if 0 < x < 0.001:
        return "under 0.1 %"
    if 0.999 < x < 1:
        return "over 99.9 %"
    return f"{100 * x:.0f} %" if x >= 0.1 or x == 0 else f"{100 * x:.1f} %"
