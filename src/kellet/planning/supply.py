"""Supply: what is searched for, how much real text there must be, and the arm that so much of it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from kellet.errors import InputError
from kellet.experiment.arm import Arm
from kellet.families import Categorical
from kellet.loop.anchors import AnyAnchor, Bank, Fresh
from kellet.loop.pool.humans import Humans
from kellet.loop.pool.settings import Pool, Writer, Writers, list_writers
from kellet.loop.sizes import MOST

Wanted = Literal["anchor", "humans", "vault"]
BESIDE = {"laws": 99, "documents": 9}
"""How many times as much as all models people may be made to write; what lies in a pool of documents takes room."""
AGAIN = 10
"""How many times as large as all that is ever drawn from it a vault is tried: hardly a document of it comes twice."""
LARGEST, LARGEST_POINTS = 10**9 - 1, 10**6
"""Real points of a vault: counts are drawn from no larger ones, and single points lie in memory."""


class Supply(Protocol):
    """What is searched for.

    wanted: the name of it.  most: the largest that is tried.  now: how much of it the arm has by itself.
    """

    @property
    def wanted(self) -> Wanted: ...

    @property
    def most(self) -> int: ...

    @property
    def now(self) -> int: ...

    def arm(self, arm: Arm, points: int) -> Arm:
        """The arm with so much of it."""
        ...

    def name(self, points: int) -> str:
        """So much of it, in words."""
        ...

    def collect(self, points: int, generations: int) -> int:
        """How many real points have to be got in all, after generation 0."""
        ...


def anchor_writers(arm: Arm, give: Callable[[str, Writer], AnyAnchor]) -> Arm:
    """The arm in which each writer of a pool has the anchor that ``give`` says.

    >>> arm = anchor_writers(Arm(pool=Pool(), writers={"small": Writer(size=50)}), lambda _, writer: Fresh(writer.size))
    >>> arm.writers["small"].anchor.count
    50
    """
    writers = list_writers(arm.writers)
    own = {name: msgspec.structs.replace(writer, anchor=give(name, writer)) for name, writer in writers.items()}
    return msgspec.structs.replace(arm, anchor=None, writers=own)


def find_size(writer: Writer, size: int) -> int:
    """The points of a writer's smallest training set."""
    own = writer.size or size
    return own if isinstance(own, int) else min(own)


def count_written(pool: Pool, writers: Writers, size: int) -> float:
    """How many documents all models write in a generation."""
    everybody = list_writers(writers)
    return pool.written or float(sum(writer.many * find_size(writer, size) for writer in everybody.values()))


@dataclass(frozen=True)
class People:
    """What people write in each generation, or in the first where it falls.  written: what models write."""

    written: float
    most: int
    now: int
    halving: float | None
    wanted: Literal["humans"] = "humans"

    @staticmethod
    def of(arm: Arm, size: int) -> People:
        """Of an arm with a pool."""
        pool = arm.pool or Pool()
        written = count_written(pool, arm.writers, size)
        most = min(int(BESIDE[pool.reading] * written), MOST)
        now = 0.0 if pool.humans is None else pool.humans.amount(1, written)
        return People(written, most, round(now), pool.humans.halving if pool.humans else None)

    def arm(self, arm: Arm, points: int) -> Arm:
        humans = Humans(float(points), halving=self.halving)
        return msgspec.structs.replace(arm, pool=msgspec.structs.replace(arm.pool or Pool(), humans=humans))

    def name(self, points: int) -> str:
        return f"{points:,} documents of people"

    def collect(self, points: int, generations: int) -> int:
        from kellet.theory.pool import total

        halves = {} if self.halving is None else {"halves": self.halving}
        return round(float(total(float(points), generations, **halves)))

    def __str__(self) -> str:
        return "humans"


@dataclass(frozen=True)
class Vault:
    """The bank that all writers' real points come from.

    anchors: writer -> how many it takes of it in each generation, and what they weigh; of a smaller bank it takes all.
    now: points of the bank that the arm has.
    """

    anchors: Mapping[str, AnyAnchor]
    size: int
    most: int
    now: int
    wanted: Literal["vault"] = "vault"

    @staticmethod
    def of(arm: Arm, size: int, draw: AnyAnchor | None, family: object, generations: int, rows: int | None) -> Vault:
        """Of an arm with a pool.

        draw: what each writer takes; None where the arm says so itself.  rows: how many real points there are, None
        where they are drawn from a law.
        """
        writers = list_writers(arm.writers)
        own = {name: writer.anchor or arm.anchor or Fresh(0) for name, writer in writers.items()}
        anchors = {name: draw or anchor for name, anchor in own.items()}
        drawn = sum(writer.many * anchors[name].points(find_size(writer, size)) for name, writer in writers.items())
        if not drawn:
            raise InputError("how much each model reads of a vault", "nothing", "--anchor bank:10%")
        counts = all(isinstance(writer.family or family, Categorical) for writer in writers.values())
        largest = LARGEST if counts and not (arm.pool or Pool()).by_points else LARGEST_POINTS
        most = min(AGAIN * generations * drawn, largest, largest if rows is None else rows)
        return Vault(anchors, size, most, max(anchor.bank or 0 for anchor in own.values()))

    @property
    def drawn(self) -> int:
        """How many a writer of the usual size takes."""
        return max(anchor.points(self.size) for anchor in self.anchors.values())

    def arm(self, arm: Arm, points: int) -> Arm:
        def give(name: str, writer: Writer) -> AnyAnchor:
            anchor, n = self.anchors[name], find_size(writer, self.size)
            k = min(anchor.points(n), n - writer.private, points)
            return Bank(k, weight=anchor.weight, every=anchor.every, bank=points) if k > 0 else Fresh(0)

        return anchor_writers(arm, give)

    def name(self, points: int) -> str:
        return f"a vault of {points:,}"

    def collect(self, points: int, generations: int) -> int:
        return points

    def __str__(self) -> str:
        return f"bank:{self.drawn}"
