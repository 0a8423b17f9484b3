"""What a run found, as one JSON-ready document."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kedge import __version__
from kedge.experiment import settings
from kedge.report.expected import expected
from kedge.report.quantiles import Interval, counted, interval
from kedge.report.summary import MEANINGS, Left, Outcome, summarise
from kedge.run import Run

FORMAT = "kedge.run/1"


def document(run: Run) -> dict[str, Any]:
    """Experiment, metrics, and per arm: verdict, what is left, every metric at both ends, what theory expects.

    Numbers are medians and 90 % intervals over replicates, a degenerate replicate counting as the worst; what is not a
    finite number is None.
    """
    summary = summarise(run)
    theory = expected(run.experiment)
    return {
        "format": FORMAT,
        "kedge": __version__,
        "folder": str(run.folder.path) if run.folder else None,
        "verdict": summary.sentence,
        "generations": summary.generations,
        "replicates": summary.replicates,
        "headlines": {part: metric.name for part, metric in summary.parts.items()},
        "verdicts": dict(MEANINGS),
        "metrics": {
            metric.name: {"title": metric.title, "meaning": metric.meaning, "real": metric.real}
            for metric in run.metrics
        },
        "arms": {outcome.arm: _arm(run, outcome, theory.get(outcome.arm, {})) for outcome in summary.outcomes},
        "experiment": settings(run.experiment, complete=True) if run.experiment.written else None,
    }


def _arm(run: Run, outcome: Outcome, theory: dict[str, Any]) -> dict[str, Any]:
    deciding = outcome.deciding
    with np.errstate(over="ignore"):
        means = {m.name: counted(run.values(outcome.arm, m.name)[:, -1], m).mean() for m in run.metrics}
    return {
        "verdict": outcome.kind,
        "since": deciding.since if deciding else None,
        "decided_by": deciding.metric.name if deciding else None,
        "degenerated": outcome.degenerated,
        "reasons": list(outcome.reasons),
        "left": {left.part: _left(left) for left in outcome.left},
        "metrics": {
            metric.name: {
                "start": _interval(interval(values[:, 0])),
                "end": _interval(interval(values[:, -1])),
                "mean": _finite(float(means[metric.name])),
            }
            for metric in run.metrics
            for values in [counted(run.values(outcome.arm, metric.name), metric)]
        },
        "theory": {
            name: {"kind": curve.kind, "source": curve.source, "end": _finite(float(curve.values[-1]))}
            for name, curve in theory.items()
        },
    }


def _left(left: Left) -> dict[str, Any]:
    return {
        "metric": left.metric.name,
        "verdict": left.kind,
        "since": left.since,
        "start": _interval(left.start),
        "end": _interval(left.end),
    }


def _interval(over: Interval) -> dict[str, float | None]:
    return {"median": _finite(over.median), "low": _finite(over.low), "high": _finite(over.high)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
