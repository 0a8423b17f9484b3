"""A pool far larger than what is read: every document that is read is new, and its law is known.

Of n documents that a writer reads it is drawn how many come from each writer and generation, and then what these say
together, from the laws that wrote them.  Where their kinds of law blend (categories, yes and no) one law stands for all
that a writer ever wrote, and nothing grows with the generations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, cast

import numpy as np
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.families.family import E
from kellet.laws.blending import Blend, Law, blend, gather
from kellet.laws.counts import multinomial
from kellet.laws.model import Model
from kellet.loop.curation.curation import Curation
from kellet.loop.pool.settings import Pool
from kellet.loop.reading import K, Reader
from kellet.loop.regimes import Number, pool

Draw = Callable[[Number], K]
"""So many documents of one source."""
EMPTY = "a pool that holds something to read", "none", "pool+humans:10%, or a weaker filter"
"""What is expected, what comes, and what to try, where nothing is left."""


@dataclass(frozen=True)
class Part(Generic[K]):
    """Documents of one writer and generation, or of several that are read as one.  weight: how much they are read, in
    documents; amount: how many there are."""

    weight: float
    amount: float
    law: Law
    draw: Draw[K]


class Shelf(Generic[K, E]):
    """What the writers of one of the pools wrote that still lies there."""

    def __init__(self, pool: Pool, reader: Reader[K, E], blends: bool, many: bool, writing: Generator):
        self.reader, self.writing = reader, writing
        self.window, self.decay = pool.window, pool.decay
        self.blends, self.many = blends and pool.window is None, many
        self.batches: list[list[Part[K]]] = []

    @property
    def parts(self) -> list[Part[K]]:
        """All of it, by writer and generation or as one."""
        return [part for batch in self.batches for part in batch]

    @property
    def weight(self) -> float:
        return sum(part.weight for part in self.parts)

    @property
    def amount(self) -> float:
        return sum(part.amount for part in self.parts)

    def add(self, written: Sequence[tuple[Model, Curation]], amounts: Sequence[float], t: int) -> None:
        """What is new of generation t: who wrote, and how many documents each."""
        if self.decay < 1:
            self.batches = [[replace(part, weight=part.weight * self.decay) for part in old] for old in self.batches]
        pairs = zip(written, amounts, strict=True)
        new = [Part(n, n, who[1].law(who[0]), partial(self._write, *who, t)) for who, n in pairs if n]
        self.batches = [*self.batches, new]
        if self.window is not None:
            self.batches = self.batches[max(0, len(self.batches) - self.window) :]
        elif self.blends and len(parts := self.parts) > 1:
            weights = np.array([part.weight for part in parts])
            if (one := blend([part.law for part in parts], weights / weights.sum(), self.many)) is not None:
                self.batches = [[Part(self.weight, self.amount, one, partial(self._draw, one))]]

    def _write(self, model: Model, curation: Curation, t: int, n: Number) -> K:
        return self.reader.write(model, curation, n, t, self.writing)

    def _draw(self, blend: Blend, n: Number) -> K:
        return cast(K, blend.statistics(n, self.writing))


class Amounts:
    """How many documents lie in a pool, generation by generation, and how much they are read: numbers, or (R,)."""

    def __init__(self, pool: Pool):
        self.window, self.decay = pool.window, pool.decay
        self.newest: list[Any] = []
        self.amount: Any = 0.0
        self.weight: Any = 0.0

    def add(self, amount: float | Array | Integers) -> None:
        """What is new of one generation."""
        if self.window is None:
            self.amount, self.weight = self.amount + amount, self.weight * self.decay + amount
            return
        # People who write now are read now, even where nothing is remembered.
        self.newest = [*self.newest, amount][-max(1, self.window) :]
        self.amount = sum(self.newest)
        self.weight = sum(one * self.decay**age for age, one in enumerate(reversed(self.newest)))


@dataclass(frozen=True)
class Mixture(Generic[K]):
    """What is read: documents of each source with its chance.

    laws: the law of each, or none where not all are known.  blend: the one that stands for all.  models: the share of
    model text.
    """

    chances: Array
    draws: Sequence[Draw[K]]
    laws: Sequence[Law]
    blend: Blend | None
    models: float


class Laws(Generic[K, E]):
    """The pool as weights of laws."""

    def __init__(
        self, pool: Pool, reader: Reader[K, E], homes: Sequence[int], writing: Generator, people: Draw[K],
        truth: Model | None, exact: bool, many: bool,
    ):  # fmt: skip
        """homes: which of the pools each writer is at home in.  people: draws of people's documents that pass the
        filter; truth: their law, where one is known.  many: samples are so large that their statistics are normal."""
        self.settings, self.reader, self.writing, self.homes = pool, reader, writing, np.asarray(homes)
        self.shelves = [Shelf(pool, reader, exact, many, writing) for _ in range(pool.pools)]
        self.humans, self.people, self.truth = Amounts(pool), people, truth
        self.exact, self.many = exact, many
        self.mixtures: dict[int, Mixture[K]] = {}
        self.passes, self.human_passes = pool.bias * (1 - pool.caught), 1 - pool.mistaken

    def publish(
        self, t: int, written: Sequence[tuple[Model, Curation]], amounts: Sequence[float], people: float
    ) -> None:
        """What models and people wrote for generation t."""
        for home, shelf in enumerate(self.shelves):
            own = np.flatnonzero(self.homes == home).tolist()
            shelf.add([written[i] for i in own], [amounts[i] for i in own], t)
        self.humans.add(people)
        self.mixtures.clear()

    @property
    def model_share(self) -> float:
        """The share of model text among all that lies in the pool."""
        models = sum(shelf.amount for shelf in self.shelves)
        return models / total if (total := models + self.humans.amount) else 0.0

    def shares(self, home: int) -> Array:
        """(P + 1,): whose documents are read in one of the pools: of the writers of each, and people's last."""
        models = np.array([shelf.weight for shelf in self.shelves]) * self.passes
        everything = np.append(models, self.humans.weight * self.human_passes)
        here = np.append(np.arange(self.settings.pools) == home, 1 / self.settings.pools) * everything
        m = self.settings.migration
        near, far = here / max(here.sum(), 1e-300), everything / max(everything.sum(), 1e-300)
        return np.asarray(far if m == 1 else near if m == 0 else (1 - m) * near + m * far)

    def model_share_read(self, reader: int) -> float:
        """The share of model text in what a writer reads of the pool."""
        return self._mixture(reader).models

    def read(self, reader: int, n: Number) -> K:
        """What n documents say."""
        mixture = self._mixture(reader)
        if len(mixture.draws) == 1:
            return mixture.draws[0](n)
        if mixture.blend is not None:
            return cast(K, mixture.blend.statistics(n, self.writing))
        spread = np.broadcast_to(mixture.chances, (self.reader.source.replicates, len(mixture.chances)))
        counts = multinomial(n, spread, self.writing)
        if mixture.laws and (together := gather(mixture.laws, counts, self.writing)) is not None:
            return cast(K, together)
        return pool(*(draw(counts[:, i]) for i, draw in enumerate(mixture.draws) if counts[:, i].any()))

    def _mixture(self, reader: int) -> Mixture[K]:
        """What a writer reads; whoever is at home in the same pool reads the same."""
        home = int(self.homes[reader])
        if home not in self.mixtures:
            self.mixtures[home] = self._mix(self.shares(home))
        return self.mixtures[home]

    def _mix(self, shares: Array) -> Mixture[K]:
        if not shares.sum() > 0:
            raise InputError(*EMPTY)
        chances, draws, laws = list[float](), list[Draw[K]](), list[Law | None]()
        for share, shelf in zip(shares, self.shelves, strict=False):
            whole = shelf.weight
            for part in shelf.parts if share else ():
                chances.append(share * part.weight / whole)
                draws.append(part.draw)
                laws.append(part.law)
        if shares[-1]:
            chances.append(shares[-1])
            draws.append(self.people)
            laws.append(self.truth)
        weights = np.array(chances) / np.sum(chances)
        known = [law for law in laws if law is not None] if self.exact else []
        known = known if len(known) == len(laws) else []
        one = blend(known, weights, self.many) if len(known) > 1 else None
        return Mixture(weights, draws, known, one, float(1 - shares[-1] / shares.sum()))
