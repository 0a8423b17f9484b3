"""The picture of a forecast: expected curves of the loop and of its like, and what is kept of categories."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kellet.evidence import Array
from kellet.forecast.sentences import describe_feed
from kellet.forecast.table import loop_of
from kellet.loop.anchors import AnyAnchor
from kellet.loop.numbers import Closing
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Line
from kellet.theory import Loop, accumulation

HUES = (2, 4, 0, 1)
"""Of the loop itself, and of its like."""
TOP = 1.02
"""Of an axis of shares: a little above all of it, so that a line there is whole."""


def expect_curves(
    family: Closing, *, size: int, dim: int = 1, anchor: AnyAnchor | None = None, generations: int | None = None
) -> dict[str, tuple[Array, Array]]:
    """What becomes of the loop, and of its like without anything real, with fixed or fresh points, or keeping all data.

    Name -> (generations, values), the loop itself first.  values: E variance / true variance for families that lose it;
    else Var(mean), in units of one point's variance.  Exact.  generations: the last one; None stands for one when all
    has happened, for the loop that settles and for the one that nothing holds.

    >>> import kellet
    >>> from kellet.families import Gaussian
    >>> found = expect_curves(Gaussian(), size=100, anchor=kellet.Anchor(1), generations=1000)
    >>> {name: float(values[-1].round(3)) for name, (_, values) in found.items()}
    {'1 fresh real point': 0.664, '1 fixed real point': 0.0, 'nothing real': 0.0, 'all data kept': 0.984}
    """
    loop = loop_of(family, size, dim, anchor)
    plain = Loop(size, 0, loop.curvature)
    if generations is None:
        last = max(10 * loop.forgets if loop.forgets < np.inf else 0.0, 5.0 * size)
    else:
        last = max(float(generations), 1.0)
    at = np.unique(np.round(np.concatenate([[0], np.geomspace(max(1.0, last / 1e5), last, 200)])))
    loops = {describe_feed(loop): loop}
    if loop.k and not loop.prior:
        other = Loop(size, loop.k, loop.curvature, bank=None if loop.bank else loop.k)
        loops |= {describe_feed(other): other}
    wander = {name: each.wander(at + 1) for name, each in (loops | {"nothing real": plain}).items()}
    wander["all data kept"] = accumulation.wander(size, at + 1, loop.curvature)
    a = loop.curvature
    return {name: (at, np.maximum(1 + a * moved, 0.0) if a < 0 else moved) for name, moved in wander.items()}


def draw(curves: Mapping[str, tuple[Array, Array]], kept: tuple[Array, Array] | None, loses: bool) -> tuple[Chart, ...]:
    """curves: name -> (generations, values), the loop itself first.  kept: (probabilities, chances that a category is
    kept), where they are known.  loses: whether values are shares of the true variance."""
    charts = [_over_time(curves, loses)]
    if kept:
        p, chances = kept
        across = Axis("probability of a category", float(p.min()), float(p.max()), logarithmic=True)
        upward = Axis("chance that it is kept in the end", 0.0, TOP, share=True)
        charts.append(Chart("What is kept of rare categories", [Line("the loop", p, chances, HUES[0])], across, upward))
    return tuple(charts)


def _over_time(curves: Mapping[str, tuple[Array, Array]], loses: bool) -> Chart:
    at = np.concatenate([at for at, _ in curves.values()])
    heights = np.concatenate([values[(values > 0) & np.isfinite(values)] for _, values in curves.values()])
    spread = not loses and heights.max() > 100 * heights.min()
    lines = [
        Line(name, at[at > 0], np.where(np.isfinite(values), values, np.nan)[at > 0], hue)
        for hue, (name, (at, values)) in zip(HUES, curves.items(), strict=False)
    ]
    across = Axis("generation", float(at[at > 0].min()), float(at.max() if at.max() > 1 else 2), logarithmic=True)
    if loses:
        upward = Axis("expected variance, of the true variance", 0.0, TOP, share=True)
    else:
        low, high = (heights.min(), heights.max()) if spread else (0.0, 1.03 * heights.max())
        upward = Axis("variance of the learnt mean / of one point", float(low), float(high), logarithmic=spread)
    return Chart("The loop beside its like", lines, across, upward, wide=True)
