"""Pictures of what models wrote: rows are arms, columns are generations."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from kellet.data.classes import Classes
from kellet.evidence import Array
from kellet.experiment.run import Run
from kellet.experiment.running.recorder import exhibits

Tally = tuple[tuple[str, bool], ...]
"""(class, whether it is still written)."""


@dataclass(frozen=True)
class Panel:
    """One picture.  caption: which generation or column it shows.

    image: a data URI, or svg: drawn here, or words: (word, how often it really occurs), the ones that were lost.
    passages: (given beginning, what was written after it).
    alt: the same for those who can't see it.  tally: (class, whether it is still written).  note: one line below.
    ends: what the left and right edge of the picture stand for.
    """

    caption: str
    alt: str = ""
    image: str | None = None
    svg: Markup | None = None
    words: tuple[tuple[str, str], ...] = ()
    passages: tuple[tuple[str, str], ...] = ()
    tally: Tally = ()
    note: str = ""
    ends: tuple[str, str] | None = None


@dataclass(frozen=True)
class Row:
    """The pictures of one arm; arm None is the real thing.  passage: (text, whether it was lost), in order."""

    arm: int | None
    name: str
    panels: tuple[Panel, ...]
    passage: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class Gallery:
    """All pictures of a run.  kind: "grid", "shapes", "losses" or "passages".  intro: how to read them."""

    kind: str
    title: str
    intro: str
    rows: tuple[Row, ...]
    across: int = 5
    key: str = "written"
    """Its address in a page."""


@dataclass(frozen=True)
class Shown:
    """One of the pictures that a page begins with.  place: of the arm among all.  at: the first or the last
    of its generations, 0 or -1."""

    arm: str
    place: int
    at: int
    caption: str

    def find(self, run: Run, name: str) -> Array:
        """What its model wrote."""
        found: Array = run.specimens(self.arm)[name][self.at]
        return found


@dataclass(frozen=True)
class Strip:
    """Pictures before and after.  across: how many stand side by side.  note: how to read them.  places: of their arms,
    None for what all arms have in common."""

    panels: tuple[Panel, ...]
    note: str
    across: int = 1
    places: tuple[int | None, ...] = ()


def specimens(run: Run, arm: str, name: str) -> list[tuple[int, Array]]:
    """(generation, what its model wrote), for the generations that a page shows; empty where nothing was kept."""
    return list(zip(exhibits(run.experiment.generations), run.specimens(arm).get(name, ()), strict=False))


def tally(classes: Classes | None, shares: Array) -> Tally:
    """Which classes are still written, for shares (C,); nothing where there are too many to name."""
    if classes is None or len(classes.names) > 12:
        return ()
    there = zip(classes.names, shares, classes.shares, strict=True)
    return tuple((str(name), bool(a >= 0.1 * b)) for name, a, b in there)
