"""Values of metrics as people read them."""

from __future__ import annotations

import math

from kellet.experiment.verdict.quantiles import Interval
from kellet.metrics import Metric
from kellet.page.wording import percent


def figure(metric: Metric, value: float) -> str:
    """One value of a metric.

    >>> from kellet import metrics
    >>> [figure(metrics.find_metric("variance_ratio"), v) for v in (1.004, 0.4321, 0.0123, 1e-9, 0.0)]
    ['100 %', '43 %', '1.2 %', 'under 0.1 %', '0 %']
    >>> figure(metrics.find_metric("surviving_classes"), 6.5), figure(metrics.find_metric("kl"), 19683.2)
    ('6.5', '19700')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    if metric.share:
        return percent(value)
    return f"{float(f'{value:.3g}'):.12g}" if abs(value) >= 1e-4 or value == 0 else f"{value:.1e}"


def reach(metric: Metric, over: Interval) -> str:
    """The interval in brackets' worth of words: "31 to 45 %".

    >>> from kellet import metrics
    >>> reach(metrics.find_metric("variance_ratio"), Interval(0.4, 0.31, 0.452))
    '31 to 45 %'
    """
    low, high = over.low, over.high
    if metric.whole:
        low, high = math.floor(low), math.ceil(high)
    return _between(figure(metric, low), figure(metric, high))


def _between(low: str, high: str) -> str:
    if low == high:
        return f"all {low}"
    if low.endswith(" %") and high.endswith(" %") and not low.startswith("under"):
        low = low.removesuffix(" %")
    return f"{low} to {high}"
