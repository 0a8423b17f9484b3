"""MinHash: documents that share most of their runs of tokens have many smallest hashes in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BANDS, ROWS, SHINGLE = 14, 8, 5
"""Of MinHash: bands of so many rows each, and tokens of a shingle, as the large web corpora have them."""


def signatures(rows: NDArray[Any]) -> NDArray[np.uint64]:
    """(n, 112): of the runs of five tokens in each of rows (n, L), padded with -1, the smallest of each of 112 hashes.

    Documents of fewer tokens are one run.
    """
    tokens = np.asarray(rows, dtype=np.int64).astype(np.uint64)
    size = min(SHINGLE, tokens.shape[1])
    last = tokens.shape[1] - size + 1
    runs = np.zeros((len(rows), last), dtype=np.uint64)
    for j in range(size):
        runs = _mix(runs * np.uint64(0x9E3779B97F4A7C15) + tokens[:, j : j + last])
    whole = np.asarray(rows)[:, size - 1 :] >= 0
    whole[:, 0] = True
    keys = np.random.default_rng(0).integers(2**63, size=BANDS * ROWS).astype(np.uint64)
    nothing = np.uint64(2**64 - 1)
    return np.stack([np.where(whole, _mix(runs ^ key), nothing).min(axis=1) for key in keys], axis=1)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit depends on every bit: the finaliser of SplitMix64 (G. Steele et al., OOPSLA 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
