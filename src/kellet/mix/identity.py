"""Identity: what a row is, as a hash of what it holds.

The hash is BLAKE2b with 16 bytes of: a letter for the kind of each column, in the order of the schema, and a zero; a
bit for each value that is missing; eight bytes for each value; and all words, one after the other.  The eight bytes
are, of whole numbers, dates and truth, what is stored; of floats their bits; of words how many bytes they have, as
UTF-8, so that no other row can spell the same.  Lists and records are the words of their JSON.  It depends on no
version of any library.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Integers

if TYPE_CHECKING:
    import polars as pl

Identities = NDArray[np.void]
"""(N,) of 16 bytes."""
BYTES = 16
VOID = np.dtype((np.void, BYTES))
NUMBER, WHOLE, WORDS = "fiw"
LITTLE = np.dtype("<i8")


def identify(frame: pl.DataFrame) -> Identities:
    """(N,) what each row is.

    >>> import polars as pl
    >>> a, b, c = identify(pl.DataFrame({"word": ["a", "a", "b"], "x": [0.5, 0.5, None]}))
    >>> bool(a == b), bool(a == c), a.tobytes().hex()
    (True, False, '67e585c4c5ad0f3853205f0b3d6be322')
    """
    import polars as pl

    letters = "".join(_letter(kind) for kind in frame.dtypes)
    words = [_spell(column) if letter == WORDS else column for letter, column in zip(letters, frame, strict=True)]
    missing = np.packbits(np.stack([column.is_null().to_numpy() for column in words], axis=1), axis=1)
    head = np.frombuffer(f"{letters}\0".encode(), np.uint8)
    start = len(head) + missing.shape[1]
    fixed = np.empty((frame.height, start + 8 * len(letters)), np.uint8)
    fixed[:, : len(head)], fixed[:, len(head) : start] = head, missing
    for i, (letter, column) in enumerate(zip(letters, words, strict=True)):
        place = start + 8 * i
        fixed[:, place : place + 8] = _store(letter, column).view(np.uint8).reshape(-1, 8)
    raw, width = fixed.tobytes(), fixed.shape[1]
    rows = [raw[place : place + width] for place in range(0, len(raw), width)]
    if said := [column.fill_null("") for letter, column in zip(letters, words, strict=True) if letter == WORDS]:
        texts = pl.select(pl.concat_str(said)).to_series().cast(pl.Binary).to_list()
        rows = list(map(bytes.__add__, rows, texts))
    return np.frombuffer(b"".join([blake2b(row, digest_size=BYTES).digest() for row in rows]), VOID)


def spell_identities(identities: Identities) -> list[str]:
    """In hexadecimal.

    >>> spell_identities(np.zeros(1, VOID))
    ['00000000000000000000000000000000']
    """
    raw = identities.tobytes().hex()
    return [raw[place : place + 2 * BYTES] for place in range(0, len(raw), 2 * BYTES)]


def _letter(kind: pl.DataType) -> str:
    import polars as pl

    if kind.is_float():
        return NUMBER
    return WHOLE if kind.is_integer() or kind.is_temporal() or kind == pl.Boolean else WORDS


def _store(letter: str, column: pl.Series) -> Integers:
    """(N,) the eight bytes of each value."""
    import polars as pl

    if letter == WORDS:
        stored = column.str.len_bytes().fill_null(0).to_numpy()
    elif letter == WHOLE:
        if column.dtype == pl.UInt64:
            column = column.reinterpret(signed=True)
        stored = column.to_physical().cast(pl.Int64).fill_null(0).to_numpy()
    else:
        # Of -0.0 and 0.0, and of all that is not a number, there is one.
        numbers = column.cast(pl.Float64).fill_null(0.0).to_numpy() + 0.0
        stored = np.where(np.isnan(numbers), np.nan, numbers).view(np.int64)
    return np.ascontiguousarray(stored, LITTLE)


def _spell(column: pl.Series) -> pl.Series:
    """What is no number as words."""
    import polars as pl

    if column.dtype.is_nested():
        record = pl.col(column.name) if column.dtype == pl.Struct else pl.struct(pl.col(column.name).alias("list"))
        told = pl.when(pl.col(column.name).is_not_null()).then(record.struct.json_encode())
        return column.to_frame().select(told.alias(column.name)).to_series()
    return column.bin.encode("hex") if column.dtype == pl.Binary else column.cast(pl.String)
