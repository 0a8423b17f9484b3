"""The tables of a plan: its reasons, its cures, its trials, its theory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from kellet.metrics.catalogue import find_metric
from kellet.page.table import Table
from kellet.planning.need import Cure, Need, Trial
from kellet.planning.reasons import Reason

LINES = 12
"""Of a table of trials, about."""
REASONS = {
    "variance": "variance asks for a number of rows",
    "bias": "bias asks for a share of rows",
    "rare": "rare things ask for about 1/p rows",
}


def tables_of(plan: Need) -> Iterator[Table]:
    """Everything that is a table."""
    if plan.reasons:
        rows = tuple((REASONS[r.name], points(r.points), _because(r)) for r in plan.reasons)
        title = "What each reason asks for by itself (approximations)"
        yield Table(title, ("reason", "real rows", "measured"), rows, align="lrl")
    if plan.cures:
        yield _cures(plan.cures)
    if plan.trials:
        rows = tuple(
            (label, f"{t.successes:,} of {t.tries:,}", chance(t.successes, t.tries))
            for label, t in grouped(plan.trials)
        )
        yield Table("Trials", ("real rows", "kept everything", "share, 90 % interval"), rows)
    if plan.theory:
        values = ", ".join(f"{name} {value:.2f}" for name, value in plan.theory.values.items())
        theory = (plan.theory.kind, f"{plan.theory.points:,}", values)
        yield Table("Theory", ("kind", "real rows", "expected there"), (theory,), align="lrl")


def _cures(cures: Sequence[Cure]) -> Table:
    names = list(cures[0].medians)
    rows = tuple(
        (c.name, f"{c.collected:,}", chance(c.successes, c.tries), *(f"{c.medians[name]:.2f}" for name in names))
        for c in cures
    )
    title = f"The same number of points, used otherwise: {cures[0].tries} fresh replicates each"
    medians = (f"{find_metric(name).title}, median" for name in names)
    return Table(title, ("cure", "rows to collect", "kept everything", *medians), rows)


def grouped(trials: Sequence[Trial]) -> list[tuple[str, Trial]]:
    """Trials as the lines of a table; many are pooled with those whose k is about the same.

    >>> grouped([Trial(0, 1, 10), Trial(7, 9, 10)])
    [('0', Trial(points=0, successes=1, tries=10)), ('7', Trial(points=7, successes=9, tries=10))]
    >>> [label for label, _ in grouped([Trial(k, k, 100) for k in range(101)])]
    ['0', '1', '2', '3', '4–5', '6–9', '10–13', '14–20', '21–30', '31–45', '46–67', '68–100']
    """
    part = 1.0 if len(trials) <= LINES else np.log1p(max(t.points for t in trials)) / LINES
    pooled: dict[float, list[Trial]] = {}
    for t in trials:
        pooled.setdefault(t.points if len(trials) <= LINES else np.log1p(t.points) // part, []).append(t)
    lines = []
    for same in pooled.values():
        first, last = same[0].points, same[-1].points
        label = f"{first:,}" if first == last else f"{first:,}–{last:,}"
        lines.append((label, Trial(first, sum(t.successes for t in same), sum(t.tries for t in same))))
    return lines


def points(number: float) -> str:
    """A number of points: whole, none, or more than there can be.

    >>> points(0), points(57.2), points(math.inf)
    ('none', '58', 'more than all')
    """
    return "none" if number <= 0 else f"{math.ceil(number):,}" if math.isfinite(number) else "more than all"


def chance(successes: int, tries: int) -> str:
    """A share with its 90 % interval, by Wilson (Journal of the American Statistical Association 22:209, 1927)."""
    low, high = wilson(successes, tries)
    return f"{100 * successes / tries:.0f} % ({100 * low:.0f}–{100 * high:.0f} %)"


def wilson(successes: int, tries: int, z: float = 1.645) -> tuple[float, float]:
    """Interval of a share, by Wilson's score.

    >>> [round(end, 3) for end in wilson(9, 10)]
    [0.652, 0.977]
    """
    p = successes / tries
    centre, half = p + z * z / tries / 2, z * math.sqrt(p * (1 - p) / tries + (z / tries) ** 2 / 4)
    return max(0.0, (centre - half) / (1 + z * z / tries)), min(1.0, (centre + half) / (1 + z * z / tries))


def _because(reason: Reason) -> str:
    if reason.name == "rare":
        return f"“{reason.category}”, 1 in {1 / reason.p:,.0f}" if reason.p else ""
    if not reason.metric:
        return ""
    verb = "loses" if reason.loss >= 0 else "gains"
    lost = f"{verb} {abs(reason.loss):.2g} ± {reason.error:.1g}"
    told = [lost] if reason.name == "bias" else [f"moves by {reason.step:.2g}"] if reason.step else []
    if reason.name == "variance" and reason.loss > 0:
        told.append(lost)
    return f"{find_metric(reason.metric).title} {' and '.join(told) or 'stands still'} a generation"
