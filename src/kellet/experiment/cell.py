"""A cell: one arm with all its settings resolved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import cast

import msgspec
from numpy.random import Generator

from kellet.errors import InputError
from kellet.evidence import Evidence
from kellet.experiment.arm import AnyCuration, AnyRegime
from kellet.experiment.settings import Same, encode
from kellet.families.abilities import Archive
from kellet.families.family import Family
from kellet.families.recipe import Recipe
from kellet.laws.model import Model
from kellet.loop.anchors import AnyAnchor
from kellet.loop.generations import generations
from kellet.loop.lineage import Generation
from kellet.loop.pool.flow import count_batches
from kellet.loop.pool.settings import Pool, Writers, spread
from kellet.loop.pool.web import Web, weave
from kellet.worlds.world import World


class Cell(msgspec.Struct, frozen=True, dict=True):
    """One arm with all its settings resolved: what one replicate's numbers depend on, and nothing else."""

    world: World
    family: Recipe
    size: int | tuple[int, ...]
    generations: int
    regime: AnyRegime
    anchor: AnyAnchor | None
    block: int
    curation: AnyCuration | None = None
    pool: Pool | None = None
    writers: Writers | None = None

    @cached_property
    def id(self) -> str:
        """A hash of the settings; where a file is, is not one of them, what is in it is."""
        known = msgspec.structs.asdict(self)
        parts = {name: encode(Same(value)) for name, value in known.items() if value is not None}
        return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:16]

    @property
    def batches(self) -> int:
        """How many batches of points the last generation reads, all its writers together."""
        if self.pool is None:
            return self.regime.batches(self.generations)
        return len(spread(self.writers or {})) ** 2 * count_batches(self.pool, self.family, self.generations, self.size)

    def loop(
        self, replicates: int, rng: Generator, archive: Archive | None = None
    ) -> Iterator[Generation[Evidence, Model]] | Iterator[Web[Evidence]]:
        """What a block of it computes; archive: where fits leave what they print or learnt."""
        if self.pool is None:
            return self.loop_alone(replicates, rng, archive)
        return weave(
            self.world,
            cast(Family[Evidence, Model], self.family),
            size=self.size,
            settings=self.pool,
            writers=self.writers or {},
            anchor=self.anchor,
            curation=self.curation,
            replicates=replicates,
            archive=archive,
            rng=rng,
        )

    def loop_alone(
        self, replicates: int, rng: Generator, archive: Archive | None = None
    ) -> Iterator[Generation[Evidence, Model]]:
        """The same of one without a pool."""
        if self.pool is not None:
            raise InputError("an arm without a pool", "one with many writers", "leaving that arm out")
        return generations(
            self.world,
            cast(Family[Evidence, Model], self.family),
            size=self.size,
            regime=self.regime,
            anchor=self.anchor,
            curation=self.curation,
            replicates=replicates,
            archive=archive,
            rng=rng,
        )

    def spawn_key(self, block: int) -> tuple[int, ...]:
        """The address of a block's random stream: no two cells share one, whatever else is in the run."""
        return (int(self.id[:8], 16), int(self.id[8:], 16), block)
