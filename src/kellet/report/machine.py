"""What a run found, as one JSON-ready document."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kellet.experiment.run import Run
from kellet.experiment.settings import settings
from kellet.experiment.verdict.expected import expected, zeros
from kellet.experiment.verdict.quantiles import Interval, interval, over
from kellet.experiment.verdict.sentence import sentences
from kellet.experiment.verdict.summary import MEANINGS, Left, Outcome, summarise
from kellet.version import __version__

FORMAT = "kellet.run/1"


def document(run: Run) -> dict[str, Any]:
    """Experiment, metrics, and per arm: verdict, what is left, every metric at both ends, what theory expects.

    Numbers are medians and 90 % intervals over replicates, a degenerate replicate counting as the worst; what is not a
    finite number is None.  zero: the same of fresh real samples in place of what models write, for metrics of points.
    """
    summary = summarise(run)
    theory = expected(run.experiment)
    zero = zeros(run)
    return {
        "format": FORMAT,
        "kellet": __version__,
        "folder": str(run.folder.path) if run.folder else None,
        "verdict": " ".join(sentences(run.experiment, summary)),
        "generations": summary.generations,
        "replicates": summary.replicates,
        "headlines": {part: metric.name for part, metric in summary.parts.items()},
        "verdicts": dict(MEANINGS),
        "metrics": {
            metric.name: {
                "title": metric.title,
                "meaning": metric.meaning,
                "real": metric.real,
                "zero": _interval(zero[metric.name]) if metric.name in zero else None,
            }
            for metric in run.metrics
        },
        "arms": {outcome.arm: _arm(run, outcome, theory.get(outcome.arm, {})) for outcome in summary.outcomes},
        "experiment": settings(run.experiment, complete=True) if run.experiment.written else None,
    }


def _arm(run: Run, outcome: Outcome, theory: dict[str, Any]) -> dict[str, Any]:
    deciding = outcome.deciding
    with np.errstate(over="ignore"):
        means = {m.name: over(run, outcome.arm, m)[:, -1].mean() for m in run.metrics}
    return {
        "verdict": outcome.kind,
        "since": deciding.since if deciding and not outcome.failed else None,
        "decided_by": deciding.metric.name if deciding else None,
        "degenerated": outcome.degenerated,
        "reasons": list(outcome.reasons),
        "failed": outcome.failed,
        "failures": list(outcome.failures),
        "left": {left.part: _left(left) for left in outcome.left},
        "metrics": {
            metric.name: {
                "start": _interval(interval(values[:, 0])),
                "end": _interval(interval(values[:, -1])),
                "mean": _finite(float(means[metric.name])),
            }
            for metric in run.metrics
            for values in [over(run, outcome.arm, metric)]
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


def _interval(found: Interval) -> dict[str, float | None]:
    return {"median": _finite(found.median), "low": _finite(found.low), "high": _finite(found.high)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
