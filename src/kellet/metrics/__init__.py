"""Metrics: what is watched.  Each is a function of one look -> one float per replicate."""

from kellet.metrics.catalogue import ALL, named, suitable
from kellet.metrics.look import Look, Metric, Real
from kellet.metrics.null import null

__all__ = ["ALL", "Look", "Metric", "Real", "named", "null", "suitable"]
