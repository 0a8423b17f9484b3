"""Charts: curves, intervals and what they are to be read beside, as SVG that needs no script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec
import numpy as np
from markupsafe import Markup

from kellet.characters import reveal
from kellet.page import path
from kellet.page.axis import Axis, Numbers
from kellet.page.colours import colour
from kellet.page.engine import rasterise
from kellet.page.names import GAP, LETTER, measure, spread

TOP, BOTTOM, SIDE = 30, 50, 14
MOST = 24
"""Letters of a name at the end of a line, at most."""
SMALL = 400
"""Units: charts that are narrower stand three in a row, without names."""


@dataclass(frozen=True)
class Line:
    """Numbers y over x (T,), and the ends of the interval of each.

    arm: the place of what it belongs to among all that a page compares; it has that colour, and a key hides it.  dots:
    whether points stand by themselves.
    """

    name: str
    x: Numbers
    y: Numbers
    arm: int
    low: Numbers | None = None
    high: Numbers | None = None
    dashed: bool = False
    thin: bool = False
    dots: bool = False


@dataclass(frozen=True)
class Level:
    """A number that lines are to be read beside, the same all along, and the ends of its interval.

    upright: on the axis across.  arm: whose colour it has; grey else.
    """

    name: str
    at: float | None
    low: float | None = None
    high: float | None = None
    upright: bool = False
    dashed: bool = False
    arm: int | None = None


@dataclass(frozen=True)
class Chart:
    """Lines in a frame.  caption: how to read it.  width, height: in units, about a pixel each.  across: numbers along
    the bottom, about.  wide: whether it stands alone across a page; a phone then shows it in another shape."""

    title: str
    lines: Sequence[Line]
    x: Axis
    y: Axis
    levels: Sequence[Level] = ()
    caption: str = ""
    width: int = 520
    height: int = 280
    wide: bool = False
    across: int = 6

    @cached_property
    def svg(self) -> Markup:
        """The picture as it stands in a page: it has its colours from there."""
        return _draw(self)

    @cached_property
    def shown(self) -> Markup:
        """The same in a frame that its letters are measured by; for a screen and a phone where they differ."""
        if not self.wide:
            return Markup('<div class="plot">{}</div>').format(self.svg)
        large = replace(self, width=920, height=330, across=10)
        both = Markup('<div class="plot on-screens">{}</div><div class="plot on-phones">{}</div>')
        return both.format(large.svg, self.svg)

    @property
    def unnamed(self) -> tuple[Line, ...]:
        """Lines whose names don't stand at their ends."""
        named = _names(self, self.height - TOP - BOTTOM)
        return tuple(line for i, line in enumerate(self.lines) if i not in named)

    @property
    def file(self) -> str:
        """The picture by itself, on white paper."""
        return collect([self])

    @cached_property
    def png(self) -> bytes:
        """The picture in dots."""
        return rasterise(self.file)

    @property
    def said(self) -> str:
        """What it shows, for whoever doesn't see it: where every line ends."""
        ends = [line.x[np.isfinite(line.y)] for line in self.lines]
        last = max((end[-1] for end in ends if end.size), default=None)
        if last is None:
            return f"{self.title}: nothing to draw."
        lines = ", ".join(f"{line.name} {_end(line, self.y)}" for line in self.lines if not line.dots)
        dots = "".join(f" {line.name}: {_list(line, self)}." for line in self.lines if line.dots)
        levels = "".join(f" {level.name}: {_tell(level, self)}." for level in self.levels)
        return f"{self.title}. At {self.x.title} {self.x.write(float(last))}: {lines}.{dots}{levels}"


def collect(charts: Sequence[Chart], heading: Sequence[str] = ()) -> str:
    """Charts side by side in a file, on white paper.  heading: lines over them."""
    top, edge = 18 * len(heading) + (24 if heading else 12), 14
    width = sum(chart.width + edge for chart in charts) + edge
    height = max(chart.height for chart in charts) + top + edge
    parts, left = [Markup('<rect width="{}" height="{}" fill="#fff"/>').format(width, height)], edge
    for i, text in enumerate(heading):
        line = Markup('<text x="{}" y="{}" font-family="system-ui,sans-serif" font-size="13">{}</text>')
        parts.append(line.format(edge, 24 + 18 * i, reveal(text)))
    for chart in charts:
        place = f'<svg x="{left}" y="{top}" width="{chart.width}" height="{chart.height}" '
        parts.append(Markup(str(chart.svg).replace("<svg ", place, 1)))
        left += chart.width + edge
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" color="#1d1d1f" fill="#1d1d1f"'
    whole = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{Markup("").join(parts)}</svg>'
    return re.sub(r"var\(--hue-\d,(#\w+)\)", r"\1", whole)


def _round(value: float) -> float:
    return float(f"{value:.3g}")


def _interval(axis: Axis, at: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return axis.write(_round(at))
    return f"{axis.write(_round(at))} ({axis.write(_round(low)).removesuffix(' %')} to {axis.write(_round(high))})"


def _end(line: Line, axis: Axis, at: int = -1) -> str:
    known = np.flatnonzero(np.isfinite(line.y))
    if not known.size:
        return "–"
    k = known[at]
    ends = (None if end is None else float(end[k]) for end in (line.low, line.high))
    return _interval(axis, float(line.y[k]), *ends)


def _list(line: Line, chart: Chart) -> str:
    """Every dot in words."""
    known = np.flatnonzero(np.isfinite(line.y))
    return ", ".join(f"at {chart.x.write(float(line.x[k]))} {_end(line, chart.y, i)}" for i, k in enumerate(known))


def _tell(level: Level, chart: Chart) -> str:
    axis = chart.x if level.upright else chart.y
    if level.at is None:
        return "" if level.low is None or level.high is None else f"{axis.write(level.low)} to {axis.write(level.high)}"
    return _interval(axis, level.at, level.low, level.high)


@dataclass(frozen=True)
class _Frame:
    """Where the lines of a chart are drawn."""

    left: int
    width: int
    height: int

    @property
    def box(self) -> Markup:
        """A picture in the picture, which cuts off what is outside and has finer units."""
        inner = f"{self.width * path.FINE} {self.height * path.FINE}"
        size = f'x="{self.left}" y="{TOP}" width="{self.width}" height="{self.height}"'
        return Markup(f'<svg {size} viewBox="0 0 {inner}" stroke-linejoin="round">')

    def across(self, axis: Axis, values: Numbers) -> Numbers:
        return path.steps(axis.place(values), self.width)

    def down(self, axis: Axis, values: Numbers) -> Numbers:
        return path.steps(1 - axis.place(values), self.height)


def _draw(chart: Chart) -> Markup:
    marks = chart.y.marks(5)
    left = int(max((measure(word) for _, word in marks), default=0)) + 8
    height = chart.height - TOP - BOTTOM
    named = _names(chart, height)
    last = max((measure(word) / 2 for place, word in chart.x.marks(chart.across) if place > 0.95), default=0)
    right = int(max(measure(name) for name, _ in named.values())) + 20 if named else int(max(SIDE, last + 1))
    frame = _Frame(left, chart.width - left - right, height)
    kind = "chart small" if chart.width < SMALL else "chart large" if chart.width > 2 * SMALL else "chart"
    axes = [[a.low, a.high, int(a.logarithmic), int(a.share)] for a in (chart.x, chart.y)]
    head = Markup(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}" font-family="system-ui,sans-serif" '
        'font-size="13" fill="currentColor" data-axes="{}" data-x="{}"{}>'
    ).format(
        kind, chart.width, chart.height, reveal(chart.said), msgspec.json.encode(axes).decode(), reveal(chart.x.title),
        Markup(' data-at="{}"').format(at) if (at := _stops(chart)) else "",
    )  # fmt: skip
    inside = [
        *(_level(level, chart, frame) for level in chart.levels), *(_line(line, chart, frame) for line in chart.lines),
    ]  # fmt: skip
    names = [_name(chart.lines[i], name, spot, chart, frame) for i, (name, spot) in named.items()]
    parts = [*_axes(chart, frame, marks), frame.box, *inside, Markup("</svg>"), *names, Markup("</svg>")]
    return head + Markup("").join(parts)


def _stops(chart: Chart) -> str:
    """Where something was measured; nothing if that is every whole number of the axis."""
    at = np.unique(np.concatenate([line.x for line in chart.lines])) if chart.lines else np.zeros(0)
    # Counted first: an axis may have a billion whole numbers.
    if at.size == chart.x.high - chart.x.low + 1 and np.array_equal(at, np.arange(chart.x.low, chart.x.high + 1)):
        return ""
    return " ".join(f"{value:.5g}" for value in at)


def _axes(chart: Chart, frame: _Frame, marks: list[tuple[float, str]]) -> Iterator[Markup]:
    """Lines across with their numbers, the numbers along the bottom, and both titles."""
    bottom, right = TOP + frame.height, frame.left + frame.width
    lines = "".join(f"M{frame.left} {TOP + (1 - place) * frame.height:.1f}H{right}" for place, _ in marks)
    across = [(frame.left + place * frame.width, word) for place, word in chart.x.marks(_fitting(chart, frame))]
    ticks = "".join(f"M{x:.1f} {bottom}v5" for x, _ in across)
    yield Markup(
        '<path d="{}" stroke="currentColor" stroke-opacity=".15"/><path d="M{} {}H{}{}" stroke="currentColor" '
        'stroke-opacity=".6"/>'
    ).format(lines, frame.left, bottom, right, ticks)
    for place, word in marks:
        y = TOP + (1 - place) * frame.height
        yield Markup('<text x="{}" y="{}" text-anchor="end" dy=".35em">{}</text>').format(
            frame.left - 6, f"{y:.0f}", word
        )
    for x, word in across:
        yield Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(f"{x:.0f}", bottom + 21, word)
    yield Markup('<text x="0" y="15">{}</text><text x="{}" y="{}" text-anchor="end">{}</text>').format(
        reveal(chart.y.title), right, chart.height - 6, reveal(chart.x.title)
    )


def _fitting(chart: Chart, frame: _Frame) -> int:
    """Numbers along the bottom that don't touch each other."""
    widest = max((measure(word) for _, word in chart.x.marks(chart.across)), default=1.0)
    return max(2, min(chart.across, int(frame.width / (widest + 12))))


def _level(level: Level, chart: Chart, frame: _Frame) -> Markup:
    axis, place = (chart.x, frame.across) if level.upright else (chart.y, frame.down)
    hue = "currentColor" if level.arm is None else colour(level.arm)
    low, high, at = (
        None if v is None or np.isnan(v) else int(place(axis, np.array(v))) for v in (level.low, level.high, level.at)
    )
    wide, tall = frame.width * path.FINE, frame.height * path.FINE
    drawn = Markup("")
    if low is not None and high is not None:
        near, far = min(low, high), max(low, high)
        shape = f"M{near} 0H{far}V{tall}H{near}z" if level.upright else f"M0 {near}H{wide}V{far}H0z"
        drawn += Markup('<path d="{}" fill="{}" fill-opacity=".13"/>').format(shape, hue)
    if at is not None:
        look = Markup(' stroke-dasharray="40 40"') if level.dashed else ""
        shape = f"M{at} 0V{tall}" if level.upright else f"M0 {at}H{wide}"
        drawn += Markup('<path d="{}" stroke="{}" stroke-width="10" stroke-opacity=".6"{}/>').format(shape, hue, look)
    return Markup('<g class="level" data-name="{}" data-told="{}">{}</g>').format(
        reveal(level.name), _tell(level, chart), drawn
    )


def _line(line: Line, chart: Chart, frame: _Frame) -> Markup:
    """One line with its interval."""
    x, y = frame.across(chart.x, line.x), frame.down(chart.y, line.y)
    low, high = (None if end is None else frame.down(chart.y, end) for end in (line.low, line.high))
    hue = colour(line.arm)
    drawn = _dots(x, y, low, high) if line.dots else Markup("")
    if not line.dots and low is not None and high is not None:
        drawn += Markup('<path class="band" d="{}" fill-opacity=".1" stroke="none"/>').format(
            path.enclose(x, low, high)
        )
    if not line.dots:
        dash = Markup(' stroke-dasharray="60 40"') if line.dashed else ""
        drawn += Markup('<path class="line" d="{}" fill="none" stroke-width="{}"{}/>').format(
            path.trace(x, y), 11 if line.thin else 21, dash
        )
    return Markup('<g data-arm="{}" data-name="{}" fill="{}" stroke="{}">{}</g>').format(
        line.arm, reveal(line.name), hue, hue, drawn
    )


def _dots(x: Numbers, y: Numbers, low: Numbers | None, high: Numbers | None) -> Markup:
    """Dots are lines of no length with round ends; each stands on its interval."""
    there = np.isfinite(x + y)
    dots = "".join(f"M{a:.0f} {b:.0f}h0" for a, b in zip(x[there], y[there], strict=True))
    bars = ""
    if low is not None and high is not None:
        bars = "".join(f"M{a:.0f} {b:.0f}V{c:.0f}" for a, b, c in zip(x[there], low[there], high[there], strict=True))
    return Markup(
        '<path class="bars" d="{}" stroke-width="15"/><path class="spots" d="{}" stroke-width="80" '
        'stroke-linecap="round"/>'
    ).format(bars, dots)


def _names(chart: Chart, height: int) -> dict[int, tuple[str, float]]:
    """Line -> its name at its end, and how far down that stands; none where they don't all fit."""
    ends = {}
    for i, line in enumerate(chart.lines):
        known = np.flatnonzero(np.isfinite(line.y))
        if known.size and not (line.dots or line.dashed or line.thin):
            ends[i] = float(np.clip(1 - chart.y.place(line.y[known[-1:]]), 0, 1)[0]) * height
    names = {i: reveal(chart.lines[i].name) for i in ends}
    longest = max((measure(name) for name in names.values()), default=0)
    if chart.width < SMALL or longest > MOST * LETTER or longest > 0.37 * chart.width or len(ends) * GAP > height:
        return {}
    order = sorted(ends, key=ends.__getitem__)
    spots = spread([ends[i] for i in order], height)
    return {i: (names[i], spot) for i, spot in zip(order, spots, strict=True)}


def _name(line: Line, name: str, spot: float, chart: Chart, frame: _Frame) -> Markup:
    """A name beside the frame, joined to the end of its line."""
    right, last = frame.left + frame.width, line.y[np.isfinite(line.y)][-1:]
    end = frame.height * float(np.clip(1 - chart.y.place(last), 0, 1)[0])
    return Markup(
        '<g data-arm="{}"><path d="M{} {}l12 {}" fill="none" stroke="{}" stroke-width="1.5"/>'
        '<text x="{}" y="{}" dy=".35em">{}</text></g>'
    ).format(
        line.arm, right, f"{TOP + end:.1f}", f"{spot - end:.1f}", colour(line.arm), right + 15, f"{TOP + spot:.1f}",
        name,
    )  # fmt: skip
