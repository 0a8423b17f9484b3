"""Reading the files of blocks, and telling those that are as they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kellet.experiment.running.blocks import Key, is_sound
from kellet.experiment.running.stores import Place

CHUNK, ROOM = 1000, 2**25
"""Files that are read at once, and about how many bytes."""


def read_sound(
    place: Place, names: Mapping[Key, str], corrupt: dict[str, str], most: int
) -> Iterator[dict[Key, bytes]]:
    """The bytes of files in ``cells/`` that are as they were written, some at a time; the names of the others, but for
    those that are gone, go to ``corrupt``.  most: bytes of a file."""
    every, start, count = list(names.items()), 0, 1
    while start < len(every):
        some = dict(every[start : start + count])
        found = place.read((f"cells/{name}" for name in some.values()), most)
        there = {key: data for key, name in some.items() if (data := found.get(f"cells/{name}")) is not None}
        sound = {key: data for key, data in there.items() if is_sound(some[key], data)}
        corrupt |= {some[key]: "was spoilt" for key in there if key not in sound}
        yield sound
        # How large the next ones are is known from these alone.
        largest = max(map(len, there.values()), default=1)
        start, count = start + count, max(1, min(CHUNK, 4 * count, ROOM // max(1, largest)))
