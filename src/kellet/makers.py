"""Makers of pictures and pages: results ask for them by name, and import nothing of the rooms above that make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_MAKERS: dict[str, Callable[..., Any]] = {}


def offer(name: str, maker: Callable[..., Any]) -> None:
    """Say who makes what is called so."""
    _MAKERS[name] = maker


def make(name: str, *things: object) -> Any:
    """Have it made.

    >>> offer("sum", lambda *numbers: sum(numbers))
    >>> make("sum", 1, 2)
    3
    """
    return _MAKERS[name](*things)
