"""Numbers as people read them."""

from __future__ import annotations

import math

from kellet.experiment.verdict.quantiles import Interval
from kellet.metrics import Metric

COUNTS = ("surviving_classes", "effective_classes")


def is_share(metric: Metric) -> bool:
    """Whether 1 means "as much as real data", so that per cent is the natural unit."""
    return metric.real == 1.0


def figure(metric: Metric, value: float) -> str:
    """One value of a metric.

    >>> from kellet import metrics
    >>> [figure(metrics.named("variance_ratio"), v) for v in (1.004, 0.4321, 0.0123, 1e-9, 0.0)]
    ['100 %', '43 %', '1.2 %', 'under 0.1 %', '0 %']
    >>> figure(metrics.named("surviving_classes"), 6.5), figure(metrics.named("kl"), 19683.2)
    ('6.5', '19700')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    if is_share(metric):
        return percent(value)
    return f"{float(f'{value:.3g}'):.12g}" if abs(value) >= 1e-4 or value == 0 else f"{value:.1e}"


def percent(share: float) -> str:
    """A share in per cent, as precise as it can be read.

    >>> percent(0.0996), percent(25.0), percent(1.2e6)
    ('10 %', '2500 %', '1.2e+08 %')
    """
    if share == 0:
        return "0 %"
    if share < 0.001:
        return "under 0.1 %"
    if share > 1000:
        return f"{100 * share:.1e} %"
    return f"{100 * share:.0f} %" if round(100 * share, 1) >= 10 else f"{100 * share:.1f} %"


def reach(metric: Metric, over: Interval) -> str:
    """The interval in brackets' worth of words: "31 to 45 %".

    >>> from kellet import metrics
    >>> reach(metrics.named("variance_ratio"), Interval(0.4, 0.31, 0.452))
    '31 to 45 %'
    """
    low, high = over.low, over.high
    if metric.name == "surviving_classes":
        low, high = math.floor(low), math.ceil(high)
    return _between(figure(metric, low), figure(metric, high))


def _between(low: str, high: str) -> str:
    if low == high:
        return f"all {low}"
    if low.endswith(" %") and high.endswith(" %") and not low.startswith("under"):
        low = low.removesuffix(" %")
    return f"{low} to {high}"


def listed(names: list[str]) -> str:
    """Names as a list in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def number(n: float) -> str:
    """A whole number with its thousands apart.

    >>> number(64264)
    '64,264'
    """
    return f"{n:,.0f}"


def spelled(n: int) -> str:
    """A small whole number in words.

    >>> spelled(6), spelled(13)
    ('six', '13')
    """
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return words[n] if n < len(words) else number(n)
