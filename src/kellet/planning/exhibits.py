"""What a plan rests on, to look at: the tables of its reasons, cures, trials and theory, and its picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from kellet.experiment.verdict.shares import wilson
from kellet.metrics.catalogue import find_metric
from kellet.page.chart import COLOURS, Chart, Spec
from kellet.page.table import Table
from kellet.planning.need import Need, Trial
from kellet.planning.reasons import Reason
from kellet.planning.threshold import Belief

LINES = 12
"""Of a table of trials, about."""
REASONS = {
    "variance": "variance asks for a number of rows",
    "bias": "bias asks for a share of rows",
    "rare": "rare things ask for about 1/p rows",
}
WHERE = {"anchor": "in every training set", "humans": "in a generation", "vault": ""}
CAPTION = (
    "Each dot is one number of {unit}, with a 90 % interval over its replicates; the curve is what is believed "
    "after all of them; the band is where the answer lies (90 %)."
)


def tabulate(plan: Need) -> Iterator[Table]:
    """Everything that is a table."""
    if plan.reasons:
        rows = tuple((REASONS[r.name], points(r.points), _because(r)) for r in plan.reasons)
        title = "What each reason asks for by itself (approximations)"
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
    return f"{find_metric(reason.metric).title} {' and '.join(moves) or 'stands still'} a generation"


def draw(plan: Need) -> Chart:
    """How often loops keep everything, over the number of real points: trials, the fitted curve, the answer."""
    ends = {t: wilson(t.successes, t.tries) for t in plan.trials if t.points}
    dots = [
        {"k": t.points, "share": t.successes / t.tries, "low": low, "high": high} for t, (low, high) in ends.items()
    ]
    trials = {t.points: (t.successes, t.tries) for t in plan.trials}
    belief = Belief(plan.most, plan.confidence, trials, trials.pop(0), plan.real or (1, 1))
    curve = [{"k": float(k), "share": belief.chance(k)} for k in np.geomspace(1, plan.most, 120)]
    title = f"{plan.unit} {WHERE[plan.search]}".strip()
    x = {"field": "k", "type": "quantitative", "title": title, "scale": {"type": "log"},
         "axis": {"grid": False, "tickCount": 6, "format": "~s"}}  # fmt: skip
    y = {"field": "share", "type": "quantitative", "title": "loops that keep everything", "scale": {"domain": [0, 1]},
         "axis": {"format": "%", "tickCount": 5}}  # fmt: skip
    layers: list[Spec] = []
    if plan.points:
        band = {"low": max(plan.low, 1.0), "high": min(plan.high, plan.most)}
        layers += [
            {"data": {"values": [band]}, "mark": {"type": "rect", "color": COLOURS[4], "opacity": 0.15},
             "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}},
            {"data": {"values": [{"k": plan.points}]}, "mark": {"type": "rule", "color": COLOURS[4], "strokeWidth": 2},
             "encoding": {"x": x}},
        ]  # fmt: skip
    layers += [
        {"data": {"values": [{"share": plan.confidence}]}, "encoding": {"y": y},
         "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#888"}},
        {"data": {"values": curve}, "mark": {"type": "line", "color": COLOURS[4]}, "encoding": {"x": x, "y": y}},
        {"data": {"values": dots}, "mark": {"type": "rule", "color": COLOURS[0]},
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        {"data": {"values": dots}, "encoding": {"x": x, "y": y},
         "mark": {"type": "point", "filled": True, "size": 45, "color": COLOURS[0], "opacity": 1}},
    ]  # fmt: skip
    return Chart(
        "How the answer was found", {"width": 620, "height": 300, "layer": layers}, CAPTION.format(unit=plan.unit)
    )
