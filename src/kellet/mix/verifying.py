"""Verifying: whether a mix is what its manifest says, and what isn't.

Bytes are compared first; where they are others, or when everything is asked for, each row is hashed again.  The rest
rests on the labels: the hash over all rows, how many there are of each kind, and each window's share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kellet.errors import InputError
from kellet.mix import manifest as manifests
from kellet.mix.blame import Fault, add_up, expand, find_fault
from kellet.mix.entries import enter_rows
from kellet.mix.identity import Identities, identify
from kellet.mix.manifest import Manifest, Shard
from kellet.mix.merkle import Entries, find_root, hash_window
from kellet.mix.recipe import GENERATION, ORIGIN, REAL, STRATUM
from kellet.mix.shards import list_labels, list_shards, read_shard
from kellet.mix.shares import Kind, check_shares
from kellet.page.answer import Answer
from kellet.page.bar import Bars, Words, measure_words
from kellet.page.document import Document
from kellet.page.table import Table
from kellet.struct import checked

if TYPE_CHECKING:
    import polars as pl

UNPROVED = (
    "A chain of hashes proves nothing by itself: anyone who writes everything anew has a chain that fits. "
    "Keep the root elsewhere, and compare: --against ROOT."
)
Progress = Callable[[str, float], None]
SHOWN = 3
"""Rows, and windows, of a shard that are named."""


@dataclass(frozen=True)
class Verification:
    """What was found.  manifest: as it is written.  faults: what is wrong, a sentence each.  notes: what could not be
    looked at."""

    manifest: Manifest
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 if nothing is wrong, else 1."""
        return 1 if self.faults else 0

    def answer(self) -> Answer:
        """For people and programs."""
        sentence = f"All {self.manifest.size:,} rows are what the manifest says."
        if self.faults:
            many = "1 thing is" if len(self.faults) == 1 else f"{len(self.faults):,} things are"
            sentence = f"This is not what the manifest says: {many} wrong."
        table = Table("What is wrong", ("",), tuple((fault,) for fault in self.faults))
        return Answer(
            title="Verification",
            sentences=(sentence, f"Its root is {self.manifest.root}."),
            document=lambda: VerificationDocument(
                sentence=sentence, root=self.manifest.root, rows=self.manifest.size, faults=self.faults,
                notes=self.notes,
            ),
            tables=(table,) if self.faults else (),
            notes=(*self.notes, UNPROVED),
        )  # fmt: skip

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()


class VerificationDocument(Document, frozen=True, kw_only=True, tag="kellet/verify/1"):
    """root: of the manifest.  rows: that it says there are.  faults: what is wrong.  notes: what was not looked at."""

    root: str
    rows: int
    faults: tuple[str, ...]
    notes: tuple[str, ...]


@checked
def verify(
    folder: str | Path,
    *,
    against: str | None = None,
    deep: bool = False,
    progress: Words | Bars | bool | None = None,
) -> Verification:
    """Whether a mix is what its manifest says: shards, rows, labels, shares, windows, strata, and the chain.

    against: the root, as it was kept elsewhere.  deep: whether each row is hashed again though no byte was changed.
    progress: as in `kellet.plan`.
    """
    path = Path(folder)
    found = manifests.read(path)
    look = _Look(path, found, deep)
    faults = [*_check_roots(found, against), *_check_names(path, found)]
    with measure_words(progress, "verify") as tell:
        for i, shard in enumerate(found.shards):
            tell(shard.file.name, i / len(found.shards))
            faults += look.check(shard)
    faults += look.conclude()
    chain, notes = _check_chain(path, found)
    return Verification(found, (*faults, *chain), notes)


def _check_roots(found: Manifest, against: str | None) -> Iterator[str]:
    root = manifests.find_root(found)
    if root != found.root:
        yield f"The manifest was changed: it says that its root is {found.root or 'nothing'}, and it is {root}."
    if against is not None and against.lower() != root:
        yield f"The root is {root}, and not {against}: this is another mix, or it was written anew."


def _check_names(path: Path, found: Manifest) -> Iterator[str]:
    known = {shard.file.name for shard in found.shards}
    for name in sorted(list_shards(path) - known):
        yield f"{name} is there, and the manifest doesn't know it."


def _check_chain(path: Path, found: Manifest) -> tuple[list[str], tuple[str, ...]]:
    """The mixes that came before, as far as they are there."""
    faults, notes = [], []
    for link in found.chain:
        before = path / link.folder
        try:
            root = manifests.find_root(manifests.read(before))
        except InputError:
            notes.append(f"An earlier mix, {link.root}, is not at {link.folder}: it was not looked at.")
            continue
        if root != link.root:
            faults.append(f"The earlier mix at {link.folder} was changed: its root is {root}, and was {link.root}.")
    return faults, tuple(notes)


@dataclass(eq=False)
class _Look:
    """Goes through the shards.  leaves: of all windows so far.  windows: the kinds of each window, and its rows."""

    path: Path
    found: Manifest
    deep: bool
    leaves: list[bytes] = field(default_factory=list)
    windows: list[Counter[Kind]] = field(default_factory=list)
    whole: bool = True

    def check(self, shard: Shard) -> Iterator[str]:
        """What is wrong with a shard."""
        name, file = shard.file.name, self.path / shard.file.name
        if not file.is_file() or file.is_symlink():
            self.whole = False
            yield f"{name} is missing, with its {shard.rows:,} rows."
            return
        changed = _digest(file) != shard.file.sha256
        if changed:
            yield f"{name} was changed: its bytes are not those that were written."
        try:
            frame = read_shard(file, self.found, None if changed or self.deep else list_labels(self.found))
            entries = enter_rows(frame, self.found.origins)
        except InputError as error:
            self.whole = False
            yield f"{name} can't be read: {error.parts[1]}."
            return
        if frame.height != shard.rows:
            yield f"{name} has {frame.height:,} rows, and had {shard.rows:,}."
        if changed or self.deep:
            yield from _check_rows(name, frame.select(list(self.found.columns)), entries["id"])
        yield from self._check_windows(name, frame, entries, shard)

    def _check_windows(self, name: str, frame: pl.DataFrame, entries: Entries, shard: Shard) -> Iterator[str]:
        width, sums = self.found.recipe.window, expand(shard.sums)
        self.windows += _count_kinds(frame, width)
        labels = sorted({(self.found.origins.index(one.origin), one.generation) for one in self.found.counts})
        told, there = 0, expand(add_up(entries, width))
        for i, start in enumerate(range(0, len(entries), width)):
            some = entries[start : start + width]
            self.leaves.append(hash_window(some))
            if (i >= len(sums) or there[i] != sums[i]) and told < SHOWN:
                told += 1
                fault = find_fault(some, int(sums[i]), labels) if i < len(sums) else None
                yield _tell(name, start, len(some), fault, [self._name(label) for label in labels])

    def _name(self, label: tuple[int, int]) -> str:
        origin, generation = self.found.origins[label[0]], label[1]
        return origin if origin == REAL else f"{origin}, generation {generation}"

    def conclude(self) -> Iterator[str]:
        """What is wrong with all shards together."""
        if not self.whole:
            yield "Not all rows are there: what they add up to was not looked at."
            return
        if find_root(self.leaves).hex() != self.found.rows:
            yield "The rows are not those, in this order and with these labels, that were mixed."
        counts: Counter[Kind] = Counter()
        for window in self.windows:
            counts.update(window)
        asked = {(one.origin, one.generation, one.stratum): one.rows for one in self.found.counts}
        for kind in sorted({*asked, *counts}, key=str):
            if counts[kind] != asked.get(kind, 0):
                bare = kind[0] == REAL and kind[2] is None and self.found.recipe.stratify is not None
                what = f"{_spell(kind)}{', of no stratum' if bare else ''}"
                yield f"{what}: {counts[kind]:,} rows are there; the manifest says {asked.get(kind, 0):,}."
        yield from check_shares(self.windows, self.found.recipe.window)


def _check_rows(name: str, content: pl.DataFrame, ids: Identities) -> Iterator[str]:
    rows = np.flatnonzero(identify(content) != ids)
    for row in rows[:SHOWN].tolist():
        yield f"{name}: row {row + 1:,} is not what it was when it was mixed."
    if len(rows) > SHOWN:
        yield f"{name}: {len(rows) - SHOWN:,} more rows are not what they were."


def _tell(name: str, start: int, many: int, fault: Fault | None, labels: list[str]) -> str:
    if fault is None:
        return f"{name}: of rows {start + 1:,} to {start + many:,} some were changed, dropped, added or moved."
    rows = " and ".join(f"{start + row + 1:,}" for row in fault.rows)
    if fault.label is not None:
        return f"{name}: row {rows} has another label; it was {labels[fault.label]}."
    return f"{name}: rows {rows} {fault.what}."


def _spell(kind: Kind) -> str:
    origin, generation, stratum = kind
    words = [
        origin,
        *([f"generation {generation}"] if (origin, generation) != (REAL, 0) else []),
        *([] if stratum is None else [stratum]),
    ]
    return ", ".join(map(str, words))


def _count_kinds(frame: pl.DataFrame, width: int) -> list[Counter[Kind]]:
    """The kinds of each window."""
    import polars as pl

    stratum = pl.col(STRATUM) if STRATUM in frame.columns else pl.lit(None, pl.String)
    window = pl.int_range(pl.len()) // width
    # A label that a changed byte took away is one that no row has.
    origin, generation = pl.col(ORIGIN).fill_null(""), pl.col(GENERATION).fill_null(-1)
    counts = frame.select(window.alias("window"), origin, generation, stratum.alias("stratum"))
    found: list[Counter[Kind]] = [Counter() for _ in range(-(-frame.height // width))]
    for place, origin, generation, name, many in counts.group_by(pl.all()).len().iter_rows():
        found[place][origin, generation, name] = many
    return found


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
