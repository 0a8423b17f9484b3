"""Records: JSON in the shapes that people write, with nested fields by their path."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from kellet.data.content import Rows
from kellet.data.formats.columns import build, require_width
from kellet.data.formats.encodings import Text, cut_blocks
from kellet.data.formats.packing import Opened
from kellet.data.formats.sampling import CELLS, Sample, count_rows, describe_sample
from kellet.errors import InputError
from kellet.memory import budget

if TYPE_CHECKING:
    import polars as pl

LISTS = ("data", "rows", "records", "items", "results", "features", "examples", "instances")
"""What the list of records is called in an object that has other fields too."""
DEEPEST = 100
STEP = 20_000
"""Records that are read at once."""
LARGEST = 1 << 29
"""Characters of a single value."""
SPARSE = 50
"""Places of a large table for each value in it."""
OBJECTS = 20
"""Bytes that a character of it may take as Python's objects."""
LINES = msgspec.json.Decoder()
Numbered = tuple[str, str | msgspec.Raw]
"""A record as it is written, and where."""


def is_json(head: str) -> bool:
    """Whether a text that begins so may be JSON with records."""
    start = head.lstrip("\ufeff \t\r\n")[:400].rstrip()
    if start.startswith("{"):
        return start[1:].lstrip()[:1] in ('"', "}", "")
    return start.startswith("[") and start[1:].lstrip()[:1] in '{["-0123456789tfn]'


def read_records(opened: Opened, share: float = 1.0) -> Rows:
    """The table of JSON lines, of a JSON list, or of an object with one."""
    text = Text(opened.stream, str(opened.path))  # type: ignore[arg-type]
    blocks = cut_blocks(text.blocks(), "", str(opened.path))
    first = next(blocks, "")
    line, _, more = first.strip().partition("\n")
    whole = chain([first], blocks)
    if more and _is_record(line):
        frame, height = _read_parts(_number_lines(whole), opened, share)
    else:
        frame, height = _read_whole(whole, opened, share)
    if frame.height == 0 or frame.width == 0:
        raise InputError("records with fields", f"{opened.path}, which has none", "another file")
    read = (*opened.read, *((text.encoding,) if text.encoding else ()))
    if height > frame.height:
        return Rows(frame, read, (describe_sample(frame.height, height),), height)
    return Rows(frame, read)


def _is_record(line: str) -> bool:
    """Whether one line is a whole record."""
    try:
        return isinstance(_decode(line), dict | list) and not line.startswith("[{")
    except (ValueError, RecursionError):
        return False


def _decode(text: str | msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(text)
    # NaN and infinities are no JSON, but Python writes them.
    except (msgspec.DecodeError, UnicodeEncodeError):
        plain = text if isinstance(text, str) else bytes(text).decode(errors="replace")
        return _complete(json.loads(plain), plain)


def _complete(found: Any, text: str) -> Any:
    """The same values, "?" for each half of a character (\\ud83d), which Python lets stand and no text can have."""
    halves = "\\ud" in text.lower()
    return json.loads(json.dumps(found, ensure_ascii=False).encode(errors="replace")) if halves else found


def _number_lines(blocks: Iterator[str]) -> Iterator[list[Numbered]]:
    """The lines of each block that are not blank, some at a time: short ones take far more than the block itself."""
    number = 0
    for block in blocks:
        lines = block.split("\n")
        for start in range(0, len(lines), STEP):
            told = enumerate(lines[start : start + STEP], number + start + 1)
            yield [(f"line {i:,}", line) for i, line in told if line.strip()]
        number += block.count("\n")


def _number_records(parts: list[msgspec.Raw]) -> Iterator[list[Numbered]]:
    """The records of a list, some at a time: all at once would take many times the size of the file."""
    for start in range(0, len(parts), STEP):
        yield [(f"record {start + i + 1:,}", part) for i, part in enumerate(parts[start : start + STEP])]


def _read_parts(parts: Iterator[list[Numbered]], opened: Opened, share: float) -> tuple[pl.DataFrame, int]:
    sample: Sample | None = None
    for part in parts:
        if not part:
            continue
        if sample is None:
            size = sum(len(bytes(text) if isinstance(text, msgspec.Raw) else text) for _, text in part) / len(part)
            place, text = part[0]
            width = len(_flat(_parse(place, text, opened)))
            require_width(width, opened.path)
            sample = Sample(max(1, int(share * count_rows(width, size))))
        places, drawn = sample.choose(len(part))
        sample.add(_tabulate(_parse_all([part[int(i)] for i in places], opened), opened), drawn)
    assert sample is not None
    return sample.take(), sample.seen


def _parse_all(part: list[Numbered], opened: Opened) -> list[Any]:
    """Records at once, which is quicker, where all are as they should be."""
    try:
        raw = b"\n".join(text.encode() if isinstance(text, str) else bytes(text) for _, text in part)
        found: list[Any] = LINES.decode_lines(raw)
        if len(found) == len(part):
            return found
    # Which one it is, and whether Python's own reader takes it, is seen one by one.
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        pass
    return [_parse(place, text, opened) for place, text in part]


def _parse(place: str, text: str | msgspec.Raw, opened: Opened) -> Any:
    try:
        return _decode(text)
    except (ValueError, RecursionError) as error:
        got = f"{place} of {opened.path}: {_explain(error)}"
        raise InputError("JSON in each line", got, "mending or removing that line") from None


def _explain(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]


def _read_whole(blocks: Iterator[str], opened: Opened, share: float) -> tuple[pl.DataFrame, int]:
    text, most = "", min(LARGEST, budget() // OBJECTS)
    for block in blocks:
        text += block
        if len(text) > most:
            got = f"more in {opened.path}"
            raise InputError(f"at most {most:,} characters of one JSON value", got, "JSON lines, by `jq -c '.[]'`")
    if text.lstrip("\ufeff \t\r\n").startswith("["):
        try:
            parts = msgspec.json.decode(text, type=list[msgspec.Raw])
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            parts = []
        if parts and bytes(parts[0]).startswith(b"{"):
            return _read_parts(_number_records(parts), opened, share)
    try:
        found = _decode(text)
    except (ValueError, RecursionError) as error:
        found = _read_several(text)
        if found is None:
            raise InputError("JSON", f"{opened.path}: {_explain(error)}", "mending it there") from None
    frame = _tabulate(_find_records(found, opened), opened)
    return frame, frame.height


def _read_several(text: str) -> list[Any] | None:
    """Records one after the other, each over many lines; None where they are none."""
    decoder, place, found = json.JSONDecoder(), 0, []
    text = text.strip()
    try:
        while place < len(text):
            one, place = decoder.raw_decode(text, place)
            found.append(one)
            while place < len(text) and text[place] in " \t\r\n,":
                place += 1
    except (ValueError, RecursionError):
        return None
    several = len(found) > 1 and all(isinstance(one, dict) for one in found)
    return _complete(found, text) if several else None


def _find_records(found: Any, opened: Opened) -> Sequence[Any]:
    """The records in whatever shape they are written."""
    if isinstance(found, list):
        return found
    if not isinstance(found, dict) or not found:
        raise InputError("a list of records", f"{opened.path}, with {type(found).__name__}", "another file")
    columns, data = found.get("columns"), found.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        names = [str(name) for name in columns]
        return [dict(zip(names, row, strict=False)) for row in data]
    lists = {name: value for name, value in found.items() if isinstance(value, list)}
    if len(lists) == len(found) and len(set(map(len, lists.values()))) == 1 and not _holds_records(lists):
        return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    if named := [name for name in LISTS if name in lists] or [
        name for name, value in lists.items() if _holds_records({name: value})
    ]:
        part = opened.part or (named[0] if len(named) == 1 else None)
        if part is None or part not in lists:
            told = ", ".join(f'"{name}"' for name in named)
            raise InputError(
                "one list of records, or which one is meant", f"{told} in {opened.path}", f"{opened.path}::{named[0]}"
            )
        return lists[part]
    if all(isinstance(value, dict) for value in found.values()) and len(found) > 1:
        return _turn(found)
    return [found]


def _holds_records(lists: Mapping[str, Sequence[Any]]) -> bool:
    return any(value and all(isinstance(one, dict) for one in value) for value in lists.values())


def _turn(found: dict[str, dict[str, Any]]) -> list[Any]:
    """Columns by row, as pandas writes them; or rows by name."""
    keys = list(dict.fromkeys(key for inner in found.values() for key in inner))
    if all(key.isdecimal() for key in keys):
        return [{name: inner.get(key) for name, inner in found.items()} for key in keys]
    return [{"name": name, **inner} for name, inner in found.items()]


def _tabulate(records: Sequence[Any], opened: Opened) -> pl.DataFrame:
    """Records as columns; what is no record is a row of values, or a value."""
    if records and all(isinstance(one, list) for one in records):
        width = max(map(len, records))
        require_width(width, opened.path)
        head = records[0]
        if (
            len(head) == width
            and all(isinstance(one, str) for one in head)
            and any(not isinstance(value, str) for row in records[1:] for value in row)
        ):
            records, names = records[1:], head
        else:
            names = [f"column {j + 1}" for j in range(width)]
        records = [dict(zip(names, row, strict=False)) for row in records]
    flat = [_flat(one) if isinstance(one, dict) else {"value": one} for one in records]
    names = list(dict.fromkeys(name for one in flat for name in one))
    require_width(len(names), opened.path)
    if len(names) * len(flat) > max(CELLS, SPARSE * sum(map(len, flat))):
        got = f"{len(names):,} different ones in {len(flat):,} records of {opened.path}"
        raise InputError("records with the same fields", got, 'a list of {"name": ..., "value": ...}')
    return build({name: [one.get(name) for one in flat] for name in names})


def _flat(record: Any, before: str = "", depth: int = 0) -> dict[str, Any]:
    """Nested fields by their path, with points between."""
    if not isinstance(record, dict):
        return {"value": record}
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and value and depth < DEEPEST:
            found |= _flat(value, f"{before}{name}.", depth + 1)
        else:
            found[f"{before}{name}"] = None if isinstance(value, float) and math.isnan(value) else value
    return found
