"""Lineage: the mixes that models learnt from before, back to the first, and which rows models wrote in them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from kellet.data.shards import read_batches
from kellet.errors import InputError
from kellet.mix import manifest
from kellet.mix.identity import VOID, Identities
from kellet.mix.manifest import Link, Manifest, find_root
from kellet.mix.recipe import ID, ORIGIN, REAL

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Lineage:
    """chain: all mixes that came before, the nearest first.  folders: where each lies.  generation: of what models
    write now that learnt from them.  drawn: by stratum, up to where real rows were taken from their order."""

    chain: tuple[Link, ...] = ()
    folders: tuple[Path, ...] = ()
    generation: int = 1
    drawn: Mapping[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[Link, ...]:
        """Those whose folders are gone."""
        return tuple(link for link, folder in zip(self.chain, self.folders, strict=True) if not folder.is_dir())

    def require_unchanged(self) -> None:
        """Bad input where a shard isn't what its manifest says: an edited label would make a model's row real."""
        for folder in self.folders:
            for shard in read_mix(folder).shards if folder.is_dir() else ():
                path = folder / shard.file.name
                if not path.is_file():
                    raise InputError("all shards of the earlier mix", f"no {path}", "the mix as it was")
                with path.open("rb") as file:
                    if file_digest(file, "sha256").hexdigest() != shard.file.sha256:
                        got = f"another {path} than was written"
                        raise InputError("shards as the earlier mix has them", got, "`kellet verify`")

    def find_written(self, columns: Sequence[str] = ()) -> Iterator[tuple[Identities, pl.DataFrame]]:
        """Identities of the rows that models wrote, in the mixes that are there, and what these columns hold."""
        for folder in self.folders:
            if folder.is_dir():
                for shard in read_mix(folder).shards:
                    for frame in read_batches((folder / shard.file.name, None), "lines", (ORIGIN, ID, *columns)):
                        yield _find_written(frame, folder / shard.file.name, columns)


def read_mix(folder: Path) -> Manifest:
    """The manifest of an earlier mix; bad input where it is none, or was edited."""
    found = manifest.read(folder)
    if find_root(found) != found.root:
        got = f"an edited one in {folder}: its root is not {found.root[:16]}..."
        raise InputError("a manifest as `kellet mix` wrote it", got, "`kellet verify`, or the mix as it was")
    return found


def trace(previous: Sequence[Path], out: Path) -> Lineage:
    """The lineage of models that learnt from these mixes; out: where theirs will lie."""
    chain: dict[str, tuple[Link, Path]] = {}
    generations = []
    drawn: Counter[str] = Counter()
    for folder in previous:
        found = read_mix(folder)
        named = {root for link in found.chain for root in link.parents}
        parents = tuple(link.root for link in found.chain if link.root not in named)
        generation = max(count.generation for count in found.counts)
        chain[found.root] = Link(root=found.root, folder="", generation=generation, parents=parents), folder
        drawn |= Counter(found.drawn)
        generations.append(min(count.generation for count in found.counts))
    for folder in previous:
        for link in read_mix(folder).chain:
            chain.setdefault(link.root, (link, Path(os.path.normpath(folder / link.folder))))
    links = [msgspec.structs.replace(link, folder=_relate(folder, out)) for link, folder in chain.values()]
    return Lineage(tuple(links), tuple(folder for _, folder in chain.values()), 1 + min(generations, default=0), drawn)


def _relate(folder: Path, out: Path) -> str:
    return Path(os.path.relpath(folder.absolute(), out.absolute())).as_posix()


def _find_written(
    frame: pl.DataFrame | list[str], path: Path, columns: Sequence[str]
) -> tuple[Identities, pl.DataFrame]:
    import polars as pl

    if isinstance(frame, list) or not {ORIGIN, ID} <= set(frame.columns):
        raise InputError("a shard of a mix", f"{path} without {ID}", "the mix as it was")
    frame = frame.filter(pl.col(ORIGIN) != REAL)
    held = frame.select([name for name in columns if name in frame.columns])
    try:
        return np.frombuffer(bytes.fromhex("".join(frame[ID])), VOID), held
    except ValueError:
        raise InputError(f"32 hexadecimal digits in {ID}", f"others in {path}", "the mix as it was") from None
