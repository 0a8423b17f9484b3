"""What theory says of linear regressions that learn labels which the last one wrote."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kellet.evidence import Array
from kellet.experiment.cell import Cell
from kellet.experiment.predicting.prediction import Known, Prediction
from kellet.families import Regression
from kellet.loop.regimes import Accumulate, Replace
from kellet.loop.sizes import size_at
from kellet.metrics.real import Real, RealLabels
from kellet.worlds import Linear

REPLACING = "Dohmatob et al., arXiv:2402.07712 (2024), Gerstgrasser et al., COLM (2024); real labels: derived here"
ACCUMULATING = "Gerstgrasser et al., COLM (2024): an upper bound, reached where all generations have the same features"
MISLABELLED = "Dohmatob et al., Strong Model Collapse, ICLR (2025), for finitely many labels; derived here"
FEWEST = 3
"""Rows beyond the coefficients, up to which the risk of one fit has no variance, and its mean says little."""


def predict_regression(cell: Cell, family: Regression, real: Real) -> Known:
    """Expected risk of least squares in a linear world."""
    world = cell.world
    assert isinstance(world, Linear) and isinstance(real, RealLabels)
    free = min(size_at(cell.size, t) for t in range(cell.generations + 1)) - world.dimensions - family.intercept
    if family.ridge or cell.curation is not None or free <= FEWEST or family.noise not in (None, world.noise):
        return
    found = _predict_replacing(cell, family, world) or _predict_accumulating(cell, family, world)
    if found is not None:
        yield "excess_risk", found
        error = (found.values + world.noise) / real.baseline
        yield "test_error", Prediction(error, found.kind, found.source)


def _predict_replacing(cell: Cell, family: Regression, world: Linear) -> Prediction | None:
    from kellet.theory import regression

    anchor, wrong = cell.anchor, world.mislabelled
    if not isinstance(cell.regime, Replace):
        return None
    if anchor is not None and (anchor.draw != "fresh" or anchor.weight != 1 or wrong):
        return None
    written = list(_count_written(cell, wrong))
    risk, _ = regression.anchored(
        written, world.dimensions, world.noise, others=4 * world.signal, known=family.noise is not None,
        intercept=family.intercept,
    )  # fmt: skip
    mixed = any(square not in (0, n * n) for n, _, square in written)
    source = MISLABELLED if wrong else REPLACING
    return Prediction(risk, "approximation" if mixed and family.intercept else "exact", source)


def _count_written(cell: Cell, wrong: float) -> Iterator[tuple[int, float, float]]:
    """How many labels each generation learns from, and how many of them are not real: mean and mean square."""
    anchor = cell.anchor
    for t in range(cell.generations + 1):
        n = size_at(cell.size, t)
        if t == 0 or (anchor is not None and anchor.random):
            share = wrong if t == 0 or anchor is None else 1 - (anchor.share or 0.0)
            yield n, n * share, n * share * (1 - share) + (n * share) ** 2
        else:
            m = n - (anchor.dose(cell.size, t).clean if anchor else 0)
            yield n, m, m * m


def _predict_accumulating(cell: Cell, family: Regression, world: Linear) -> Prediction | None:
    from kellet.theory import regression

    plain = isinstance(cell.regime, Accumulate) and cell.anchor is None and not world.mislabelled
    if not plain or not isinstance(cell.size, int):
        return None
    times = np.arange(1, cell.generations + 2)
    first, _ = regression.anchored([(cell.size, 0, 0)], world.dimensions, world.noise, intercept=family.intercept)
    one = regression.accumulation(cell.size, world.dimensions, times, world.noise)
    risk: Array = one * (first[0] / one[0])
    return Prediction(risk, "approximation", ACCUMULATING)
