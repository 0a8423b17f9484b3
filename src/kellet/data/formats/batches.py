"""Batches: how large an Arrow file or stream is when it is unpacked, before it is."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

MARK = b"ARROW1"
CONTINUED = 0xFFFFFFFF
"""Before the length of a message, since Arrow 0.15."""
DICTIONARY, BATCH = 2, 3
"""Kinds of messages that have a body, in Arrow's own description (Message.fbs)."""
LARGEST, MOST = 1 << 26, 100_000
"""Bytes of the words before a body, and messages, that are looked at."""


def measure_arrow(stream: BinaryIO) -> int | None:
    """Bytes of all buffers, unpacked, as they say; None where that can't be followed."""
    try:
        as_file = stream.read(len(MARK)) == MARK
        return sum(_measure(stream, place) for place in (_list_blocks(stream) if as_file else _walk(stream)))
    # A damaged file is for its reader to name.
    except (struct.error, ValueError, OverflowError, OSError):
        return None


def _list_blocks(stream: BinaryIO) -> list[int]:
    """Where the messages of a file begin, as its footer says."""
    size = stream.seek(0, 2)
    stream.seek(size - 10)
    length = struct.unpack("<i", stream.read(4))[0]
    stream.seek(size - 10 - length)
    footer = Table.root(stream.read(min(length, LARGEST)))
    found = []
    for slot in (2, 3):
        start, count = footer.vector(slot)
        found += [footer.number("<q", start + 24 * i) for i in range(min(count, MOST))]
    return found


def _walk(stream: BinaryIO) -> Iterator[int]:
    """Where the messages of a stream begin."""
    place = 0
    for _ in range(MOST):
        message, body = _read_message(stream, place)
        if message is None:
            return
        yield place
        place = body + message.field(3, "<q")


def _read_message(stream: BinaryIO, place: int) -> tuple[Table | None, int]:
    """A message, and where its body begins."""
    stream.seek(place)
    length, begins = struct.unpack("<I", stream.read(4).ljust(4, b"\0"))[0], place + 4
    if length == CONTINUED:
        length, begins = struct.unpack("<I", stream.read(4).ljust(4, b"\0"))[0], place + 8
    if not 0 < length <= LARGEST:
        return None, begins
    return Table.root(stream.read(length)), begins + length


def _measure(stream: BinaryIO, place: int) -> int:
    """Bytes of a message's buffers: those that are packed begin with how many they were."""
    message, body = _read_message(stream, place)
    if message is None or message.field(1, "<B") not in (DICTIONARY, BATCH):
        return 0
    batch = message.table(2)
    batch = batch.table(1) if message.field(1, "<B") == DICTIONARY else batch
    start, count = batch.vector(2)
    packed, total = batch.slot(3) != 0, 0
    for i in range(count):
        offset, length = (batch.number("<q", start + 16 * i + shift) for shift in (0, 8))
        if packed and length >= 8:
            stream.seek(body + offset)
            told = struct.unpack("<q", stream.read(8))[0]
            # Minus one stands for a buffer that is left as it is.
            length = told if told >= 0 else length
        total += max(length, 0)
    return total


class Table:
    """A table of a flatbuffer, field by field."""

    def __init__(self, raw: bytes, place: int):
        self.raw, self.place = raw, place
        self.fields = place - self.number("<i", place)

    @staticmethod
    def root(raw: bytes) -> Table:
        """The outermost one."""
        return Table(raw, struct.unpack_from("<I", raw)[0])

    def number(self, form: str, place: int) -> int:
        """What stands somewhere."""
        if place < 0:
            raise ValueError("before the start")
        return int(struct.unpack_from(form, self.raw, place)[0])

    def slot(self, number: int) -> int:
        """Where a field stands, from the start of the table; 0 where it is left out."""
        inside = 4 + 2 * number
        return self.number("<H", self.fields + inside) if inside < self.number("<H", self.fields) else 0

    def field(self, number: int, form: str) -> int:
        """A number; 0 where it is left out."""
        slot = self.slot(number)
        return self.number(form, self.place + slot) if slot else 0

    def table(self, number: int) -> Table:
        """A table inside of this one."""
        return Table(self.raw, self._follow(number))

    def vector(self, number: int) -> tuple[int, int]:
        """Where a vector begins, and how long it is."""
        if not self.slot(number):
            return 0, 0
        start = self._follow(number)
        return start + 4, self.number("<I", start)

    def _follow(self, number: int) -> int:
        place = self.place + self.slot(number)
        return place + self.number("<I", place)
