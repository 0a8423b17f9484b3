"""What a person gave does not fit: say what was expected, what came, and what to try."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kellet.characters import reveal

DIGITS = 13_300
"""Bits of a number of 4,000 digits."""


class InputError(ValueError):
    """Bad input, told in one line; the command line prints it without a traceback and exits with 2.

    lines: of code, shown below it.  Whatever names and values hold, they are shown and do nothing.

    >>> raise InputError("a share between 0 and 1", "1.5", "0.1 for ten per cent")
    Traceback (most recent call last):
    kellet.errors.InputError: expected a share between 0 and 1; got 1.5. Try 0.1 for ten per cent.
    """

    def __init__(self, expected: str, got: object, attempt: str, lines: str = ""):
        got = quote_value(got) if isinstance(got, int) else str(got)
        came = shorten(got.strip() or repr(got))
        self.line = reveal(" ".join(f"expected {expected}; got {came}. Try {shorten(attempt, 1000)}.".split()))
        self.code = reveal(lines, lines=True)
        super().__init__(f"{self.line}\n\n{self.code}" if lines else self.line)
        self.parts = expected, got, attempt, lines

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str, str]]:
        # A process that fails must be able to say so to the one that started it.
        return InputError, self.parts


def shorten(text: str, most: int = 300) -> str:
    """A text without its middle, where it is too long for anybody to read.

    >>> shorten("one two three four", 14)
    'one two...four'
    """
    return text if len(text) <= most else f"{text[: most // 2]}...{text[-(most // 2 - 3) :]}"


def quote_value(value: object) -> str:
    """A value as it stands in messages; Python itself refuses to write numbers of thousands of digits.

    >>> quote_value("ten"), quote_value(10**5000)
    ("'ten'", 'a whole number of more than 4,000 digits')
    """
    if isinstance(value, int) and value.bit_length() > DIGITS:
        return "a whole number of more than 4,000 digits"
    return repr(value)


def check_text(text: str) -> None:
    """Bad input where it is no text, but bytes of something else: Python reads a name that is not UTF-8 as halves of
    characters, which no file can hold.

    >>> check_text("caf\\udce9")
    Traceback (most recent call last):
    kellet.errors.InputError: expected text in UTF-8; got caf\\udce9. Try another name, such as by `convmv -t utf8`.
    """
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise InputError("text in UTF-8", text, "another name, such as by `convmv -t utf8`")


def check_path(path: object) -> None:
    """Bad input where it can be the name of nothing.

    >>> check_path(None)
    Traceback (most recent call last):
    kellet.errors.InputError: expected a path or a URL; got None. Try "runs/mine".
    """
    if not isinstance(path, str | Path) or "\0" in str(path):
        raise InputError("a path or a URL", repr(path), '"runs/mine"')
    check_text(str(path))


class Stopped(BaseException):
    """A signal that asks this process to end.  No Exception, so that what somebody's code does about errors lets it
    pass; whatever is under way cleans up behind itself.

    >>> Stopped(15).code
    143
    """

    def __init__(self, number: int):
        super().__init__(number)
        self.number, self.code = number, 128 + number


def extra(name: str) -> str:
    """How to install an optional part."""
    return f"pip install '.[{name}]' in a checkout of Kellet"


def quote(names: Iterable[str], most: int = 12) -> str:
    """Names as they stand in messages.

    >>> print(quote(["age", "hours"]), quote("abc", most=2))
    "age", "hours" "a", "b" and 1 more
    """
    told = [f'"{name}"' for name in names]
    return ", ".join(told[:most]) + (f" and {len(told) - most} more" if len(told) > most else "")
