"""The claim of an audit: what is left of what decides it, with its interval and its zero."""

from __future__ import annotations

import numpy as np

from kellet.audit.finding import Finding
from kellet.audit.result import Diagnosis, Look
from kellet.audit.words import NAMES, expect, figure, find, interval, judge, who, worst
from kellet.page.claim import Claim


def claim(audit: Diagnosis) -> Claim:
    """What the worst data set says first."""
    look = worst(audit)
    found = None if look is None else decide(look)
    if look is None or found is None:
        return Claim("There is nothing to compare the reference with")
    value = figure(found, found.value)
    if found.measure in (*NAMES, "rare"):
        what = "what was rare" if found.measure == "rare" else f"what the reference has {found.measure}"
        text = f"{value} of {what} is left in {look.name}"
    else:
        text = f"{look.name}: {found.title} {value}"
    middle = expect(found)[0]
    parts = (
        f"95 % interval {interval(found)}" if np.isfinite(found.low) else "",
        f"{who(found).rstrip(',')}: {figure(found, middle)}" if np.isfinite(middle) else "",
        judge(found),
    )
    return Claim(text, "; ".join(filter(None, parts)))


def decide(look: Look) -> Finding | None:
    """The finding that a data set's verdict comes from: what is rare, if it says the same, or the first that does."""
    alike = [one for one in look.findings if not one.about and one.verdict == look.verdict]
    rare = find(look, "rare")
    return rare if rare and (rare in alike or not alike) else next(iter(alike or look.findings), None)
