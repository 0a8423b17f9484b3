"""Verifying: whether a mix is what its manifest says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Integers
from kellet.mix import manifest as manifests
from kellet.mix.apportionment import apportion
from kellet.mix.blame import expand, find_fault, weigh
from kellet.mix.identity import BYTES, VOID, Identities, identify
from kellet.mix.manifest import Count, Manifest, Shard
from kellet.mix.merkle import Entries, enter, find_root, hash_window
from kellet.mix.recipe import GENERATION, ID, ORIGIN, REAL, STRATUM

if TYPE_CHECKING:
    import polars as pl

Progress = Callable[[str, float], None]
SHOWN = 5
"""Rows of a shard, and windows, that are named."""


@dataclass(frozen=True)
class Verification:
    """root: of the manifest.  faults: what is wrong, one sentence each.  notes: what could not be looked at."""

    manifest: Manifest
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 if nothing is wrong, else 1."""
        return 1 if self.faults else 0
