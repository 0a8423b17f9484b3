"""Shares and their intervals, method by method and slice by slice, and along time where slices are dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from kellet.estimate.judging import Finding
from kellet.estimate.outcome import Outcome
from kellet.estimate.words import known, show_span
from kellet.page.html import fill
from kellet.page.picture import Picture
from kellet.page.wording import number, percent

MOST = 24
"""Slices in a picture; all are in the table, or in the document."""
TIME = re.compile(r"(\d{4})(?:-?Q([1-4])|-(\d\d)(?:-(\d\d))?)?")
"""A year, a quarter, a month or a day."""
TOPS = (0.02, 0.04, 0.08, 0.12, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Size:
    """A picture in units of a screen.  left, right, top, bottom: room beside what is drawn.  row: between two lines.
    height: of a trend.  letters: of a name.  steps: between shares that are named."""

    name: str
    width: int
    left: int
    right: int
    top: int
    bottom: int
    row: int
    height: int
    letters: int
    steps: int

    def across(self, share: float) -> float:
        """From the left: a share of what there is."""
        return round(self.left + (self.width - self.left - self.right) * min(max(share, 0.0), 1.0), 1)

    def down(self, share: float) -> float:
        """From the top of a trend: 1 is above."""
        return round(self.top + (self.height - self.top - self.bottom) * (1 - min(max(share, 0.0), 1.0)), 1)


SIZES = (Size("wide", 680, 190, 120, 8, 34, 28, 300, 26, 4), Size("narrow", 350, 96, 108, 8, 34, 28, 260, 12, 2))
"""On a screen, and on a phone."""


@dataclass(frozen=True)
class Bar:
    """A share and its interval.  kind: answer, bound, none (of nothing that can be told), placebo (of human text),
    method or range."""

    name: str
    kind: str
    share: float | None
    low: float | None
    high: float | None

    @property
    def told(self) -> str:
        """Its number."""
        if self.kind == "none":
            return "can't be told"
        if self.kind == "bound":
            return f"≥ {percent(self.low or 0.0)}"
        return show_span(self.low, self.high) if self.share is None else percent(self.share)


def draw(outcome: Outcome) -> tuple[Picture, ...]:
    """All pictures, each for a screen and for a phone."""
    whole = [_bar("all of it", outcome.whole), *_list_methods(outcome)]
    caption = LEAST if outcome.method == "excess" else ALL.format(outcome.things)
    found = [Picture("The share, and how sure it is", _draw("bars", whole), caption)]
    parts = [_bar(part.value, part.finding) for part in outcome.slices]
    parts[:0] = [Bar(one.value, "placebo", known(one.share), None, None) for one in outcome.placebos if parts]
    times = read_times([part.name for part in parts])
    if times is not None:
        caption = ZERO if outcome.placebos else CAPTION
        found.append(Picture("Along time", _draw("trend", parts, times), caption))
    elif parts:
        caption = CAPTION if len(parts) <= MOST else f"{CAPTION} The first {MOST} of {number(len(parts))}."
        found.append(Picture(f"By {outcome.by or 'slice'}", _draw("bars", parts[:MOST]), caption))
    return tuple(found)


ALL = "Written by models, of all {}; lines are intervals of 90 %."
LEAST = "Written or edited by models, at least, of all documents that aren't known to be human."
CAPTION = "Each alone, with its interval of 90 %; an arrow is a lower bound, and a ring marks what can't be told."
ZERO = (
    "An arrow is a lower bound, a ring marks what can't be told, and a dot is what the same procedure finds in human "
    "text of that time: the zero beside which bounds are to be seen."
)


def read_times(values: Sequence[str]) -> list[float] | None:
    """(S,) years of slices, where three or more are all dates.

    >>> read_times(["2022", "2023-07", "2023-Q4"]), read_times(["2022", "web", "2023"])
    ([2022.0, 2023.5, 2023.75], None)
    """
    found = [TIME.fullmatch(value) for value in values]
    if len(found) < 3:
        return None
    years: list[float] = []
    for one in found:
        if one is None:
            return None
        year, quarter, month, day = (float(part or 0) for part in one.groups())
        years.append(year + (quarter and (quarter - 1) / 4) + (month and (month - 1) / 12) + (day and (day - 1) / 366))
    return years


def _list_methods(outcome: Outcome) -> Iterator[Bar]:
    for one in outcome.whole.readings:
        yield Bar(one.name, "method", known(one.share), known(one.low), known(one.high))
    if (raw := known(outcome.uncalibrated)) is not None:
        yield Bar("uncalibrated", "method", raw, None, None)
    if outcome.whole.drift is not None:
        low, high = map(known, outcome.whole.drift)
        yield Bar("with drift", "range", None, low, high)


def _bar(name: str, finding: Finding) -> Bar:
    kinds = {"answered": "answer", "bound only": "bound", "not identifiable": "none"}
    share, low, high = map(known, (finding.share, finding.low, finding.high))
    return Bar(name, kinds[finding.verdict], share, low, high)


@dataclass(frozen=True)
class Mark:
    """A bar where it lies: from, to and at in the direction of shares, and across it."""

    bar: Bar
    place: float
    start: float | None
    end: float | None
    at: float | None


def _draw(kind: str, bars: Sequence[Bar], times: Sequence[float] = ()) -> Markup:
    top = _find_top(bars)
    return Markup("").join(
        Markup(
            fill(
                f"{kind}.svg.j2", "kellet.estimate", size=size, said=_say(bars), **_place(kind, bars, times, top, size)
            )
        )
        for size in SIZES
    )


def _place(kind: str, bars: Sequence[Bar], times: Sequence[float], top: float, size: Size) -> dict[str, object]:
    scale = size.down if kind == "trend" else size.across
    ticks = [(scale(i / size.steps), f"{100 * top * i / size.steps:.3g} %") for i in range(size.steps + 1)]
    bars = [replace(bar, name=_shorten(bar.name, size.letters)) for bar in bars]
    if kind != "trend":
        places = [size.top + size.row * (i + 0.5) for i in range(len(bars))]
        marks = [_mark(bar, place, scale, top) for bar, place in zip(bars, places, strict=True)]
        return {"marks": marks, "ticks": ticks, "height": size.top + size.row * len(bars) + size.bottom}
    order = sorted(range(len(bars)), key=lambda i: times[i])
    first, last = times[order[0]], times[order[-1]]
    side = replace(size, left=56, right=32)
    places = [side.across((times[i] - first) / max(last - first, 1e-9)) for i in order]
    marks = [_mark(bars[i], place, scale, top) for i, place in zip(order, places, strict=True)]
    line = " ".join(f"{mark.place},{mark.at}" for mark in marks if mark.bar.kind == "answer" and mark.at is not None)
    room = 70 if size.name == "wide" else 66
    labels: list[Mark] = []
    for mark in marks:
        if not labels or mark.place - labels[-1].place >= room:
            labels.append(mark)
    return {"marks": marks, "ticks": ticks, "height": size.height, "line": line, "labels": labels, "side": side}


def _mark(bar: Bar, place: float, scale: Callable[[float], float], top: float) -> Mark:
    start, end, at = (None if one is None else scale(one / top) for one in (bar.low, bar.high, bar.share))
    if bar.kind == "bound":
        start, end = scale((bar.low or 0.0) / top), scale(1.0)
    return Mark(bar, round(place, 1), start, end, at)


def _find_top(bars: Sequence[Bar]) -> float:
    """A round share above all that is drawn."""
    most = max((one for bar in bars for one in (bar.share, bar.low, bar.high) if one is not None), default=0.1)
    if any(bar.kind == "bound" for bar in bars):
        most *= 1.3
    return next((top for top in TOPS if top >= most), 1.0)


def _shorten(name: str, letters: int) -> str:
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


def _say(bars: Sequence[Bar]) -> str:
    """The same in words, for whoever doesn't see it."""
    return "; ".join(f"{bar.name}: {bar.told}" for bar in bars[:MOST])
