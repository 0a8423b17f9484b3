"""What a plan rests on, to look at: the tables of its reasons, cures, trials and theory, and its picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from kellet.experiment.verdict.shares import wilson
from kellet.metrics.catalogue import find_metric
from kellet.page.axis import Axis
from kellet.page.chart import Chart, Level, Line
from kellet.page.table import Table
from kellet.planning.need import Need, Trial
from kellet.planning.reasons import Reason
from kellet.planning.threshold import Belief

LINES = 12
"""Of a table of trials, about."""
REASONS = {
    "variance": "variance needs a fixed number of rows",
    "bias": "bias needs a percentage of rows",
    "rare": "rare things need about 1/p rows",
}
BELIEF, TRIED = 4, 0
"""Hues."""
WHERE = {"anchor": "in every training set", "humans": "in a generation", "vault": ""}
CAPTION = (
    "Each dot is one number of {unit}, with a 90 % interval over its replicates; the curve is what is believed "
    "after all of them; the band is where the answer lies (90 %)."
)


def tabulate(plan: Need) -> Iterator[Table]:
    """Everything that is a table."""
    if plan.reasons:
        rows = tuple((REASONS[r.name], points(r.points), _because(r)) for r in plan.reasons)
        title = "What each reason needs by itself (approximations)"
        yield Table(title, ("reason", "real rows", "measured"), rows, align="lrl")
    if plan.cures:
        names = list(plan.cures[0].medians)
        lines = tuple(
            (c.name, f"{c.collected:,}", chance(c.successes, c.tries), *(f"{c.medians[name]:.2f}" for name in names))
            for c in plan.cures
        )
        title = f"The same number of points, used otherwise: {plan.cures[0].tries} fresh replicates each"
        title = f"What is left there: {plan.cures[0].tries} fresh replicates" if plan.pool else title
        medians = (f"{find_metric(name).title}, median" for name in names)
        got = ("answer", "documents in all") if plan.pool else ("cure", "rows to collect")
        yield Table(title, (*got, "kept everything", *medians), lines)
    if plan.trials:
        rows = tuple(
            (label, f"{t.successes:,} of {t.tries:,}", chance(t.successes, t.tries)) for label, t in group(plan.trials)
        )
        yield Table("Trials", (plan.unit, "kept everything", "share, 90 % interval"), rows)
    if plan.theory:
        values = ", ".join(f"{find_metric(name).title} {value:.2f}" for name, value in plan.theory.values.items())
        theory = (plan.theory.kind, f"{plan.theory.points:,}", values)
        yield Table("Theory", ("kind", "real rows", "expected there"), (theory,), align="lrl")


def group(trials: Sequence[Trial]) -> list[tuple[str, Trial]]:
    """Trials as the lines of a table; many are pooled with those whose k is about the same.

    >>> group([Trial(0, 1, 10), Trial(7, 9, 10)])
    [('0', Trial(points=0, successes=1, tries=10)), ('7', Trial(points=7, successes=9, tries=10))]
    >>> [label for label, _ in group([Trial(k, k, 100) for k in range(101)])]
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


def _because(reason: Reason) -> str:
    if reason.name == "rare":
        return f"“{reason.category}”, 1 in {1 / reason.p:,.0f}" if reason.p else ""
    if not reason.metric:
        return ""
    verb = "loses" if reason.loss >= 0 else "gains"
    lost = f"{verb} {abs(reason.loss):.2g} ± {reason.error:.1g}"
    moves = [lost] if reason.name == "bias" else [f"moves by {reason.step:.2g}"] if reason.step else []
    if reason.name == "variance" and reason.loss > 0:
        moves.append(lost)
    return f"{find_metric(reason.metric).title} {' and '.join(moves) or 'stands still'} per generation"


def draw(plan: Need) -> Chart:
    """How often loops keep everything, over the number of real points: trials, the fitted curve, the answer."""
    tried = [t for t in plan.trials if t.points]
    ends = np.array([wilson(t.successes, t.tries) for t in tried]).reshape(-1, 2)
    trials = {t.points: (t.successes, t.tries) for t in plan.trials}
    belief = Belief(plan.most, plan.confidence, trials, trials.pop(0), plan.real or (1, 1))
    numbers = np.unique(np.geomspace(1, max(plan.most, 2), 120).round())
    at, shares = np.array([float(t.points) for t in tried]), np.array([t.successes / t.tries for t in tried])
    lines = [
        Line("what is believed", numbers, np.array([belief.chance(float(k)) for k in numbers]), BELIEF),
        Line("tried", at, shares, TRIED, ends[:, 0], ends[:, 1], dots=True),
    ]
    levels = [Level("asked for", plan.confidence, dashed=True)]
    if plan.points:
        low, high = max(plan.low, 1.0), min(plan.high, plan.most)
        levels.append(Level("the answer", float(plan.points), low, high, upright=True, arm=BELIEF))
    across = Axis(f"{plan.unit} {WHERE[plan.search]}".strip(), 1.0, float(max(plan.most, 2)), logarithmic=True)
    upward = Axis("loops that keep everything", 0.0, 1.02, share=True)
    return Chart("How the answer was found", lines, across, upward, levels, CAPTION.format(unit=plan.unit))
