"""Sizes: how many points each generation has."""

from __future__ import annotations

from kellet.errors import InputError

MOST = 10**18
"""Points, generations and replicates: they are counted in whole numbers of 64 bits."""
Size = int | tuple[int, ...]
"""Points per generation, or those of each of the first generations, the last number staying."""


def size_at(size: Size, t: int) -> int:
    """How many points generation t has.

    >>> [size_at((30, 20), t) for t in range(4)], size_at(10, 4)
    ([30, 20, 20, 20], 10)
    """
    n = size[min(t, len(size) - 1)] if isinstance(size, tuple) else size
    if n < 1:
        raise InputError("a size of at least 1 point per generation", n, "100")
    return int(n)
