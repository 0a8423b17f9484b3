"""A prediction: what theory expects of one metric, and from where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kellet.evidence import Array
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Line
from kellet.page.plot import Plot

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

    def _repr_html_(self) -> str:
        at = np.arange(len(self.values), dtype=float)
        known = self.values[np.isfinite(self.values)]
        low, high = (min(0.0, float(known.min())), float(known.max())) if known.size else (0.0, 1.0)
        up = Axis("expected value", low, 1.03 * high if high > max(low, 0.0) else low + 1.0)
        curve = Line("theory", at, self.values, 0, dashed=True)
        kind = "An approximation" if self.kind == "approximation" else "Exact"
        chart = Chart("What theory expects", [curve], Axis("generation", 0.0, max(float(at[-1]), 1.0)), up)
        return Plot(replace(chart, caption=f"{kind}. {self.source}."))._repr_html_()


Known = Iterator[tuple[str, Prediction]]
