"""Numbers, and other plain values, as people type them."""

from __future__ import annotations

import msgspec

from kellet.errors import InputError

ATTEMPT = "a number such as 10"


def parse_number(text: str, where: str, attempt: str = ATTEMPT) -> float:
    """A number.

    >>> parse_number("2.5e3", "--nats 2.5e3")
    2500.0
    """
    try:
        return float(text)
    except ValueError:
        raise InputError("a number", f"{text!r} in {where!r}", attempt) from None


def parse_whole(text: str, where: str, attempt: str = ATTEMPT) -> int:
    """A whole number, however it is spelled.

    >>> parse_whole("1_000", "--size 1_000"), parse_whole("1e9", "--size 1e9")
    (1000, 1000000000)
    """
    try:
        return int(text)
    except ValueError:
        number = parse_number(text, where, attempt)
    if not number.is_integer():
        raise InputError("a whole number", f"{text!r} in {where!r}", attempt)
    return int(number)


def parse_share(text: str, where: str, attempt: str = ATTEMPT) -> float:
    """A number or a percentage.

    >>> parse_share("10%", "fresh:10%"), parse_share("0.1", "--contaminated 0.1")
    (0.1, 0.1)
    """
    return parse_number(text[:-1], where, attempt) / 100 if text.endswith("%") else parse_number(text, where, attempt)


def read_word(value: str) -> bool | int | float | str:
    """A word as the plain value that it spells."""
    try:
        return msgspec.json.decode(value, type=bool | int | float)
    except msgspec.DecodeError:
        return value
