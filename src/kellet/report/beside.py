"""Runs beside each other, as a picture: a panel for each arm, and in it for each run a dot on its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping

from markupsafe import Markup

from kellet.characters import reveal
from kellet.experiment.verdict.quantiles import Interval
from kellet.page.axis import Axis
from kellet.page.colours import colour
from kellet.page.names import measure
from kellet.page.picture import Picture
from kellet.page.wording import percent

CAPTION = (
    "One panel for each arm; the dot is the median, the line the middle 90 % of replicates; the dashed line is "
    "generation 0. What lies beyond twice generation 0 is drawn at the edge."
)
WIDTH, ROW, FOOT, SIDE = 360, 42, 30, 20
"""Units: across, from run to run, below them, and at both sides, so that the numbers at the ends are whole."""


def draw_beside(left: Mapping[str, Mapping[str, Interval]]) -> Picture:
    """left: arm -> run -> what is left, in units of generation 0's median."""
    ends = [one.high for there in left.values() for one in there.values() if math.isfinite(one.high)]
    # A loop that runs away would press all others against the axis.
    axis = Axis("", 0.0, min(max([1.05, *ends]), 2.0), share=True)
    panels = [_panel(arm, there, axis, i) for i, (arm, there) in enumerate(left.items()) if there]
    inside = Markup("").join(panels)
    return Picture("Arm by arm", Markup('<div class="curves small-multiples">{}</div>').format(inside), CAPTION)


def tell(one: Interval) -> str:
    """A share of generation 0 with its interval.

    >>> tell(Interval(0.25, 0.231, 0.274))
    '25 % (23 to 27 %)'
    """
    median, low, high = (percent(v) if math.isfinite(v) else "∞" for v in (one.median, one.low, one.high))
    return f"{median} ({low.removesuffix(' %')} to {high})"


def _panel(arm: str, there: Mapping[str, Interval], axis: Axis, place: int) -> Markup:
    height = ROW * len(there) + FOOT
    marks = [(_across(share), word) for share, word in axis.marks(5)]
    grid = "".join(f"M{x:.1f} 0V{height - FOOT}" for x, _ in marks)
    one = _across(float(axis.place(1.0)))
    said = f"{arm}: " + ", ".join(f"{run} {tell(left)}" for run, left in there.items())
    texts = [Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(f"{x:.0f}", height - 10, word)
             for x, word in marks]  # fmt: skip
    rows = [_row(run, left, axis, i * ROW) for i, (run, left) in enumerate(there.items())]
    return Markup(
        '<figure><figcaption><b>“{}”</b></figcaption><svg class="chart small" viewBox="0 0 {} {}" role="img" '
        'aria-label="{}" font-family="system-ui,sans-serif" font-size="13" fill="currentColor"><path d="{}" '
        'stroke="currentColor" stroke-opacity=".15"/><path d="M{:.1f} 0V{}" stroke="currentColor" stroke-opacity=".6" '
        'stroke-dasharray="4 4"/>{}<g stroke="{}" stroke-width="2" stroke-linecap="round">{}</g></svg></figure>'
    ).format(
        reveal(arm), WIDTH, height, reveal(said), Markup(grid), one, height - FOOT, Markup("").join(texts),
        colour(place), Markup("").join(rows),
    )  # fmt: skip


def _across(share: float) -> float:
    return share * (WIDTH - 2 * SIDE) + SIDE


def _row(run: str, left: Interval, axis: Axis, top: int) -> Markup:
    """The name and the number above the interval."""
    low, at, high = (_across(min(max(float(axis.place(v)), 0.0), 1.0)) for v in (left.low, left.median, left.high))
    told = tell(left)
    room = int((WIDTH - measure(told) - 10) / measure("a"))
    name = reveal(run)
    short = name if len(name) <= room else f"…{name[1 - room :]}"
    return Markup(
        '<text x="0" y="{}" stroke="none">{}</text><text x="{}" y="{}" text-anchor="end" stroke="none">{}</text>'
        '<path d="M{:.1f} {}H{:.1f}"/><path d="M{:.1f} {}h0" stroke-width="9"/>'
    ).format(top + 15, short, WIDTH, top + 15, told, low, top + 29, high, at, top + 29)
