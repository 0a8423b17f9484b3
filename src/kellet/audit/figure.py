"""Retention by band of rarity against the zero band, a line a data set: where everything lies in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kellet.audit.finding import Finding, Verdict
from kellet.audit.result import Look
from kellet.audit.retention import BANDS
from kellet.audit.words import NAMES, beside, expect, figure, find, interval
from kellet.page.colours import colour

LABELS = tuple("once" if high == 1 else f"{low}+" if high is None else f"{low}–{high}" for low, high in BANDS)
SHAPES = ("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "M-4-4h8v8h-8z", "M0-5l5 9h-10z", "M0-5.5l5.5 5.5l-5.5 5.5l-5.5-5.5z")
"""Of marks: told apart without colour."""
DASHES = ("none", "7 3", "2 3", "9 3 2 3")
FEW = 4
"""Lines with a shape of their own; of more, the first and the last have one, and the others are thin."""
GAP = 15
"""Between names at the ends of lines."""


@dataclass(frozen=True)
class Size:
    """A picture in units of a screen.  left, right, top, bottom: room beside what is drawn; letters: of a name."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    letters: int

    @property
    def middle(self) -> float:
        """Between both sides of what is drawn."""
        return (self.left + self.width - self.right) / 2

    def place(self, band: int) -> float:
        """Across: what is common on the left, what is rare on the right."""
        step = (self.width - self.left - self.right) / (len(BANDS) - 1)
        return self.left + step * (len(BANDS) - 1 - band)

    def rise(self, share: float) -> float:
        """Down from the top."""
        room = self.height - self.top - self.bottom
        return self.top + room * (1 - min(max(share, 0.0), 1.0))


SIZES = (Size("wide", 640, 350, 50, 104, 14, 56, 14), Size("narrow", 340, 300, 40, 62, 12, 52, 8))
"""On a screen, and on a phone."""


@dataclass(frozen=True)
class Mark:
    """A finding in the picture, with what is said of it."""

    x: float
    y: float
    verdict: Verdict
    said: str


@dataclass(frozen=True)
class Line:
    """A data set; or the name of the zero band, without a line of its own."""

    name: str
    colour: str
    shape: str
    dash: str
    thin: bool
    points: str
    marks: tuple[Mark, ...]
    x: float
    y: float


@dataclass(frozen=True)
class Figure:
    """A picture.  zero: around where 95 % of fresh samples lie; fresh: where they lie on average.  real: whether that
    is what the reference alone tells; else it is of both sides, dealt anew."""

    size: Size
    lines: tuple[Line, ...]
    zero: str
    fresh: str
    real: bool
    bands: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]


def draw(looks: Sequence[Look]) -> tuple[Figure, ...]:
    """The same for a screen and for a phone; none where no retention is known."""
    found = [(look, _bands(look)) for look in looks]
    return tuple(_draw(found, size) for size in SIZES) if any(bands for _, bands in found) else ()


def _bands(look: Look) -> dict[int, Finding]:
    """What is known of each band."""
    each = {i: find(look, name) for i, name in enumerate(NAMES)}
    return {i: one for i, one in each.items() if one is not None and np.isfinite(one.value)}


def _draw(found: list[tuple[Look, dict[int, Finding]]], size: Size) -> Figure:
    real = any(one.fresh is not None for _, bands in found for one in bands.values())
    band = []
    for i in range(len(BANDS)):
        each = [bands[i] for _, bands in found if i in bands and np.isfinite(bands[i].zero)]
        known = [expect(one) for one in each if one.fresh is not None or not real]
        if known:
            middle, low, high = zip(*known, strict=True)
            ends = float(np.mean(middle)), min(low), max(high)
            band.append((size.place(i), *map(size.rise, ends)))
    corners = [(x, high) for x, _, _, high in band] + [(x, low) for x, _, low, _ in reversed(band)]
    names = _shorten([look.name for look, _ in found], size.letters)
    lines = [_line(i, look, names, bands, size) for i, (look, bands) in enumerate(found) if bands]
    if band:
        x, y, *_ = band[0]
        lines.append(Line("real" if real else "dealt anew", "var(--faint)", "", "", False, "", (), x + 10, y))
    return Figure(
        size, _spread(lines, size), _join(corners), _join([(x, y) for x, y, _, _ in band]), real,
        tuple((size.place(i), label) for i, label in enumerate(LABELS)),
        tuple((size.rise(share), f"{100 * share:.0f} %") for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
    )  # fmt: skip


def _shorten(names: list[str], letters: int) -> list[str]:
    """Names that fit: without what comes after a dot if they differ without it, and of long ones the end."""
    stems = [name.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0] for name in names]
    short = stems if len(set(stems)) == len(names) and all(stems) else names
    return [name if len(name) <= letters else f"…{name[1 - letters :]}" for name in short]


def _line(at: int, look: Look, names: list[str], bands: dict[int, Finding], size: Size) -> Line:
    many = len(names) > FEW
    thin = many and at not in (0, len(names) - 1)
    kind = (at > 0) if many else at
    marks = tuple(
        Mark(size.place(i), size.rise(one.value), one.verdict, _say(look, i, one)) for i, one in sorted(bands.items())
    )
    return Line(
        names[at], colour(4 if kind == 0 else kind - 1), SHAPES[kind], "none" if thin else DASHES[kind], thin,
        _join([(mark.x, mark.y) for mark in marks]), marks, marks[0].x + 10, marks[0].y,
    )  # fmt: skip


def _say(look: Look, band: int, one: Finding) -> str:
    return f"{look.name}, {NAMES[band]}: {figure(one, one.value)} ({interval(one)}), {beside(one)}: {one.verdict}"


def _spread(lines: list[Line], size: Size) -> tuple[Line, ...]:
    """Names moved apart."""
    named = sorted((line for line in lines if not line.thin), key=lambda line: line.y)
    ends: list[float] = []
    for line in named:
        ends.append(max(line.y, ends[-1] + GAP) if ends else line.y)
    over = max(ends[-1] - (size.height - size.bottom), 0.0) if ends else 0.0
    moved = [replace(line, y=y - over) for line, y in zip(named, ends, strict=True)]
    return (*(line for line in lines if line.thin), *moved)


def _join(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
