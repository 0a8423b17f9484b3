"""Apportionment: how many rows of each kind every window has, so that no window is short and nothing is rounded away.

A kind with a share of q rows a window, 1.45 say, has 1 or 2 in every window, and after any number t of windows t q of
them, rounded down or up: what one window owes, the next one pays.  That both can be had at once for any number of kinds
is a theorem on fair schedules, and so is how: by deadlines, with two rules for ties.

S. Baruah, N. Cohen, C. Plaxton and D. Varvel, Proportionate Progress: A Notion of Fairness in Resource Allocation,
Algorithmica 15:600 (1996); J. Anderson and A. Srinivasan, Mixed Pfair/ERfair Scheduling of Asynchronous Periodic Tasks,
JCSS 68:157 (2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

import numpy as np

from kellet.evidence import Integers


def apportion(totals: Sequence[int], window: int) -> Integers:
    """(windows, kinds) how many rows of each kind go into each window, of `totals` (kinds) rows in all.

    Windows have `window` rows, the last one what is left.  Of each kind every full window has its share, q = window
    total / all, rounded down or up, and the first t windows t q, rounded down or up.

    >>> apportion([29, 20, 1], 10).tolist()
    [[6, 4, 0], [6, 4, 0], [6, 4, 0], [6, 4, 0], [5, 4, 1]]
    """
    size = sum(totals)
    full = size // window
    shares = [Fraction(window * total, size) for total in totals]
    rows = np.tile(np.array([floor(share) for share in shares], np.int64), (full, 1))
    parts = [share - floor(share) for share in shares]
    jobs = {kind: _Jobs(part) for kind, part in enumerate(parts) if part}
    extras = int(sum(parts))
    for t in range(full):
        ready = sorted((job.urgency, kind) for kind, job in jobs.items() if job.release <= t)
        for _, kind in ready[:extras]:
            rows[t, kind] += 1
            jobs[kind].advance()
    rest = np.array(totals, np.int64) - rows.sum(axis=0)
    return np.vstack([rows, rest[None]]) if rest.any() else rows


def deal(totals: Sequence[int], slots: Integers) -> Integers:
    """(windows, kinds) the same of rows that fill slots (windows), which differ from window to window: after any number
    of windows each kind has its share of the slots so far, rounded down or up.

    >>> deal([7, 2, 1], np.array([3, 2, 3, 2])).tolist()
    [[3, 0, 0], [1, 1, 0], [2, 1, 0], [1, 0, 1]]
    """
    size = int(slots.sum())
    rows = np.zeros((len(slots), len(totals)), np.int64)
    given, so_far = [0] * len(totals), 0
    for t, many in enumerate(slots.tolist()):
        so_far += many
        for kind, total in enumerate(totals):
            due = max(so_far * total // size, given[kind])
            rows[t, kind], given[kind] = due - given[kind], due
        # Those whose share began first come due first.
        ready = [
            (-(-(given[kind] + 1) * size // total), kind)
            for kind, total in enumerate(totals)
            if total and given[kind] * size < so_far * total
        ]
        for _, kind in sorted(ready)[: many - int(rows[t].sum())]:
            rows[t, kind] += 1
            given[kind] += 1
    return rows


class _Jobs:
    """The extra rows of a kind, one after the other: the j-th has to come in windows floor((j-1)/part) to
    ceil(j/part) - 1."""

    def __init__(self, part: Fraction):
        self.part, self.j = part, 0
        self.advance()

    def advance(self) -> None:
        """On to the next one."""
        self.j += 1
        up, down = self.part.denominator, self.part.numerator
        self.release = (self.j - 1) * up // down
        deadline = -(-self.j * up // down)
        overlaps = deadline > self.j * up // down
        rest = 1 - self.part
        group = ceil(ceil(deadline * rest) / rest) if 2 * self.part >= 1 else 0
        self.urgency = (deadline, not overlaps, -group)
