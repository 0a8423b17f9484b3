"""Numbers as people type them."""

from __future__ import annotations

from kellet.errors import InputError


def number(text: str, option: str, example: str = "1") -> float:
    """A number or a percentage.

    >>> number("2.5e3", "--size"), number("10%", "--contaminated")
    (2500.0, 0.1)
    """
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise InputError(f"a number after {option}", repr(text), f"{option} {example}") from None


def whole(text: str, option: str) -> int:
    """A whole number, however it is spelled.

    >>> whole("1000", "--size"), whole("1e9", "--size")
    (1000, 1000000000)
    """
    try:
        return int(text)
    except ValueError:
        found = number(text, option)
    if text.endswith("%") or not found.is_integer():
        raise InputError(f"a whole number after {option}", repr(text), f"{option} 1000 or {option} 1e9")
    return int(found)
