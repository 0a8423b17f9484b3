"""Gaps: whether what is missing in real rows, and with what, is still missing in what is written."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kellet.data.codebook import Codebook
from kellet.evidence import Array
from kellet.laws.model import Model
from kellet.metrics.look import Look, ensure
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real, RealPoints


def gaps_kept(look: Look) -> Array:
    r"""How much of what real rows lack is lacking in written ones, relative to a real sample of the same size.

    With :math:`q_a` the share of real rows in which a is missing, a being a column or a pair of columns at once, and
    :math:`p_a` that of written rows

    .. math:: \sum_a \min(p_a, q_a) \Big/ \sum_a E\min(\hat q_a, q_a)

    where :math:`\hat q_a` is the share in n real rows: :math:`E\min(\hat q, q) = q - \tfrac12 E|\hat q - q|`, see
    `stray`.
    """
    book = ensure(look.data.codebook, Codebook)
    real = _real(look.data)
    found = np.array([_share(book.find_missing(rows)) for rows in look.written])
    return np.minimum(found, real).sum(axis=1) / _expect(real, look.written.shape[1])  # type: ignore[no-any-return]


def _share(missing: NDArray[np.bool_]) -> Array:
    """Shares of rows (n, g) in which each column, and each pair of columns, is missing."""
    both = missing.T.astype(np.float32) @ missing.astype(np.float32) / len(missing)
    return both[np.triu_indices(len(both))].astype(np.float64)


@lru_cache(maxsize=8)
def _real(real: RealPoints) -> Array:
    book = ensure(real.codebook, Codebook)
    return _share(book.find_missing(np.concatenate(real.rows or ())))


def _expect(shares: Array, n: int) -> float:
    """What n real rows score, on average."""
    return float((shares - stray(shares, n) / 2).sum())


def stray(shares: Array, n: int) -> Array:
    r"""How far a share of n draws lies from its chance q on average, :math:`E|X/n - q|` for binomial X.

    :math:`E|X - nq| = 2 (m+1) (1-q) P(X = m+1)` with :math:`m = \lfloor nq \rfloor`: A. de Moivre, Miscellanea
    Analytica (1730).

    >>> stray(np.array([0.5, 1.0]), 2)
    array([0.25, 0.  ])
    """
    from scipy.stats import binom

    whole = np.floor(n * shares)
    return np.asarray(2 * (whole + 1) * (1 - shares) * binom.pmf(whole + 1, n, shares) / n)


def _has_gaps(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealPoints) and real.codebook is not None and len(real.codebook.incomplete) > 0


GAPS = Metric(
    "gaps_kept", "gaps kept",
    "How much of what is missing in real rows, column by column and pair by pair, is missing in written ones.",
    gaps_kept, _has_gaps, fresh=RealPoints.all_but_heldout, aliases=("gaps",),
    unit="of the gaps of a real sample of the same size", noun="the gaps",
    less="wrote less than half of the gaps of generation 0",
    limits="It sees gaps that vanish and gaps that part from each other, not new ones where real rows have none.",
)  # fmt: skip
