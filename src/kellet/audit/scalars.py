"""An audit as plain numbers, for whoever draws curves: of everything together alone, so that no name is among them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kellet.audit.finding import Verdict
from kellet.audit.result import Diagnosis, Look
from kellet.audit.words import ORDER, expect

BADNESS: Mapping[Verdict, int] = {verdict: i for i, verdict in enumerate(reversed(ORDER))}
"""Verdicts as numbers: 0 pass, 1 inconclusive, 2 more, 3 copied, 4 lost."""


def list_scalars(look: Look) -> dict[str, float]:
    """The verdict as a number, and of each measure its value, where that lies, and its zero: what a fresh real sample
    would have, or where that isn't known both sides, dealt anew.  What is not finite is left out.

    >>> list_scalars(Look(name="gen1.csv", documents=9, groups=(8, 8), findings=()))
    {'verdict': 1.0}
    """
    found = {"verdict": float(BADNESS[look.verdict])}
    for one in look.findings:
        if not one.about:
            parts = {"value": one.value, "low": one.low, "high": one.high, "zero": expect(one)[0]}
            found |= {f"{one.measure.replace(' ', '_')}/{part}": float(number) for part, number in parts.items()}
    return {name: number for name, number in found.items() if np.isfinite(number)}


def list_generations(audit: Diagnosis) -> dict[int, dict[str, float]]:
    """Generation, from 1, -> its scalars."""
    return {t: list_scalars(look) for t, look in enumerate(audit.looks, start=1)}
