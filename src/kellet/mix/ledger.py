"""Ledger: which rows were offered, as what, and how often each real one is mixed, in bounded memory.

Rows are known by 64 bits of their identity, kept in files of a folder by the first bits, so that one part of all is
looked at at once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from kellet.mix.identity import Identities
from kellet.profile.tally import Hashes

Book = Literal["real", "written", "mixed", "near real", "near written"]
"""Rows offered as real; rows that models wrote; real rows as often as they are mixed; and what near ones have in
common, of real ones with the row.  An entry has two numbers there, and else one."""
PARTS = 64
HELD = 1 << 20
"""Rows that wait to be written."""


@dataclass(frozen=True)
class Findings:
    """both: rows offered as real that are among those that models wrote.  example: how the identity of one begins.
    often: real rows that come more often than is allowed.  most: how often one comes.  again: rows offered as real that
    repeat others.  near: rows offered as real that are near to one that a model wrote, or the same."""

    both: int = 0
    example: str = ""
    often: int = 0
    most: int = 0
    again: int = 0
    near: int = 0


@dataclass(eq=False)
class Ledger:
    """folder: where it is kept, which is empty at first."""

    folder: Path
    waiting: dict[Book, list[Hashes]] = field(default_factory=lambda: defaultdict(list))
    held: int = 0

    def add(self, book: Book, identities: Identities) -> None:
        """Enter rows."""
        self._add(book, shorten(identities)[:, None])

    def add_near(self, book: Book, identities: Identities, bands: Hashes) -> None:
        """Enter what rows near to these have in common with them, (N, bands)."""
        keys = bands.reshape(-1, 1)
        if book == "near real":
            keys = np.concatenate([keys, np.repeat(shorten(identities), bands.shape[1])[:, None]], axis=1)
        self._add(book, keys)

    def _add(self, book: Book, entries: Hashes) -> None:
        self.waiting[book].append(entries)
        self.held += len(entries)
        if self.held >= HELD:
            self._write()

    def look(self, repeat: int) -> Findings:
        """What it shows.  repeat: how often a real row may be mixed."""
        self._write()
        both = often = most = again = 0
        example = ""
        near = [np.empty(0, np.uint64)]
        for part in range(PARTS):
            offered = self._read("real", part)
            real, written = np.unique(offered), self._read("written", part)
            bands = self._read("near real", part).reshape(-1, 2)
            near.append(np.unique(bands[np.isin(bands[:, 0], self._read("near written", part)), 1]))
            again += len(offered) - len(real)
            if len(there := real[np.isin(real, written)]):
                both += len(there)
                example = example or there[0].tobytes().hex()
            _, many = np.unique(self._read("mixed", part), return_counts=True)
            often += int((many > repeat).sum())
            most = max([most, *many[many > repeat].tolist()])
        return Findings(both, example, often, most, again, len(np.unique(np.concatenate(near))))

    def _write(self) -> None:
        for book, waiting in self.waiting.items():
            keys = np.concatenate(waiting)
            parts = (keys[:, 0] >> np.uint64(58)).astype(np.int64)
            keys = keys[np.argsort(parts, kind="stable")]
            for part, own in enumerate(np.split(keys, np.cumsum(np.bincount(parts, minlength=PARTS))[:-1])):
                if len(own):
                    with self._find(book, part).open("ab") as file:
                        file.write(own.tobytes())
        self.waiting.clear()
        self.held = 0

    def _read(self, book: Book, part: int) -> Hashes:
        path = self._find(book, part)
        return np.frombuffer(path.read_bytes(), np.uint64) if path.exists() else np.empty(0, np.uint64)

    def _find(self, book: Book, part: int) -> Path:
        return self.folder / f"{book}-{part:02d}"


def shorten(identities: Identities) -> Hashes:
    """(N,) 64 bits of each."""
    return identities.view(np.uint64).reshape(-1, 2)[:, 0]
