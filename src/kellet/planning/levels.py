"""Levels: what must be kept, from words for people to metrics, and what is asked for where nobody says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kellet import metrics
from kellet.errors import InputError
from kellet.experiment.verdict.summary import headlines

USUAL = {"spread": 0.9, "coverage": 0.9, "rare": 0.9}
"""What is kept where nobody says what: as much of it as the world and the family have."""


def translate(keep: Mapping[str, float] | None, there: Sequence[str]) -> dict[str, float]:
    """Metric -> level, words for people replaced by what they stand for here; the usual ones where nothing is asked."""
    found: dict[str, float] = {}
    for word, level in (USUAL if keep is None else keep).items():
        name = next((metric.name for metric in metrics.match_metrics(word) if metric.name in there), None)
        if name is None:
            if keep is None:
                continue
            attempt = f"--keep {there[0]}=0.9, or one of {', '.join(there)}"
            raise InputError("metrics that these data and this family have", word, attempt)
        if name in found:
            raise InputError("each metric once", f"{word}, which is {name}", "one level for it")
        found[name] = float(level)
    # Text has other words for them.
    found = found or {metric.name: 0.9 for metric in headlines(tuple(map(metrics.find_metric, there))).values()}
    if not found:
        raise InputError("data and a family with spread, coverage or a rare part", "none", f"--keep {there[0]}=0.9")
    return found


def check(
    keep: Mapping[str, float] | None, confidence: float, contaminated: float, precision: float, budget: float
) -> None:
    """Bad input where no plan can answer what is asked."""
    if keep is not None and not keep:
        raise InputError("at least one metric to keep", "none", "--keep spread=0.9")
    for word, level in (keep or {}).items():
        if not 0 < level < np.inf:
            raise InputError("a level > 0", f"{word}={level:g}", f"--keep {word}=0.9")
    if not 0.5 <= confidence < 1:
        raise InputError("a confidence of at least 0.5 and below 1", confidence, "--confidence 0.9")
    if not 0 <= contaminated < 1:
        raise InputError("a contaminated share in [0, 1)", contaminated, "--contaminated 0.1")
    if not 1 < precision < np.inf:
        raise InputError("a precision above 1", precision, "--precision 1.5")
    if not 0 < budget < np.inf:
        raise InputError("a finite budget above 0", budget, "--budget-minutes 5")
