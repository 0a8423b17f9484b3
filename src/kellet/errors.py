"""What a person gave does not fit: say what was expected, what came, and what to try."""

from __future__ import annotations

from collections.abc import Iterable

from kellet.characters import reveal


class InputError(ValueError):
    """Bad input, told in one line; the command line prints it without a traceback and exits with 2.

    lines: of code, shown below it.  Whatever names and values hold, they are shown and do nothing.

    >>> raise InputError("a share between 0 and 1", "1.5", "0.1 for ten per cent")
    Traceback (most recent call last):
    kellet.errors.InputError: expected a share between 0 and 1; got 1.5. Try 0.1 for ten per cent.
    """

    def __init__(self, expected: str, got: object, attempt: str, lines: str = ""):
        came = shorten(str(got).strip() or repr(str(got)))
        self.line = reveal(" ".join(f"expected {expected}; got {came}. Try {shorten(attempt, 1000)}.".split()))
        self.code = reveal(lines, lines=True)
        super().__init__(f"{self.line}\n\n{self.code}" if lines else self.line)
        self.parts = expected, str(got), attempt, lines

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str, str]]:
        # A process that fails must be able to say so to the one that started it.
        return InputError, self.parts


def shorten(text: str, most: int = 300) -> str:
    """A text without its middle, where it is too long for anybody to read.

    >>> shorten("one two three four", 14)
    'one two...four'
    """
    return text if len(text) <= most else f"{text[: most // 2]}...{text[-(most // 2 - 3) :]}"


def check_text(text: str) -> None:
    """Bad input where it is no text, but bytes of something else: Python reads a name that is not UTF-8 as halves of
    characters, which no file can hold.

    >>> check_text("caf\\udce9")
    Traceback (most recent call last):
    kellet.errors.InputError: expected text in UTF-8; got caf\\udce9. Try another name, such as by `convmv -t utf8`.
    """
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise InputError("text in UTF-8", text, "another name, such as by `convmv -t utf8`")


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
