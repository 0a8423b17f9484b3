"""Specimens: what a first replicate wrote, in files that carry the CRC-32 of their bytes in their names."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.experiment.running.stores import Place

NAME = re.compile(r"(\w+)-(\d+)-([0-9a-f]{8})\.(parquet|npz)")


class Specimens(Mapping[str, Any]):
    """What the first replicate of a cell wrote: name -> array, read when it is first looked at."""

    def __init__(self, where: Place, name: str):
        self._where, self._name = where, name
        self._arrays: dict[str, Any] | None = None

    def _read(self) -> dict[str, Any]:
        if self._arrays is None:
            data = self._where.read([self._name]).get(self._name, b"")
            if not is_sound(self._name, data):
                raise damage(self._where, self._name)
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                self._arrays = {name: arrays[name] for name in arrays.files}
        return self._arrays

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def is_sound(name: str, data: bytes) -> bool:
    """Whether a file's bytes are those that its name tells of."""
    parts = NAME.fullmatch(name.rpartition("/")[2])
    return parts is not None and f"{zlib.crc32(data):08x}" == parts[3]


def damage(where: Place, name: str) -> InputError:
    """What to say of a file whose bytes are not those that were written."""
    return InputError(
        "a block that Kellet wrote", f"{where}/{name}, whose bytes changed", "deleting that file and running again"
    )
