r"""Least squares on labels that the last regression wrote.

Features are isotropic Gaussian, d of them, N samples per generation with N > d + 1; fresh noise of variance sigma^2 is
added to every label. Risk is the expected squared error of the learnt function on new features, E |w_t - w_0|^2.
"""

from __future__ import annotations

from collections.abc import Iterable

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


def anchored(
    written: Iterable[tuple[int, float, float]],
    features: int,
    noise: float = 1.0,
    *,
    others: float = 0.0,
    known: bool = False,
    intercept: bool = False,
) -> tuple[Array, Array]:
    r"""Excess risk of each fit, and its expected noise variance, where real labels stand beside written ones.

    written: for each fit n, and of m its mean and mean square: of n labels m were written by the last fit, with the
    noise that it learnt (RSS over n - d), and n - m are real. m may be left to chance. Of the first fit the m are
    another target's, whose squared distance from the truth is ``others``. known: the noise variance is given and not
    learnt. features: d < n - 1. Exact; with an ``intercept``, a feature that is no normal number, exact where all
    labels are written or all are real, and else an approximation.

    With :math:`S = S_m + S_{n-m}` the scatters of the features, the fit errs by
    :math:`S^{-1}S_m\delta + S^{-1}X^Te`, where :math:`\delta` is how far the writer errs.  :math:`U = S^{-1/2} S_m
    S^{-1/2}` is a matrix beta, independent of S, with :math:`E[UMU] = (c_1+c_2)M + c_2 I\,\mathrm{tr}M` and

    .. math:: c_2 = \frac{m(n-m)}{n(n+2)(n-1)}, \quad c_1 = \frac{m(m-1)}{n(n-1)} + c_2, \quad
        E\,\mathrm{tr}S\;\mathrm{tr}S^{-1} = \frac{d(nd-2)}{n-d-1}

    so that risk and noise obey a linear recursion.  Derived here from the moments of the matrix beta (S. Mitra, Sankhya
    A 32:81, 1970).  For very many labels of which a share p is another target's, p^2 of its distance stays:
    E. Dohmatob et al., Strong Model Collapse, ICLR (2025).

    >>> risk, spread = anchored([(40, 0, 0), (40, 40, 40**2), (40, 36, 36**2)], 10)
    >>> risk.round(3), spread.round(3)
    (array([0.345, 0.69 , 0.926]), array([1.   , 1.   , 1.061]))
    >>> print(anchored([(10**6, 10**5, 10**10)], 10, others=1.0)[0].round(4))
    [0.01]
    """
    risk, spread, d = others, noise, features + intercept
    found = []
    for n, m, square in written:
        if n <= d + 1:
            risk = spread = np.inf
        else:
            risk = risk if m else 0.0
            c2 = (n * m - square) / (n * (n + 2) * (n - 1))
            c1 = (square - m) / (n * (n - 1)) + c2
            average = (m * spread + (n - m) * noise) / n if m else noise
            misfit = n * (m / n - c1 - c2 * (1 + d)) / (n - d) * risk
            kept = c1 + c2 + c2 * (n * d - 2) / (n - d - 1)
            risk = kept * risk + average * (d - 2 * intercept / n) / (n - d - 1)
            spread = noise if known else average + misfit
        found.append((risk, spread))
    risks, spreads = np.array(found).T
    return risks, spreads
