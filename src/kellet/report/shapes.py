"""Pictures of numbers: how they are distributed in real data, and in what models write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from markupsafe import Markup

from kellet.data.source import DataSet, Law
from kellet.evidence import Array
from kellet.experiment.run import Run
from kellet.experiment.running.recorder import exhibits
from kellet.page.palette import colour
from kellet.page.wording import percent
from kellet.report.contours import contours
from kellet.report.gallery import Gallery, Panel, Row, tally

COLUMNS = 6
BINS, WIDTH, HEIGHT = 80, 160, 64
TALL = 120
"""Height of a scatter."""
OUTSIDE = (0.1, 0.5)
"""The shares of real points outside each contour."""
OUTERMOST = 0.01
"""The share of real data in each tail."""
ROOM = 2.2
"""How many times the real peak fits into a picture; what rises higher is cut off."""


def gallery(run: Run, source: Law | DataSet, columns: tuple[int, ...] | None = None) -> Gallery:
    """One column: a curve for each generation.  Two: a scatter for each.  More: all generations in one, column by
    column, and of more than six those whose tails were lost most.

    columns: positions of those to show, None for all.
    """
    convert: Callable[[Array], Array] = source.original if isinstance(source, DataSet) else lambda same: same
    real = convert(_real(source))
    wanted = np.arange(real.shape[1]) if columns is None else np.array(columns)
    d = len(wanted)
    plain = ("value",) if d == 1 else tuple(f"dimension {i + 1}" for i in range(d))
    names = (source.names if isinstance(source, DataSet) else ()) or plain
    points = {arm: run.specimens(arm).get("points", np.empty(0)) for arm in run.blocks}
    if d > COLUMNS:
        last = [_tails(convert(p[-1].reshape(len(p[-1]), -1)), real)[wanted] for p in points.values() if len(p)]
        least = np.where(np.isfinite(last), last, np.inf).min(axis=0, initial=np.inf)
        wanted = np.sort(wanted[least.argsort(kind="stable")[:COLUMNS]])
    names = tuple(names[j] for j in wanted)
    real = real[:, wanted]
    # The middle 99 % of real data and a margin: what is written beyond is cut off, and said to be.
    low, high = np.quantile(real, (0.005, 0.995), axis=0)
    margin = np.where(high > low, 0.2 * (high - low), 1.0)
    frame = np.stack([low - margin, high + margin])
    times = exhibits(run.experiment.generations)
    rows = [Row(None, "real data", _real_panels(real, frame, names))]
    for number, (arm, written) in enumerate(points.items()):
        if not len(written):
            continue
        seen = [convert(p.reshape(len(p), -1))[:, wanted] for p in written]
        tallies = [_tally(source, p) for p in written]
        rows.append(Row(number, arm, _panels(seen, real, frame, names, times, number, tallies)))
    return Gallery("shapes", "What the models write", _intro(d), tuple(rows), min(d, COLUMNS) if d > 2 else 5)


def _intro(d: int) -> str:
    if d == 1:
        how = (
            "Grey is how real data are spread; the coloured line is what the model of that generation writes "
            "(500 points, smoothed)."
        )
    elif d == 2:
        how = (
            "Grey dots are real data, and so are the lines: outside them lie a tenth and half of the real points. "
            "Coloured dots are what the model of that generation writes (500 points)."
        )
    else:
        how = (
            "Grey is how real data are spread, one picture a column; the coloured lines are what five generations' "
            "models write, pale the first, dark the last (500 points each, smoothed)."
        )
        if d > COLUMNS:
            how += f" Shown are the {COLUMNS} of {d} columns whose tails lost most in any arm."
    return (
        f"{how} All from the first replicate, not selected; what rises or lies beyond the frame is cut off. Tails: how "
        f"often {'the last generation' if d > 2 else 'a generation'} writes what lies beyond the real 1 % and 99 %, "
        "against real data."
    )


def _tails(points: Array, real: Array) -> Array:
    """(d,): how often points (n, d) lie in the real tails, against real ones (N, d); NaN where there are none."""
    low, high = np.quantile(real, (OUTERMOST, 1 - OUTERMOST), axis=0)
    written, share = (((some < low) | (some > high)).mean(axis=0) for some in (points, real))
    left: Array = np.divide(written, share, out=np.full(len(share), np.nan), where=share > 0)
    return left


def _note(names: tuple[str, ...], tails: Array) -> str:
    """What is left of each column's tails, in words."""
    left = [f"{name} {percent(float(tail))}".strip() for name, tail in zip(names, tails, strict=True) if tail >= 0]
    return f"tails: {', '.join(left)}" if left else ""


def _real(source: Law | DataSet) -> Array:
    """(N, d): real points."""
    if isinstance(source, DataSet):
        every = np.concatenate([source.training, source.heldout])
        return every.reshape(len(every), -1)[:20_000]
    values = source.truth.sample(20_000, np.random.default_rng(0)).values[0]
    return np.asarray(values, dtype=float).reshape(len(values), -1)


def _tally(source: Law | DataSet, points: Array) -> tuple[tuple[str, bool], ...]:
    classes = source.classes if isinstance(source, DataSet) else None
    if classes is None or not np.isfinite(points).all():
        return ()
    return tally(classes, classes.shares_of(points[None])[0])


def _real_panels(real: Array, frame: Array, names: tuple[str, ...]) -> tuple[Panel, ...]:
    if len(names) == 2:
        picture = svg(_contours(real, frame) + _dots(real[:500], frame, "real"), TALL)
        return (
            Panel(
                f"{names[0]} → and {names[1]} ↑",
                f"real {names[0]} against {names[1]}",
                svg=picture,
                ends=_ends(frame[:, 0]),
            ),
        )
    return tuple(
        Panel(
            names[j],
            f"how {names[j]} is spread in real data",
            svg=svg(area(real[:, j], frame[:, j])),
            ends=_ends(frame[:, j]),
        )
        for j in range(min(len(names), COLUMNS))
    )


def _panels(
    points: list[Array],
    real: Array,
    frame: Array,
    names: tuple[str, ...],
    times: tuple[int, ...],
    arm: int,
    tallies: Any,
) -> tuple[Panel, ...]:
    d = real.shape[1]
    if d > 2:
        last, tails = tallies[-1] if tallies else (), _tails(points[-1], real)
        return tuple(
            Panel(
                names[j],
                f"{names[j]}: real data, and what generations {', '.join(map(str, times))} write",
                svg=svg(
                    area(real[:, j], frame[:, j])
                    + Markup("").join(
                        line(p[:, j], real[:, j], frame[:, j], arm, (i + 1) / len(points)) for i, p in enumerate(points)
                    )
                ),
                ends=_ends(frame[:, j]),
                tally=last if j == 0 else (),
                note=_note(("",), tails[[j]]),
            )
            for j in range(min(d, COLUMNS))
        )
    made = []
    for t, p, tallied in zip(times, points, tallies, strict=False):
        if d == 1:
            picture = svg(area(real[:, 0], frame[:, 0]) + line(p[:, 0], real[:, 0], frame[:, 0], arm, 1.0))
        else:
            picture = svg(_contours(real, frame) + _dots(p, frame, colour(arm)), TALL)
        note = _note(names if d == 2 else ("",), _tails(p, real))
        alt = f"generation {t}: real data, and what is written"
        made.append(Panel(f"generation {t}", alt, svg=picture, tally=tallied, note=note))
    return tuple(made)


def _ends(frame: Array) -> tuple[str, str]:
    return f"{frame[0]:.3g}", f"{frame[1]:.3g}"


def svg(inside: Markup, height: int = HEIGHT) -> Markup:
    """A picture of so many units, WIDTH wide."""
    return Markup(f'<svg viewBox="0 0 {WIDTH} {height}" aria-hidden="true">') + inside + Markup("</svg>")


def _density(values: Array, frame: Array) -> Array:
    """(BINS,): a smoothed histogram over the frame, as a share of all values."""
    values = values[np.isfinite(values)]
    if not len(values):
        return np.zeros(BINS)
    found = np.histogram(values, BINS, (frame[0], frame[1]))[0] / len(values)
    steps = np.arange(-5, 6)
    kernel = np.exp(-0.5 * (steps / 1.8) ** 2)
    smooth: Array = np.convolve(found, kernel / kernel.sum(), mode="same")
    return smooth


def _heights(values: Array, real: Array, frame: Array) -> str:
    peak = max(float(_density(real, frame).max()), 1e-12)
    y = HEIGHT - 1 - (HEIGHT - 2) * np.minimum(_density(values, frame) / (ROOM * peak), 1.2)
    x = (np.arange(BINS) + 0.5) * WIDTH / BINS
    return " ".join(f"{a:.0f},{b:.1f}" for a, b in zip(x, y, strict=True))


def area(real: Array, frame: Array) -> Markup:
    """How real values (n,) are spread between both ends of frame (2,)."""
    return Markup(f'<polygon class="real" points="0,{HEIGHT} {_heights(real, real, frame)} {WIDTH},{HEIGHT}"/>')


def line(values: Array, real: Array, frame: Array, arm: int, age: float) -> Markup:
    """How values (n,) are spread, drawn over `area`; age: 0 the first generation, pale, to 1, the last."""
    width, opacity = 1.0 if age < 1 else 1.8, 0.15 + 0.85 * age**2
    look = f'fill="none" stroke="{colour(arm)}" stroke-width="{width}" stroke-opacity="{opacity:.2f}"'
    return Markup(f'<polyline {look} points="{_heights(values, real, frame)}"/>')


def _contours(real: Array, frame: Array) -> Markup:
    """Lines around most real points (N, 2), and around half of them."""
    place = (contours(real, frame, OUTSIDE) - frame[0]) / (frame[1] - frame[0]) * (WIDTH, -TALL) + (0, TALL)
    path = "".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for a, b, c, d in place.reshape(-1, 4))
    return Markup(f'<path class="contours" d="{path}"/>')


def _dots(points: Array, frame: Array, paint: str) -> Markup:
    """Points (n, 2) inside the frame, each a line of no length with round ends: a fifth of what circles would take."""
    share = (points - frame[0]) / (frame[1] - frame[0])
    inside = (np.isfinite(share) & (share >= 0) & (share <= 1)).all(axis=1)
    place = share[inside] * (WIDTH, -TALL) + (0, TALL)
    path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in place)
    look = 'class="real dots"' if paint == "real" else f'class="dots" stroke="{paint}"'
    return Markup(f'<path {look} d="{path}"/>')
