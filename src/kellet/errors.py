"""What a person gave does not fit: say what was expected, what came, and what to try."""

from __future__ import annotations

from collections.abc import Iterable


class InputError(ValueError):
    """Bad input, told in one line; the command line prints it without a traceback and exits with 2.

    lines: of code, shown below it.

    >>> raise InputError("a share between 0 and 1", "1.5", "0.1 for ten per cent")
    Traceback (most recent call last):
    kellet.errors.InputError: expected a share between 0 and 1; got 1.5. Try 0.1 for ten per cent.
    """

    def __init__(self, expected: str, got: object, attempt: str, lines: str = ""):
        told = f"expected {expected}; got {got}. Try {attempt}."
        super().__init__(f"{told}\n\n{lines}" if lines else told)
        self.parts = expected, str(got), attempt, lines

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, str, str]]:
        # A process that fails must be able to say so to the one that started it.
        return InputError, self.parts


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
