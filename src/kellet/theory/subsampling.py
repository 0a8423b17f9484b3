"""The recursion of the loop that trains on a sample of everything so far.

All points ever seen lie in a pool: the first real batch, every anchor and every written point. Fit t takes
the k anchor points of its own generation and n - k points drawn from the whole pool without replacement.
Besides the model's mean, the pool's mean and the second moment of its points are carried along, because a
draw from the pool varies by what the pool's points vary by, not by what the model's would.
"""

from __future__ import annotations

import numpy as np

from kellet.theory.mixing import Anchored, Prior
from kellet.theory.numbers import Array


def subsampled(
    size: Array,
    real_points: Array,
    curvature: float,
    mean: float,
    variance: float,
    anchor: Anchored | None,
    prior: Prior | None,
) -> tuple[Array, Array, Array]:
    """E mu_t, Var mu_t and E V(mu_t), each (fits + 1,); the arguments are those of `curves`, checked there.

    Derived here; the setting is that of Kazdan et al., arXiv:2410.16713 (2024).

    >>> mean, wander, spread = subsampled(np.full(5, 20.0), np.zeros(5), -1.0, 0.5, 0.25, None, None)
    >>> (wander / wander[1])[2].round(3)                       # against one fit on real points
    np.float64(1.719)
    """
    if anchor and (anchor.random or anchor.contaminated or anchor.weight != 1):
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
