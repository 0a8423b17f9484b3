"""Blame: which rows of a window are not what they were.

The hash over all rows says that something was changed, and not what.  So a manifest has the sum of each window too, a
number for each row at its place, which is no proof of anything, but tells: whoever puts right what was changed has that
sum again.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kellet.evidence import Integers
from kellet.mix.merkle import Entries
from kellet.profile.hashes import join, mix
from kellet.profile.tally import Hashes

LARGEST = 2000
"""Rows of a window in which all pairs are tried."""


@dataclass(frozen=True)
class Fault:
    """Rows by their places in the window, and what is the matter with them.  label: what a row's was, among those that
    were tried."""

    rows: tuple[int, ...]
    what: str
    label: int | None = None


def add_up(entries: Entries, window: int) -> str:
    """The sums of windows, 8 bytes each, in base64."""
    starts = np.arange(0, len(entries), window)
    return b64encode(np.add.reduceat(weigh(entries, np.arange(len(entries)) % window), starts).tobytes()).decode()


def expand(sums: str) -> Hashes:
    """(windows) of `add_up`."""
    return np.frombuffer(b64decode(sums, validate=True), np.uint64)


def find_fault(entries: Entries, wanted: int, labels: Sequence[tuple[int, int]]) -> Fault | None:
    """What single change of a window would explain that its sum is another one: a label, of those that there are
    (origin, generation), or two rows that have each other's place or label."""
    places = np.arange(len(entries))
    terms = weigh(entries, places)
    off = np.array(wanted, np.uint64) - terms.sum()
    if not off:
        return None
    for i, (origin, generation) in enumerate(labels):
        other = entries.copy()
        other["origin"], other["generation"] = origin, generation
        if len(rows := np.flatnonzero(weigh(other, places) - terms == off)):
            return Fault((int(rows[0]),), "has another label", i)
    if len(places) > LARGEST:
        return None
    a, b = np.repeat(places, len(places)), np.tile(places, len(places))
    changed = (("have changed places", entries[b]), ("have changed labels", _label(entries[a], entries[b])))
    for what, moved in changed:
        change = (weigh(moved, a) - terms[a]).reshape(len(places), -1)
        rows, others = np.nonzero(np.triu(change + change.T == off, 1))
        if len(rows):
            return Fault((int(rows[0]), int(others[0])), what)
    return None


def _label(entries: Entries, others: Entries) -> Entries:
    """The rows of the first with the labels of the others."""
    found = entries.copy()
    found["origin"], found["generation"] = others["origin"], others["generation"]
    return found


def weigh(entries: Entries, places: Integers) -> Hashes:
    """(N,) a number for each row at its place."""
    halves = np.ascontiguousarray(entries["id"]).view(np.uint64).reshape(-1, 2)
    labels = entries["origin"].astype(np.uint64) << np.uint64(16) | entries["generation"].astype(np.uint64)
    with np.errstate(over="ignore"):
        return mix(join(join(halves[:, 0], halves[:, 1]), labels) + mix(places.astype(np.uint64)))
