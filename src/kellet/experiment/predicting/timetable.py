"""A pool arm as arrays: what each writer writes and learns from, generation by generation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.experiment.cell import Cell
from kellet.experiment.predicting.closing import Closed, sift
from kellet.loop.pool.members import Member, settle
from kellet.loop.pool.settings import Pool
from kellet.loop.sizes import size_at

if TYPE_CHECKING:
    from kellet.theory.reading import Diet, Library, Stocks


@dataclass(frozen=True, eq=False)
class Timetable:
    """Arrays over generations (T + 1,), writers (K,) and pools (H,)."""

    cell: Cell
    pool: Pool

    @cached_property
    def members(self) -> dict[str, Member]:
        cell = self.cell
        return settle(cell.writers or {}, cell.family, cell.size, cell.anchor)

    @property
    def count(self) -> int:
        """T + 1."""
        return self.cell.generations + 1

    @property
    def documents(self) -> bool:
        return self.pool.reading == "documents"

    @property
    def filters(self) -> bool:
        """Whether a filter throws away what is found by chance."""
        return self.pool.caught > 0

    @cached_property
    def homes(self) -> NDArray[np.int_]:
        return np.arange(len(self.members)) % self.pool.pools

    @property
    def window(self) -> int | None:
        """None where all generations are left."""
        window = self.pool.window
        return None if window is None or window > self.cell.generations else window

    @cached_property
    def library(self) -> Library:
        from kellet.theory.reading import Library

        return Library(
            self.homes,
            self.window,
            halving=self.pool.halving or np.inf,
            bias=self.pool.bias,
            caught=self.pool.caught,
            wrong=self.pool.mistaken,
            migration=self.pool.migration,
        )

    def gather(self, by_writer: Array) -> Array:
        """(..., H): what the writers (..., K) of each pool come to."""
        found: Array = by_writer @ np.eye(self.pool.pools)[self.homes]
        return found

    @cached_property
    def sizes(self) -> Array:
        """(T + 1, K): from how many points each learns."""
        sizes = [[float(size_at(one.size, t)) for one in self.members.values()] for t in range(self.count)]
        return np.array(sizes)

    @cached_property
    def amounts(self) -> Array:
        """(T + 1, K): how much each model writes for each generation that ever lies in the pool."""
        total = self.sizes.sum(axis=1) if self.pool.written is None else np.full(self.count, self.pool.written)
        found: Array = total[:, None] * np.array([one.share for one in self.members.values()])
        found[: 1 if self.window != 0 else None] = 0.0
        return found

    @cached_property
    def models(self) -> Array:
        """(T + 1, K): the same, in whole documents where these are finite."""
        return _count(self.amounts) if self.documents else self.amounts

    @cached_property
    def told(self) -> Array:
        """(T + 1,): how much people write for each generation; in generation 0 all that there is."""
        from kellet.theory import pool

        setting, humans = self.pool, self.pool.humans
        first = setting.written or sum(float(size_at(one.size, 1)) for one in self.members.values())
        told = np.zeros(self.count)
        if humans is not None:
            after = np.arange(self.count) - 1.0
            told = pool.amount(humans.amount(1, first), after, humans.halving or np.inf) * np.ones(self.count)
        told[0] = first if setting.before is None else setting.before
        if self.documents:
            told[0] = max(self.sizes[0].sum(), (setting.written or 0.0) if setting.before is None else setting.before)
        return told

    @cached_property
    def people(self) -> Array:
        """(T + 1, H): the same in each pool; whole documents where they are finite."""
        told = self.told.copy()
        if self.documents:
            # Beside what writers learn from at first.
            told[0] -= self.sizes[0].sum()
        even = np.repeat(told[:, None] / self.pool.pools, self.pool.pools, axis=1)
        if self.documents:
            even = _count(even)
            even[0] += self.gather(self.sizes[0])
        return even

    @cached_property
    def learns(self) -> NDArray[np.bool_]:
        """(T + 1, K)."""
        every = np.array([one.every for one in self.members.values()])
        return np.asarray(np.arange(self.count)[:, None] % every == 0)

    @cached_property
    def anchored(self) -> Array:
        """(T + 1, K): how many points are the anchor's; of a random one, as many as are to be expected."""
        found = np.zeros_like(self.sizes)
        for i, one in enumerate(self.members.values()):
            for t in range(self.count):
                # Generation 0 is real anyway: it holds what is drawn once.
                known = t or one.anchor.draw != "fresh"
                share = one.anchor.share or 0.0
                n = self.sizes[t, i]
                found[t, i] = (
                    0.0 if not known else share * n if one.anchor.random else one.anchor.dose(one.size, t).count
                )
        return found

    @cached_property
    def wanted(self) -> Array:
        """(T + 1, K): how many points each wants of the pool; in generation 0, of new real ones."""
        found: Array = self.sizes - self.anchored - np.array([float(one.private) for one in self.members.values()])
        return found

    @cached_property
    def reads(self) -> Array:
        """(T + 1, K): how many points each reads of the pool; of a random anchor, as many as are to be expected."""
        reads = np.where(self.learns & (np.arange(self.count)[:, None] > 0), self.wanted, 0.0)
        if not self.documents:
            return reads
        held = self.library.weigh(self.gather(self.models) + self.people, least=1).sum(axis=-1)[:, self.homes]
        return np.where(reads > 0, held if self.pool.whole else np.minimum(reads, held), 0.0)

    def feed(self, closed: Sequence[Closed], truth: object) -> tuple[Diet, Stocks] | None:
        """What each learns from; None where it is not so many points that count alike.

        closed: of each writer, for its imaginary points.  truth: what people write before a filter.
        """
        from kellet.theory.reading import Diet

        members, wanted = list(self.members.values()), self.wanted
        anchors = [one.anchor for one in members]
        weighty = any(a.weight != 1 or a.contaminated for a in anchors if a.count or a.share)
        random = np.array([a.random for a in anchors])
        if weighty or (wanted < 0).any() or (random.any() and (self.documents or any(one.private for one in members))):
            return None
        later = np.arange(self.count)[:, None] > 0
        reads = self.reads + np.where(random & later & self.learns, self.anchored, 0.0)
        is_fresh = np.array([a.draw == "fresh" and not a.random for a in anchors])
        fresh = np.where(later, np.where(is_fresh & self.learns, self.anchored, 0.0), wanted)
        given, stocks = self._stock(closed, truth)
        aside = np.array([(a.share or 0.0) if a.random else 0.0 for a in anchors])
        return Diet(reads, fresh, given * self.learns[..., None], aside), stocks

    def _stock(self, closed: Sequence[Closed], truth: object) -> tuple[Array, Stocks]:
        """(T + 1, K, C): how many points of each stock each learns from; and the stocks."""
        from kellet.theory.reading import Stocks

        known: dict[object, tuple[float, Array, float, bool]] = {}
        given: dict[tuple[int, object], Array] = {}
        nowhere = np.zeros_like(closed[0].offset)
        for i, (one, numbers) in enumerate(zip(self.members.values(), closed, strict=True)):
            k = self.anchored[:, i]
            if one.anchor.draw != "fresh" and k.any():
                # Writers share a bank of one size, and nobody's fixed points.
                key: object = ("bank", one.anchor.bank) if one.anchor.bank else ("fixed", i)
                known[key], given[i, key] = (float(one.anchor.bank or k[0]), nowhere, 1.0, True), k
            if one.private:
                key = ("private", i)
                known[key], given[i, key] = (one.private, nowhere, 1.0, True), np.full(self.count, float(one.private))
            if numbers.strength:
                key = ("prior", (numbers.strength, numbers.offset.tobytes(), numbers.variance))
                known[key] = (numbers.strength, numbers.offset, numbers.variance, False)
                given[i, key] = np.full(self.count, numbers.strength)
        if (filter := self.pool.filter) and (left := sift(filter, truth)):
            known["sifted"] = (np.inf, *left, False)
        counts = np.zeros((*self.sizes.shape, len(known)))
        for (i, which), k in given.items():
            counts[:, i, list(known).index(which)] = k
        if not known:
            return counts, Stocks(offset=np.zeros((0, len(nowhere))))
        points, offset, variance, drawn = map(np.array, zip(*known.values(), strict=True))
        at = list(known).index("sifted") if "sifted" in known else None
        return counts, Stocks(points, offset, variance, drawn, at)


def _count(amounts: Array) -> Array:
    """Whole documents of amounts (T + 1, ...); what is left of one is written another time.

    >>> _count(np.full((5, 1), 2.4)).ravel()
    array([2., 3., 2., 3., 2.])
    """
    found, owed = np.zeros_like(amounts), np.zeros_like(amounts[0])
    for whole, amount in zip(found, amounts, strict=True):
        owed = owed + amount
        whole[...] = np.rint(owed)
        owed = owed - whole
    return found
