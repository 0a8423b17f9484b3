"""Footers: how large a Parquet file is when it is unpacked, before it is."""

from __future__ import annotations

from typing import Any, BinaryIO

LARGEST = 1 << 20
"""Bytes of a footer that are looked at: those of very wide tables would take seconds."""
GROUPS, SIZE = 4, 2
"""Numbers of the fields for row groups, and for their bytes, in Parquet's own description (parquet.thrift)."""


def measure_parquet(stream: BinaryIO) -> int | None:
    """Bytes of all columns, unpacked; None where the footer doesn't say."""
    stream.seek(0, 2)
    end = stream.tell()
    stream.seek(max(0, end - 8))
    length = int.from_bytes(stream.read(4), "little")
    if not 0 < length <= min(LARGEST, end - 8):
        return None
    stream.seek(end - 8 - length)
    try:
        footer, _ = _read_struct(stream.read(length), 0)
        return sum(int(group[SIZE]) for group in footer[GROUPS])
    # A damaged footer is for the reader of the file to name.
    except (IndexError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _read_struct(raw: bytes, place: int) -> tuple[dict[int, Any], int]:
    """Field number -> value, in Thrift's compact protocol, and where the struct ends."""
    found: dict[int, Any] = {}
    number = 0
    while head := raw[place]:
        place += 1
        if head >> 4:
            number += head >> 4
        else:
            number, place = _read_number(raw, place)
        found[number], place = _read_value(raw, place, head & 15)
    return found, place + 1


def _read_value(raw: bytes, place: int, kind: int) -> tuple[Any, int]:
    match kind:
        case 1 | 2:
            return kind == 1, place
        case 3:
            return raw[place], place + 1
        case 4 | 5 | 6:
            return _read_number(raw, place)
        case 7:
            return None, place + 8
        case 8:
            length, place = _read_varint(raw, place)
            return None, place + length
        case 9 | 10:
            return _read_list(raw, place)
        case 12:
            return _read_struct(raw, place)
    raise ValueError(f"no kind of value in a footer: {kind}")


def _read_list(raw: bytes, place: int) -> tuple[list[Any], int]:
    count, kind = raw[place] >> 4, raw[place] & 15
    place += 1
    if count == 15:
        count, place = _read_varint(raw, place)
    found = []
    for _ in range(count):
        # A truth value takes a byte in a list, and none as a field.
        value, place = (raw[place], place + 1) if kind < 3 else _read_value(raw, place, kind)
        found.append(value)
    return found, place


def _read_number(raw: bytes, place: int) -> tuple[int, int]:
    value, place = _read_varint(raw, place)
    return (value >> 1) ^ -(value & 1), place


def _read_varint(raw: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
