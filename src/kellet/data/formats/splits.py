"""Splits: training and test data side by side, by the names that people give them."""

from __future__ import annotations

import re
from collections.abc import Iterable

WORDS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "t10k": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "eval": "validation",
}


def split_of(name: str) -> str | None:
    """The split that a name says it is of, as a word apart: ``x_train``, ``train-00000-of-00002``, ``trainImages``.

    >>> split_of("x_train"), split_of("valid.jsonl"), split_of("testament"), split_of("ytest")
    ('train', 'validation', None, 'test')
    """
    return next((WORDS[part] for part in _words(name) if part in WORDS), None)


def bare(name: str) -> str:
    """A name without the word of its split.

    >>> bare("x_train"), bare("train_images"), bare("testX")
    ('x', 'images', 'x')
    """
    return "_".join(part for part in _words(name) if part not in WORDS)


def _words(name: str) -> list[str]:
    apart = re.sub(r"^([xy])(?=train|test|val)", r"\1_", name, flags=re.IGNORECASE)
    return [part.lower() for part in re.findall(r"^t10k|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", apart)]


def choose_split(names: Iterable[str | None]) -> str | None:
    """The split to learn from where there are several: training data, if there are some."""
    there = [name for name in dict.fromkeys(names) if name is not None]
    return "train" if "train" in there else there[0] if there else None
