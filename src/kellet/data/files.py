"""Reading files that people have: untrusted, so nothing is ever executed or unpickled."""

from __future__ import annotations

import glob
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kellet.data.content import Documents, Rows
from kellet.data.formats.packing import ENDINGS as PACKERS
from kellet.data.formats.packing import is_data
from kellet.data.formats.recognition import read_files
from kellet.errors import InputError, quote

if TYPE_CHECKING:
    import polars as pl

TABLES = (
    *(".csv", ".tsv", ".tab", ".psv", ".dat", ".data", ".json", ".jsonl", ".ndjson", ".geojson", ".parquet", ".pq"),
    *(".arrow", ".feather", ".ipc", ".db", ".sqlite", ".sqlite3", ".xlsx", ".xls", ".xlsb", ".ods", ".npy", ".npz"),
)
TEXTS = (".txt", ".text", ".md")
PICTURES = (".png", ".jpg", ".jpeg")
ALIKE = {".tsv": ".csv", ".tab": ".csv", ".ndjson": ".jsonl", ".pq": ".parquet", ".jpg": ".png", ".jpeg": ".png"}
"""Endings of one kind."""
FEWEST = 10
"""Points of a world of files."""


def divide(path: str) -> tuple[str, str | None]:
    """A path and the part of it that is meant, as in ``file.db::table``; a file that is called so is that file.

    >>> divide("shop.db::orders"), divide("shop.db")
    (('shop.db', 'orders'), ('shop.db', None))
    """
    if "::" not in path or Path(path).exists():
        return path, None
    place, _, part = path.rpartition("::")
    return place, part


def files(path: str) -> list[Path]:
    """The files behind one file, a glob or a folder, in a fixed order."""
    path, _ = divide(path)
    there = Path(path)
    if there.is_dir():
        found = _find_data(there)
    elif there.exists():
        found = [there]
    else:
        found = sorted(Path(p) for p in glob.glob(path, recursive=True) if Path(p).is_file())  # noqa: PTH207
    if not found:
        attempt = "`kellet run digits`, or the path of a csv, parquet or txt file"
        raise InputError("a file, a folder of files or a glob", f"{path}, where nothing is", attempt)
    kinds = {ending(p) for p in found}
    if len({ALIKE.get(kind, kind) for kind in kinds}) > 1:
        got = f"{', '.join(sorted(kinds))} in {path}"
        raise InputError("files of one kind", got, f"a glob such as '{path}/*{min(kinds)}'")
    filled = [p for p in found if p.stat().st_size > 0]
    if not filled:
        raise InputError("a file with something in it", f"{found[0]}, which is empty", "another file")
    return filled


def ending(path: Path) -> str:
    """The ending of a file's name, without that of a packer.

    >>> ending(Path("rows.CSV.gz"))
    '.csv'
    """
    ends = [suffix.lower() for suffix in path.suffixes[-2:]]
    return ends[0] if len(ends) == 2 and ends[1] in PACKERS and ends[0] in TABLES + TEXTS else "".join(ends[-1:])


def _find_data(folder: Path) -> list[Path]:
    """The files of data in a folder, at any depth: not what is hidden, or only says what the data are."""
    every = [p for p in sorted(folder.rglob("*")) if is_data(p.relative_to(folder)) and p.is_file()]
    known = [path for path in every if ending(path) in TABLES + TEXTS + PICTURES]
    # Part files of old programs, and idx files, have no endings.
    return known or [path for path in every if not path.suffix or is_idx(path)]


def is_text(path: str) -> bool:
    """Whether the path holds text rather than a table."""
    if ending(files(path)[0]) in TABLES or are_pictures(path):
        return False
    return isinstance(read_files(files(path), divide(path)[1], Path(divide(path)[0])), Documents)


def are_pictures(path: str) -> bool:
    """Whether the path holds pictures rather than a table."""
    first = files(path)[0]
    return first.suffix.lower() in PICTURES or is_idx(first)


def is_idx(path: Path) -> bool:
    """Whether it is an idx file of images, bytes (n, h, w), packed by gzip or not."""
    if path.suffix.lower() in TABLES + TEXTS + PICTURES:
        return False
    try:
        with gzip.open(path) if is_gzip(path) else path.open("rb") as stream:
            return stream.read(4) == b"\0\0\x08\x03"
    except (OSError, EOFError, zlib.error):
        return False


def is_gzip(path: Path) -> bool:
    """Whether it is packed by gzip."""
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def labels_beside(images: Path) -> Path | None:
    """The labels beside an idx file of images: the same name but for ``labels`` and ``idx1``, packed or not."""
    name = images.name.replace("images", "labels").replace("idx3", "idx1")
    if name == images.name:
        return None
    stem = name.removesuffix(".gz")
    return next((p for p in (images.with_name(stem), images.with_name(f"{stem}.gz")) if p.is_file()), None)


def digest(path: str) -> str:
    """A short digest of the contents of all files behind path; of pictures with their classes."""
    return _digest(stamps(path))


Stamp = tuple[Path, int, int, int]
"""A file, when it was last written, its size and its number on the disk: while they stay, so do its contents."""


def stamps(path: str) -> tuple[Stamp, ...]:
    """The files behind path as they are now; of idx files of images with their labels."""
    found = []
    for p in files(path):
        labels = labels_beside(p) if is_idx(p) else None
        for part in (p, labels) if labels else (p,):
            now = part.stat()
            found.append((part.absolute(), now.st_mtime_ns, now.st_size, now.st_ino))
    return tuple(found)


@lru_cache(maxsize=8)
def _digest(there: tuple[Stamp, ...]) -> str:
    """Once a process, as long as the files stay as they are."""
    whole = hashlib.sha256()
    for path, *_ in there:
        if path.suffix.lower() in PICTURES:
            whole.update(path.parent.name.encode())
        with path.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()[:16]


def check(path: str, expected: str | None) -> str:
    """The digest of what is there; a file that is not the one an experiment was made with is refused."""
    found = digest(path)
    if expected is not None and found != expected:
        made = f"{path} as it was when the experiment was made (digest {expected})"
        raise InputError(made, f"other contents ({found})", "restoring the file, or removing `digest` to start anew")
    return found


def decode(path: Path) -> str:
    """The text of a file, which must be UTF-8."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A byte order mark, if there is one, is not counted by the error.
        start = error.start + len(raw) - len(error.object)
        line = raw[:start].count(b"\n") + 1
        where = f"byte 0x{raw[start]:02x} at line {line} (byte offset {start}) of {path}"
        raise InputError("UTF-8 text", where, "saving it as UTF-8") from None


def read_table(path: str) -> pl.DataFrame:
    """One table from all the files behind path, with words that are numbers as numbers."""
    import polars as pl

    found = files(path)
    if ending(found[0]) in (".npy", ".npz"):
        return pl.concat([_read_arrays(p) for p in found], how="vertical_relaxed")
    rows = read_files(found, divide(path)[1], Path(divide(path)[0]))
    if not isinstance(rows, Rows):
        raise InputError("a table", f"{path}, which is none", "a file of CSV, JSON or Parquet")
    typed = ending(found[0]) in (".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".arrow", ".feather")
    if typed or any(kind != pl.String for kind in rows.frame.dtypes):
        return rows.frame
    words = io.BytesIO(rows.frame.write_csv().encode())
    return pl.read_csv(words, infer_schema_length=None, null_values=["", "NA", "NaN", "nan"])


def _read_arrays(path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        with path.open("rb") as stream:
            loaded = np.load(stream, allow_pickle=False)
            arrays = {"x": loaded} if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, SyntaxError) as error:
        got = f"{path}: {str(error).splitlines()[0]}"
        raise InputError(f"a readable {path.suffix} table", got, "opening and saving it again") from None
    columns: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        if array.ndim == 0:
            got = f"a single number, {name}, in {path}"
            raise InputError("arrays with one row a point", got, "an array (rows, columns)")
        flat = array.reshape(len(array), -1)
        columns |= {name if flat.shape[1] == 1 else f"{name}{i}": flat[:, i] for i in range(flat.shape[1])}
    return pl.DataFrame(columns)


def require_columns(table: pl.DataFrame, *names: str) -> None:
    """Refuse names that are no columns of the table."""
    for name in names:
        if name not in table.columns:
            raise InputError(f"one of the columns {quote(table.columns)}", f'"{name}"', "a column that is there")


def require_numbers(values: np.ndarray, columns: Sequence[str]) -> None:
    """Refuse values (N, d) of these columns where some are missing or infinite."""
    gaps = ~np.isfinite(values)
    if gaps.any():
        first = columns[gaps.any(axis=0).argmax()]
        got = f"{gaps.any(axis=1).sum()} rows with missing or infinite values, first in column {first!r}"
        raise InputError("numbers without gaps", got, "dropping or filling those rows")


def require_points(n: int, things: str, path: str, attempt: str | None = None) -> None:
    """Refuse so few rows, pictures or documents that they can't be split.  attempt: what helps, if not more of them."""
    if n < FEWEST:
        expected = f"at least {FEWEST} {things}, to split into training, reserve and held-out"
        raise InputError(expected, f"{n} in {path}", attempt or f"more {things}")


@lru_cache(maxsize=2)
def read_numbers(
    path: str, columns: tuple[str, ...] | None, label: str | None, contents: str
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray | None]:
    """The numeric columns (N, d) of a table, their names, and the label column (N,) if one is named.

    contents: the digest of what is there, so that a file that changed is read again.
    """
    import polars as pl

    table = read_table(path)
    require_columns(table, *(columns or ()), *([label] if label else []))
    labels = table[label].cast(pl.String).fill_null("(missing)").to_numpy() if label else None
    chosen = list(columns) if columns else [name for name in table.columns if name != label]
    numeric = [name for name in chosen if table[name].dtype.is_numeric() or table[name].dtype == pl.Boolean]
    if odd := [name for name in chosen if name not in numeric]:
        example = table[odd[0]].drop_nulls().cast(pl.String, strict=False).head(1).to_list()
        attempt = f"--columns {','.join(numeric[:8])}, or " if numeric else ""
        got = f"{len(odd)} that are not, {odd[0]!r} first (e.g. {example[0] if example else 'empty'!r})"
        raise InputError("numeric columns", got, f"{attempt}--columns {odd[0]} --family categorical")
    values = table.select(pl.col(chosen).cast(pl.Float64)).to_numpy()
    require_numbers(values, chosen)
    require_points(len(values), "rows", path)
    return values, tuple(chosen), labels


@lru_cache(maxsize=2)
def count_categories(path: str, column: str, contents: str) -> tuple[tuple[str, ...], np.ndarray]:
    """The values of one column, most frequent first, and how often each occurs; contents as in `read_numbers`."""
    import polars as pl

    table = read_table(path)
    require_columns(table, column)
    found = table[column].cast(pl.String).fill_null("(missing)").value_counts(name="count")
    found = found.sort(["count", column], descending=[True, False])
    if found.height < 2:
        got = f"{found.height} in {column!r}"
        raise InputError("a column with at least two different values", got, "another column")
    return tuple(found[column].to_list()), found["count"].to_numpy()
