"""A prediction: what theory expects of one metric, and from where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kellet.evidence import Array

DRIFT = "Jangjoo, di Sarra, Marsili and Roudi, PRL 136, 197301 (2026); classical in population genetics"
BIAS = "derived here: a bias that every generation repeats"
EXTREMES = "law of the largest of n points; derived here"
CHAIN = "Wright, Genetics 16:97 (1931), the exact chain"
GENEALOGY = "genealogy; Kingman, Stochastic Processes and their Applications 13:235 (1982)"
WISHART = "Wishart's law; Anderson, Multivariate Statistical Analysis (2003), section 7.5"
LOGARITHM = "Shumailov et al., Nature 631:755 (2024), made exact"

Kind = Literal["exact", "approximation"]


@dataclass(frozen=True)
class Prediction:
    """The expectation, over replicates, of one metric in one arm.

    values: (G,), generations 0 to the last.  kind: "exact", or "approximation".  source: where the formula comes from,
    and what an approximation is off by at most, where that was measured.
    """

    values: Array
    kind: Kind
    source: str


Known = Iterator[tuple[str, Prediction]]
