"""A cell: one arm with all its settings resolved."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any

import msgspec

from kellet.experiment.settings import Same, encoded
from kellet.loop.anchors import AnyAnchor


class Cell(msgspec.Struct, frozen=True, dict=True):
    """One arm with all its settings resolved: what one replicate's numbers depend on, and nothing else."""

    world: Any
    family: Any
    size: int | tuple[int, ...]
    generations: int
    regime: Any
    anchor: AnyAnchor | None
    block: int
    curation: Any = None

    @cached_property
    def id(self) -> str:
        """A hash of the settings; where a file is, is not one of them, what is in it is."""
        known = {name: getattr(self, name) for name in self.__struct_fields__}
        parts = {name: encoded(Same(value)) for name, value in known.items() if value is not None}
        return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:16]

    def spawn_key(self, block: int) -> tuple[int, ...]:
        """The address of a block's random stream: no two cells share one, whatever else is in the run."""
        return (int(self.id[:8], 16), int(self.id[8:], 16), block)
