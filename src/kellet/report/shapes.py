"""Pictures of numbers: how they are distributed in real data, and in what models write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from kellet.data.source import DataSet, Law
from kellet.evidence import Array
from kellet.experiment.run import Run
from kellet.page.colours import colour
from kellet.page.wording import number
from kellet.report.drawing import AGAIN, TALL, draw_area, draw_contours, draw_dots, draw_line, wrap
from kellet.report.gallery import Gallery, Panel, Row, Shown, Strip, Tally, specimens, tally
from kellet.report.tails import describe_tails, least_left

Ends = tuple[str, str]
UNNAMED = ("value",)
DOTS = 300
"""Of a scatter, at most."""
COLUMNS = 6
MOST = 20_000
"""Real points that are shown."""
BESIDE = 1e-12
"""Least margin of a picture, as a part of the numbers in it."""


@dataclass(frozen=True)
class Sheet:
    """What all pictures of a run have in common.  names: of the columns.  real: (N, d).  frame: (2, d), their ends,
    which ``ends`` has in words."""

    names: tuple[str, ...]
    real: Array
    frame: Array
    ends: tuple[Ends, ...]
    observed: bool

    def note(self, points: Array, column: int) -> str:
        """What is left of the tails of a column, of written points (n, d)."""
        return describe_tails(points[:, column], self.real[:, column], self.observed)


def gallery(run: Run, source: Law | DataSet, columns: tuple[int, ...] | None = None) -> Gallery:
    """One column: a curve for each generation.  Two: a scatter for each.  More: all generations in one, column by
    column, and of more than six those whose tails were lost most.

    columns: positions of those to show, None for all.
    """
    convert, real, wanted, names = _read(source, columns)
    d = len(wanted)
    written = {arm: {t: convert(p.reshape(len(p), -1)) for t, p in specimens(run, arm, "points")} for arm in run.blocks}
    if d > COLUMNS:
        last = [list(points.values())[-1] for points in written.values() if points]
        least = np.array([min((least_left(p[:, j], real[:, j]) for p in last), default=np.inf) for j in wanted])
        wanted = np.sort(wanted[least.argsort(kind="stable")[:COLUMNS]])
    sheet = _lay_out(source, real, wanted, names)
    rows = [Row(None, "real data", _real_panels(sheet))]
    for place, arm in enumerate(run.blocks):
        tallies = [_tally(source, points) for _, points in specimens(run, arm, "points")]
        if shown := {t: points[:, wanted] for t, points in written[arm].items()}:
            rows.append(Row(place, arm, _panels(shown, sheet, place, tallies)))
    return Gallery("shapes", "What the models write", _intro(d), tuple(rows), min(d, COLUMNS) if d > 2 else 5)


def strip(run: Run, source: Law | DataSet, wanted: Sequence[Shown], columns: tuple[int, ...] | None = None) -> Strip:
    """Two columns as a scatter, or else one as a curve: of several the one whose spread changed most in the second of
    those that are shown."""
    convert, real, where, names = _read(source, columns)
    written = [convert(points.reshape(len(points), -1)) for points in (one.find(run, "points") for one in wanted)]
    note = ""
    if len(where) > 2:
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = abs(np.log(np.nanstd(written[1][:, where], axis=0) / np.nanstd(real[:, where], axis=0)))
        note = f"Shown is one of {len(where)} columns, the one whose spread changed most."
        where = where[[int(np.nanargmax(np.where(np.isnan(moved), -1.0, moved)))]]
    sheet = _lay_out(source, real, where, names)
    panels = []
    for one, points in zip(wanted, written, strict=True):
        picture = _draw_one(points[:, where], sheet, one.place)
        panels.append(Panel(one.caption, f"{one.caption}: {_caption(sheet)}", svg=picture, ends=sheet.ends[0]))
    grey = "Grey: real data" if len(where) == 1 else "Grey lines: around half and nine in ten of the real data"
    what = "" if sheet.names == UNNAMED else f" ({_caption(sheet)})"
    return Strip(tuple(panels), f"{grey}{what}; in colour: what models wrote. {note}".strip(), across=3)


def _caption(sheet: Sheet) -> str:
    return f"{sheet.names[0]} → and {sheet.names[1]} ↑" if len(sheet.names) == 2 else sheet.names[0]


def _read(
    source: Law | DataSet, columns: tuple[int, ...] | None
) -> tuple[Callable[[Array], Array], Array, NDArray[np.intp], tuple[str, ...]]:
    """How points become numbers as a file has them, real ones (N, d), the wanted columns, and the names of all that are
    wanted."""
    convert: Callable[[Array], Array] = source.original if isinstance(source, DataSet) else lambda same: same
    real = convert(_real(source))
    wanted = np.arange(real.shape[1]) if columns is None else np.array(columns)
    d = real.shape[1]
    plain = UNNAMED if d == 1 else tuple(f"dimension {i + 1}" for i in range(d))
    return convert, real, wanted, (source.names if isinstance(source, DataSet) else ()) or plain


def _lay_out(source: Law | DataSet, real: Array, wanted: NDArray[np.intp], names: tuple[str, ...]) -> Sheet:
    names, real = tuple(names[j] for j in wanted), real[:, wanted]
    # The middle 99 % of real data and a margin: what is written beyond is cut off, and said to be.
    low, high = np.nanquantile(real, (0.005, 0.995), axis=0)
    margin = np.where(high > low, 0.2 * (high - low), 1.0)
    # Beside numbers so large that a double can't tell them from their neighbours, a margin of 1 is none.
    margin = np.maximum(margin, BESIDE * np.maximum(abs(low), abs(high)))
    frame = np.stack([low - margin, high + margin])
    ends = tuple(_spell_ends(source, name, column) for name, column in zip(names, frame.T, strict=True))
    return Sheet(names, real, frame, ends, isinstance(source, DataSet))


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
        f"{how} All from the first replicate, not selected; what rises or lies beyond the frame is cut off. Tails: "
        f"how often {'the last generation' if d > 2 else 'a generation'} writes what lies below the real 1 % or above "
        "the real 99 % point, as a share of how often real data do, 100 % at most; in brackets the 90 % interval, wide "
        "because so few points lie there."
    )


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


def _real_panels(sheet: Sheet) -> tuple[Panel, ...]:
    real, frame, ends = sheet.real, sheet.frame, sheet.ends
    if len(sheet.names) == 2:
        picture = wrap(draw_contours(real, frame) + draw_dots(real[:DOTS], frame, "real"), TALL)
        alt, note = f"real {sheet.names[0]} against {sheet.names[1]}", f"{sheet.names[1]}: {' to '.join(ends[1])}"
        return (Panel(_caption(sheet), alt, svg=picture, ends=ends[0], note=note),)
    return tuple(
        Panel(name, f"how {name} is spread in real data", svg=wrap(draw_area(values, sides)), ends=end)
        for name, values, sides, end in zip(sheet.names, real.T, frame.T, ends, strict=True)
    )


def _draw_one(points: Array, sheet: Sheet, arm: int) -> Markup:
    """Points (n, 1) as a curve, (n, 2) as dots."""
    real, frame = sheet.real, sheet.frame
    if points.shape[1] == 1:
        return wrap(draw_area(real[:, 0], frame[:, 0]) + draw_line(points[:, 0], real[:, 0], frame[:, 0], arm, 1.0))
    return wrap(AGAIN + draw_dots(points[:DOTS], frame, colour(arm)), TALL)


def _panels(points: dict[int, Array], sheet: Sheet, arm: int, tallies: list[Tally]) -> tuple[Panel, ...]:
    """Of one arm; points: generation -> (n, d)."""
    real, frame, panels = sheet.real, sheet.frame, []
    if len(sheet.names) > 2:
        what = f"real data, and what generations {', '.join(map(str, points))} write"
        for j, name in enumerate(sheet.names):
            picture = draw_area(real[:, j], frame[:, j])
            for i, p in enumerate(points.values(), start=1):
                picture += draw_line(p[:, j], real[:, j], frame[:, j], arm, i / len(points))
            last, note = () if j else tallies[-1], sheet.note(list(points.values())[-1], j)
            alt = f"{name}: {what}"
            panels.append(Panel(name, alt, svg=wrap(picture), ends=sheet.ends[j], tally=last, note=note))
        return tuple(panels)
    for (t, p), tallied in zip(points.items(), tallies, strict=True):
        notes = [(f"{name}: " if len(sheet.names) > 1 else "", sheet.note(p, j)) for j, name in enumerate(sheet.names)]
        note = ". ".join(f"{name}{said}" for name, said in notes if said)
        alt, picture = f"generation {t}: real data, and what is written", _draw_one(p, sheet, arm)
        panels.append(Panel(f"generation {t}", alt, svg=picture, tally=tallied, note=note, ends=sheet.ends[0]))
    return tuple(panels)


def _spell_ends(source: Law | DataSet, name: str, frame: Array) -> Ends:
    """What stands at both ends of a picture, as the column is written."""
    low, high = map(float, frame)
    return (
        (source.spell(name, low), source.spell(name, high))
        if isinstance(source, DataSet)
        else (f"{low:.3g}", f"{high:.3g}")
    )


def show_surprise(run: Run, titles: Mapping[str, str]) -> Gallery | None:
    """How surprising what models of text write is to generation 0's model: an arm a picture, all its generations in
    one; None where nothing was placed.  titles: what the arms are called.

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
        alt = f"{titles[arm]}: how surprising real text and what generations {times} write is"
        panels.append(Panel(titles[arm], alt, svg=wrap(drawn), ends=(low_end, high_end), note=note))
    intro = (
        "Each passage has a perplexity under generation 0’s model: low on the left, for what it would write itself, "
        "high on the right, for what would surprise it (each step to the right multiplies). Grey is real text that no "
        f"model was shown; the lines are what generations {times} write, pale the first, dark the "
        "last. A loop that writes ever more of the likely moves to the left; one whose mistakes add up moves to the "
        "right, or grows a tail there, of what no real text taught. First replicate, not selected."
    )
    return Gallery(
        "shapes", "How likely generation 0 finds it", intro, (Row(None, "by arm", tuple(panels)),), 3, "surprise"
    )
