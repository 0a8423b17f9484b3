"""How much is computed at a time."""

from __future__ import annotations

from collections.abc import Iterator

ROOM = 2**20
"""Numbers in the largest array that is held at a time, however many replicates there are."""


def blocks(total: int, each: int, room: int = ROOM) -> Iterator[slice]:
    """So many things, as many at a time as there is room for, if each takes ``each`` numbers.

    >>> list(blocks(5, 10, room=20))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None)]
    """
    length = max(1, room // each)
    return (slice(start, start + length) for start in range(0, total, length))
