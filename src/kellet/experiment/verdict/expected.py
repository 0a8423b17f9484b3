"""What theory expects of a run, and what fresh real data would score, where its world can still be opened."""

from __future__ import annotations

from kellet.errors import InputError
from kellet.experiment.predict import Prediction, predict
from kellet.experiment.running.results import Results
from kellet.experiment.verdict.quantiles import Interval, interval


def expected(results: Results) -> dict[str, dict[str, Prediction]]:
    """Arm -> metric -> expectation; empty where nothing is known, or where the data file has moved or changed since."""
    try:
        return predict(results.resolved)
    except InputError:
        return {}


def zeros(results: Results) -> dict[str, Interval]:
    """Metric -> where nine in ten fresh real samples lie, for metrics of points; empty where `expected` is, too."""
    try:
        return {name: interval(values) for name, values in results.zeros.items()}
    except InputError:
        return {}
