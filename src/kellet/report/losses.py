"""The categories, words among them, that each arm's model can no longer write."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kellet.data.codebook import Codebook
from kellet.data.source import Law
from kellet.evidence import Array
from kellet.experiment.run import Run
from kellet.laws import Frequencies
from kellet.page.wording import number, percent
from kellet.report.gallery import Gallery, Panel, Row, specimens
from kellet.worlds.observable import observable

MOST, PASSAGE = 12, 90


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
    return Gallery("losses", f"The {noun} that were lost", intro, tuple(rows))


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
            lacks = f"{number(lost.sum())} of {number(len(counts))} categories; as many real rows lack {number(usual)}"
            panels.append(Panel(f"generation {t}", words=words, note=f"lacks {lacks}"))
        rows.append(Row(arm_number, arm, tuple(panels)))
    intro = (
        f"The categories, column by column, that are not among {number(n)} rows written by the model of the first "
        "replicate, most frequent first, each with how many rows of the real table have it. A rare one may be missing "
        "by chance, from real rows too; what stands high in a list, and stays there, is lost."
    )
    return Gallery("losses", "What the tables lost", intro, tuple(rows))


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
