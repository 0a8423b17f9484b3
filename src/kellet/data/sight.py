"""Sight: what was seen in people's data, for the box that stands on every page and in every document."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["number", "count", "category", "truth", "date", "identifier", "constant", "text", "list"]
"""What a column can be."""


class Column(msgspec.Struct, frozen=True):
    """A column.

    reason: why it is taken for that kind, such as "119 numbers and 1 other ('unknown')".  missing: rows in which it has
    no value.  distinct: different values.  rare: different values that occur less than five times; None where values
    are no categories.  use: what becomes of it, such as "learnt as a number" or "left out".  examples: values as they
    are written.
    """

    name: str
    kind: Kind
    reason: str
    missing: int
    distinct: int
    use: str
    rare: int | None = None
    examples: tuple[str, ...] = ()


class Sight(msgspec.Struct, frozen=True):
    """What was seen.

    source: the file, folder or object.  form: what it is.  count: how many rows, documents or pictures.  read: how it
    was read, in phrases.  columns: of a table.  notes: sentences about what was left out, dropped, or taken for
    missing, and what that biases.  default: what is done with it where nothing else is said.
    """

    source: str
    form: Literal["table", "text", "pictures"]
    count: int
    read: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()
    default: str = ""
