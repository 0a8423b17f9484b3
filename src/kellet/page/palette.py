"""Colours of arms, told apart by colour-blind readers too, on white and on black."""

from __future__ import annotations

COLOURS = ("#d55e00", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#56b4e9", "#8c6d46", "#7f7f7f", "#b8a90f", "#7a5bd6")
"""The first seven are those of M. Okabe and K. Ito, Color Universal Design (2008), without yellow and black."""


def colour(arm: int) -> str:
    """Of the arm at this place; after ten they come again."""
    return COLOURS[arm % len(COLOURS)]
