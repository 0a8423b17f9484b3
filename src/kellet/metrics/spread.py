r"""Spread: how much variance a model has left in each direction that real data have.

Total variance can grow while whole directions die; a determinant sees every direction, but has no meaning where real
data have none: beside a constant column, a column that follows from others, or the levels of a category, of which one
is what the others leave.  So it is taken among the columns that are free to differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kellet.data.codebook import Codebook
from kellet.evidence import Array, Integers, compress
from kellet.laws import MultivariateNormal
from kellet.laws.model import Model
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.moments import in_space, real_moments
from kellet.metrics.real import Real, RealPoints
from kellet.page.wording import join

EXPECTED = 5.0
"""Points that must be expected to differ from a column's most frequent value for its variance to be judged by them:
with fewer it is zero too often by chance (W. Cochran, Biometrics 10:417, 1954)."""
DEPENDENT = 1e-8
"""Variance that a column has beside those before it, in units of its own, up to which it is taken to follow from them:
numbers in a file are rounded."""
COUNTED = 20_000
"""Points in which a column's most frequent value is counted."""
NAMED = 5
"""Columns of a kind that are named one by one."""


@dataclass(frozen=True, eq=False)
class Directions:
    """The directions that real data (N, d) have and that n points can show.

    columns: positions (p,) of the columns that are measured.  white: (p, m), through which real data have the identity
    as their covariance.  log: logarithm of the determinant of their covariance, before.  constant, dependent, seldom:
    positions of columns that are left out.  hidden: directions that n points can't show.
    """

    columns: Integers
    white: Array
    log: float
    constant: Integers
    dependent: Integers
    seldom: Integers
    hidden: int = 0


def spread(look: Look) -> Array:
    r""":math:`(\det\Sigma / \det\Sigma_{real})^{1/m}`, the effective variance per direction.

    Among the m columns of real data that are neither constant nor follow from others (see `Directions`); the
    determinants' ratio is then that of the pseudo-determinants of all columns, for models that don't leave the real
    data's plane.  n points can't show more than n - 1 directions: of more, those in which real data are widest are
    taken, in units of their columns' standard deviations.  A direction without any variance but rounding makes it 0.
    """
    found = find_directions(look.real, None if look.moments is not None else look.size)
    d = look.mean.shape[-1]
    if isinstance(look.moments, MultivariateNormal):
        # The factor's own diagonal keeps its digits where squares would lose them.
        factor = look.moments.factor
        if len(found.columns) < d:
            factor = compress(factor[:, found.columns].swapaxes(1, 2))
        with np.errstate(divide="ignore"):
            log = 2 * np.log(abs(np.diagonal(factor, axis1=1, axis2=2))).sum(axis=1) - found.log
    else:
        log = _log_determinants(found.white.T @ look.covariance_of(found.columns) @ found.white)
    return np.exp(log / found.white.shape[1])  # type: ignore[no-any-return]


def _log_determinants(covariance: Array) -> Array:
    """(R,) of covariances (R, m, m); minus infinity where one has a direction without variance, but for rounding."""
    log = np.full(len(covariance), np.nan)
    sound = np.isfinite(covariance).all(axis=(1, 2))
    if not sound.any():
        return log
    try:
        pivots = np.diagonal(np.linalg.cholesky(covariance[sound]), axis1=1, axis2=2) ** 2
    except np.linalg.LinAlgError:
        pivots = np.linalg.eigvalsh(covariance[sound])
    dead = pivots.min(axis=1) <= covariance.shape[1] * np.finfo(float).eps * pivots.max(axis=1)
    log[sound] = np.where(dead, -np.inf, np.log(np.where(pivots > 0, pivots, 1.0)).sum(axis=1))
    return log


@lru_cache(maxsize=16)
def find_directions(real: Real, n: int | None) -> Directions:
    """The directions of real data; n: points that are to show them, None where moments are known exactly."""
    covariance = real_moments(real)[1]
    variance = np.diagonal(covariance)
    points = _points(real) if isinstance(real, RealPoints) else None
    constant = variance <= 0 if points is None else np.ptp(points, axis=0) == 0
    seldom = implied = np.zeros(len(variance), dtype=bool)
    if points is not None and n is not None:
        seldom, implied = _find_seldom(real.codebook, points, n)  # type: ignore[union-attr]
        seldom &= ~constant
        # Where so few points show nothing, all is measured.
        if (seldom | implied | constant).all():
            seldom = implied = np.zeros(len(variance), dtype=bool)
    free = np.flatnonzero(~(constant | seldom | implied))
    sd = np.sqrt(variance[free])
    correlation = covariance[free[:, None], free] / sd[:, None] / sd
    least = DEPENDENT if points is not None else len(variance) * np.finfo(float).eps
    independent = _find_independent(correlation, least)
    columns, sd = free[independent], sd[independent]
    values, vectors = np.linalg.eigh(correlation[independent[:, None], independent])
    shown = len(columns) if n is None else min(len(columns), max(n - 1, 1))
    # The widest come last.
    white = (vectors / np.sqrt(values) / sd[:, None])[:, len(columns) - shown :]
    log = float(np.linalg.slogdet(covariance[columns[:, None], columns])[1])
    dependent = np.setdiff1d(np.flatnonzero(~(constant | seldom)), columns)
    left_out = (np.flatnonzero(constant), dependent, np.flatnonzero(seldom))
    return Directions(columns, white, log, *left_out, hidden=len(columns) - shown)


def _points(real: RealPoints) -> Array:
    return np.concatenate([real.training, real.heldout])


def _find_independent(correlation: Array, least: float) -> Integers:
    """Columns of which none follows from those before it, by Cholesky's way through them."""
    from scipy.linalg import solve_triangular

    kept: list[int] = []
    root = np.zeros_like(correlation)
    for j in range(len(correlation)):
        m = len(kept)
        row = solve_triangular(root[:m, :m], correlation[j, kept], lower=True, check_finite=False) if m else np.zeros(0)
        if (left := correlation[j, j] - row @ row) > least:
            root[m, :m], root[m, m] = row, np.sqrt(left)
            kept.append(j)
    return np.array(kept, dtype=np.int64)


def _find_seldom(codebook: Codebook | None, points: Array, n: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(d,), (d,): columns in which fewer than EXPECTED of n points differ from the most frequent value; and levels that
    nearly all points have that don't have another one of the same column.
    """
    some = np.sort(points[:: -(-len(points) // COUNTED)], axis=0)
    seldom = np.array([1 - _share_of_mode(column) for column in some.T]) * n < EXPECTED
    implied = np.zeros_like(seldom)
    if codebook is not None:
        owners = [name for name, _ in codebook.names]
        shares, first = points.mean(axis=0), points.shape[1] - len(owners)
        for column in dict.fromkeys(owners):
            levels = first + np.flatnonzero([name == column for name in owners])
            if shares[levels[seldom[levels]]].sum() * n < EXPECTED:
                implied[levels[shares[levels].argmax()]] = True
    return seldom, implied


def _share_of_mode(ordered: Array) -> float:
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return float(np.diff([*starts, len(ordered)]).max() / len(ordered))


def explain(real: Real, n: int) -> tuple[str, ...]:
    """What is left out of the spread of these real data, judged by n points, and why."""
    if not isinstance(real, RealPoints):
        return ()
    found, d = find_directions(real, n), real.training.shape[1]
    plain = [j for j in found.dependent if j < d - _count_levels(real)]
    reasons: dict[str, Sequence[int] | Integers] = {
        "constant in the real data": found.constant,
        # Of a category's levels one is what the others leave: that needs no word.
        "exactly given by other columns": plain,
        f"seldom anything but the usual, in fewer than {EXPECTED:g} of {n:,} real points": found.seldom,
    }
    notes = [f"Spread leaves out {_name(real, columns)}: {why}." for why, columns in reasons.items() if len(columns)]
    if found.hidden:
        shown = found.white.shape[1]
        most = f"{n:,} points can't show more than {n - 1:,} directions"
        notes.append(f"{most}: spread is measured in the {shown:,} widest of {shown + found.hidden:,}.")
    return tuple(notes)


def _name(real: RealPoints, columns: Sequence[int] | Integers) -> str:
    """Columns by their names, some of them where they are many."""
    names = [f"column {j + 1}" for j in range(real.training.shape[1])]
    if real.codebook is not None:
        book = real.codebook
        names = [book.columns[j] for j in book.numeric] + [f"{column}: {level}" for column, level in book.names]
    elif real.view is None and real.names:
        names = list(real.names)
    quoted = [f"“{names[j]}”" for j in columns[:NAMED]]
    return join(quoted if len(columns) <= NAMED else [*quoted, f"{len(columns) - NAMED:,} more"])


def _count_levels(real: RealPoints) -> int:
    return len(real.codebook.names) if real.codebook is not None else 0


def _has_directions(real: Real, model: Model | None) -> bool:
    if not in_space(real, model) or len(real_moments(real)[0]) < 2:
        return False
    return len(find_directions(real, None).columns) > 0


SPREAD = Metric(
    "spread", "spread",
    "Effective variance per direction of the real data: it falls when any direction dies, even while others grow.",
    spread, _has_directions, part="spread", aliases=("determinant_ratio",), logarithmic=True, unit="of the real spread",
    less="had less than half of generation 0's spread", notes=explain,
    limits="It sees only the covariance, and only in directions that real data have: two far clusters spread as widely "
    "as one broad one.",
)  # fmt: skip
