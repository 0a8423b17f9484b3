"""The recursion of `kellet.theory`, for a cell of an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from kellet.experiment.cell import Cell
from kellet.experiment.predicting.prediction import DRIFT, Known, Prediction
from kellet.families.abilities import abilities
from kellet.loop.anchors import AnyAnchor
from kellet.loop.regimes import Accumulate, Replace, Subsample, Window
from kellet.loop.sizes import Size, size_at

if TYPE_CHECKING:
    from kellet.theory import Anchored, Curves, Prior
    from kellet.theory.recursion import Regime

REGIMES: dict[type, Regime] = {
    Replace: "replace", Accumulate: "accumulate", Window: "window", Subsample: "subsample",
}  # fmt: skip


def predict_drift(cell: Cell, curvature: float, variance: float, mean: float, prior: Prior | None) -> Known:
    """Where the second moments close, spread and centre as they are known of a loop that averages.

    Nothing where the truth doesn't vary: there is nothing to measure them by.
    """
    if variance and (curves := find_curves(cell, curvature, variance, mean, prior)) is not None:
        yield "variance_ratio", Prediction(curves.variance / variance, "exact", DRIFT)
        yield "mean_drift", Prediction((curves.wander + (curves.mean - mean) ** 2) / variance, "exact", DRIFT)


def simplify(cell: Cell) -> Cell:
    """The same cell; with a window of one generation it replaces, with one of all there are it accumulates."""
    if not isinstance(cell.regime, Window) or 1 < cell.regime.generations <= cell.generations:
        return cell
    return msgspec.structs.replace(cell, regime=Replace() if cell.regime.generations == 1 else Accumulate())


def is_plain(cell: Cell) -> bool:
    """Pure replacement: nothing but sampling and fitting, the same number of points every time."""
    alone = cell.anchor is None and cell.curation is None and abilities(cell.family).prior is None and cell.pool is None
    return alone and isinstance(cell.regime, Replace) and isinstance(cell.size, int)


def find_curves(cell: Cell, curvature: float, variance: float, mean: float, prior: Prior | None) -> Curves | None:
    """The curves of `kellet.theory.curves` from generation 0 on; None where no closed form is known."""
    from kellet.theory import Curves, curves

    if cell.curation is not None:
        return None
    fits = cell.generations + 1
    sizes = cell.size if isinstance(cell.size, int) else [size_at(cell.size, t) for t in range(fits)]
    try:
        found = curves(
            fits,
            sizes,
            curvature=curvature,
            variance=variance,
            mean=mean,
            regime=REGIMES[type(cell.regime)],
            window=cell.regime.generations if isinstance(cell.regime, Window) else 1,
            anchor=None if cell.anchor is None else quantify_anchor(cell.anchor, cell.size, fits),
            prior=prior,
        )
    except LookupError:
        return None
    return Curves(found.mean[1:], found.wander[1:], found.variance[1:])


def quantify_anchor(anchor: AnyAnchor, size: Size, fits: int) -> Anchored | None:
    """An anchor in numbers; None for one without points, LookupError for one without a closed form."""
    from kellet.theory import Anchored

    if anchor.random:
        return Anchored(share=anchor.share, random=True, weight=float(anchor.weight))
    doses = [anchor.dose(size, t) for t in range(fits)]
    counts = [dose.count for dose in doses]
    return (
        Anchored(
            counts,
            kind=anchor.draw,
            bank=anchor.bank,
            weight=[dose.weight for dose in doses],
            contaminated=anchor.contaminated,
        )
        if any(counts)
        else None
    )
