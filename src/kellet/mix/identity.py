"""Identity: what a row is, as a hash of what it holds.

The hash is BLAKE2b with 16 bytes of the row's values in the order of the schema, each as a netstring (its length in
bytes, a colon, and itself), which no other row can spell: words as UTF-8, whole numbers, dates and truth as decimal
digits of what is stored, floats as the digits of their 64 bits, lists and records as JSON, nothing as "~".  So it
depends on no version of any library.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

Identities = NDArray[np.void]
"""(N,) of 16 bytes."""
BYTES = 16
VOID = np.dtype((np.void, BYTES))


def identify(frame: pl.DataFrame) -> Identities:
    """(N,) what each row is.

    >>> import polars as pl
    >>> a, b, c = identify(pl.DataFrame({"word": ["a", "a", "b"], "x": [0.5, 0.5, None]}))
    >>> bool(a == b), bool(a == c), a.tobytes().hex()
    (True, False, '1d4875fad7736baf782bb36d100d6326')
    """
    import polars as pl

    spelt = frame.select(pl.concat_str([_spell(pl.col(name), kind) for name, kind in frame.schema.items()]))
    digests = [blake2b(row, digest_size=BYTES).digest() for row in spelt.to_series().cast(pl.Binary).to_list()]
    return np.frombuffer(b"".join(digests), VOID)


def _spell(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    import polars as pl

    if kind.is_float():
        # Of -0.0 and 0.0, and of all that is not a number, there is one.
        column = (column.cast(pl.Float64) + 0.0).fill_nan(float("nan")).reinterpret(signed=False)
    elif kind == pl.Boolean or kind.is_temporal():
        column = column.to_physical().cast(pl.Int64)
    elif kind.is_nested():
        column = _encode(column, kind)
    elif kind == pl.Binary:
        column = column.bin.encode("hex")
    words = column.cast(pl.String)
    return pl.concat_str(words.str.len_bytes().cast(pl.String), pl.lit(":"), words).fill_null("~")


def _encode(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Lists and records as JSON."""
    import polars as pl

    record = column if kind == pl.Struct else pl.struct(column.alias("list"))
    return pl.when(column.is_not_null()).then(record.struct.json_encode())
