"""What somebody's code warns of, folded: how often it did, and of what first."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Warned:
    """count: how many warnings there were.  first: the first in words, empty where there was none."""

    count: int = 0
    first: str = ""

    def add(self, other: Warned) -> None:
        """Count those, too."""
        self.count, self.first = self.count + other.count, self.first or other.first

    def describe(self) -> str:
        """In one line."""
        return f"{self.count:,} warning{'s' * (self.count > 1)} of somebody's code, the first: {self.first}"


_LISTENING: ContextVar[Warned | None] = ContextVar("listening", default=None)


@contextmanager
def listen() -> Iterator[Warned]:
    """Count what is folded inside.

    >>> with listen() as heard, fold():
    ...     for i in range(3): warnings.warn(f"no {i}")
    >>> heard.describe()
    "3 warnings of somebody's code, the first: UserWarning: no 0"
    """
    heard = Warned()
    token = _LISTENING.set(heard)
    try:
        yield heard
    finally:
        _LISTENING.reset(token)


@contextmanager
def tell_once() -> Iterator[None]:
    """All warnings that are folded inside are told in one line, by a warning, or by whoever listens outside."""
    with listen() as heard:
        yield
    tell(heard)


def tell(heard: Warned) -> None:
    """Warn in one line of all that was heard, or leave that to whoever listens."""
    if (outer := _LISTENING.get()) is not None:
        outer.add(heard)
    elif heard.count:
        warnings.warn(heard.describe(), stacklevel=3)


@contextmanager
def fold() -> Iterator[None]:
    """Warnings inside are counted where anybody listens, and else shown as ever.

    Who shows them is the same for a whole process: in another thread than its first they are shown as ever, too.
    """
    heard = _LISTENING.get()
    if heard is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def count(message: Warning | str, category: type[Warning], *_: object) -> None:
        line = next(iter(str(message).strip().splitlines()), "")
        heard.add(Warned(1, f"{category.__name__}: {line}"))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = count  # type: ignore[assignment]
        yield
