r"""Least squares on labels that the last regression wrote.

Features are isotropic Gaussian, d of them, N samples a generation with N > d + 1; fresh noise of variance sigma^2 is
added to every label. Risk is the expected squared error of the learnt function on new features, E |w_t - w_0|^2.
"""

from __future__ import annotations

import numpy as np

from kellet.theory.numbers import Array, Numbers, real


def one_fit(samples: Numbers, features: Numbers, noise: Numbers = 1.0) -> Array:
    r"""Excess risk of one fit to real labels: :math:`\sigma^2 d/(N-d-1)`; infinite for N <= d + 1.

    Mean of an inverse Wishart matrix (Anderson, Multivariate Statistical Analysis, 2003).

    >>> print(f"{one_fit(40, 10):.4f}")
    0.3448
    """
    free = real(samples) - real(features) - 1
    with np.errstate(divide="ignore"):
        return np.where(free > 0, real(noise) * real(features) / np.maximum(free, 0.0), np.inf)[()]


def replacement(samples: Numbers, features: Numbers, t: Numbers, noise: Numbers = 1.0) -> Array:
    r"""Excess risk after t fits, each on the last one's labels and fresh features: :math:`t\sigma^2 d/(N-d-1)`, exact.

    Dohmatob et al., arXiv:2402.07712 (2024); Gerstgrasser et al., COLM (2024).

    >>> (replacement(40, 10, [1, 2, 6]) / one_fit(40, 10)).round(3)
    array([1., 2., 6.])
    """
    return real(t) * one_fit(samples, features, noise)


def accumulation(samples: Numbers, features: Numbers, t: Numbers, noise: Numbers = 1.0) -> Array:
    r"""Excess risk of the fit to all t batches of labels of the same features.

    `one_fit` times :math:`\sum_{i\le t} 1/i^2`. Exact for one design used again and again, and at most pi^2/6; an upper
    bound for fresh designs, whose pool is better conditioned. Gerstgrasser et al., COLM (2024).

    >>> (accumulation(40, 10, [1, 2, 3]) / one_fit(40, 10)).round(3)
    array([1.   , 1.25 , 1.361])
    """
    t = np.asarray(t, dtype=np.int64)
    sums = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, t.max(initial=0) + 1) ** 2)])
    return real(sums[t]) * one_fit(samples, features, noise)
