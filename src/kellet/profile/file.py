"""Profiles as files, ``.kprof``: plain numbers behind a header, with a checksum; docs/profiles.md has the layout.

Nothing is executed, unpickled or unpacked.  The header says how long each part is; only if that is exactly how long the
file is, and the checksum is right, anything else is looked at.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError, check_path
from kellet.evidence import Integers
from kellet.memory import require
from kellet.profile.columns import Column
from kellet.profile.profile import VERSION, Dealing, Profile
from kellet.profile.tally import FINE, Tally, find_last

if TYPE_CHECKING:
    import polars as pl

MAGIC = b"\x89kprof\r\n"
"""A first byte that is no text, and a line end that is damaged where line ends are "mended"."""
DIGEST = 32
EDGES = 64
"""Of the bins of a column."""
LARGEST = 1 << 26
"""Bytes of a header."""
MANY = 1 << 53
"""Occurrences and documents that are believed."""
EXPANSION = 6
"""Bytes in memory for each of the file: names are objects for a while."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tally in the header: how many keys, rows, counts above 255, names, and bytes of names; others as in `Tally`."""

    kind: str
    keys: int
    rows: int
    large: int
    names: int
    letters: int
    level: int
    most: int
    spelt: int
    ordered: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """Bytes of totals, keys, rows of each key, groups, counts, large counts; of names keys, lengths and letters."""
        return (
            8 * FINE, 8 * self.keys, self.keys, self.rows, self.rows, 8 * self.large,
            8 * self.names, 4 * self.names, self.letters,
        )  # fmt: skip


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in front, in JSON."""

    things: str
    dealing: Dealing
    salt: str
    settings: dict[str, str | int | float] | None
    columns: tuple[Column, ...]
    tallies: tuple[Part, ...]


def write(profile: Profile, path: str | Path) -> None:
    """Write a profile; the same one gives the same bytes.  A file that is there is replaced at once, or not at all."""
    check_path(path)
    path = Path(path)
    if not path.name:
        raise InputError("the name of a file", repr(str(path)), "gen0.kprof")
    parts, data = [], [np.asarray(profile.documents, "<i8").tobytes()]
    for kind, tally in profile.tallies.items():
        part, pieces = _lay_out(kind, tally)
        parts.append(part)
        data += pieces
    settings = None if profile.settings is None else dict(sorted(profile.settings.items()))
    header = msgspec.json.encode(
        Header(
            things=profile.things, dealing=profile.dealing, salt=profile.salt, settings=settings,
            columns=profile.columns, tallies=tuple(parts),
        )
    )  # fmt: skip
    front = MAGIC + VERSION.to_bytes(4, "little") + len(header).to_bytes(4, "little") + header
    digest = hashlib.blake2b(digest_size=DIGEST)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as stream:
            for piece in (front, *data):
                digest.update(piece)
                stream.write(piece)
            stream.write(digest.digest())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError("a path to which a profile can be written", f"{path}: {error.strerror}", "another") from None


def _lay_out(kind: str, tally: Tally) -> tuple[Part, list[bytes]]:
    keys, groups, counts = (tally.rows[name].to_numpy() for name in ("key", "group", "count"))
    own, each = np.unique(keys, return_counts=True)
    large = counts[counts > 255]
    raw = [name.encode() for name in tally.names["name"]]
    part = Part(
        kind=kind, keys=len(own), rows=len(keys), large=len(large), names=len(raw), letters=sum(map(len, raw)),
        level=tally.level, most=tally.most, spelt=tally.spelt, ordered=tally.ordered,
    )  # fmt: skip
    pieces = [
        tally.totals.astype("<i8"), own.astype("<u8"), each.astype(np.uint8), groups.astype(np.uint8),
        np.where(counts > 255, 0, counts).astype(np.uint8), large.astype("<i8"),
        tally.names["key"].to_numpy().astype("<u8"), np.array(list(map(len, raw)), "<u4"),
    ]  # fmt: skip
    return part, [*(piece.tobytes() for piece in pieces), b"".join(raw)]


def read(path: str | Path) -> Profile:
    """The profile in a file; an InputError in one line where it is none, or not whole."""
    path = Path(path)
    try:
        size = path.stat().st_size
        require(EXPANSION * size, f"the profile {path}", "a smaller one")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError("a profile that can be read", f"{path}: {error.strerror}", "another path") from None
    if not raw.startswith(MAGIC):
        raise InputError("a profile of Kellet's", f"{path}, which is none", "making one by `kellet profile`")
    version = int.from_bytes(raw[8:12], "little")
    if version != VERSION:
        got = f"one of version {version} in {path}"
        raise InputError(f"a profile of version {VERSION}", got, "making it again by `kellet profile`")
    try:
        return _read(raw)
    except (ValueError, OverflowError, RecursionError) as error:
        got = f"{path}: {error}"
        raise InputError("a profile that is whole", got, "fetching it again, or `kellet profile`") from None


def is_profile(path: str | Path) -> bool:
    """Whether a file says that it is one."""
    with Path(path).open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def _read(raw: bytes) -> Profile:
    length = int.from_bytes(raw[12:16], "little")
    _expect(length <= min(LARGEST, len(raw) - 16), "it ends early")
    header = msgspec.json.decode(raw[16 : 16 + length], type=Header)
    for part in header.tallies:
        _expect(min(part.sizes) >= 0 and part.most >= 0 and part.spelt >= 0, "a part of less than nothing")
        _expect(0 <= part.level < 64, f"the level {part.level}")
    _expect(len({part.kind for part in header.tallies}) == len(header.tallies), "a kind that is there twice")
    _expect(len({one.name for one in header.columns}) == len(header.columns), "a column that is there twice")
    for one in header.columns:
        _expect(_ascend(np.array(one.edges)) and len(one.edges) <= EDGES, f"edges of {one.name!r} that can't be")
    sizes = [8 * FINE, *(size for part in header.tallies for size in part.sizes)]
    _expect(16 + length + sum(sizes) + DIGEST == len(raw), "it is not as long as it says")
    digest = hashlib.blake2b(memoryview(raw)[:-DIGEST], digest_size=DIGEST).digest()
    _expect(digest == raw[-DIGEST:], "its checksum is another")
    cursor = _Cursor(raw, 16 + length)
    documents = cursor.take(FINE, "<i8")
    _expect(bool(((documents >= 0) & (documents < MANY)).all()), "numbers of documents that can't be")
    tallies = {part.kind: _read_tally(cursor, part) for part in header.tallies}
    return Profile(
        documents, tallies, header.things, header.dealing, header.salt, header.settings, columns=header.columns
    )


@dataclass
class _Cursor:
    """Where reading is."""

    raw: bytes
    place: int

    def take(self, count: int, form: str) -> NDArray[Any]:
        found = np.frombuffer(self.raw, form, count, self.place)
        self.place += found.nbytes
        return found.astype(found.dtype.newbyteorder("="))


def _read_tally(cursor: _Cursor, part: Part) -> Tally:
    import polars as pl

    totals: Integers = cursor.take(FINE, "<i8")
    own, each = cursor.take(part.keys, "<u8"), cursor.take(part.keys, "u1").astype(np.int64)
    groups, counts = cursor.take(part.rows, "u1"), cursor.take(part.rows, "u1").astype(np.int64)
    large = cursor.take(part.large, "<i8")
    known = part.ordered or not len(own) or int(own[-1]) <= find_last(part.level)
    _expect(_ascend(own) and known, "keys out of order")
    _expect(int(each.sum()) == part.rows and bool((each > 0).all()), "rows that belong to no key")
    keys = np.repeat(own, each)
    _expect(_ascend(np.repeat(np.arange(part.keys), each) * 256 + groups), "groups out of order")
    _expect(not part.rows or int(groups.max()) < FINE, "groups that are none")
    _expect(int((counts == 0).sum()) == part.large, "counts that are missing")
    _expect(bool(((large > 255) & (large < MANY)).all()), "counts that can't be")
    counts[counts == 0] = large
    _expect(bool(((totals >= 0) & (totals < MANY)).all()), "totals that can't be")
    _expect(bool((np.bincount(groups, counts, FINE) <= totals).all()), "totals that are too small")
    rows = pl.DataFrame({"key": keys, "group": groups.astype(np.uint16), "count": counts})
    return Tally(rows, _read_names(cursor, part), totals, part.level, part.most, part.spelt, part.ordered)


def _read_names(cursor: _Cursor, part: Part) -> pl.DataFrame:
    import polars as pl

    keys, lengths = cursor.take(part.names, "<u8"), cursor.take(part.names, "<u4").astype(np.int64)
    _expect(_ascend(keys), "names out of order")
    _expect(int(lengths.sum()) == part.letters, "names of another length")
    ends = cursor.place + np.cumsum(lengths)
    names = [cursor.raw[a:b].decode() for a, b in _pairs(ends - lengths, ends)]
    cursor.place += part.letters
    return pl.DataFrame({"key": keys, "name": pl.Series(names, dtype=pl.String)})


def _pairs(starts: Integers, ends: Integers) -> Iterator[tuple[int, int]]:
    return zip(starts.tolist(), ends.tolist(), strict=True)


def _ascend(numbers: NDArray[Any]) -> bool:
    return bool((numbers[1:] > numbers[:-1]).all())


def _expect(fine: bool, what: str) -> None:
    if not fine:
        raise ValueError(what)
