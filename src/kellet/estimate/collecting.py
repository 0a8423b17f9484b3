"""Collecting: of tables of any size those rows that an estimate learns from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kellet.errors import InputError
from kellet.estimate.gathering import allot
from kellet.estimate.layout import identify
from kellet.estimate.sample import Sample
from kellet.profile.hashes import mix
from kellet.profile.tally import Hashes

MOST = 10_000
"""Human rows, and all models' together, that are learnt from, about."""
NATURAL = 0.01
"""Of human rows those that are there for another time, from which on equal rows are no copies."""
SAME = 0.5


class Collection:
    """Rows of one writer: how often each is there, the same however they come.

    rows: (N, D), those of ``sample``, in its order.  Of a table with more different rows than a sample holds the others
    are left out with all their copies.
    """

    def __init__(self, columns: int):
        self.sample = Sample.of(np.empty(0, np.uint64))
        self.rows: Hashes = np.empty((0, columns), np.uint64)

    def add(self, rows: Hashes) -> None:
        """More of them (N, D)."""
        hashes = identify(rows)
        every, first = np.unique(np.concatenate([self.sample.hashes, hashes]), return_index=True)
        self.sample += Sample.of(hashes)
        kept = first[np.isin(every, self.sample.hashes)]
        self.rows = np.concatenate([self.rows, rows])[kept]

    @property
    def total(self) -> int:
        """How many rows there are; exact while no more than a sample's are different."""
        return self.sample.different + self.sample.repeated

    def take(self, most: int, without: Hashes) -> Hashes:
        """(N, D) rows, as many as there are or about ``most``, each as often as its share; without: hashes of others
        that are left out."""
        stay = ~np.isin(self.sample.hashes, without)
        rows, hashes, counts = self.rows[stay], self.sample.hashes[stay], self.sample.counts[stay]
        # A part of a row is rounded up or down by its hash, which is as good as chance.
        chance = mix(hashes + np.uint64(1)) / 2.0**64
        many = np.floor(counts * min(1.0, most / max(int(counts.sum()), 1)) + chance * (counts.sum() > most))
        return np.repeat(rows, many.astype(np.int64), axis=0)


@dataclass(frozen=True, eq=False)
class RowReferences:
    """Rows that an estimate learns from.

    human, models: (N, D).  hashes: sorted, of rows that don't count in a corpus, since a reference has them.  both,
    repeated, empty: how many were left out, as `Removed` has them.  notes: what to bear in mind, as sentences.
    """

    human: Hashes
    models: Mapping[str, Hashes]
    hashes: Hashes
    both: int
    notes: tuple[str, ...]
    repeated: int = 0
    empty: int = 0


def choose(human: Collection, models: Mapping[str, Collection]) -> RowReferences:
    """The rows of tables that are learnt from; bad input where they are the same."""
    nothing = np.empty(0, np.uint64)
    natural = human.sample.repeated >= NATURAL * human.total
    theirs = sum((one.sample for one in models.values()), Sample.of(nothing))
    for name, one in models.items():
        same = one.sample.share_in(human.sample)
        alike = np.array_equal(one.sample.hashes, human.sample.hashes)
        if (alike and np.array_equal(one.sample.counts, human.sample.counts)) or (same > SAME and not natural):
            got = f'{100 * same:.0f} % of the rows of "{name}" in the human table'
            raise InputError("human and model tables that differ", got, "rows of which it is known who wrote them")
    common = nothing if natural else np.intersect1d(human.sample.hashes, theirs.hashes)
    sizes = allot([one.total for one in models.values()], MOST)
    taken = {name: one.take(size, common) for (name, one), size in zip(models.items(), sizes, strict=True)}
    rows = human.take(MOST, common)
    seen = nothing if natural else np.unique(np.concatenate([identify(one) for one in (rows, *taken.values())]))
    whole = {"human": human} | {f'"{name}"': one for name, one in models.items()}
    notes = tuple(_tell(whole, [rows, *taken.values()]))
    if natural:
        share = human.sample.repeated / human.total
        notes += (
            f"Equal rows are natural in such tables, where {100 * share:.0f} % of human rows came before: all count.",
        )
    return RowReferences(rows, taken, seen, len(common), notes)


def _tell(whole: Mapping[str, Collection], taken: Sequence[Hashes]) -> Iterator[str]:
    for (name, one), rows in zip(whole.items(), taken, strict=True):
        if len(rows) < 0.9 * one.total:
            yield f"Of {one.total:,} {name} rows {len(rows):,} were used, chosen by their hashes."
