"""The manifest: what a mix is made of, from which all of it can be checked.

`rows` is the hash over all rows (see `merkle`), `root` that of the whole manifest without itself: it stands for rows,
labels, shards, settings and, by their roots, for all mixes that came before.  A chain of hashes shows that nothing in
it was changed since.  It can't show that it was right, nor that it wasn't written anew as a whole: compare the root
with one that was kept elsewhere.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import msgspec

from kellet.errors import InputError
from kellet.mix.recipe import Recipe
from kellet.page.document import Document

NAME = "manifest.json"
Kind = Literal["real", "synthetic", "previous"]


class FileMark(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read or written.  name: its last part.  sha256: of its bytes, in hexadecimal."""

    name: str
    bytes: int
    sha256: str


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """origin: "real", or the model's name.  rows: that were offered.  root: of a previous mix."""

    origin: str
    kind: Kind
    files: tuple[FileMark, ...]
    rows: int
    root: str | None = None


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the mix.  sums: of its windows, see `blame.add_up`: which of them was changed."""

    file: FileMark
    rows: int
    sums: str


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one kind.  asked: how many were asked for, which may be a fraction.  least, most: in any full window."""

    origin: str
    generation: int
    stratum: str | None
    asked: float
    rows: int
    least: int
    most: int


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A mix that this one's models learnt from, or that is in it.  generation: the highest in it.  folder: where it
    lay, from this mix's own folder."""

    root: str
    folder: str
    generation: int
    parents: tuple[str, ...] = ()


class Manifest(Document, frozen=True, kw_only=True, tag="kellet/mix/1"):
    """origins: their names; rows are entered by their places among them, real first.  columns: what each holds.
    counts: by kind.  recipe: as it was given.  chain: the nearest first, back to generation 0.  drawn: by stratum,
    up to where real rows were taken from their order, in this mix and those before it."""

    inputs: tuple[Input, ...]
    origins: tuple[str, ...]
    columns: dict[str, str]
    shards: tuple[Shard, ...]
    counts: tuple[Count, ...]
    recipe: Recipe
    chain: tuple[Link, ...] = ()
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    drawn: dict[str, int] = msgspec.field(default_factory=dict)
    rows: str
    root: str = ""

    @property
    def size(self) -> int:
        """Rows in all."""
        return sum(shard.rows for shard in self.shards)


def find_root(manifest: Manifest) -> str:
    """The hash of a manifest: of its JSON, sorted, without blanks, and without `root`."""
    # As it is read again: a share that was given as a whole number is 1.0 then.
    bare = msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(manifest, root="")), type=Manifest)
    plain = msgspec.to_builtins(bare)
    raw = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    return blake2b(raw, digest_size=32).hexdigest()


def seal(manifest: Manifest) -> Manifest:
    """With its root."""
    return msgspec.structs.replace(manifest, root=find_root(manifest))


def read(folder: Path) -> Manifest:
    """The manifest of a mix; whether it is right isn't looked at."""
    path = folder / NAME
    if not path.is_file():
        raise InputError("the folder of a mix", f"{folder}, without a {NAME}", "what `kellet mix` wrote")
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, InputError) as error:
        raise InputError("a manifest of a mix", f"{path}: {error}", "what `kellet mix` wrote") from None
    for shard in found.shards:
        if shard.file.name in ("", ".", "..") or set("/\\\0") & set(shard.file.name):
            raise InputError("shards in the folder of their manifest", shard.file.name, "what `kellet mix` wrote")
    return found
