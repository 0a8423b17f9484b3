"""One number after the other of what theory knows about a loop."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

import numpy as np

from kellet.families import Categorical, Gaussian
from kellet.families.abilities import abilities
from kellet.families.exponential.averages import WaitingTime
from kellet.forecast.rare import behind
from kellet.forecast.table import CLOSED, CONJUGATE, GENEALOGY, LOGARITHM, POOLED, SCORE, TYPICALLY, Kind, Row
from kellet.loop.numbers import Closing, is_free
from kellet.theory import Loop, accumulation, drift, halving, multivariate, stationary


def rows_of(family: Closing, loop: Loop, dim: int, generations: int | None, nats: float) -> Iterator[Row]:
    """All numbers that are known of a loop."""
    effective, held = loop.effective_points, loop.pull > 0
    away = 1 / effective if effective else np.inf
    one = "of one squared distance's variance" if _is_scale(family) else "of one point's variance"
    what = "of the true heterozygosity" if isinstance(family, Categorical) else "of the true variance"
    if held:
        yield Row("effective_points", effective, "points", "exact", CLOSED)
    yield Row("variance_of_mean", away, one, "exact", CLOSED)
    if loop.curvature:
        yield Row("variance_kept", _keep_variance(family, loop, away), what, "exact", CLOSED)
    if held and (typical := _typical(family, loop, dim)) is not None:
        yield Row("typical_variance_kept", typical, what + (", per dimension" if dim > 1 else ""), "limit", CONJUGATE)
    if (found := _divergence(family, loop, dim)) is not None:
        yield Row("divergence", found[0], "nats", found[1], found[2])
        if not loop.bank and not loop.prior:
            points, kind, source = _points(family, loop, dim, nats)
            yield Row("points_for_divergence", points, f"points for {nats:g} nats", kind, source)
    if held:
        yield Row("generations_to_forget", loop.forgets, "generations", "exact", CLOSED)
        if loop.settles < np.inf:
            yield Row("generations_to_settle", loop.settles, "generations", "exact", CLOSED)
    elif (half := _half_life(family, loop, dim)) is not None:
        source = LOGARITHM if half[1] == TYPICALLY else CLOSED
        yield Row("half_life", half[0], f"generations, {half[1]}", "exact", source)
    if not held:
        pooled = float(accumulation.inflation(loop.n, loop.curvature)) / loop.n
        yield Row("variance_of_mean_if_all_kept", pooled, one, "exact", POOLED)
        if loop.curvature:
            yield Row("variance_kept_if_all_kept", _keep_variance(family, loop, pooled), what, "exact", POOLED)
    if loop.k and not loop.prior:
        yield Row("rarest_kept", 1 / behind(loop), "probability", "approximation", GENEALOGY)
    if generations is not None:
        t = generations + 1
        then = float(loop.wander(t))
        yield Row("variance_of_mean_then", then, one, "exact", CLOSED)
        if loop.curvature:
            yield Row("variance_kept_then", _keep_variance(family, loop, then), what, "exact", CLOSED)
        if held:
            yield Row("start_remembered_then", float(loop.memory(t)), "of an offset", "exact", CLOSED)


def _is_scale(family: Closing) -> bool:
    """Whether the statistic that averages is a squared distance from a known mean."""
    return isinstance(family, Gaussian) and family.mean is not None


def _keep_variance(family: Closing, loop: Loop, wander: float) -> float:
    """E variance / true variance: 1 + a Var(mean)/V0, or 1 where the variance itself is what averages."""
    return 1.0 if _is_scale(family) else max(1 + loop.curvature * wander, 0.0)


def _typical(family: Closing, loop: Loop, dim: int) -> float | None:
    """The median of the variance over the true one; for several columns the geometric mean per dimension."""
    if loop.bank:
        return None
    if isinstance(family, WaitingTime):
        return float(stationary.exponential(loop.points, 1.0, family.shape).ppf(0.5)) ** 2
    if _is_scale(family):
        return float(stationary.normal_variance(loop.points, 1.0).ppf(0.5))
    if not is_free(family):
        return None
    if dim == 1:
        return float(stationary.normal(loop.points, 0.0, 1.0)[0].ppf(0.5))
    return float(np.exp(-_shrunk(loop.points, dim) / dim))


def _shrunk(kappa: float, dim: int) -> float:
    """What E ln det of the inverse Wishart covariance has lost; see `kellet.theory.laws.InverseWishart`."""
    more = (dim + 3 - np.arange(1, dim + 1)) / 2
    return float(np.sum(drift.log_of_mean(kappa + more) + np.log1p(more / kappa)))


def _divergence(family: Closing, loop: Loop, dim: int) -> tuple[float, Kind, str] | None:
    """E KL(truth || model), settled, for families that can't lose a value for good."""
    if isinstance(family, Categorical) or abilities(family).discrete:
        return None
    if not loop.pull:
        return np.inf, "exact", CLOSED
    effective = loop.effective_points
    if isinstance(family, Gaussian) and family.variance is not None:
        return 1 / (2 * effective), "exact", CLOSED
    if loop.bank and loop.prior:
        parameters = float(multivariate.parameters(dim)) if is_free(family) else 1.0
        return (parameters / (2 * effective) if effective else np.inf), "approximation", SCORE
    if is_free(family):
        return _gaussian_divergence(loop, dim), "limit", CONJUGATE
    return _rate_divergence(loop, family.shape if isinstance(family, WaitingTime) else 0.5), "limit", CONJUGATE


def _gaussian_divergence(loop: Loop, dim: int) -> float:
    """E KL of a Gaussian with an inverse Wishart covariance, around the truth or around what K real points teach."""
    kappa, real = loop.points, loop.bank
    if real is None:
        return float(multivariate.anchored_divergence(kappa, dim))
    if real <= dim + 2:
        return np.inf
    log_of_mean, rows = drift.log_of_mean, np.arange(1, dim + 1)
    stretched = (1 + (dim + 2) / (2 * kappa)) * (real + 1) / (real - dim - 2) - 1
    known = np.sum(log_of_mean((real - rows) / 2) + np.log1p(-rows / real))
    return float(dim * stretched + dim / (2 * kappa) - _shrunk(kappa, dim) + known) / 2


def _rate_divergence(loop: Loop, shape: float) -> float:
    """E KL of a gamma law of this shape with an inverse gamma mean, likewise."""
    log_of_mean, twice = drift.log_of_mean, 2 * loop.points * shape
    if loop.bank is None:
        return float(-shape * log_of_mean(twice))
    known = loop.bank * shape
    if known <= 1:
        return np.inf
    return float(shape * ((1 + 1 / twice) / (known - 1) - log_of_mean(twice) + log_of_mean(known)))


def _points(family: Closing, loop: Loop, dim: int, nats: float) -> tuple[float, Kind, str]:
    """Fewest fresh points for a divergence; infinite where not even all of them being real reaches it."""

    def diverge(k: int) -> tuple[float, Kind, str]:
        return _divergence(family, Loop(loop.n, k, loop.curvature), dim) or (np.inf, "limit", CONJUGATE)

    least, kind, source = diverge(int(loop.n))
    if least > nats:
        return np.inf, kind, source
    return 1.0 + bisect_left(range(1, int(loop.n)), True, key=lambda k: diverge(k)[0] <= nats), kind, source


def _half_life(family: Closing, loop: Loop, dim: int) -> tuple[float, str] | None:
    """Generations until a loop that nothing holds has lost half of its variance: typically, or (a < 0) on average."""
    n = loop.n
    if isinstance(family, Gaussian) and family.variance is not None:
        return None
    if is_free(family):
        return halving.half_life((n - np.arange(1, dim + 1)) / 2, n / 2, 1 / dim), TYPICALLY
    if _is_scale(family):
        return halving.half_life(n / 2, n / 2), TYPICALLY
    if isinstance(family, WaitingTime):
        return halving.half_life(n * family.shape, n * family.shape, 2.0), TYPICALLY
    if loop.curvature < 0:
        with np.errstate(divide="ignore"):
            return float(-np.log(2) / np.log1p(max(loop.curvature / n, -1.0))), "on average"
    return None
