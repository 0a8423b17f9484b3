"""Pictures of numbers: how they are distributed in real data, and in what models write."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kellet.data.source import DataSet, Law
from kellet.evidence import Array
from kellet.experiment.run import Run
from kellet.page.colours import colour
from kellet.page.wording import number, percent
from kellet.report.drawing import AGAIN, TALL, draw_area, draw_contours, draw_dots, draw_line, wrap
from kellet.report.gallery import Gallery, Panel, Row, Tally, specimens, tally

Ends = tuple[str, str]
DOTS = 300
"""Of a scatter, at most."""
COLUMNS = 6
MOST = 20_000
"""Real points that are shown."""
OUTERMOST = 0.01
"""The share of real data in each tail."""
BESIDE = 1e-12
"""Least margin of a picture, as a part of the numbers in it."""


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
    written = {arm: {t: convert(p.reshape(len(p), -1)) for t, p in specimens(run, arm, "points")} for arm in run.blocks}
    if d > COLUMNS:
        last = [_tails(list(points.values())[-1], real)[wanted] for points in written.values() if points]
        least = np.where(np.isfinite(last), last, np.inf).min(axis=0, initial=np.inf)
        wanted = np.sort(wanted[least.argsort(kind="stable")[:COLUMNS]])
    names = tuple(names[j] for j in wanted)
    real = real[:, wanted]
    # The middle 99 % of real data and a margin: what is written beyond is cut off, and said to be.
    low, high = np.nanquantile(real, (0.005, 0.995), axis=0)
    margin = np.where(high > low, 0.2 * (high - low), 1.0)
    # Beside numbers so large that a double can't tell them from their neighbours, a margin of 1 is none.
    margin = np.maximum(margin, BESIDE * np.maximum(abs(low), abs(high)))
    frame = np.stack([low - margin, high + margin])
    ends = [_spell_ends(source, name, column) for name, column in zip(names, frame.T, strict=True)]
    rows = [Row(None, "real data", _real_panels(real, frame, names, ends))]
    for place, arm in enumerate(run.blocks):
        tallies = [_tally(source, points) for _, points in specimens(run, arm, "points")]
        if shown := {t: points[:, wanted] for t, points in written[arm].items()}:
            rows.append(Row(place, arm, _panels(shown, real, frame, names, ends, place, tallies)))
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
            "Coloured dots are what the model of that generation writes (300 points)."
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
    low, high = np.nanquantile(real, (OUTERMOST, 1 - OUTERMOST), axis=0)
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
        every = np.concatenate([source.training[:MOST], source.heldout[:MOST]])
        return every.reshape(len(every), -1)[:MOST]
    values = source.truth.sample(MOST, np.random.default_rng(0)).values[0]
    return np.asarray(values, dtype=float).reshape(len(values), -1)


def _tally(source: Law | DataSet, points: Array) -> Tally:
    classes = source.classes if isinstance(source, DataSet) else None
    if classes is None or not np.isfinite(points).all():
        return ()
    return tally(classes, classes.shares_of(points[None])[0])


def _real_panels(real: Array, frame: Array, names: tuple[str, ...], ends: list[Ends]) -> tuple[Panel, ...]:
    if len(names) == 2:
        picture = wrap(draw_contours(real, frame) + draw_dots(real[:DOTS], frame, "real"), TALL)
        caption, alt = f"{names[0]} → and {names[1]} ↑", f"real {names[0]} against {names[1]}"
        return (Panel(caption, alt, svg=picture, ends=ends[0]),)
    return tuple(
        Panel(name, f"how {name} is spread in real data", svg=wrap(draw_area(values, sides)), ends=end)
        for name, values, sides, end in zip(names, real.T, frame.T, ends, strict=True)
    )


def _panels(
    points: dict[int, Array], real: Array, frame: Array, names: tuple[str, ...], ends: list[Ends], arm: int,
    tallies: list[Tally],
) -> tuple[Panel, ...]:  # fmt: skip
    """Of one arm; points: generation -> (n, d)."""
    d, panels = real.shape[1], []
    if d > 2:
        tails = _tails(list(points.values())[-1], real)
        what = f"real data, and what generations {', '.join(map(str, points))} write"
        for j, name in enumerate(names):
            picture = draw_area(real[:, j], frame[:, j])
            for i, p in enumerate(points.values(), start=1):
                picture += draw_line(p[:, j], real[:, j], frame[:, j], arm, i / len(points))
            last, note = () if j else tallies[-1], _note(("",), tails[[j]])
            panels.append(Panel(name, f"{name}: {what}", svg=wrap(picture), ends=ends[j], tally=last, note=note))
        return tuple(panels)
    for (t, p), tallied in zip(points.items(), tallies, strict=True):
        if d == 1:
            lines = draw_area(real[:, 0], frame[:, 0]) + draw_line(p[:, 0], real[:, 0], frame[:, 0], arm, 1.0)
            picture, note = wrap(lines), _note(("",), _tails(p, real))
        else:
            dots = AGAIN + draw_dots(p[:DOTS], frame, colour(arm))
            picture, note = wrap(dots, TALL), _note(names, _tails(p, real))
        alt = f"generation {t}: real data, and what is written"
        panels.append(Panel(f"generation {t}", alt, svg=picture, tally=tallied, note=note))
    return tuple(panels)


def _spell_ends(source: Law | DataSet, name: str, frame: Array) -> Ends:
    """What stands at both ends of a picture, as the column is written."""
    low, high = map(float, frame)
    return (
        (source.spell(name, low), source.spell(name, high))
        if isinstance(source, DataSet)
        else (f"{low:.3g}", f"{high:.3g}")
    )


def show_surprise(run: Run) -> Gallery | None:
    """How surprising what models of text write is to generation 0's model: an arm a picture, all its generations in
    one; None where nothing was placed.

    After I. Shumailov et al., Nature 631:755 (2024), figure 1.
    """
    placed = {arm: dict(specimens(run, arm, "surprise")) for arm in run.blocks}
    real = next((run.specimens(arm)["real_surprise"][0] for arm in run.blocks if placed[arm]), None)
    if real is None:
        return None
    every = np.concatenate([real, *(values.ravel() for arm in placed.values() for values in arm.values())])
    every = every[np.isfinite(every)]
    if not len(every):
        return None
    low, high = np.quantile(every, (0.002, 0.998))
    frame = np.array([low, max(high, low + 1e-3)])
    low_end, high_end = (number(float(np.exp(end))) for end in frame)
    times = ", ".join(str(t) for t in next(filter(None, placed.values())))
    panels = []
    for place, (arm, written) in enumerate(placed.items()):
        if not written:
            continue
        drawn = draw_area(real, frame)
        for i, values in enumerate(written.values(), start=1):
            drawn += draw_line(values, real, frame, place, i / len(written))
        never = float(np.isinf(values).mean())
        note = f"{never:.0%} of the last could not be written by generation 0" if never else ""
        alt = f"{arm}: how surprising real text and what generations {times} write is"
        panels.append(Panel(arm, alt, svg=wrap(drawn), ends=(low_end, high_end), note=note))
    intro = (
        "Each passage has a perplexity under generation 0’s model: low on the left, for what it would write itself, "
        "high on the right, for what would surprise it (each step to the right multiplies). Grey is real text that no "
        f"model was shown; the lines are what generations {times} write, pale the first, dark the "
        "last. A loop that writes ever more of the likely moves to the left; one whose mistakes add up moves to the "
        "right, or grows a tail there, of what no real text taught. First replicate, not selected."
    )
    return Gallery("shapes", "How likely generation 0 finds it", intro, (Row(None, "by arm", tuple(panels)),), 3)
