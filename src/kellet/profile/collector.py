"""Collector: a tally that grows by many occurrences, chunk by chunk, in bounded memory.

What it gives at the end depends on what was counted and not on how it was cut.  Key and group stand in one number, by
which occurrences are sorted: far quicker than a table of both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Integers
from kellet.profile.tally import FINE, MOST, Hashes, Tally, find_last, fit

if TYPE_CHECKING:
    import polars as pl

Spell = Callable[[Integers], list[str]]
"""The names of occurrences, by their places in what is added."""
Counts = NDArray[np.uint32]
"""Of a key in a group: half of what whole numbers take elsewhere, and 240 times 2^32 occurrences are far away."""
GROUP = np.uint64(255)
"""Bits of a key that give way to its group."""
BUFFER = 1 << 20
"""Occurrences, at least, that wait to be counted together, where there are few collectors."""
SLOTS = 1 << 18
"""Keys of which it is remembered that they have a name."""
WAITING = 50_000
"""Names that wait as Python's objects, which take far more than their letters."""


@dataclass(eq=False)
class Collector:
    """Occurrences of keys, of which the last eight bits are taken as 0, by groups.

    rows, counts: (R,) key and group together, ascending, and how often they were counted.  height: that of names: those
    of keys below 2^(64 - height) are kept.  fresh: names since they were last put together.  Others as in `Tally`.
    """

    most: int = MOST
    spelt: int = MOST
    level: int = 0
    height: int = 0
    totals: Integers = field(default_factory=lambda: np.zeros(FINE, np.int64))
    rows: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    counts: Counts = field(default_factory=lambda: np.empty(0, np.uint32))
    waiting: list[Hashes] = field(default_factory=list)
    held: int = 0
    buffer: int = BUFFER
    known: Hashes = field(default_factory=lambda: np.zeros(SLOTS, np.uint64))
    names: list[pl.DataFrame] = field(default_factory=list)
    fresh: dict[int, str] = field(default_factory=dict)

    def add(
        self,
        keys: Hashes,
        groups: Hashes,
        totals: Integers,
        spell: Spell | None,
        inside: NDArray[np.bool_] | None = None,
    ) -> None:
        """Count occurrences (N,), each of a key in a group.

        totals: (FINE,) how many there are in each group.  spell: names for keys at places; None where keys have none,
        which else say the same of one key wherever it stands.  inside: (N,) which of them are any, if not all.
        """
        self.totals += totals
        places = None
        if self.level:
            low = keys <= np.uint64(find_last(self.level))
            inside = low if inside is None else low & inside
        if inside is not None:
            places = np.flatnonzero(inside)
            keys, groups = keys[places], groups[places]
        keys = keys & ~GROUP
        if spell:
            self._name(keys, places, spell)
        self.waiting.append(keys | groups)
        self.held += len(keys)
        if self.held >= (self.buffer if self.buffer < BUFFER else max(BUFFER, len(self.rows))):
            self._count()

    def put(self, rows: Hashes, counts: Counts, names: pl.DataFrame) -> None:
        """Count keys and groups (R,) together, ascending, so many times, and keep these names, as in `Tally`."""
        self.totals += np.bincount((rows & GROUP).view(np.int64), counts, FINE).astype(np.int64)
        self.rows, self.counts = _merge(self.rows, self.counts, rows, counts)
        self.names.append(names)

    def take(self) -> Tally:
        """The tally of all that was added."""
        import polars as pl

        self._count()
        rows = {
            "key": self.rows & ~GROUP,
            "group": (self.rows & GROUP).astype(np.uint16),
            "count": self.counts.astype(np.int64),
        }
        return Tally(pl.DataFrame(rows), self.names[0], self.totals.copy(), self.level, self.most, self.spelt)

    def _name(self, keys: Hashes, places: Integers | None, spell: Spell) -> None:
        """Spell the keys that may be new; those that are not are dropped later."""
        if self.height > self.level:
            low = np.flatnonzero(keys <= np.uint64(find_last(self.height)))
            keys, places = keys[low], low if places is None else places[low]
        slots = (keys >> np.uint64(8)) & np.uint64(SLOTS - 1)
        new = np.flatnonzero(self.known[slots] != keys)
        if len(new):
            self.known[slots[new]] = keys[new]
            found, first = np.unique(keys[new], return_index=True)
            kept = self._raise(found)
            first = new[first[:kept]]
            self.fresh.update(
                zip(found[:kept].tolist(), spell(first if places is None else places[first]), strict=True)
            )
        if len(self.fresh) > self.spelt:
            self._raise(np.sort(np.fromiter(self.fresh, np.uint64)))
            last = find_last(self.height)
            self.fresh = {key: name for key, name in self.fresh.items() if key <= last}
        if len(self.fresh) > WAITING:
            self._keep_names()

    def _raise(self, keys: Hashes) -> int:
        """The height goes up where names of keys that are there (N,), ascending, are too many; how many are kept."""
        self.height, kept = fit(keys, max(self.level, self.height), self.spelt)
        return kept

    def _keep_names(self) -> None:
        import polars as pl

        columns = {"key": list(self.fresh), "name": list(self.fresh.values())}
        self.names.append(pl.DataFrame(columns, {"key": pl.UInt64, "name": pl.String}))
        self.fresh.clear()

    def _count(self) -> None:
        """Sort what waits into the rows, and keep as many keys as there is room for."""
        import polars as pl

        if self.waiting:
            rows, counts = _run_lengths(np.sort(np.concatenate(self.waiting)))
            self.rows, self.counts = _merge(self.rows, self.counts, rows, counts)
            self.waiting, self.held = [], 0
        keys = self.rows & ~GROUP
        self.level, kept = fit(keys, self.level, self.most)
        self.rows, self.counts = self.rows[:kept], self.counts[:kept]
        self._raise(keys[:kept])
        self._keep_names()
        names = pl.concat(self.names).filter(pl.col("key") <= find_last(self.height))
        self.names = [names.sort("key", "name").unique("key", keep="first", maintain_order=True)]


def _run_lengths(rows: Hashes) -> tuple[Hashes, Counts]:
    """What stands in sorted rows, and how often."""
    first = np.flatnonzero(np.append(len(rows) > 0, rows[1:] != rows[:-1]))
    return rows[first], np.diff(first, append=len(rows)).astype(np.uint32)


def _merge(rows: Hashes, counts: Counts, more: Hashes, added: Counts) -> tuple[Hashes, Counts]:
    """Two sorted lists of rows as one."""
    if not len(rows):
        return more, added
    at = np.searchsorted(rows, more)
    there = rows[np.minimum(at, len(rows) - 1)] == more
    counts[at[there]] += added[there]
    new = np.flatnonzero(~there)
    places = at[new] + np.arange(len(new))
    before = np.ones(len(rows) + len(new), np.bool_)
    before[places] = False
    merged, many = np.empty(len(before), np.uint64), np.empty(len(before), np.uint32)
    merged[before], many[before] = rows, counts
    merged[places], many[places] = more[new], added[new]
    return merged, many
