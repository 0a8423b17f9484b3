"""Which papers there are."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

from kellet.errors import InputError
from kellet.gallery.paper import PAPERS, Paper

NAMES = (
    "gaussian",
    "accumulation",
    "mixed-text",
    "knowledge-collapse",
    "rare-tokens",
    "shared-pool",
    "many-writers",
    "retrieval",
    "language-model",
    "thresholds",
    "census",
)
"""In the order in which they are shown; the file of each has its name, with low lines."""


def find(name: str) -> Paper:
    """A paper by its name.

    >>> find("gaussian").title
    'A normal law that learns from itself loses its variance'
    """
    if name not in NAMES:
        near = get_close_matches(name, NAMES, n=1, cutoff=0.5)
        raise InputError("the name of a paper", repr(name), near[0] if near else "`kellet reproduce --list`")
    found: Paper = import_module(f"{PAPERS}.{name.replace('-', '_')}").PAPER
    return found
