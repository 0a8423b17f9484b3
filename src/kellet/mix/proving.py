"""Proofs: that a row is in a mix, for somebody who has nothing but its root over all rows."""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path

import numpy as np

from kellet.errors import InputError
from kellet.mix import manifest as manifests
from kellet.mix.entries import enter_rows
from kellet.mix.identity import BYTES
from kellet.mix.merkle import ENTRY, climb, find_path, hash_window
from kellet.mix.recipe import REAL
from kellet.mix.shards import list_labels, read_shard
from kellet.mix.telling import name_origin
from kellet.page.document import Document


class Proof(Document, frozen=True, kw_only=True, tag="kellet/proof/1"):
    """id: of the row, 32 hexadecimal digits.  origin, generation: its labels.  row: its place among all, from 1.
    window: the window's place, from 0.  inside: the row's place in it, from 0.  entries: all rows of the window, 20
    bytes each (identity, origin, generation, see `merkle`), in base64.  path: the hashes beside the window's and those
    above it, from below, empty where there is none.  rows: what they come to.  root: of the manifest that says so.
    """

    id: str
    origin: str
    generation: int
    row: int
    window: int
    inside: int
    entries: str
    path: tuple[str, ...]
    rows: str
    root: str


def prove(folder: str | Path, identity: str) -> Proof:
    """The proof that a row is in a mix."""
    wanted = identity.lower()
    if len(wanted) != 2 * BYTES or set(wanted) - set("0123456789abcdef"):
        raise InputError(f"the identity of a row, {2 * BYTES} hexadecimal digits", repr(identity), "one of _kellet_id")
    path, there, before = Path(folder), None, 0
    found, leaves = manifests.read(path), list[bytes]()
    for shard in found.shards:
        entries = enter_rows(read_shard(path / shard.file.name, found, list_labels(found)), found.origins)
        hits = np.flatnonzero(np.ascontiguousarray(entries["id"]) == np.void(bytes.fromhex(wanted)))
        for start in range(0, len(entries), found.recipe.window):
            window = entries[start : start + found.recipe.window]
            if there is None and len(hits) and start <= hits[0] < start + len(window):
                there = len(leaves), int(hits[0]) - start, window, before + int(hits[0])
            leaves.append(hash_window(window))
        before += len(entries)
    if there is None:
        raise InputError("the identity of a row of this mix", repr(identity), "one of _kellet_id")
    place, inside, window, row = there
    entry = window[inside]
    origin, generation = found.origins[int(entry["origin"])], int(entry["generation"])
    steps = find_path(leaves, place)
    return Proof(
        sentence=f"Row {row + 1:,} of this mix is {wanted}, {name_origin(origin, generation)}.",
        id=wanted, origin=origin, generation=generation, row=row + 1, window=place, inside=inside,
        entries=b64encode(window.tobytes()).decode(), path=tuple(step.hex() for step in steps),
        rows=climb(hash_window(window), place, steps).hex(), root=found.root,
    )  # fmt: skip


def check_proof(proof: Proof, rows: str) -> bool:
    """Whether a proof holds; rows: the hash over all rows, from a manifest that is trusted."""
    entries = np.frombuffer(b64decode(proof.entries, validate=True), ENTRY)
    if not 0 <= proof.inside < len(entries):
        return False
    entry = entries[proof.inside]
    labels = int(entry["generation"]), int(entry["origin"]) == 0
    if entry["id"].tobytes().hex() != proof.id or labels != (proof.generation, proof.origin == REAL):
        return False
    top = climb(hash_window(entries), proof.window, [bytes.fromhex(step) for step in proof.path])
    return top.hex() == rows == proof.rows
