"""Headers: whether the first line of a table names its columns, and how they are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

NUMBER = re.compile(
    r"[-+]?[$€£]?\s?(\d[\d.,' \u00a0\u202f]*|[.,]\d+)([eE][-+]?\d+)?\s?[%€$£]?|[-+]?(nan|inf|infinity)", re.IGNORECASE
)
CLOCK = r"\d{1,2}:\d{2}[\d:.]*\s?([AaPp][Mm]|Z|[-+]\d{2}:?\d{2})?"
DATE = re.compile(rf"\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}([ T]{CLOCK})?|{CLOCK}")
MISSING = frozenset(("", "?", "-", ".", "na", "n/a", "nan", "null", "none", "missing", "unknown", "inf", "-inf"))
"""What may stand in a column of numbers."""
LONGEST = 18
"""Figures of a number that columns are counted by."""

Record = list[str]


def is_typed(field: str) -> bool:
    """Whether it is a number or a date."""
    return bool(NUMBER.fullmatch(field) or DATE.fullmatch(field))


def _form(field: str) -> str:
    return "number" if NUMBER.fullmatch(field) else "date" if DATE.fullmatch(field) else ""


def measure_typed(column: Sequence[str]) -> float:
    """Share of numbers and dates among the values that are there."""
    told = [field for field in column if field.lower() not in MISSING]
    return sum(map(is_typed, told)) / len(told) if told else 0.0


def is_header(head: Record, body: Sequence[Record]) -> bool:
    """Whether a line names the columns below it.

    Where a column's values are numbers or dates its name is none, unless names are years or places counted on.  Where
    no column tells, a line is one of names if what stands there is never a value.
    """
    if not body:
        return not any(map(is_typed, head))
    names, values = 0, 0
    columns = [[row[j] for row in body if j < len(row)] for j in range(len(head))]
    counted = _counts_on(head, body)
    for field, column in zip(head, columns, strict=True):
        if field.lower() in MISSING or (field.isdecimal() and (counted or _is_lone_year(field, column))):
            continue
        if measure_typed(column) > 0.8:
            alike = _form(field) == Counter(filter(None, map(_form, column))).most_common(1)[0][0]
            names, values = names + (not alike), values + alike
    if names or values:
        return names >= values
    if counted:
        return True
    again = sum(field in column for field, column in zip(head, columns, strict=True) if field)
    return again == 0 or (again < len(head) / 2 and len(set(head)) == len(head) and again <= 1)


def _is_lone_year(field: str, column: Sequence[str]) -> bool:
    """Whether it is a year above values that are none."""
    years = sum(len(other) == 4 and other.isdecimal() for other in column)
    return len(field) == 4 and field[:2] in ("18", "19", "20") and years < len(column) / 2


def _counts_on(head: Record, body: Sequence[Record]) -> bool:
    """Whether names are 1, 2, 3, ... or years at equal distances, and rows are not."""

    def climbs(row: Record) -> bool:
        found = [int(field) for field in row if field.isdecimal() and len(field) <= LONGEST]
        return len(found) >= 3 and len(steps := {b - a for a, b in pairwise(found)}) == 1 and min(steps) > 0

    return climbs(head) and not any(map(climbs, body[:5]))


def name_columns(names: Sequence[str]) -> tuple[str, ...]:
    """Distinct names: what has none is called by its place, and what is there again is counted.

    >>> name_columns(["x", "", "x"])
    ('x', 'column 2', 'x (2)')
    """
    # A line end or another sign that can't be seen is no part of a name.
    names = [name if name.isprintable() else " ".join(name.split()) for name in names]
    found: dict[str, None] = {}
    taken, often = set(names), dict[str, int]()
    for j, name in enumerate(names):
        title = plain = name or f"column {j + 1}"
        again = often.get(plain, 1)
        while title in found or (title in taken and title != name):
            again += 1
            title = f"{plain} ({again})"
        found[title], often[plain] = None, again
    return tuple(found)
