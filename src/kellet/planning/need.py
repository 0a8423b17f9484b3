"""Need: what a loop needs of real data, in numbers."""

from __future__ import annotations

import msgspec

from kellet.data.sight import Sight
from kellet.page.document import Document
from kellet.planning.reasons import Reason
from kellet.planning.solution import Solution
from kellet.planning.supply import Wanted


class Trial(msgspec.Struct, frozen=True):
    """How often loops with so many real points, or so much of what else is searched for, kept everything."""

    points: int
    successes: int
    tries: int


class Cure(msgspec.Struct, frozen=True):
    """What the same number of real points comes to when it is used otherwise.

    points: real (or imaginary) points in each training set.  collected: real points that have to be got in all, after
    generation 0.  successes: of ``tries``.  medians: metric -> median, relative to real data.
    """

    name: str
    points: int
    collected: int
    successes: int
    tries: int
    medians: dict[str, float]


class Need(Document, frozen=True, kw_only=True):
    """How many real points a loop needs.

    draw: fresh, fixed or bank:/K.  points: the least real points per generation, None where there is none.  low, high:
    90 % credible interval.  most: the largest number that was possible.  conclusive: whether the interval is as narrow
    as was asked.  real: (kept, tries) of generation 0.  checked: the same of fresh replicates at the answer.  theory:
    what closed forms say, where they say anything.  reasons: the three, and what each needs; binding: the name of
    the largest.  rarest: the rarest category that is kept, and its probability.  baseline: metric -> what real data
    get.  world, data, columns, seed, date, command: what it was asked of, when and how.

    Of an arm with a pool ``search`` says what ``points`` counts: "anchor" real points in every training set, "humans"
    documents that people write in a generation (in the first, where that falls), or "vault" points of the bank that all
    writers draw from.  arm, pool: its name, and itself in words.  writers: how many learn from it.  written: documents
    that all models write in a generation.  drawn: how many each training set takes of the vault.  now: what the arm has
    by itself of what is searched for.  halving: in how many generations people's writing falls by half.
    """

    sentence: str = ""
    family: str
    size: int
    generations: int
    confidence: float
    keep: dict[str, float]
    draw: str
    points: int | None
    low: float
    high: float
    most: int
    conclusive: bool
    trials: tuple[Trial, ...] = ()
    real: tuple[int, int] | None = None
    checked: tuple[int, int] | None = None
    theory: Solution | None = None
    reasons: tuple[Reason, ...] = ()
    rarest: tuple[str, float] | None = None
    cures: tuple[Cure, ...] = ()
    notes: tuple[str, ...] = ()
    baseline: dict[str, float] = msgspec.field(default_factory=dict)
    seconds: float = 0.0
    world: str = ""
    data: Sight | None = None
    columns: tuple[str, ...] = ()
    seed: int = 0
    date: str = ""
    command: tuple[str, ...] = ()
    search: Wanted = "anchor"
    arm: str = ""
    pool: str = ""
    writers: int = 1
    written: float = 0.0
    drawn: int = 0
    now: int = 0
    halving: float | None = None

    @property
    def share(self) -> float | None:
        """The answer as a share of each training set, or people's of all that is written; None of a vault."""
        if self.points is None or self.search == "vault":
            return None
        return self.points / (self.size if self.search == "anchor" else self.points + self.written)

    @property
    def unit(self) -> str:
        """What the answer is a number of."""
        real = "clean documents" if self.pool else "real rows"
        return {"anchor": real, "humans": "documents of people", "vault": "documents in the vault"}[self.search]

    @property
    def binding(self) -> str:
        """The name of the reason that needs most; empty where none needs any, or nothing real is needed."""
        asking = [reason for reason in self.reasons if reason.points > 0 and self.points != 0]
        return max(asking, key=lambda reason: reason.points).name if asking else ""
