"""Reports: what a run found, for a terminal, for machines, and as one self-contained page."""

from kellet.experiment.verdict.quantiles import Interval
from kellet.experiment.verdict.summary import Left, Outcome, Summary, summarise
from kellet.report.compare import compare
from kellet.report.machine import document
from kellet.report.page import write
from kellet.report.terminal import render, table

__all__ = ["Interval", "Left", "Outcome", "Summary", "compare", "document", "render", "summarise", "table", "write"]
