"""TOML that somebody wrote, as plain values."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from kellet.errors import InputError

ATTEMPT = "`kellet run digits --dry-run` for a complete one"
MOST = 2**22
"""Characters, which take seconds to read."""
DEEPEST = 100
"""Dots in a key: reading one takes time as their square."""
NUMBER = re.compile(r"0[xob][0-9A-Fa-f_]{3000}")
"""What Python reads, but refuses to write."""
KEY = re.compile(r"[^\w\-.\"' \t]")


def parse_toml(text: str) -> dict[str, Any]:
    """What a file says, which may begin with a byte order mark.

    >>> parse_toml("\ufeffsize = 10")
    {'size': 10}
    >>> parse_toml("x = " + "[" * 10_000)
    Traceback (most recent call last):
    kellet.errors.InputError: expected a TOML file; got one nested too deep. Try `kellet run digits ...
    """
    if not isinstance(text, str):
        raise InputError("the text of a TOML file", type(text).__name__, ATTEMPT)
    if len(text) > MOST:
        raise InputError(f"a TOML file of at most {MOST:,} characters", f"{len(text):,}", "data in a file of their own")
    if max(part.count(".") for line in text.splitlines() or [""] for part in KEY.split(line)) > DEEPEST:
        raise InputError("a TOML file", f"a key of more than {DEEPEST} parts", ATTEMPT)
    if NUMBER.search(text):
        raise InputError("a TOML file", "a number of thousands of digits", ATTEMPT)
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise InputError("a TOML file", "one nested too deep", ATTEMPT) from None
    except ValueError as error:
        # Not only what is no TOML: Python refuses whole numbers of thousands of digits.
        raise InputError("a TOML file", error, ATTEMPT) from None
