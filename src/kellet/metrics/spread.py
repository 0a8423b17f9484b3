r"""Spread: how much variance a model has left in each direction that real data have.

Total variance can grow while whole directions die; a determinant sees every direction, but has no meaning where real
data have none: beside a constant column, or one that follows from others.  So it is taken among the columns that are
free to differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

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
    """The directions of real data (N, d) that n points can show.

    columns: positions (p,) of the columns of numbers that are measured.  white: (p, m), through which real data have
    the identity as their covariance.  groups: positions of the levels of a category, each group one direction.  log:
    logarithm of the determinant of their covariance, before; with groups that of the product of their variances.
    constant, dependent, seldom: names of columns that are left out.  hidden: directions that n points can't show.
    """

    columns: Integers
    white: Array
    log: float
    groups: tuple[Integers, ...] = ()
    constant: tuple[str, ...] = ()
    dependent: tuple[str, ...] = ()
    seldom: tuple[str, ...] = ()
    hidden: int = 0

    @property
    def count(self) -> int:
        """How many are measured."""
        return int(self.white.shape[1]) + len(self.groups)


def spread(look: Look) -> Array:
    r""":math:`(\det\Sigma / \det\Sigma_{real})^{1/m}`, the effective variance per direction.

    Among the m columns of real data that are neither constant nor follow from others (see `Directions`); the
    determinants' ratio is then that of the pseudo-determinants of all columns, for models that don't leave the real
    data's plane.  n points can't show more than n - 1 directions: of more, those in which real data are widest are
    taken, in units of their columns' standard deviations.  A direction without any variance but rounding makes it 0.

    A category is one direction more, whose variance is the chance :math:`1 - \sum_k p_k^2` that two rows differ in it:
    for two levels the determinant's own, and of more a lost one is no lost direction.
    """
    found = find_directions(look.real, None if look.moments is not None else look.size)
    if isinstance(look.moments, MultivariateNormal):
        # The factor's own diagonal keeps its digits where squares would lose them.
        factor = look.moments.factor
        if len(found.columns) < look.mean.shape[-1]:
            factor = compress(factor[:, found.columns].swapaxes(1, 2))
        with np.errstate(divide="ignore"):
            log = 2 * np.log(abs(np.diagonal(factor, axis1=1, axis2=2))).sum(axis=1) - found.log
    else:
        log = _log_determinants(found.white.T @ look.covariance_of(found.columns) @ found.white)
        if found.groups:
            log += _log_variances(look.points, found.groups) - found.log
    return np.exp(log / found.count)  # type: ignore[no-any-return]


def _log_variances(points: Array, groups: Iterable[Integers]) -> Array:
    """(R,) of points (R, n, d): the logarithms of the variances of groups of columns, added up."""
    variances = np.stack([points[..., group].var(axis=1).sum(axis=-1) for group in groups])
    with np.errstate(divide="ignore"):
        return np.log(variances).sum(axis=0)  # type: ignore[no-any-return]


def _log_determinants(covariance: Array) -> Array:
    """(R,) of covariances (R, m, m); minus infinity where one has a direction without variance, but for rounding."""
    log = np.full(len(covariance), np.nan if covariance.shape[1] else 0.0)
    sound = np.isfinite(covariance).all(axis=(1, 2))
    if not sound.any() or not covariance.shape[1]:
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
    if not isinstance(real, RealPoints):
        free = np.flatnonzero(variance > 0)
        return _measure(covariance, free, len(variance) * np.finfo(float).eps, n)
    points, book = np.concatenate([real.training, real.heldout]), real.codebook
    numbers = len(variance) if book is None else len(book.numeric)
    names = _name_columns(real)
    constant = np.ptp(points, axis=0) == 0
    seldom = np.zeros(len(variance), dtype=bool)
    groups = dict(book.groups) if book is not None else {}
    if n is not None:
        some = points[:: -(-len(points) // COUNTED)]
        seldom[:numbers] = [(1 - _share_of_mode(column)) * n < EXPECTED for column in some[:, :numbers].T]
        rare = [name for name, group in groups.items() if (1 - _share_of_levels(some[:, group])) * n < EXPECTED]
        # Where so few points show nothing, all is measured.
        if (seldom | constant)[:numbers].all() and len(rare) == len(groups):
            seldom[:], rare = False, []
    else:
        rare = []
    still = [name for name, group in groups.items() if constant[group].all()]
    kept = tuple(group for name, group in groups.items() if name not in {*rare, *still})
    seldom &= ~constant
    found = _measure(covariance, np.flatnonzero(~(constant | seldom)[:numbers]), DEPENDENT, n)
    dependent = np.setdiff1d(np.flatnonzero(~(constant | seldom)[:numbers]), found.columns)
    log = float(sum(np.log(variance[group].sum()) for group in kept))
    return replace(
        found,
        log=found.log if not kept else log,
        groups=kept,
        constant=(*(names[j] for j in np.flatnonzero(constant[:numbers])), *still),
        dependent=tuple(names[j] for j in dependent),
        seldom=(*(names[j] for j in np.flatnonzero(seldom)), *(name for name in rare if name not in still)),
    )


def _measure(covariance: Array, free: Integers, least: float, n: int | None) -> Directions:
    """The directions among the free columns.  least: variance beside others that is more than rounding."""
    sd = np.sqrt(np.diagonal(covariance)[free])
    correlation = covariance[free[:, None], free] / sd[:, None] / sd
    independent = _find_independent(correlation, least)
    columns, sd = free[independent], sd[independent]
    values, vectors = np.linalg.eigh(correlation[independent[:, None], independent])
    shown = len(columns) if n is None else min(len(columns), max(n - 1, 1))
    # The widest come last.
    white = (vectors / np.sqrt(values) / sd[:, None])[:, len(columns) - shown :]
    log = float(np.linalg.slogdet(covariance[columns[:, None], columns])[1])
    return Directions(columns, white, log, hidden=len(columns) - shown)


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


def _share_of_levels(levels: Array) -> float:
    """Of rows (n, L) of levels the share that have the most frequent one, or none."""
    shares = levels.mean(axis=0)
    return float(max(shares.max(), 1 - shares.sum()))


def _share_of_mode(ordered: Array) -> float:
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    return float(np.diff([*starts, len(ordered)]).max() / len(ordered))


def explain(real: Real, n: int) -> tuple[str, ...]:
    """What is left out of the spread of these real data, judged by n points, and why."""
    if not isinstance(real, RealPoints):
        return ()
    found = find_directions(real, n)
    reasons = {
        "constant in the real data": found.constant,
        "exactly given by other columns": found.dependent,
        f"seldom anything but the usual, in fewer than {EXPECTED:g} of {n:,} real points": found.seldom,
    }
    notes = [f"Spread leaves out {_list(names)}: {why}." for why, names in reasons.items() if names]
    if found.hidden:
        shown = found.white.shape[1]
        most = f"{n:,} points can't show more than {n - 1:,} directions"
        notes.append(f"{most}: spread is measured in the {shown:,} widest of {shown + found.hidden:,}.")
    return tuple(notes)


def _name_columns(real: RealPoints) -> list[str]:
    """The columns of numbers, by their names where they have some."""
    if real.codebook is not None:
        return [real.codebook.columns[j] for j in real.codebook.numeric]
    if real.view is None and real.names:
        return list(real.names)
    return [f"column {j + 1}" for j in range(real.training.shape[1])]


def _list(names: Sequence[str]) -> str:
    """Names, some of them where they are many."""
    quoted = [f"“{name}”" for name in names[:NAMED]]
    return join(quoted if len(names) <= NAMED else [*quoted, f"{len(names) - NAMED:,} more"])


def _has_directions(real: Real, model: Model | None) -> bool:
    if not in_space(real, model) or len(real_moments(real)[0]) < 2:
        return False
    return find_directions(real, None).count > 0


SPREAD = Metric(
    "spread", "spread",
    "Effective variance per direction of the real data: it falls when any direction dies, even while others grow.",
    spread, _has_directions, part="spread", aliases=("determinant_ratio",), logarithmic=True, unit="of the real spread",
    noun="the spread",
    less="had less than half of generation 0's spread", notes=explain,
    limits="It sees only the covariance, and only in directions that real data have: two far clusters spread as widely "
    "as one broad one.",
)  # fmt: skip
