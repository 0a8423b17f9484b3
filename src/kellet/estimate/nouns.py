"""Nouns: how sentences call what models may have written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Nouns:
    """things: what is counted.  text: what they are made of.  features: what each has.  foreign: what it may be that
    the references don't know.  worded: whether things have words, whose share is told too."""

    things: str
    text: str
    features: str
    foreign: str
    worded: bool


TEXT = Nouns("documents", "text", "words", "it is in another language, or speaks of other things", True)
ROWS = Nouns("rows", "data", "values", "it is about other things, or written otherwise", False)
