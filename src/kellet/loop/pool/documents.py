"""A pool that holds so many documents as were written, which are read again and again.

Nobody reads a document twice at a time.  Counts are drawn from the pool's counts without replacement; where the whole
pool is read sums are enough; everything else is drawn point by point.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, cast

import numpy as np
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Array, Counts, Evidence, Integers, Points
from kellet.families.family import E
from kellet.laws.counts import binomial
from kellet.laws.model import Model
from kellet.loop.curation.curation import Curation
from kellet.loop.pool.laws import EMPTY, Amounts, Draw
from kellet.loop.pool.settings import Pool
from kellet.loop.reading import K, Reader
from kellet.loop.regimes import DRAWN, Number, pool, subsample
from kellet.loop.sizes import MOST


class Shelves(Generic[K]):
    """What lies in one of the pools.

    documents: those that passed the filter, oldest first; None where there are none.  models, humans: how many of them
    these are, a number or (R,).  written, told: how many there were to be before the filter, were they not whole.
    """

    def __init__(self, settings: Pool):
        self.window, self.documents = settings.window, cast(K | None, None)
        self.models, self.humans, self.written, self.told = (Amounts(settings) for _ in range(4))
        self.newest: list[K | None] = []
        self.widths: list[int] = []

    def add(self, documents: K | None, models: Number, humans: Number, written: float, told: float) -> None:
        """What is new of one generation, which all else is then older than."""
        for amounts, new in zip(
            (self.models, self.humans, self.written, self.told), (models, humans, written, told), strict=True
        ):
            amounts.add(new)
        self.widths.append(documents.size if isinstance(documents, Points) else 0)
        if self.window is None:
            self.documents = join([self.documents, documents])
            return
        kept = max(1, self.window)
        self.newest, self.widths = [*self.newest, documents][-kept:], self.widths[-kept:]
        self.documents = join(self.newest)

    def ages(self) -> Integers:
        """(n,): how many generations old each document is."""
        return np.repeat(np.arange(len(self.widths))[::-1], self.widths)


def join(documents: Sequence[K | None]) -> K | None:
    """All that there are; None where there are none."""
    there = [one for one in documents if one is not None]
    return pool(*there) if there else None


class Documents(Generic[K, E]):
    """The pools as what lies in them."""

    def __init__(
        self, settings: Pool, reader: Reader[K, E], homes: Sequence[int], writing: Generator, people: Draw[K],
        first: Sequence[K], sizes: Sequence[int],
    ):  # fmt: skip
        """first: what each writer learnt from at first, people's documents, so many (``sizes``)."""
        self.settings, self.reader, self.homes, self.writing, self.people = settings, reader, homes, writing, people
        self.pools: list[Shelves[K]] = [Shelves(settings) for _ in range(settings.pools)]
        self.owed = np.zeros(len(homes) + settings.pools)
        before = max(0.0, (settings.written or 0.0) - sum(sizes))
        if settings.before is not None and (before := settings.before - sum(sizes)) < 0:
            got = f"{round(settings.before):,} beside the {sum(sizes):,} that writers learn from at first"
            raise InputError("at least as many documents before as are read", got, "leaving before out")
        for home, shelves in enumerate(self.pools):
            own = [one for one, where in zip(first, homes, strict=True) if where == home]
            many = sum(size for size, where in zip(sizes, homes, strict=True) if where == home)
            more: Number = self._count(len(homes) + home, before / settings.pools)
            told = many + int(more)
            if settings.filter:
                # What passes of the first training sets, too, if not the very same documents.
                own, more = [], self._pass(told, self.settings.mistaken)
            old = people(more) if np.max(more) > 0 else None
            shelves.add(join([*own, old]), 0, more if settings.filter else told, 0.0, many + before / settings.pools)

    def publish(
        self, t: int, written: Sequence[tuple[Model, Curation]], amounts: Sequence[float], people: float
    ) -> None:
        """What models and people wrote for generation t."""
        there = sum(shelves.written.amount + shelves.told.amount for shelves in self.pools) + sum(amounts) + people
        if there > MOST:
            raise InputError("a pool of at most 10^18 documents", f"{there:.2g}", 'reading = "laws"')
        remembers = self.settings.window != 0
        for home, shelves in enumerate(self.pools):
            own = [i for i, where in enumerate(self.homes) if where == home and remembers]
            many = [self._count(i, amounts[i]) for i in own]
            passed = [self._pass(n, self.settings.caught) for n in many]
            texts = [
                self.reader.write(*written[i], n, t, self.writing)
                for i, n in zip(own, passed, strict=True)
                if np.max(n) > 0
            ]
            theirs = people / self.settings.pools
            humans = self._pass(self._count(len(self.homes) + home, theirs), self.settings.mistaken)
            more = self.people(humans) if np.max(humans) > 0 else None
            shelves.add(join([*texts, more]), sum(passed), humans, sum(amounts[i] for i in own), theirs)

    def _count(self, who: int, amount: float) -> int:
        """Whole documents; what is left of one is written another time."""
        self.owed[who] += amount
        whole = round(float(self.owed[who]))
        self.owed[who] -= whole
        return whole

    @property
    def model_share(self) -> float:
        """The share of model text among all that was written and lies in the pools."""
        models = sum(shelves.written.amount for shelves in self.pools)
        total = models + sum(shelves.told.amount for shelves in self.pools)
        return models / total if total else 0.0

    def model_share_read(self, reader: int) -> float | Array:
        """The share of model text in what a writer reads of the pools: to be expected of documents that are all found
        alike."""
        near = _share([self.pools[self.homes[reader]]])
        m = self.settings.migration
        return near if m == 0 else (1 - m) * near + m * _share(self.pools)

    def read(self, reader: int, n: Number) -> K:
        """What n documents say, or all that there are."""
        found = self._find(reader, n)
        if self.settings.dedup and isinstance(found, Points):
            return cast(K, self.settings.dedup.points(found, found.size, self.writing))
        return found

    def _find(self, reader: int, n: Number) -> K:
        home, m = self.pools[self.homes[reader]], self.settings.migration
        if self.settings.whole:
            return _hold([home])
        if not m:
            return self._choose([home], n)
        strangers = binomial(n, np.asarray(m), self.writing, (self.reader.source.replicates,)).astype(np.int64)
        far = self._choose(self.pools, strangers)
        return far if m == 1 else pool(self._choose([home], n - strangers), far)

    def _choose(self, pools: Sequence[Shelves[K]], n: Number) -> K:
        there = _hold(pools)
        held = np.asarray(there.count)
        if not isinstance(there, Points) and held.max() >= DRAWN:
            raise InputError("fewer than 10^9 documents to draw from", f"{held.max():,}", 'reading = "laws"')
        few = np.minimum(n, held).astype(np.int64)
        n = few if few.ndim else int(few)
        if not isinstance(there, Points) or (self.settings.bias == 1 and self.settings.halving is None):
            return subsample(there, n, self.writing)
        ages = np.concatenate([shelves.ages() for shelves in pools])
        chances = self.settings.decay**ages * np.where(there.origins > 0, self.settings.bias, 1.0)
        return cast(K, _race(there, chances, n, self.writing))

    def _pass(self, n: int, caught: float) -> Number:
        """How many of n documents pass the filter, which looks at each."""
        if not caught or not n:
            return n
        return binomial(n, np.asarray(1 - caught), self.writing, (self.reader.source.replicates,)).astype(np.int64)


def _hold(pools: Sequence[Shelves[K]]) -> K:
    """All that lies in the pools."""
    if (there := join([shelves.documents for shelves in pools])) is None:
        raise InputError(*EMPTY)
    return there


def _share(pools: Sequence[Shelves[K]]) -> float | Array:
    """The share of model text in what is read of the pools, of documents that are all found alike."""
    models = sum(shelves.models.weight for shelves in pools)
    humans = sum(shelves.humans.weight for shelves in pools)
    return cast(float | Array, models / np.maximum(models + humans, 1e-300))


def _race(points: Points, chances: Array, n: Number, rng: Generator) -> Points:
    """n points without replacement, one after the other by their chances: those of the shortest exponential waits.

    P. Efraimidis and P. Spirakis, Information Processing Letters 97:181 (2006).
    """
    waits = rng.standard_exponential((points.replicates, points.size)) / np.maximum(chances, 1e-300)
    if points.weights is not None:
        waits[points.weights == 0] = np.inf
    order = np.argsort(waits, axis=1)[:, : int(np.max(n))]
    return points.take(order).head(n)


def keeps_points(settings: Pool, learns: type[Evidence]) -> bool:
    """Whether statistics of this kind are not enough."""
    return settings.by_points or (settings.reading == "documents" and not settings.whole and learns is not Counts)
