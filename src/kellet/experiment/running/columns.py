"""Columns: the numbers of a block that stay in its file, and are read one metric at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Array


class Columns(Mapping[str, Array]):
    """Metric -> (R, G), read whenever it is looked at, and not kept: all metrics of all arms may fill any memory."""

    def __init__(self, path: Path, names: Sequence[str], replicates: int):
        self._path, self._names, self._replicates = path.absolute(), tuple(names), replicates

    def __getitem__(self, name: str) -> Array:
        import polars as pl

        if name not in self._names:
            raise KeyError(name)
        try:
            column = pl.read_parquet(self._path, columns=[name], glob=False)[name]
            if column.null_count():
                raise ValueError("numbers are missing")
            return np.asarray(column.to_numpy(), dtype=np.float64).reshape(self._replicates, -1)
        except (OSError, ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            got = f"{self._path}: {next(iter(str(error).splitlines()), type(error).__name__)}"
            raise InputError("a block that Kellet wrote", got, "running the same command again") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
