r"""The share of a corpus that models wrote, and what an error about it costs.

A corpus of N items from (1-alpha) P + alpha Q, with P (people) and Q (models) known over V categories. The
estimate maximises the likelihood; its accuracy is limited by how different Q is from P, and in practice by
how much P has changed since it was measured. All of p, q: (V,) probabilities.

For reading, and for other people's code: a loop counts the clean points of its anchor itself, in whole points.
"""

from __future__ import annotations

import numpy as np

from kellet.theory.numbers import Array, Numbers, real


def information(p: Numbers, q: Numbers, alpha: float) -> float:
    r"""Fisher information of one item about alpha: :math:`I = \sum (q-p)^2 / ((1-\alpha)p + \alpha q)`.

    At alpha = 0 it is chi2(Q || P). Textbook mixture likelihood (McLachlan and Peel, Finite Mixture Models, 2000).

    >>> print(f"{information([0.5, 0.5], [0.6, 0.4], 0.0):.2f}")
    0.04
    """
    p, q = real(p), real(q)
    mixed = (1 - alpha) * p + alpha * q
    seen = mixed > 0
    return float(((q - p)[seen] ** 2 / mixed[seen]).sum())


def standard_error(p: Numbers, q: Numbers, alpha: float, items: Numbers) -> Array:
    r"""Standard error of the maximum likelihood share, 1/sqrt(N I); items: N. Wherever alpha is some way from 0 and 1.

    >>> print(f"{standard_error([0.5, 0.5], [0.6, 0.4], 0.1, 10_000):.3f}")
    0.050
    """
    return 1 / np.sqrt(real(items) * information(p, q, alpha))


def drift_bias(p: Numbers, q: Numbers, drifted: Numbers, alpha: float) -> float:
    r"""Bias of the estimated share when people's text has moved from p to ``drifted`` p', first order in p' - p.

    .. math:: (1-\alpha) \sum (p'-p)(q-p)/mix \; / \; I

    More items do not help; so the age of the reference limits the accuracy, not the sampling. Derived here.

    >>> print(f"{drift_bias([0.5, 0.5], [0.6, 0.4], [0.51, 0.49], 0.0):.2f}")
    0.10
    """
    p, q, moved = real(p), real(q), real(drifted)
    mixed = (1 - alpha) * p + alpha * q
    seen = mixed > 0
    tilt = ((moved - p)[seen] * (q - p)[seen] / mixed[seen]).sum()
    return float((1 - alpha) * tilt / information(p, q, alpha))


def clean_points(k: Numbers, contaminated: Numbers) -> Array:
    """Real points that an anchor of k has when a share of it was written by models: k (1 - c).

    Every formula about anchors holds with this number in place of k, as long as the written ones come from
    the same loop. Derived here.

    >>> print(clean_points(6, 0.5))
    3.0
    """
    return real(k) * (1 - real(contaminated))


def clean_points_error(alpha: Numbers, error: Numbers) -> Array:
    """Relative standard error of `clean_points` when the contamination alpha is itself an estimate: s.e. / (1 - alpha).

    >>> print(f"{clean_points_error(0.5, 0.01):.2f}")
    0.02
    """
    return real(error) / (1 - real(alpha))
