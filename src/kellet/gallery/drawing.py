"""Charts of what was redone, and how they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from kellet.evidence import Array
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Level, Line

Curve = Array | tuple[Array, Array, Array]


def draw(
    title: str, x: Array, curves: Mapping[str, Curve], across: str, up: str = "", *, published: Mapping[str, Curve]
    | None = None, levels: Mapping[str, float] | None = None, logarithmic: bool = False, logarithmic_x: bool = False,
    caption: str = "",
) -> Chart:  # fmt: skip
    """Curves over x (T,), each (T,) or the curve with the ends of its interval; published ones are dashed.

    A curve of NaN has gaps; a published one of a few points has them as NaN elsewhere, and is drawn as dots.
    """
    lines, names = [], list(curves)
    for i, (name, curve) in enumerate(curves.items()):
        y, low, high = curve if isinstance(curve, tuple) else (curve, None, None)
        lines.append(Line(name, np.asarray(x, float), np.asarray(y, float), i, low, high))
    for name, curve in (published or {}).items():
        y, low, high = curve if isinstance(curve, tuple) else (curve, None, None)
        arm = names.index(name) if name in names else len(names)
        dots = bool(np.isnan(y).any())
        lines.append(Line(f"{name}, published", np.asarray(x, float), np.asarray(y, float), arm, low, high,
                          dashed=not dots, dots=dots))  # fmt: skip
    marks = [Level(name, at, dashed=True) for name, at in (levels or {}).items()]
    seen = np.concatenate([line.y for line in lines] + [[at for at in (levels or {}).values()]])
    seen = seen[np.isfinite(seen) & ((seen > 0) | (not logarithmic))]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 1.0)
    bottom = low if logarithmic else min(low, 0.0)
    top = high * 1.05 if high > bottom else bottom + 1.0
    return Chart(
        title, lines, Axis(across, float(np.min(x)), float(np.max(x)), logarithmic_x), Axis(up, bottom, top, logarithmic),
        marks, caption, width=640,
    )  # fmt: skip


def keep(chart: Chart) -> Any:
    """A chart as plain values, of which `restore` makes it again."""
    return msgspec.to_builtins(chart, enc_hook=_list)


def restore(plain: Any) -> Chart:
    """The chart of `keep`.

    >>> chart = draw("", np.arange(3.0), {"a": np.array([1.0, np.nan, 2.0])}, "x")
    >>> str(restore(msgspec.json.decode(msgspec.json.encode(keep(chart)))).svg) == str(chart.svg)
    True
    """
    return msgspec.convert(plain, Chart, dec_hook=_array)


def _list(value: object) -> object:
    if isinstance(value, np.ndarray):
        return [None if np.isnan(v) else float(v) for v in value]
    raise NotImplementedError


def _array(_: type, value: Any) -> Array:
    return np.array([np.nan if v is None else v for v in value], dtype=float)
