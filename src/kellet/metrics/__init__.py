"""Metrics: what is watched.  Each is a function of one look -> one float per replicate."""

from kellet.metrics.catalogue import ALL, find_metric, match_metrics, suitable
from kellet.metrics.corpus import RealText
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.null import null, repeat_one
from kellet.metrics.real import Real, RealLabels, RealLaw, RealPoints, real_of

__all__ = [
    "ALL", "Look", "Metric", "Real", "RealLabels", "RealLaw", "RealPoints", "RealText", "find_metric", "match_metrics",
    "null", "real_of", "repeat_one", "suitable",
]  # fmt: skip
