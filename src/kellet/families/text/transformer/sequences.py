"""Blocks of tokens as a transformer reads them: what comes in, what is to be predicted, several of them in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Integers
from kellet.families.text.transformer.networks import Signs

OPEN = 16
"""Rows that are filled at the same time."""


@dataclass(frozen=True)
class Sequences:
    """What is read and what is to be predicted: inputs, targets (N, L), of which the first ``sizes`` (N,) count."""

    inputs: Integers
    targets: Integers
    sizes: Integers

    @staticmethod
    def of(blocks: NDArray[Any], signs: Signs) -> Sequences:
        """Of blocks (N, L) padded with -1: before the first token stands a sign, after the last of a short one the end.

        >>> s = Sequences.of(np.array([[5, 6, -1], [7, 8, 9]]), Signs(10, end=10, first=10, outputs=11))
        >>> s.inputs.tolist(), s.targets.tolist(), s.sizes.tolist()
        ([[10, 5, 6], [10, 7, 8]], [[5, 6, 10], [7, 8, 9]], [3, 3])
        """
        rows = np.asarray(blocks, dtype=np.int64)
        tokens = (rows >= 0).sum(axis=1)
        targets = np.where(rows >= 0, rows, signs.end)
        inputs = np.concatenate([np.full((len(rows), 1), signs.first), targets[:, :-1]], axis=1)
        return Sequences(inputs, targets, np.minimum(tokens + 1, rows.shape[1]))


def pack(sizes: Integers, width: int) -> list[Integers]:
    """Rows of at most ``width`` tokens, the positions of the sequences in each; every sequence is in one row.

    Each goes into the fullest of a few open rows that has room for it.

    >>> [row.tolist() for row in pack(np.array([5, 4, 3, 2]), 7)]
    [[0, 3], [1, 2]]
    """
    full: list[Integers] = []
    rows: list[tuple[int, list[int]]] = []
    for i, size in enumerate(sizes.tolist()):
        fits = [(left, j) for j, (left, _) in enumerate(rows) if left >= size]
        if fits:
            left, j = min(fits)
            members = rows[j][1]
            members.append(i)
            rows[j] = (left - size, members)
            continue
        if len(rows) == OPEN:
            j = min(range(OPEN), key=lambda j: rows[j][0])
            full.append(np.array(rows.pop(j)[1]))
        rows.append((width - size, [i]))
    return full + [np.array(members) for _, members in rows]
