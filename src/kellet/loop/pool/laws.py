"""A pool far larger than what is read: every document that is read is new, and its law is known.

Of n documents that a writer reads it is drawn how many come from each writer and generation, and then what these say
together, from the laws that wrote them.  Where their kinds of law blend (categories, yes and no) one law stands for all
that a writer ever wrote, and nothing grows with the generations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, cast

import numpy as np
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.families.family import E
from kellet.laws.blending import blend, gather
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
    law: Model
    draw: Draw[K]


class Shelf(Generic[K, E]):
    """What one writer wrote that still lies in the pool."""

    def __init__(self, pool: Pool, reader: Reader[K, E], blends: bool, many: bool, writing: Generator):
        self.reader, self.writing = reader, writing
        self.window, self.decay = pool.window, 1.0 if pool.halving is None else 2.0 ** (-1 / pool.halving)
        self.blends, self.many = blends and pool.window is None, many
        self.parts: list[Part[K]] = []

    @property
    def weight(self) -> float:
        return sum(part.weight for part in self.parts)

    @property
    def amount(self) -> float:
        return sum(part.amount for part in self.parts)

    def add(self, amount: float, model: Model, curation: Curation, t: int) -> None:
        """What is new of generation t."""
        law = curation.law(model)

        def write(n: Number) -> K:
            return self.reader.write(model, curation, n, t, self.writing)

        aged = [Part(part.weight * self.decay, part.amount, part.law, part.draw) for part in self.parts]
        self.parts = [*aged, Part(amount, amount, law, write)]
        if self.window is not None:
            self.parts = self.parts[max(0, len(self.parts) - self.window) :]
        elif self.blends and len(self.parts) > 1 and (one := join(self.parts, self.many)) is not None:
            self.parts = [Part(self.weight, self.amount, one, lambda n: self.reader.draw(one, n, self.writing))]


def join(parts: Sequence[Part[K]], many: bool) -> Model | None:
    """The one law of all parts, if there is one; many: for large samples."""
    weights = np.array([part.weight for part in parts])
    return blend([part.law for part in parts], weights / weights.sum(), many)


class Amounts:
    """How many documents lie in a pool, generation by generation, and how much they are read: numbers, or (R,)."""

    def __init__(self, pool: Pool):
        self.window, self.decay = pool.window, 1.0 if pool.halving is None else 2.0 ** (-1 / pool.halving)
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
    laws: Sequence[Model]
    blend: Model | None
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
        self.shelves = [Shelf(pool, reader, exact, many, writing) for _ in homes]
        self.humans, self.people, self.truth = Amounts(pool), people, truth
        self.exact, self.many = exact, many
        caught, mistaken = (pool.filter.caught, pool.filter.mistaken) if pool.filter else (0.0, 0.0)
        self.mixtures: dict[int, Mixture[K]] = {}
        self.passes, self.human_passes = pool.bias * (1 - caught), 1 - mistaken

    def publish(
        self, t: int, written: Sequence[tuple[Model, Curation]], amounts: Sequence[float], people: float
    ) -> None:
        """What models and people wrote for generation t."""
        for shelf, (model, curation), amount in zip(self.shelves, written, amounts, strict=True):
            if amount:
                shelf.add(amount, model, curation, t)
        self.humans.add(people)
        self.mixtures.clear()

    @property
    def model_share(self) -> float:
        """The share of model text among all that lies in the pool."""
        models = sum(shelf.amount for shelf in self.shelves)
        return models / total if (total := models + self.humans.amount) else 0.0

    def shares(self, home: int) -> Array:
        """(K + 1,): whose documents are read in one of the pools, people's last."""
        models = np.array([shelf.weight for shelf in self.shelves]) * self.passes
        everything = np.append(models, self.humans.weight * self.human_passes)
        here = np.append(self.homes == home, 1 / self.settings.pools) * everything
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
            return self.reader.draw(mixture.blend, n, self.writing)
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
        chances, draws, laws = list[float](), list[Draw[K]](), list[Model | None]()
        for share, shelf in zip(shares, self.shelves, strict=False):
            for part in shelf.parts if share else ():
                chances.append(share * part.weight / shelf.weight)
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
