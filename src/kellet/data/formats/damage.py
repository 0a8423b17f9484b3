"""Damage: whatever a reader trips over in a file that isn't ours, told in one line."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kellet.errors import InputError


@contextmanager
def name_damage(expected: str, path: Path | str, attempt: str = "opening and saving it again") -> Iterator[None]:
    """Say which file can't be read, and what its reader found; the reader's own warnings are dropped.

    >>> with name_damage("a readable PNG", "a.png", "another file"):
    ...     raise EOFError
    Traceback (most recent call last):
    kellet.errors.InputError: expected a readable PNG; got 'a.png': EOFError. Try another file.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InputError:
        raise
    except Exception as error:  # A reader of damaged files may raise anything: its errors are no part of its promise.
        said = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise InputError(expected, f"{str(path)!r}: {said}", attempt) from None
