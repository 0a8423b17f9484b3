"""Which papers there are."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

from kellet.errors import InputError

if TYPE_CHECKING:
    from kellet.gallery.paper import Paper

NAMES = (
    "gaussian",
    "accumulation",
    "real-tables",
    "three-regimes",
    "bounds",
    "categories",
    "strong-collapse",
    "stable-share",
    "golden-ratio",
    "one-fresh-point",
    "two-gaussians",
    "autoencoder",
    "mad",
    "tale-of-tails",
    "temperature",
    "verifier",
    "curation",
    "token-editing",
    "which-metric",
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
    found: Paper = import_module(f"kellet.gallery.papers.{name.replace('-', '_')}").PAPER
    return found
