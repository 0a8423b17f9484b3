"""Plots: one chart by itself, which a notebook shows and a file holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from markupsafe import Markup

from kellet.characters import reveal
from kellet.errors import InputError, check_path
from kellet.page.chart import Chart, Level, Line, collect
from kellet.page.colours import COLOURS, colour
from kellet.page.engine import rasterise
from kellet.page.html import fill

WIDTH, HEIGHT = 680, 320
"""Units of a picture by itself."""
ROW, EDGE, SIGN = 20, 14, 24
"""Units of a line of text in a file, beside it, and from a mark to its name."""
GREY = "#1d1d1f"


@dataclass(frozen=True)
class Mark:
    """What something in a chart is called that has no name there.  arm: whose colour it has; None for grey."""

    name: str
    arm: int | None
    dashed: bool

    @property
    def style(self) -> str:
        """Of its mark in a page."""
        hue = "currentColor" if self.arm is None else colour(self.arm)
        return f"background:{hue};border-color:{hue};" + ("opacity:.4;" if self.arm is None else "")


@dataclass(frozen=True)
class Plot:
    """A chart that shows itself in a notebook, light or dark, and that ``save`` writes to a file.

    >>> import numpy as np
    >>> from kellet.page.axis import Axis
    >>> line = Line("replace", np.arange(3.0), np.array([1.0, 0.5, 0.2]), 0)
    >>> plot = Plot(Chart("Variance", [line], Axis("generation", 0, 2), Axis("variance", 0, 1)))
    >>> plot
    Variance. At generation 2: replace 0.2.
    >>> plot.svg[:11], "<svg" in plot._repr_html_()
    ('<svg xmlns=', True)
    """

    chart: Chart

    def __repr__(self) -> str:
        """What it shows, in words."""
        return reveal(self.chart.said)

    @cached_property
    def large(self) -> Chart:
        """In the size of one that stands alone."""
        return replace(self.chart, width=WIDTH, height=HEIGHT)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What has to be named beside it."""
        return (*map(_mark, self.large.unnamed), *map(_mark, self.large.levels))

    @property
    def svg(self) -> str:
        """The picture by itself, on white paper, with the names of all that is in it."""
        drawn, below = collect([self.large], [self.chart.title]), HEIGHT + ROW + 52
        marks = self.marks
        size = f"{WIDTH + 2 * EDGE}", f"{below + ROW * len(marks) + (EDGE if marks else 0)}"
        rows = Markup("").join(part for i, mark in enumerate(marks) for part in _draw(mark, below + ROW * i))
        return str(
            Markup(
                '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}">'
                '<rect width="{0}" height="{1}" fill="#fff"/>{2}{3}</svg>'
            ).format(*size, Markup(drawn), rows)
        )

    def save(self, path: str | Path) -> Path:
        """Write it, ``.svg``, or ``.png`` where the package for that is installed; and say where it is."""
        check_path(path)
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in (".svg", ".png"):
            raise InputError("a picture called .svg or .png", path, f'save("{path.stem or "plot"}.svg")')
        content = self.svg.encode() if kind == ".svg" else rasterise(self.svg)
        try:
            path.write_bytes(content)
        except OSError as error:
            raise InputError("a place to write to", f"{path}: {error}", 'save("plot.svg")') from None
        return path

    def _repr_html_(self) -> str:
        return fill("plot.html.j2", plot=self)


def _mark(of: Line | Level) -> Mark:
    return Mark(reveal(of.name), of.arm, of.dashed)


def _draw(mark: Mark, at: int) -> Iterator[Markup]:
    """A mark in a file, and its name."""
    hue, faint = (GREY, ' opacity=".4"') if mark.arm is None else (COLOURS[mark.arm % len(COLOURS)], "")
    look = Markup(f' stroke-dasharray="5 3"{faint}' if mark.dashed else faint)
    yield Markup('<path d="M{} {}h16" stroke="{}" stroke-width="{}"{}/>').format(EDGE, at, hue, 3, look)
    yield Markup(
        '<text x="{}" y="{}" dy=".35em" font-family="system-ui,sans-serif" font-size="13" fill="{}">{}</text>'
    ).format(EDGE + SIGN, at, GREY, mark.name)
