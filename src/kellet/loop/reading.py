"""Reading: how real and written points become the evidence that a loop keeps, and an anchor's points enter it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.random import Generator

from kellet.data.source import Source
from kellet.evidence import Evidence, Points
from kellet.families.abilities import abilities
from kellet.families.family import E, ExactFamily, Family, M
from kellet.laws import Frequencies
from kellet.laws.counts import binomial
from kellet.laws.model import ExactModel, Model
from kellet.loop.anchors import AnyAnchor
from kellet.loop.curation.curation import Curation, curate
from kellet.loop.regimes import Number, pool, subsample
from kellet.loop.sizes import Size

K = TypeVar("K", bound=Evidence)
"""The evidence that the loop keeps: what the family learns from, or single points."""


@dataclass(frozen=True)
class Reader(Generic[K, E]):
    """How real and written points become evidence.  keep: what the loop keeps of points; lesson: what a fit learns from
    of what is kept."""

    source: Source
    keep: Callable[[Points], K]
    lesson: Callable[[K], E]

    def first(self, n: int, rng: Generator) -> K:
        return self.keep(self.source.first(n, rng))

    def fresh(self, n: Number, rng: Generator) -> K:
        points = self.source.fresh(int(np.max(n)), rng)
        # Of more than a replicate needs any may be the ones: in what order they come says something of where they lie.
        return self.keep(subsample(points, n, rng) if isinstance(n, np.ndarray) else points)

    def bank(self, n: int, rng: Generator) -> Callable[[int], K]:
        """Draws from a bank of n real points."""
        points = self.source.fresh(n, rng)
        return lambda k: self.keep(subsample(points, k, rng))

    def write(self, model: Model, curation: Curation, n: Number, t: int, rng: Generator) -> K:
        points = curate(curation, curation.law(model).sample(curation.enough(int(np.max(n))), rng), n, rng)
        return self.keep(Points(points.values, points.weights, t))

    def draw(self, law: Model, n: Number, rng: Generator) -> K:
        """What a law writes as it is."""
        return self.keep(law.sample(int(np.max(n)), rng).head(n))


@dataclass(frozen=True)
class ExactReader(Reader[E, E]):
    """Sufficient statistics from the start; drawn from their own law where the source knows it too."""

    truth: ExactModel[E] | None

    def first(self, n: int, rng: Generator) -> E:
        return super().first(n, rng) if self.truth is None else self.truth.statistics(n, rng)

    def fresh(self, n: Number, rng: Generator) -> E:
        return super().fresh(n, rng) if self.truth is None else self.truth.statistics(n, rng)

    def bank(self, n: int, rng: Generator) -> Callable[[int], E]:
        if not isinstance(self.truth, Frequencies):
            return super().bank(n, rng)
        counts = self.fresh(n, rng)
        return lambda k: subsample(counts, k, rng)

    def write(self, model: Model, curation: Curation, n: Number, t: int, rng: Generator) -> E:
        return self.draw(curation.law(model), n, rng)

    def draw(self, law: Model, n: Number, rng: Generator) -> E:
        return cast(ExactModel[E], law).statistics(n, rng)


def make_reader(source: Source, family: Family[E, M], points: bool) -> Reader[Any, E]:
    """How a family reads a source; points: whether single points are asked for where statistics would do."""
    if not isinstance(family, ExactFamily) or not abilities(family).batched:
        # One that learns one by one turns the points of each replicate into what it learns from itself.
        return Reader(source, _as_is, cast(Callable[[Points], E], _as_is))
    if points:
        return Reader(source, _as_is, family.summarise)
    truth = cast(ExactModel[E], source.truth) if abilities(family).knows(source.truth) else None
    return ExactReader(source, family.summarise, _as_is, truth)


def _as_is(evidence: E) -> E:
    return evidence


class Anchoring(Generic[K]):
    """The anchor's real points, generation by generation.

    vaults: banks that several draw from, by how much they hold.
    """

    def __init__(
        self,
        anchor: AnyAnchor,
        size: Size,
        reader: Reader[K, E],
        rng: Generator,
        vaults: dict[int, Callable[[int], K]] | None = None,
    ):
        self.anchor, self.size, self.rng = anchor, size, rng
        self.replicates = reader.source.replicates
        self.fresh = partial(reader.fresh, rng=rng)
        k = anchor.dose(size, 0).count
        self.fixed = self.fresh(k) if anchor.draw == "fixed" and k else None
        self.draw: Callable[[int], K] = self.fresh
        if anchor.bank and (anchor.count or anchor.share):
            known = {} if vaults is None else vaults
            if anchor.bank not in known:
                known[anchor.bank] = reader.bank(anchor.bank, rng)
            self.draw = known[anchor.bank]

    def first(self) -> tuple[int, K | None]:
        """Generation 0 is real anyway; what matters is that a fixed set or a bank is part of it."""
        k = self.anchor.dose(self.size, 0).count
        if self.anchor.draw == "fresh" or not k:
            return 0, None
        return k, self.draw(k) if self.fixed is None else self.fixed

    def at(self, n: int, t: int, write: Callable[[int], K]) -> tuple[Number, K | None]:
        """How many points of the n of generation t are taken for real, and the points; write: those that are not."""
        k: Number
        if self.anchor.random:
            share, weight = np.asarray(self.anchor.share or 0.0), float(self.anchor.weight)
            k = binomial(n, share, self.rng, (self.replicates,)).astype(np.int64)
            anchored = self.fresh(k)
        else:
            dose = self.anchor.dose(self.size, t)
            if not dose.count:
                return 0, None
            k, weight = dose.count, dose.weight
            clean = self.draw(dose.clean) if self.fixed is None else self.fixed
            anchored = pool(clean, write(dose.dirty) if dose.dirty else None)
        return k, anchored if weight == 1.0 else weight * anchored
