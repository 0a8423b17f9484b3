"""Charts of what was redone, and how they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.page.axis import Axis
from kellet.page.chart import MOST, Chart, Level, Line

Curve = Array | tuple[Array, Array, Array]
"""Numbers (T,), or these with the ends of the interval of each."""


def draw(
    title: str,
    x: NDArray[Any],
    curves: Mapping[str, Curve],
    across: str,
    up: str = "",
    *,
    published: Mapping[str, Curve] = MappingProxyType({}),
    levels: Mapping[str, float] = MappingProxyType({}),
    logarithmic: tuple[bool, bool] = (False, False),
    caption: str = "",
) -> Chart:
    """Curves over x (T,).

    published: curves of the paper, dashed, in the colour of ours of the same name; where only some points are known the
    others are NaN, and these are dots.  levels: numbers to read the curves beside.  logarithmic: axes across and up.
    """
    if len(curves) > 1 and (long := [name for name in curves if len(name) > MOST]):
        raise ValueError(f"expected at most {MOST} letters, which fit beside a chart; got {long[0]}")
    at = np.asarray(x, dtype=float)
    lines = [
        Line(name, at, *_split(curve)[:1], i, *_split(curve)[1:]) for i, (name, curve) in enumerate(curves.items())
    ]
    for i, (name, curve) in enumerate(published.items()):
        y, low, high = _split(curve)
        arm = list(curves).index(name) if name in curves else len(curves) + i
        known = not np.isnan(y).any()
        lines.append(Line(f"{name}, published", at, y, arm, low, high, dashed=known, dots=not known))
    marks = [Level(name, level, dashed=True) for name, level in levels.items()]
    seen = np.concatenate([*(line.y for line in lines), list(levels.values())])
    seen = seen[np.isfinite(seen) & ((seen > 0) | (not logarithmic[1]))]
    bottom = float(seen.min()) if logarithmic[1] else min(float(seen.min()), 0.0)
    top = max(float(seen.max()) * 1.05, bottom + 1e-9)
    axes = (
        Axis(across, float(at.min()), float(at.max()), logarithmic[0]),
        Axis(up, bottom, top, logarithmic[1]),
    )
    return Chart(title, lines, *axes, marks, caption, width=640)


def _split(curve: Curve) -> tuple[Array, Array | None, Array | None]:
    return curve if isinstance(curve, tuple) else (np.asarray(curve, dtype=float), None, None)


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
