"""Packing: what is compressed, by its first bytes and not by its name, as the bytes that were packed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO, cast

from kellet.errors import InputError, quote
from kellet.memory import budget, spell

HEAD, STEP = 1 << 16, 1 << 22
LARGEST = 1 << 24
RATIO = 100
"""Unpacked, bytes may be as many as `LARGEST`, or so many times what they were: text hardly packs better."""
PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}
ENDINGS = (".gz", ".gzip", ".bz2", ".xz", ".zst", ".zstd", ".zip")
BESIDE = re.compile(r"(readme|licen[cs]e|copying|notice|changelog|citation|contributing)(\b|_|$)", re.IGNORECASE)
"""What lies beside data and is none."""
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
)
"""What the packers of the standard library raise at damaged files."""


def is_data(path: PurePath) -> bool:
    """Whether a path inside a folder may hold data: what is hidden, or only says what the data are, does not.

    >>> is_data(PurePath("data/part-0.csv")), is_data(PurePath("_SUCCESS")), is_data(PurePath("README.md"))
    (True, False, False)
    """
    return not any(part.startswith((".", "_")) for part in path.parts) and not BESIDE.match(path.name)


@dataclass(frozen=True)
class Opened:
    """A file that is open, unpacked.

    stream: its bytes from the start.  head: the first of them.  name: of the file, or of the member of an archive,
    without the endings of packers.  path: of the file.  packing: what it was packed by.  part: what else was asked for.
    """

    stream: io.BufferedIOBase
    head: bytes
    name: str
    path: Path
    packing: tuple[str, ...] = ()
    part: str | None = None

    @property
    def ending(self) -> str:
        return PurePosixPath(self.name).suffix.lower()

    @property
    def read(self) -> tuple[str, ...]:
        return tuple(f"packed by {name}" for name in self.packing)

    def take(self) -> bytes:
        """All bytes, for formats that must be seen as a whole."""
        whole, most = io.BytesIO(), budget() // 4
        with explain_damage(self.path):
            while part := self.stream.read(STEP):
                whole.write(part)
                if whole.tell() > most:
                    got = f"more in {self.path}"
                    raise InputError(f"at most {spell(most)} to be held at once", got, "another format, or --memory")
        return whole.getvalue()


class Bounded(io.RawIOBase):
    """What comes out of a packer, until it is more than what it has read can hold.

    source: the file itself, from which it has been read so far.
    """

    def __init__(self, stream: BinaryIO, source: BinaryIO, path: Path):
        self.stream, self.source, self.path = stream, source, path
        self.held = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        with explain_damage(self.path):
            part = self.stream.read(len(buffer))
        self.held += len(part)
        if self.held > (most := max(LARGEST, RATIO * self.source.tell())):
            got = f"more than that in {self.path}"
            raise InputError(f"a packed file with at most {most:,} bytes inside", got, "unpacking it first")
        buffer[: len(part)] = part
        return len(part)


@contextmanager
def explain_damage(path: Path) -> Iterator[None]:
    """Whatever a packer says of a damaged file, as one line."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        # That of zstd has its name in whichever package it comes from.
        if not isinstance(error, DAMAGE) and type(error).__name__ != "ZstdError":
            raise
        got = f"{path}: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        raise InputError("a packed file that is whole", got, "fetching it again") from None


@contextmanager
def open_file(path: Path, part: str | None = None) -> Iterator[Opened]:
    """A file, unpacked as often as it was packed.  part: the member of an archive that is meant."""
    with ExitStack() as stack:
        try:
            source = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise InputError("a file that can be read", f"{path}: {error.strerror}", "another file") from None
        stream: io.BufferedIOBase = source
        name = path.name
        packing: tuple[str, ...] = ()
        # A packed file inside a packed one is met; more than two are a trap.
        for _ in range(3):
            head = _peek(stream, path)
            kind = next((kind for magic, kind in PACKED.items() if head.startswith(magic)), None)
            if kind == "zip" and not stream.seekable():
                # What is in a zip file stands at its end.
                stream = io.BytesIO(Opened(stream, head, name, path).take())
            if kind is None or (kind == "zip" and not _is_archive(stream, path)):
                yield Opened(stream, head, name, path, packing, part)
                return
            packing = (*packing, kind)
            if kind == "zip":
                archive = stack.enter_context(zipfile.ZipFile(cast(BinaryIO, stream)))
                name = _choose_member(archive, path, part)
                part = None
                with explain_damage(path):
                    inner = cast(BinaryIO, stack.enter_context(archive.open(name)))
            else:
                name = (
                    name[: -len(PurePosixPath(name).suffix)] if PurePosixPath(name).suffix.lower() in ENDINGS else name
                )
                with explain_damage(path):
                    inner = _unpack(kind, stream, path)
            stream = io.BufferedReader(Bounded(inner, source, path), HEAD)
        raise InputError("a file that is packed once or twice", f"{path}, packed more often", "unpacking it first")


def _peek(stream: io.BufferedIOBase, path: Path) -> bytes:
    """The first bytes, which stay unread."""
    if stream.seekable():
        head = stream.read(HEAD)
        stream.seek(0)
        return head
    assert isinstance(stream, io.BufferedReader)
    head = stream.peek(HEAD)
    return head[:HEAD]


def _unpack(kind: str, stream: io.BufferedIOBase, path: Path) -> BinaryIO:
    match kind:
        case "gzip":
            return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
        case "bzip2":
            return cast(BinaryIO, bz2.BZ2File(stream))
        case "xz":
            return cast(BinaryIO, lzma.LZMAFile(cast(BinaryIO, stream)))
    return _unpack_zstd(stream, path)


def _unpack_zstd(stream: io.BufferedIOBase, path: Path) -> BinaryIO:
    try:
        from compression import zstd

        return cast(BinaryIO, zstd.ZstdFile(stream))
    except ImportError:
        pass
    try:
        import zstandard

        return cast(
            BinaryIO, zstandard.ZstdDecompressor().stream_reader(cast(BinaryIO, stream), read_across_frames=True)
        )
    except ImportError:
        expected = "the package zstandard for files that are packed by zstd"
        raise InputError(
            expected, f"none installed, for {path}", "pip install zstandard, or unpacking it by zstd -d"
        ) from None


def _is_archive(stream: io.BufferedIOBase, path: Path) -> bool:
    """Whether a zip file is an archive, and not a workbook or a file of arrays."""
    try:
        with zipfile.ZipFile(cast(BinaryIO, stream)) as archive:
            names = archive.namelist()
    except DAMAGE as error:
        raise InputError("a zip file that is whole", f"{path}: {error}", "fetching it again") from None
    finally:
        stream.seek(0)
    inside = {"[Content_Types].xml", "mimetype"} & set(names)
    return not inside and not (names and all(name.endswith(".npy") for name in names))


def _choose_member(archive: zipfile.ZipFile, path: Path, part: str | None) -> str:
    names = [one.filename for one in archive.infolist() if not one.is_dir()]
    if part is not None:
        if part not in names:
            raise InputError(
                f"one of the files in {path}, {quote(names)}",
                f'"{part}"',
                f"{path}::{names[0]}" if names else "another file",
            )
        return part
    data = [name for name in names if is_data(PurePosixPath(name))]
    if len(data) == 1:
        return data[0]
    if not data:
        raise InputError("an archive with a file of data", f"{path}, which has none", "another file")
    raise InputError(
        "one file in an archive, or which one is meant", f"{len(data)} in {path}: {quote(data)}", f"{path}::{data[0]}"
    )
