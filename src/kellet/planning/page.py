"""A plan, for a terminal, for machines, and as one page with a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from kellet.experiment.running.folder import Folder
from kellet.metrics.catalogue import named
from kellet.page import script
from kellet.page.palette import COLOURS
from kellet.planning import Plan, Trial
from kellet.planning.threshold import Belief
from kellet.version import __version__

if TYPE_CHECKING:
    from rich.console import Console

FORMAT = "kellet.plan/1"
WORDED = ("measured", "expected there")
"""Headings of columns that hold words."""
LINES = 12
"""Of a table of trials, about."""
REASONS = {
    "variance": "variance asks for a number of rows",
    "bias": "bias asks for a share of rows",
    "rare": "rare things ask for about 1/p rows",
}


def document(plan: Plan) -> dict[str, Any]:
    """One machine-readable document; infinite numbers are null."""
    told: dict[str, Any] = {
        "format": FORMAT,
        "kellet": __version__,
        **msgspec.to_builtins(plan),
        "share": plan.share,
        "binding": plan.binding,
    }
    return _finite(told)  # type: ignore[no-any-return]


def write(plan: Plan, folder: Folder) -> Path | str:
    """``plan.json`` and ``plan.html`` in a folder; the page's path."""
    folder.write_text("plan.json", msgspec.json.format(msgspec.json.encode(document(plan)), indent=2).decode() + "\n")
    return folder.write_text("plan.html", html(plan))


def render(plan: Plan, console: Console) -> None:
    """The sentence first, then what it rests on."""
    from rich.table import Table
    from rich.text import Text

    console.print(Text(plan.sentence, style="bold"))
    console.print()
    for title, headings, rows in tables(plan):
        table = Table(title=title, title_justify="left")
        for i, heading in enumerate(headings):
            table.add_column(heading, justify="left" if not i or heading in WORDED else "right")
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print()
    for note in (*plan.notes, caveat(plan)):
        console.print(Text(note, style="dim"))


def tables(plan: Plan) -> list[tuple[str, list[str], list[list[str]]]]:
    """(title, headings, rows) of everything that is a table."""
    found = []
    if plan.reasons:
        rows = [[REASONS[r.name], points(r.points), _because(r)] for r in plan.reasons]
        found.append(
            ("What each reason asks for by itself (approximations)", ["reason", "real rows", "measured"], rows)
        )
    if plan.cures:
        names = list(plan.cures[0].medians)
        rows = [
            [
                c.name,
                f"{c.collected:,}",
                chance(c.successes, c.tries),
                *(f"{c.medians[n]:.2f}" for n in names),
            ]
            for c in plan.cures
        ]
        title = f"The same number of points, used otherwise: {plan.cures[0].tries} fresh replicates each"
        medians = [f"{named(name).title}, median" for name in names]
        found.append((title, ["cure", "rows to collect", "kept everything", *medians], rows))
    if plan.trials:
        rows = [
            [label, f"{t.successes:,} of {t.tries:,}", chance(t.successes, t.tries)]
            for label, t in grouped(plan.trials)
        ]
        found.append(("Trials", ["real rows", "kept everything", "share, 90 % interval"], rows))
    if plan.theory:
        values = ", ".join(f"{name} {value:.2f}" for name, value in plan.theory.values.items())
        found.append(
            ("Theory", ["kind", "real rows", "expected there"], [[plan.theory.kind, f"{plan.theory.points:,}", values]])
        )
    return found


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


def caveat(plan: Plan) -> str:
    """What the three reasons don't explain."""
    asked = max((r.points for r in plan.reasons), default=0.0)
    if plan.points and plan.reasons and plan.points > 2 * asked:
        return "The measured answer is more than any of the three reasons accounts for: something else binds too."
    return ""


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


def html(plan: Plan) -> str:
    """The page as text: no script, no network."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return _template().render(
        plan=plan, policy=policy, style=script.style(), figure=Markup(figure(plan)) if plan.trials else "",
        tables=tables(plan), caveat=caveat(plan), version=__version__,
        worded=WORDED, keep=", ".join(f"{named(name).title} {100 * level:g} %" for name, level in plan.keep.items()),
    )  # fmt: skip


def figure(plan: Plan) -> str:
    """How often loops keep everything, over the number of real points: trials, the fitted curve, the answer."""
    import vl_convert

    dots = [
        {"k": t.points, "share": t.successes / t.tries, "low": low, "high": high}
        for t in plan.trials
        if t.points and (low := wilson(t.successes, t.tries)[0]) >= 0 and (high := wilson(t.successes, t.tries)[1])
    ]
    trials = {t.points: (t.successes, t.tries) for t in plan.trials}
    belief = Belief(plan.most, plan.confidence, trials, trials.pop(0), plan.real or (1, 1))
    curve = [{"k": float(k), "share": belief.chance(k)} for k in np.geomspace(1, plan.most, 120)]
    x = {"field": "k", "type": "quantitative", "title": "real rows in every training set", "scale": {"type": "log"},
         "axis": {"grid": False, "tickCount": 6, "format": "~s"}}  # fmt: skip
    y = {"field": "share", "type": "quantitative", "title": "loops that keep everything", "scale": {"domain": [0, 1]},
         "axis": {"format": "%", "tickCount": 5}}  # fmt: skip
    layers: list[dict[str, Any]] = []
    if plan.points:
        band = {"low": max(plan.low, 1.0), "high": min(plan.high, plan.most)}
        layers.append(
            {"data": {"values": [band]}, "mark": {"type": "rect", "color": COLOURS[4], "opacity": 0.15},
             "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}}
        )  # fmt: skip
        layers.append(
            {"data": {"values": [{"k": plan.points}]}, "mark": {"type": "rule", "color": COLOURS[4], "strokeWidth": 2},
             "encoding": {"x": x}}
        )  # fmt: skip
    layers += [
        {"data": {"values": [{"share": plan.confidence}]}, "encoding": {"y": y},
         "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#888"}},
        {"data": {"values": curve}, "mark": {"type": "line", "color": COLOURS[4]}, "encoding": {"x": x, "y": y}},
        {"data": {"values": dots}, "mark": {"type": "rule", "color": COLOURS[0]},
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        {"data": {"values": dots}, "encoding": {"x": x, "y": y},
         "mark": {"type": "point", "filled": True, "size": 45, "color": COLOURS[0], "opacity": 1}},
    ]  # fmt: skip
    svg: str = vl_convert.vegalite_to_svg(
        {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "width": 620, "height": 300, "layer": layers,
         "background": "white", "padding": 12, "config": {"font": "sans-serif", "view": {"stroke": None}}}
    )  # fmt: skip
    # Scaled by the page, not by its own numbers.
    return svg.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def _because(reason: Any) -> str:
    if reason.name == "rare":
        return f"“{reason.category}”, 1 in {1 / reason.p:,.0f}" if reason.p else ""
    if not reason.metric:
        return ""
    verb = "loses" if reason.loss >= 0 else "gains"
    lost = f"{verb} {abs(reason.loss):.2g} ± {reason.error:.1g}"
    told = [lost] if reason.name == "bias" else [f"moves by {reason.step:.2g}"] if reason.step else []
    if reason.name == "variance" and reason.loss > 0:
        told.append(lost)
    return f"{named(reason.metric).title} {' and '.join(told) or 'stands still'} a generation"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("plan.html.j2")
