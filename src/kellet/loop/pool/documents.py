"""A pool that holds so many documents as were written, which are read again and again.

Nobody reads a document twice at a time.  Counts are drawn from the pool's counts without replacement; where the whole
pool is read sums are enough; everything else is drawn point by point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, cast

import numpy as np
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Array, Evidence, Points
from kellet.families.family import E
from kellet.laws.counts import binomial
from kellet.laws.model import Model
from kellet.loop.curation.curation import Curation
from kellet.loop.pool.laws import Draw
from kellet.loop.pool.settings import Pool
from kellet.loop.reading import K, Reader
from kellet.loop.regimes import Number, pool, subsample
from kellet.loop.sizes import MOST


@dataclass(frozen=True)
class Batch(Generic[K]):
    """What was published in one generation, in one of the pools.

    evidence: the documents that passed the filter, models' and people's.  models, humans: how many of them, a number or
    (R,); written, told: how many there were before the filter.
    """

    evidence: K
    models: Number
    humans: Number
    written: float
    told: float


class Documents(Generic[K, E]):
    """The pools as what lies in them."""

    def __init__(
        self, settings: Pool, reader: Reader[K, E], homes: Sequence[int], writing: Generator, people: Draw[K],
        first: Sequence[K], sizes: Sequence[int],
    ):  # fmt: skip
        """first: what each writer learnt from at first, people's documents, so many (``sizes``)."""
        self.settings, self.reader, self.homes, self.writing, self.people = settings, reader, homes, writing, people
        self.batches: list[list[Batch[K]]] = []
        before = 0 if settings.before is None else round(settings.before) - sum(sizes)
        if before < 0:
            got = f"{round(settings.before or 0):,} beside the {sum(sizes):,} that writers learn from at first"
            raise InputError("at least as many documents before as are read", got, "leaving before out")
        for home in range(settings.pools):
            own = [one for one, where in zip(first, homes, strict=True) if where == home]
            many = sum(size for size, where in zip(sizes, homes, strict=True) if where == home)
            told = many + before // settings.pools
            more: Number = before // settings.pools
            if settings.filter:
                # What passes of the first training sets, too, if not the very same documents.
                own, more = [], self._pass(told, self._mistaken)
            old = people(more) if np.max(more) > 0 else None
            humans = more if settings.filter else told
            self.batches.append([Batch(pool(*own, old), 0, humans, 0.0, float(told))])
        self.sums = [batches[0].evidence for batches in self.batches]

    def publish(
        self, t: int, written: Sequence[tuple[Model, Curation]], amounts: Sequence[float], people: float
    ) -> None:
        """What models and people wrote for generation t."""
        count = self.settings.pools
        for home in range(count):
            own = [i for i, where in enumerate(self.homes) if where == home]
            if self.settings.window == 0:
                own = []
            there = [self._pass(round(amounts[i]), self._caught) for i in own]
            texts = [
                self.reader.write(*written[i], n, t, self.writing)
                for i, n in zip(own, there, strict=True)
                if np.max(n) > 0
            ]
            told = self._pass(round(people / count), self._mistaken)
            humans = self.people(told) if np.max(told) > 0 else None
            if not texts and humans is None:
                continue
            batch = Batch(pool(*texts, humans), sum(there), told, sum(round(amounts[i]) for i in own), people / count)
            batches, window = [*self.batches[home], batch], self.settings.window
            self.batches[home] = batches if window is None else batches[-max(1, window) :]
            if window is None:
                self.sums[home] = pool(self.sums[home], batch.evidence)
            else:
                self.sums[home] = pool(*(one.evidence for one in self.batches[home]))

    @property
    def model_share(self) -> float:
        """The share of model text among all that was written and lies in the pools."""
        models = sum(batch.written for batches in self.batches for batch in batches)
        total = models + sum(batch.told for batches in self.batches for batch in batches)
        return models / total if total else 0.0

    def model_share_read(self, reader: int) -> float | Array:
        """The share of model text in what a writer reads of the pools: to be expected of what lies there."""
        near = self._share([self.batches[self.homes[reader]]])
        m = self.settings.migration
        return near if m == 0 else (1 - m) * near + m * self._share(self.batches)

    def _share(self, pools: Sequence[Sequence[Batch[K]]]) -> float | Array:
        models: Any = 0.0
        humans: Any = 0.0
        for batches in pools:
            for age, batch in enumerate(reversed(batches)):
                fresh = 1.0 if self.settings.halving is None else 2.0 ** (-age / self.settings.halving)
                models = models + fresh * self.settings.bias * batch.models
                humans = humans + fresh * batch.humans
        return cast(float | Array, models / np.maximum(models + humans, 1e-300))

    def read(self, reader: int, n: Number) -> K:
        """What n documents say, or all that there are."""
        home, m = self.homes[reader], self.settings.migration
        here = self._there([home])
        if self.settings.whole:
            return here
        if not m:
            return self._choose([home], here, n)
        strangers = binomial(n, np.asarray(m), self.writing, (self.reader.source.replicates,)).astype(np.int64)
        everywhere = list(range(self.settings.pools))
        near, far = n - strangers, self._choose(everywhere, self._there(everywhere), strangers)
        return far if m == 1 else pool(self._choose([home], here, near), far)

    def _there(self, homes: Sequence[int]) -> K:
        return pool(*(self.sums[home] for home in homes))

    def _choose(self, homes: Sequence[int], there: K, n: Number) -> K:
        held = there.count
        few = np.minimum(n, np.asarray(held)).astype(np.int64)
        n = few if isinstance(few, np.ndarray) and few.ndim else int(few)
        if not isinstance(there, Points):
            return subsample(there, n, self.writing)
        if self.settings.bias == 1 and self.settings.halving is None:
            found: Points = subsample(there, n, self.writing)
        else:
            found = _race(there, self._chances(homes), n, self.writing)
        if self.settings.dedup:
            found = self.settings.dedup.points(found, found.size, self.writing)
        return cast(K, found)

    def _chances(self, homes: Sequence[int]) -> Array:
        """(n,) or (R, n): how often each document is found, beside a new one of people's."""
        parts = []
        for home in homes:
            for age, batch in enumerate(reversed(self.batches[home])):
                assert isinstance(batch.evidence, Points)
                fresh = 1.0 if self.settings.halving is None else 2.0 ** (-age / self.settings.halving)
                parts.append((home, -age, fresh * np.where(batch.evidence.origins > 0, self.settings.bias, 1.0)))
        return np.concatenate([chance for _, _, chance in sorted(parts, key=lambda part: part[:2])], axis=1)

    def _pass(self, n: int, caught: float) -> Number:
        """How many of n documents pass the filter, which looks at each."""
        if n > MOST:
            raise InputError("a pool of at most 10^18 documents", n, 'reading = "laws"')
        if not caught or not n:
            return n
        return binomial(n, np.asarray(1 - caught), self.writing, (self.reader.source.replicates,)).astype(np.int64)

    @property
    def _caught(self) -> float:
        return self.settings.filter.caught if self.settings.filter else 0.0

    @property
    def _mistaken(self) -> float:
        return self.settings.filter.mistaken if self.settings.filter else 0.0


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
    from kellet.evidence import Counts

    return settings.by_points or (settings.reading == "documents" and not settings.whole and learns is not Counts)
