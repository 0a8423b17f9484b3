"""The door of the room: whatever people have, as rows, documents or pictures."""

from __future__ import annotations

import polars as pl

from kellet.data import files
from kellet.data.content import Rows


def read_rows(path: str) -> Rows:
    """The table behind a path; a CSV file has words only."""
    return Rows(files.read_table(path).cast(pl.String))
