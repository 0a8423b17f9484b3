"""Objects: what somebody's Python program has in its hands, as rows, documents or pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from kellet.data.content import Album, Content, Documents, Rows
from kellet.data.formats.arrays import arrange
from kellet.data.formats.columns import flatten
from kellet.data.formats.damage import name_damage
from kellet.data.formats.embedded import name_classes, unfold_pictures
from kellet.data.formats.pictures import gather
from kellet.data.formats.pixels import measure
from kellet.errors import InputError

if TYPE_CHECKING:
    import polars as pl

MOST = 1_000_000
"""Things that are taken from what has no length."""
PLAIN = (
    str,
    int,
    float,
    bytes,
    list,
    tuple,
    dict,
    Decimal,
    Fraction,
    date,
    time,
    timedelta,
    UUID,
    PurePath,
    np.generic,
)
"""Values of a table."""
ATTEMPT = "a DataFrame, an array, a dict of columns or a list of texts"


@runtime_checkable
class ArrowStream(Protocol):
    """Whatever exports Arrow data: tables of pyarrow, of DuckDB, and others."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


@runtime_checkable
class ArrayLike(Protocol):
    """Whatever NumPy can look into, such as a tensor."""

    def __array__(self) -> NDArray[Any]: ...


def take(thing: object) -> Content:
    """What an object holds; the packages that such objects come from are never imported here.

    thing: a DataFrame, a lazy one or a Series of polars or pandas, an Arrow table, an array or tensor (n, d), pictures
    (n, h, w[, c]), a Dataset or DataArray of xarray, a data set of `datasets`, a dict of columns, a list of dicts, of
    rows, of numbers or of Pillow's pictures, or a list of texts, which are documents.

    >>> take(["one text", "another"]).texts
    ('one text', 'another')
    >>> take({"age": [3, None], "name": ["x", "y"]}).frame.columns
    ['age', 'name']
    """
    if isinstance(thing, Rows | Documents | Album):
        return thing
    if isinstance(thing, str | bytes | None):
        raise InputError("an object that holds data", repr(thing)[:60], ATTEMPT)
    with name_damage("data that can be read", type(thing).__name__, ATTEMPT):
        return _take(thing)


def _take(thing: Any) -> Content:
    import polars as pl

    match type(thing).__module__.partition(".")[0]:
        case "polars":
            frame = thing.collect() if isinstance(thing, pl.LazyFrame) else thing
            frame = frame.to_frame(frame.name or "value") if isinstance(frame, pl.Series) else frame
            return _unfold(frame)
        case "pandas":
            return _unfold(_from_pandas(thing))
        case "xarray":
            return _from_xarray(thing)
        case "datasets":
            return _from_datasets(thing)
    if isinstance(thing, np.ndarray):
        return _from_array(thing)
    if isinstance(thing, ArrowStream):
        return _unfold(pl.DataFrame(thing))
    if isinstance(thing, ArrayLike):
        return _from_array(np.asarray(thing))
    if isinstance(thing, Mapping):
        return _from_mapping(thing)
    if isinstance(thing, Iterable):
        return _from_items(thing)
    raise InputError("an object that holds data", f"one of type {type(thing).__name__!r}", ATTEMPT)


def _unfold(frame: pl.DataFrame) -> Rows | Album:
    if frame.width == 0 or frame.height == 0:
        raise InputError(
            "a table with rows and columns", f"{frame.height} rows, {frame.width} columns", "another table"
        )
    return unfold_pictures(Rows(flatten(frame)))


def _from_array(array: NDArray[Any]) -> Rows | Album:
    if isinstance(array, np.ma.MaskedArray):
        import polars as pl

        flat, gaps = array.data.reshape(len(array), -1), np.ma.getmaskarray(array).reshape(len(array), -1)
        names = ["x"] if array.ndim == 1 else [f"x{i}" for i in range(flat.shape[1])]
        return _unfold(pl.DataFrame([_with_gaps(pl.Series(n, flat[:, i]), gaps[:, i]) for i, n in enumerate(names)]))
    if array.dtype.kind == "O" and array.ndim in (1, 2):
        columns = array.reshape(len(array), -1).T.tolist()
        return _from_columns(("x",) if array.ndim == 1 else [f"x{i}" for i in range(len(columns))], columns)
    return arrange({"x": array}, "the array")


def _from_pandas(thing: Any) -> pl.DataFrame:
    """Columns of a DataFrame or a Series; its index is one of them where it has a name."""
    import polars as pl

    frame = thing.to_frame("value" if thing.name is None else thing.name) if thing.ndim == 1 else thing
    named = [level for level, name in enumerate(frame.index.names) if name is not None]
    columns = [(str(frame.index.names[level]), frame.index.get_level_values(level).to_series()) for level in named]
    titles = [".".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns]
    columns += [(title, frame.iloc[:, i]) for i, title in enumerate(titles)]
    names = _distinct([name for name, _ in columns])
    return pl.DataFrame([_from_series(name, column) for name, (_, column) in zip(names, columns, strict=True)])


def _from_series(name: str, column: Any) -> pl.Series:
    """A column of pandas: what it has for missing is null, NaN too."""
    import polars as pl

    gaps, spelled, kind = column.isna().to_numpy(), str(column.dtype), column.dtype.kind
    if spelled.startswith(("category", "period", "interval")):
        return _with_gaps(pl.Series(name, column.astype(object).map(str).tolist(), dtype=pl.String), gaps)
    if kind == "M":
        zone = getattr(column.dtype, "tz", None)
        plain = column if zone is None else column.dt.tz_convert("UTC").dt.tz_localize(None)
        found = pl.Series(name, plain.to_numpy(dtype="datetime64[us]"))
        return found if zone is None else found.dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone))
    if kind == "m":
        return pl.Series(name, column.to_numpy(dtype="timedelta64[us]"))
    if kind in "iufb":
        exact = {"i": np.int64, "u": np.uint64, "f": np.float64, "b": np.bool_}[kind]
        return _with_gaps(pl.Series(name, column.to_numpy(dtype=exact, na_value=exact(0))), gaps)
    if kind == "c":
        raise InputError("numbers", f"{spelled} numbers in the column {name!r}", "their real and imaginary part")
    return _series(name, [None if gap else value for value, gap in zip(column.tolist(), gaps, strict=True)])


def _with_gaps(column: pl.Series, gaps: NDArray[np.bool_]) -> pl.Series:
    import polars as pl

    return column.set(pl.Series(gaps), None) if gaps.any() else column


def _from_xarray(thing: Any) -> Content:
    """The variables of a Dataset as columns, with what they are called along each axis; a DataArray as an array."""
    if not thing.dims:
        raise InputError("data along some axis", f"a {type(thing).__name__} of single numbers", ATTEMPT)
    if type(thing).__name__ == "Dataset":
        table = thing.to_dataframe()
        bare = [name for name in table.index.names if name not in thing.coords]
        named = len(bare) < table.index.nlevels
        return _unfold(_from_pandas(table.reset_index(level=bare if named else None, drop=True)))
    name = "x" if thing.name is None else str(thing.name)
    if thing.ndim == 2 and thing.dims[1] in thing.coords:
        titles = [str(title) for title in thing.coords[thing.dims[1]].to_numpy()]
        return _from_mapping(dict(zip(_distinct(titles), thing.to_numpy().T, strict=True)))
    return arrange({name: thing.to_numpy()}, "the array")


def _from_datasets(thing: Any) -> Content:
    """A data set of the library `datasets`, as Arrow; a dict of them is a choice that isn't ours."""
    if isinstance(thing, Mapping):
        names = list(map(str, thing))
        attempt = f"dataset[{names[0]!r}]" if names else "one that has some"
        raise InputError("one split", f"a {type(thing).__name__} of {', '.join(map(repr, names))}", attempt)
    classes = tuple(
        (str(name), tuple(map(str, kind.names)))
        for name, kind in (thing.features or {}).items()
        if type(kind).__name__ == "ClassLabel"
    )
    plain = _from_items(thing) if type(thing).__name__ == "IterableDataset" else take(thing.with_format("arrow")[:])
    return unfold_pictures(name_classes(plain, classes)) if isinstance(plain, Rows) else plain


def _from_mapping(thing: Mapping[Any, Any]) -> Rows | Album:
    """A dict of columns, or of arrays as an npz file has them."""
    if thing and all(isinstance(value, np.ndarray) and value.dtype.kind != "O" for value in thing.values()):
        return arrange({str(name): value for name, value in thing.items()}, "the arrays")
    for name, value in thing.items():
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise InputError("a dict of columns", f"{value!r:.60} for {name!r}", "a list of values for each name")
    return _from_columns(list(map(str, thing)), [list(column) for column in thing.values()])


def _from_columns(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> Rows | Album:
    import polars as pl

    sizes = {len(column) for column in columns}
    if len(sizes) > 1:
        short, long = (next(n for n, c in zip(names, columns, strict=True) if len(c) == f(sizes)) for f in (min, max))
        got = f"{max(sizes):,} values in {long!r} and {min(sizes):,} in {short!r}"
        raise InputError("columns of one length", got, "gaps as None")
    return _unfold(pl.DataFrame([_series(name, column) for name, column in zip(names, columns, strict=True)]))


def _from_items(thing: Iterable[Any]) -> Content:
    """Texts, dicts, rows or numbers, one after the other."""
    items = list(islice(thing, MOST + 1)) if not isinstance(thing, Sequence) else list(thing)
    notes: tuple[str, ...] = ()
    if not isinstance(thing, Sequence) and len(items) > MOST:
        items, notes = items[:MOST], (f"The first {MOST:,} are taken.",)
    if not items:
        raise InputError("data", f"an empty {type(thing).__name__}", ATTEMPT)
    return replace(_from_list(items), notes=notes) if notes else _from_list(items)


def _from_list(items: list[Any]) -> Content:
    first = items[0]
    if type(first).__module__.startswith("PIL."):
        return gather((f"picture {i + 1:,}", measure(picture)) for i, picture in enumerate(items))
    if all(isinstance(item, str) for item in items):
        return Documents(tuple(items))
    if all(isinstance(item, Mapping) for item in items):
        names = list(dict.fromkeys(str(name) for item in items for name in item))
        return _from_columns(names, [[item.get(name) for item in items] for name in names])
    if isinstance(first, list | tuple):
        width = max(len(item) if isinstance(item, list | tuple) else 0 for item in items)
        uneven = [item for item in items if not isinstance(item, list | tuple) or len(item) != width]
        if uneven:
            raise InputError(f"rows of {width} values", f"{uneven[0]!r:.60}", "gaps as None")
        if all(isinstance(value, str | int | float | None) for item in items for value in item):
            names = getattr(first, "_fields", None) or [f"x{i}" for i in range(width)]
            return _from_columns(names, list(zip(*items, strict=True)))
    if isinstance(first, list | tuple | np.ndarray | ArrayLike):
        return _from_array(np.asarray([np.asarray(item) for item in items]))
    return _from_columns(("x",), (items,))


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    """A column of Python's values; where they are of several kinds, as the words that stand for them."""
    import polars as pl

    kinds = {type(value) for value in values if value is not None}
    if odd := [kind for kind in kinds if not issubclass(kind, PLAIN)]:
        raise InputError("plain values", f"a {odd[0].__name__!r} in the column {name!r}", "numbers, words or dates")
    try:
        if float in kinds and kinds <= {int, float, bool}:
            return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
        found = pl.Series(name, values, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        found = None
    if found is not None and found.dtype != pl.Object:
        return found
    return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)


def _distinct(names: Sequence[str]) -> list[str]:
    """Names, each once: what is there again is counted."""
    again: Counter[str] = Counter()
    found = []
    for name in names:
        again[name] += 1
        found.append(name if again[name] == 1 else f"{name} ({again[name]})")
    return found
