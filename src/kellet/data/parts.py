"""Parts of data: training, reserve and held-out, and draws from each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Points


def draw(bank: NDArray[Any], n: int, replicates: int, rng: Generator, name: str) -> Points:
    """n of the bank's points for each replicate, without repetition."""
    if n > len(bank):
        raise InputError(f"at most the {len(bank)} {name} points that there are", n, "a smaller number, or more data")
    if n == 1:
        return Points(bank[rng.integers(len(bank), size=(replicates, 1))])
    keys = rng.random((replicates, len(bank)))
    rows = np.argpartition(keys, n - 1, axis=1)[:, :n]
    return Points(bank[rows])


def split(n: int, seed: int, reserve: float = 0.2, heldout: float = 0.2) -> tuple[NDArray[np.int64], ...]:
    """Positions of training, reserve and held-out points among n, drawn once by seed.

    >>> [len(part) for part in split(10, seed=0)]
    [6, 2, 2]
    """
    order = np.random.default_rng(seed).permutation(n)
    a, b = round(n * reserve), round(n * heldout)
    return order[a + b :], order[:a], order[a : a + b]
