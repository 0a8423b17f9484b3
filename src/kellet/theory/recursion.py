r"""Exact means and variances of the closed loop, generation by generation.

A family whose variance is a quadratic function of its mean (Morris, Annals of Statistics 10:65, 1982),

    V(mu) = V0 + slope (mu - mu0) + a (mu - mu0)^2,

closes its own second moments: Var(mu_t) depends on the past only through a handful of covariances, each of which obeys
a linear recursion. So one recursion serves every such family and every way of mixing real, old and imaginary points:

    family (statistic that is averaged)            curvature a
    Bernoulli; each category of a categorical      -1
    normal, mean and variance fitted, any dim.     -1   (V0 = variance of the truth, see below)
    Poisson; normal mean, variance known            0
    exponential                                     1
    gamma of shape r; negative binomial of size r   1/r
    normal variance, mean known (V0 = 2 sigma^4)    2

For the normal with both parameters by maximum likelihood, the second moment about the true mean is an average too and
its expectation is conserved, hence E sigma_t^2 = sigma_0^2 - Var(mu_t): the curve ``variance`` is E sigma_t^2 in that
case, and with a `Prior` it stays right when ``Prior.variance`` is the variance of the imaginary points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kellet.theory.mixing import Anchored, Prior
from kellet.theory.numbers import Array, Numbers, real

Regime = Literal["replace", "accumulate", "window", "subsample"]


@dataclass(frozen=True)
class Curves:
    """Expectations over loops; all of shape (generations + 1,), entry t after t fits, entry 0 the truth."""

    mean: Array  # E mu_t
    wander: Array  # Var mu_t
    variance: Array  # E V(mu_t): what the model's own points vary by


def curves(
    generations: int,
    size: Numbers,
    *,
    curvature: float,
    mean: float = 0.0,
    variance: float = 1.0,
    regime: Regime = "replace",
    window: int = 1,
    anchor: Anchored | None = None,
    prior: Prior | None = None,
) -> Curves:
    r"""E mu_t, Var mu_t and E V(mu_t) for t = 0..generations, exactly.

    Fit t averages k real points of weight w, n - k points written by model t-1, and A imaginary points; model 0 is the
    truth, so the first fit sees n real points. With :math:`\delta_t = \mu_t - \mu_0` one step reads

    .. math:: \delta_t = \lambda \delta_{t-1} + \gamma h + \alpha (r_t - \mu_0) + \beta \epsilon_t,

    where r_t is the mean of the real points, h the offset of the prior and epsilon_t the sampling noise of variance E
    V(mu_{t-1}) / (n - k). Taking variances gives linear recursions in Var(delta_t) and Cov(delta_t, r).

    generations: fits.  size: points per generation, a number or one per fit (length ``generations``).
    curvature: a in V(mu).  mean, variance: mu0 and V0 = V(mu0) of the truth.
    regime: ``replace``: only the newest batch.  ``accumulate``: the pool of all batches, each of k real and
    n - k written points (a fixed anchor is counted once per batch).  ``window``: of these only the newest ``window``
    batches.  ``subsample``: the k anchor points, and n - k points drawn without replacement from the pool of all.

    LookupError ("no closed form ...") for the few combinations without a closed recursion.

    Derived here; special cases are classical (drift and migration in population genetics) or published:
    anchors, Jangjoo et al., arXiv:2506.20623 (2025); accumulation, Gerstgrasser et al., COLM (2024), and Dey
    and Donoho, arXiv:2410.22812 (2024); weights, He, Xu and Cheng, arXiv:2502.18049 (2025).

    >>> curves(3, 10, curvature=-1, variance=0.25).variance
    array([0.25    , 0.225   , 0.2025  , 0.18225])
    >>> anchored = curves(2000, 100, curvature=-1, anchor=Anchored(1))
    >>> print(f"{1 / anchored.wander[-1]:.4f} effective points")
    2.9800 effective points
    """
    n = np.array(np.broadcast_to(real(size), (generations,)))
    k = anchor.counts(n) if anchor else np.zeros(generations)
    if regime == "window":
        return Curves(*slide(n, k, window, curvature, mean, variance, anchor, prior))
    if regime == "subsample":
        return Curves(*subsample(n, k, curvature, mean, variance, anchor, prior))

    imaginary, offset = (prior.count, prior.mean - mean) if prior else (0.0, 0.0)
    bend = prior.variance - variance - curvature * offset**2 if prior else 0.0
    reuse = anchor.reuse(k[0]) if anchor and generations else 0.0
    weights = anchor.weights(generations) if anchor else np.ones(generations)

    toward = np.zeros(generations + 1)  # how far the mean has gone from the truth (0) to the prior (1)
    wander = np.zeros(generations + 1)
    spread = np.full(generations + 1, float(variance))
    shared = 0.0  # Cov(mu_t, mean of the bank)
    past = 0.0  # weight of everything that is kept from earlier fits
    for t in range(1, generations + 1):
        gap = wander[t - 1] + (offset * toward[t - 1]) ** 2
        batch = _mix(n[t - 1], k[t - 1], weights[t - 1], anchor, spread[t - 1], variance, gap)
        invented = imaginary if past == 0 else 0.0
        total = past + batch.weight + invented
        share = batch.weight / total
        keep, fresh, noise = past / total + share * batch.carried, share * batch.fresh, share**2 * batch.noise
        wander[t] = keep**2 * wander[t - 1] + noise + 2 * keep * fresh * shared
        shared = keep * shared + fresh * reuse * variance
        toward[t] = keep * toward[t - 1] + invented / total
        spread[t] = variance + curvature * (wander[t] + (offset * toward[t]) ** 2) + bend * toward[t]
        past = total if regime == "accumulate" else 0.0
    return Curves(mean + offset * toward, wander, spread)


def subsample(
    size: Array,
    real_points: Array,
    curvature: float,
    mean: float,
    variance: float,
    anchor: Anchored | None,
    prior: Prior | None,
) -> tuple[Array, Array, Array]:
    """E mu_t, Var mu_t and E V(mu_t), each (fits + 1,), where a fit takes n - k points from all so far.

    All points ever seen lie in a pool: the first real batch, every anchor and every written point.  Besides the model's
    mean, the pool's mean and the second moment of its points are carried along, because a draw from the pool varies by
    what the pool's points vary by, not by what the model's would.  The arguments are those of `curves`, checked there.

    Derived here; the setting is that of Kazdan et al., arXiv:2410.16713 (2024).

    >>> mean, wander, spread = subsample(np.full(5, 20.0), np.zeros(5), -1.0, 0.5, 0.25, None, None)
    >>> (wander / wander[1])[2].round(3)                       # against one fit on real points
    np.float64(1.719)
    """
    if anchor and (anchor.random or anchor.contaminated or anchor.is_weighted):
        raise LookupError("no closed form for subsampling with a random, contaminated or weighted anchor.")
    fits = len(size)
    imaginary, offset = (prior.count, prior.mean - mean) if prior else (0.0, 0.0)
    bend = prior.variance - variance - curvature * offset**2 if prior else 0.0
    reuse = anchor.reuse(real_points[0]) if anchor and fits else 0.0

    toward, wander = np.zeros(fits + 1), np.zeros(fits + 1)
    spread = np.full(fits + 1, float(variance))
    # The pool: how many points, its mean's way to the prior, that mean's variance, its points' E (x - mu0)^2.
    pool, centre, sway, second = 0.0, 0.0, 0.0, 0.0
    pool_bank = pool_model = model_bank = 0.0  # covariances of the means of pool, model and bank
    for t in range(1, fits + 1):
        n, k = size[t - 1], real_points[t - 1]
        m, grown = n - k, pool + n
        square = wander[t - 1] + (offset * toward[t - 1]) ** 2
        anchored_pool = (pool * pool_bank + (variance if k else 0.0) + m * model_bank) / grown
        sway = (
            pool**2 * sway
            + m**2 * wander[t - 1]
            + m * spread[t - 1]
            + k * variance
            + 2 * (pool * k * pool_bank + pool * m * pool_model + k * m * model_bank)
        ) / grown**2
        pool_bank = (pool * pool_bank + k * reuse * variance + m * model_bank) / grown
        centre = (pool * centre + m * toward[t - 1]) / grown
        second = (pool * second + k * variance + m * (spread[t - 1] + square)) / grown
        pool = grown

        if t == 1:  # the pool is the first batch, and all of it is used
            k, m = 0.0, n
        total = n + imaginary
        keep, fresh = m / total, k / total
        within = second - sway - (offset * centre) ** 2
        left_out = (pool - m) / (pool - 1) if pool > 1 else 0.0
        wander[t] = (
            keep**2 * sway + (m * left_out * within + k * variance) / total**2 + 2 * keep * fresh * anchored_pool
        )
        pool_model = keep * sway + fresh * anchored_pool
        model_bank = keep * pool_bank + fresh * reuse * variance
        toward[t] = keep * centre + imaginary / total
        spread[t] = variance + curvature * (wander[t] + (offset * toward[t]) ** 2) + bend * toward[t]
    return mean + offset * toward, wander, spread


def slide(
    size: Array,
    real_points: Array,
    window: int,
    curvature: float,
    mean: float,
    variance: float,
    anchor: Anchored | None,
    prior: Prior | None,
) -> tuple[Array, Array, Array]:
    r"""E mu_t, Var mu_t and E V(mu_t), each (fits + 1,), where a fit takes the newest ``window`` batches.

    The mean of batch s, :math:`b_s = c_s\,\delta_{s-1} + f_s (r_s - \mu_0) + \text{noise}`, depends on the past through
    the model that wrote it, whose own deviation is the weighed mean of the batches in its window. So the covariances of
    the batches in the window, and theirs with the mean of the bank, obey a linear recursion. The arguments are those of
    `curves`, checked there.

    Without anything real or imaginary a window of w batches loses in a generation :math:`4/(w+1)^2` of what replacing
    does, once the first batch has left it.  Derived here.

    >>> mean, wander, spread = slide(np.full(100, 20.0), np.zeros(100), 2, 0.0, 0.0, 1.0, None, None)
    >>> print(f"{wander[1]:.4f} {wander[2]:.4f} {wander[100] - wander[99]:.4f}")
    0.0500 0.0625 0.0222
    """
    fits = len(size)
    window = max(1, min(window, fits))
    imaginary, offset = (prior.count, prior.mean - mean) if prior else (0.0, 0.0)
    bend = prior.variance - variance - curvature * offset**2 if prior else 0.0
    reuse = anchor.reuse(real_points[0]) if anchor and fits else 0.0

    toward, wander = np.zeros(fits + 1), np.zeros(fits + 1)
    spread = np.full(fits + 1, float(variance))
    # Of the means of the batches in the window, in whatever order: covariances, also with the bank, ways to the prior.
    common, banked, ways, held = np.zeros((window, window)), np.zeros(window), np.zeros(window), np.zeros(window)
    shares, shared = held, 0.0
    weights = anchor.weights(fits) if anchor else np.ones(fits)
    for t in range(1, fits + 1):
        gap = wander[t - 1] + (offset * toward[t - 1]) ** 2
        batch = _mix(size[t - 1], real_points[t - 1], weights[t - 1], anchor, spread[t - 1], variance, gap)
        keep, fresh, at = batch.carried, batch.fresh, (t - 1) % window
        row = keep * (common @ shares) + fresh * banked
        row[at] = keep**2 * wander[t - 1] + batch.noise + 2 * keep * fresh * shared
        common[at] = common[:, at] = row
        banked[at] = keep * shared + fresh * reuse * variance
        ways[at], held[at] = keep * toward[t - 1], batch.weight

        total = held.sum() + imaginary
        shares = held / total
        wander[t], shared = shares @ common @ shares, shares @ banked
        toward[t] = shares @ ways + imaginary / total
        spread[t] = variance + curvature * (wander[t] + (offset * toward[t]) ** 2) + bend * toward[t]
    return mean + offset * toward, wander, spread


@dataclass(frozen=True)
class _Batch:
    """One batch: what it weighs, and of its mean the parts that follow the model and the bank, and the noise."""

    weight: float
    carried: float
    fresh: float
    noise: float


def _mix(
    n: float, k: float, weight: float, anchor: Anchored | None, spread: float, variance: float, gap: float
) -> _Batch:
    """The batch of n points, k of them real and of this weight.

    spread: what the model's points vary by.  variance: real ones.  gap: E of the model's squared offset.
    """
    chance = anchor.share or 0.0 if anchor and anchor.random else 0.0
    dirt = anchor.contaminated if anchor else 0.0
    lucky = chance if k else 0.0
    genuine, dirty = (0.0, 0.0) if chance else (k * (1 - dirt), k * dirt)
    written = n - genuine - dirty
    total = weight * (genuine + dirty) + written
    # Of a whole batch, so that no square of a large weight overflows.
    heavy, light = weight / total, written / total / total
    noise = (
        (heavy**2 * dirty + light * (1 - lucky)) * spread
        + (heavy**2 * genuine + light * lucky) * variance
        + light * lucky * (1 - lucky) * gap
    )
    return _Batch(total, (weight * dirty + written * (1 - lucky)) / total, weight * genuine / total, noise)
