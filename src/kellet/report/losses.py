"""The categories, words among them, that each arm's model can no longer write."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from kellet.data.codebook import Codebook
from kellet.data.source import Law
from kellet.evidence import Array
from kellet.experiment.run import Run
from kellet.laws import Frequencies
from kellet.metrics.tails import rare_types
from kellet.page.colours import colour
from kellet.page.wording import number, percent
from kellet.report.drawing import HEIGHT, WIDTH, wrap
from kellet.report.gallery import Gallery, Panel, Row, Shown, Strip, specimens
from kellet.worlds.observable import observable

MOST, PASSAGE = 12, 90
BARS = "Each bar is a category, its height how often it is written; the line is how often it really occurs."
FEW, RARE = 12, 24
"""Of so few categories each has a bar; else so many of the rare ones are named."""
LETTERS = 300
"""Of all those that a panel of a strip names, whose columns are named, too."""


def gallery(run: Run, source: Law) -> Gallery:
    """Per arm and shown generation what was lost, most frequent first; for texts also a passage without it."""
    world = observable(run.experiment.world)
    assert isinstance(source.truth, Frequencies)
    truth = source.truth.probabilities[0]
    labels = world.labels or tuple(f"category {i + 1}" for i in range(len(truth)))
    order = np.argsort(-truth, kind="stable")
    noun, counts, passage = world.things, world.counts, world.passage(PASSAGE)
    singular = {"categories": "category", "classes": "class"}.get(noun, noun.removesuffix("s"))
    rows, many = [], False
    if passage:
        rows.append(Row(None, "real data", (), tuple((piece, False) for piece, _ in passage)))
    for arm_number, arm in enumerate(run.blocks):
        gone = np.zeros(len(truth), dtype=bool)
        panels = []
        # What none of several writers can write is gone from the pool they read, too.
        name = "alive" if "alive" in run.specimens(arm) else "probabilities"
        many |= name == "alive"
        for t, written in specimens(run, arm, name):
            gone = (written == 0) & (truth > 0)
            panels.append(_panel(f"generation {t}", gone, truth, order, labels, counts, noun))
        there = tuple((piece, i is not None and bool(gone[i])) for piece, i in passage)
        rows.append(Row(arm_number, arm, tuple(panels), there))
    intro = (
        f"The {noun} that the model of the first replicate can no longer write, most frequent first, each with how "
        "often it occurs in the real data. Generation 0 has read only a sample, so it lacks some from the start. "
        f"A {singular} that no training set holds any more never comes back by itself: only real data, or a "
        "prior that reserves some chance for it, can return it."
    )
    if many:
        intro += f" Where several models learn side by side, it is the {noun} that none of them can write."
    if passage:
        intro += f" The passage stands in the middle of the real text; struck out are the {noun} that the last "
        intro += "generation has lost."
    return Gallery("losses", f"The {noun} that were lost", intro, tuple(rows), key="lost")


def levels(run: Run, codebook: Codebook) -> Gallery:
    """Per arm and shown generation the categories of a mixed table that are no longer written, most frequent first."""
    counts = codebook.occurrences
    order = np.argsort(-counts, kind="stable")
    names = [f"{column}: {level}" for column, level in codebook.names]
    rows, n = [], 0
    for arm_number, arm in enumerate(run.blocks):
        panels = []
        for t, points in specimens(run, arm, "points"):
            n = len(points)
            lost = np.logical_not(codebook.find_written(points[None])[0])
            usual = ((1 - codebook.shares) ** n).sum()
            first = order[lost[order]][:MOST]
            words = tuple((names[i], f"{number(counts[i])}×") for i in first)
            lacks = f"{number(lost.sum())} of {number(len(counts))} categories"
            lacks += f"; a real sample of the same size lacks {number(usual)}"
            panels.append(Panel(f"generation {t}", words=words, note=f"lacks {lacks}"))
        rows.append(Row(arm_number, arm, tuple(panels)))
    intro = (
        f"The categories, column by column, that are not among {number(n)} rows written by the model of the first "
        "replicate, most frequent first, each with how many rows of the real table have it. A rare one may be missing "
        "by chance, from real rows too; what stands high in a list, and stays there, is lost."
    )
    return Gallery("losses", "What the tables lost", intro, tuple(rows), key="lost")


def strip(run: Run, source: Law, wanted: Sequence[Shown]) -> Strip:
    """Few categories as bars, of many the most frequent of the rare ones, the lost struck out."""
    world = observable(run.experiment.world)
    assert isinstance(source.truth, Frequencies)
    truth = source.truth.dense()[0]
    labels, noun = world.labels or tuple(f"category {i + 1}" for i in range(len(truth))), world.things
    written = [one.find(run, "probabilities") for one in wanted]
    if len(truth) <= FEW:
        bars = (_draw_bars(one, law, truth, labels) for one, law in zip(wanted, written, strict=True))
        return Strip(tuple(bars), BARS, across=3)
    rare = np.flatnonzero(rare_types(truth))
    named, panels = rare[np.argsort(-truth[rare], kind="stable")][:RARE], []
    for one, law in zip(wanted, written, strict=True):
        alive = law > 0
        note = f"{number(alive[rare].sum())} of {number(len(rare))} rare {noun} can still be written"
        panels.append(Panel(one.caption, tally=tuple((str(labels[i]), bool(alive[i])) for i in named), note=note))
    note = f"The most frequent of the rare {noun}; struck out are those that the model can no longer write."
    return Strip(tuple(panels), f"{note} First replicate.")


def _draw_bars(one: Shown, written: Array, truth: Array, labels: tuple[str, ...]) -> Panel:
    """How often each category is written, beside how often it occurs; nothing where it is lost."""
    step, top = WIDTH / len(truth), float(max(truth.max(), written.max()))
    bars = "".join(
        f'<rect x="{(i + 0.1) * step:.1f}" y="{HEIGHT * (1 - w / top):.1f}" width="{0.8 * step:.1f}" '
        f'height="{HEIGHT * w / top:.1f}" fill="{colour(one.place)}"/>'
        f'<path d="M{(i + 0.05) * step:.1f} {HEIGHT * (1 - real / top) + 0.5:.1f}h{0.9 * step:.1f}" '
        'stroke="currentColor"/>'
        for i, (w, real) in enumerate(zip(written, truth, strict=True))
    )
    tally = tuple((str(label), bool(w > 0)) for label, w in zip(labels, written, strict=True))
    alt = f"{one.caption}: how often each category is written"
    return Panel(one.caption, alt, svg=wrap(Markup(bars)), tally=tally)


def strip_levels(run: Run, codebook: Codebook, wanted: Sequence[Shown]) -> Strip:
    """Of a mixed table the rarest categories that a real sample of the same size would be expected to
    have, the lost struck out."""
    panels, names = [], [f"{column}: {level}" for column, level in codebook.names]
    points = [one.find(run, "points") for one in wanted]
    often = np.flatnonzero(codebook.shares * len(points[0]) >= 3)
    named = often[np.argsort(codebook.shares[often], kind="stable")][:RARE]
    letters = np.cumsum([len(names[i]) for i in named])
    named = named[: max(1, int((letters <= LETTERS).sum()))]
    for one, rows in zip(wanted, points, strict=True):
        there = codebook.find_written(rows[None])[0]
        note = f"{number(there.sum())} of {number(len(names))} categories written"
        panels.append(Panel(one.caption, tally=tuple((names[i], bool(there[i])) for i in named), note=note))
    note = (
        "The rarest categories of which a real sample of the same size would have three or more; struck out are those "
        f"that are not among {number(len(points[0]))} written rows of the first replicate."
    )
    return Strip(tuple(panels), note)


def _panel(
    caption: str, lost: NDArray[np.bool_], truth: Array, order: NDArray[np.intp], labels: tuple[str, ...],
    counts: NDArray[np.int64] | None, noun: str,
) -> Panel:  # fmt: skip
    there = number((truth > 0).sum())
    if not lost.any():
        return Panel(caption, note=f"none of the {there} {noun} is lost")
    words = tuple(
        (str(labels[i]), f"1 in {number(1 / truth[i])}" if counts is None else f"{number(counts[i])}×")
        for i in order[lost[order]][:MOST]
    )
    share = percent(float(truth[lost].sum()))
    note = f"lost {number(lost.sum())} of {there} {noun}; they make up {share} of the real data"
    return Panel(caption, words=words, note=note)
