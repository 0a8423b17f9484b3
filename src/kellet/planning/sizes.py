"""Plans for several sizes as one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kellet.page.axis import Axis
from kellet.page.chart import Chart, Line
from kellet.planning.need import Need

CAPTION = (
    "Each dot is the answer for one size, on its 90 % interval. Where the dots lie on one height a number of "
    "rows counts, and no share."
)


def draw_sizes(needs: Sequence[Need]) -> tuple[Chart, ...]:
    """How many real rows are needed, over the size of training sets; nothing where no size has an answer."""
    known = sorted((need for need in needs if need.points), key=lambda need: need.size)
    if len(known) < 2:
        return ()
    x, y, low, high = (np.array(column, dtype=float) for column in zip(*map(_place, known), strict=True))
    line = Line("real rows that are needed", x, y, 4, low, high, dots=True)
    across = Axis("rows in each training set", float(x[0]) / 1.5, 1.5 * float(x[-1]), logarithmic=True)
    up = Axis("real ones among them", float(low.min()) / 1.5, 1.5 * float(high.max()), logarithmic=True)
    return (Chart("The answer over sizes", [line], across, up, caption=CAPTION, wide=True),)


def _place(need: Need) -> tuple[float, float, float, float]:
    """Its size, its answer, and the ends of the interval as far as they can be drawn."""
    points = float(need.points or 0)
    high = need.high if math.isfinite(need.high) and need.high <= 20 * need.most else 2.0 * need.most
    return float(need.size), points, max(min(need.low, points), 0.5), max(high, points)
