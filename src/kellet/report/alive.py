"""Alive: by how many of the writers of a pool the rare categories, words among them, can still be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from kellet.data.source import Law, Source
from kellet.experiment.run import Run
from kellet.laws import Frequencies
from kellet.loop.pool.settings import spread
from kellet.metrics.tails import rare_types
from kellet.page.colours import colour
from kellet.page.wording import number, spell
from kellet.report.drawing import WIDTH
from kellet.report.gallery import Panel, Shown, Strip, specimens
from kellet.worlds.observable import observable

EACH = 8
"""Writers at most of whom each number is told by itself."""
EXAMPLES = 14
TALL = 12
"""Height of a bar, of a picture 160 wide."""


@dataclass(frozen=True)
class Group:
    """The rare things that so many writers can write, after the last generation.  words: some of them."""

    name: str
    count: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """One generation.  parts: (group, how many rare things are in it, their share of all), from all writers to none."""

    caption: str
    parts: tuple[tuple[str, int, float], ...]


@dataclass(frozen=True)
class Alive:
    """One arm."""

    arm: int
    name: str
    bars: tuple[Bar, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Survey:
    """All arms with several writers.  intro: how to read them."""

    title: str
    intro: str
    arms: tuple[Alive, ...]


def survey(run: Run, source: Source | None) -> Survey | None:
    """Per arm with several writers what became of rare things; None where that is not known."""
    known = [(i, arm) for i, arm in enumerate(run.blocks) if "alive" in run.specimens(arm)]
    truth = getattr(source, "truth", None)
    if not known or not isinstance(truth, Frequencies):
        return None
    law, world = truth.dense()[0], observable(run.experiment.world)
    rare = np.flatnonzero(rare_types(law))
    labels = world.labels or tuple(f"category {i + 1}" for i in range(len(law)))
    # By name, and evenly spread over it: so nobody chooses which are shown.
    rare = rare[np.argsort([str(labels[i]) for i in rare], kind="stable")]
    noun, counts = world.things, world.counts
    at_most = "" if counts is None else f", none of which stands there more than {number(counts[rare].max())} times"
    intro = (
        f"Rare here are the {number(len(rare))} {noun} of {number((law > 0).sum())} that make up the rarest tenth of "
        f"the real data{at_most}. Each bar is all of them, at one generation: in full colour those that every model "
        "can still write, paler those that fewer can, and empty those that none can. What stands in an empty part is "
        f"gone from all models at once; only people, or old text, can bring it back. Below each are {noun} of each "
        "kind at the last generation, taken in even steps from the alphabet. First replicate, not selected."
    )
    arms = tuple(_alive(run, arm, place, rare, labels) for place, arm in known)
    return Survey(f"The rare {noun}, by how many models still know them", intro, arms)


def _alive(run: Run, arm: str, place: int, rare: NDArray[np.intp], labels: tuple[str, ...]) -> Alive:
    bins, shown = make_bins(len(spread(run.experiment.arms[arm].writers))), specimens(run, arm, "alive")
    bars = []
    for t, alive in shown:
        told = [int(((alive[rare] >= low) & (alive[rare] <= high)).sum()) for _, low, high in bins]
        parts = tuple((name, n, n / len(rare)) for (name, _, _), n in zip(bins, told, strict=True))
        bars.append(Bar(f"generation {t}", parts))
    last = shown[-1][1][rare]
    groups = []
    for name, low, high in bins:
        found = rare[(last >= low) & (last <= high)]
        steps = np.unique(np.linspace(0, len(found) - 1, min(EXAMPLES, len(found))).round().astype(int))
        groups.append(Group(name, len(found), tuple(str(labels[i]) for i in found[steps])))
    return Alive(place, arm, tuple(bars), tuple(groups))


def strip(run: Run, source: Law, wanted: Sequence[Shown]) -> Strip:
    """The rare things as bars, by how many of the writers still know them; empty is what none knows."""
    assert isinstance(source.truth, Frequencies)
    rare, noun = np.flatnonzero(rare_types(source.truth.dense()[0])), observable(run.experiment.world).things
    panels = []
    for one in wanted:
        alive = one.find(run, "alive")[rare]
        bins = make_bins(len(spread(run.experiment.arms[one.arm].writers)))
        # One shade for "some", however many they are.
        counts = (int((alive == bins[0][1]).sum()), int((alive > 0).sum()), len(rare))
        ends = [WIDTH * count / len(rare) for count in counts]
        picture = Markup(
            '<svg viewBox="0 0 {0} {1}" aria-hidden="true"><rect width="{2:.1f}" height="{1}" fill="{4}" '
            'fill-opacity=".35"/><rect width="{3:.1f}" height="{1}" fill="{4}"/></svg>'
        ).format(WIDTH, TALL, ends[1], ends[0], colour(one.place))
        told = (counts[0], counts[1] - counts[0], counts[2] - counts[1])
        parts = zip((bins[0][0], "in some" if len(bins) > 2 else "", "in none"), told, strict=True)
        note = ", ".join(f"{name}: {number(count)}" for name, count in parts if name)
        panels.append(Panel(one.caption, f"{one.caption}: {note}", svg=picture, note=note))
    note = (
        f"All {number(len(rare))} rare {noun}: in full colour those that every model can still write, paler those that "
    )
    note += "some can, and empty those that none can. First replicate."
    return Strip(tuple(panels), note)


def make_bins(writers: int) -> list[tuple[str, int, int]]:
    """(name, fewest, most): in how many of so many models something is alive, from all of them to none.

    >>> make_bins(2), [name for name, _, _ in make_bins(100)]
    ([('in both', 2, 2), ('in one', 1, 1), ('in none', 0, 0)], ['in all 100', 'in some', 'in none'])
    """
    whole = ("in both" if writers == 2 else f"in all {spell(writers)}", writers, writers)
    some = [(f"in {spell(k)}", k, k) for k in range(writers - 1, 0, -1)]
    between = some if writers <= EACH else [("in some", 1, writers - 1)]
    return [whole, *between, ("in none", 0, 0)]
