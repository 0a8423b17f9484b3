"""A prediction: what theory expects of one metric, and from where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kellet.evidence import Array

DRIFT = "Jangjoo, di Sarra, Marsili and Roudi, PRL 136, 197301 (2026); classical in population genetics"
BIAS = "derived here: a bias that every generation repeats"
BRANCHING = "branching approximation; classical in population genetics"
EXTREMES = "law of the largest of n points; derived here"
LOGARITHM = "Shumailov et al., Nature 631:755 (2024), made exact"


@dataclass(frozen=True)
class Prediction:
    """The expectation, over replicates, of one metric in one arm.

    values: (G,), generations 0 to the last.  kind: "exact", or "approximation", which then has no promised error.
    source: where the formula comes from.
    """

    values: Array
    kind: Literal["exact", "approximation"]
    source: str


Known = Iterator[tuple[str, Prediction]]
