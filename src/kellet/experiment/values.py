"""Values of a grid's fields, as files and people have them."""

from __future__ import annotations

from collections.abc import Sequence

Plain = bool | int | float | str


def to_plain(value: object) -> Plain:
    """A value of a grid as it can stand in a file."""
    return value if isinstance(value, Plain) else str(value)


def show_value(value: object) -> str:
    """A value of a grid for people.

    >>> show_value(10000), show_value(0.25), show_value("gaussian")
    ('10,000', '0.25', 'gaussian')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def show_extent(values: Sequence[object]) -> str:
    """All values of a field in a few words.

    >>> show_extent((1, 3, 100)), show_extent((100, 1000)), show_extent(("a", "b", "c", "d"))
    ('1–100', '100, 1,000', 'a and 3 more')
    """
    if all(isinstance(value, int | float) for value in values) and len(values) > 2:
        return f"{show_value(min(values))}–{show_value(max(values))}"  # type: ignore[type-var]
    if len(values) <= 3:
        return ", ".join(map(show_value, values))
    return f"{show_value(values[0])} and {len(values) - 1} more"
