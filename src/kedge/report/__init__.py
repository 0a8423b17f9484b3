"""Reports: what a run found, for a terminal, for machines, and as one self-contained page."""

from kedge.report.compare import compare
from kedge.report.machine import document
from kedge.report.page import write
from kedge.report.quantiles import Interval
from kedge.report.summary import Left, Outcome, Summary, summarise
from kedge.report.terminal import render, table

__all__ = ["Interval", "Left", "Outcome", "Summary", "compare", "document", "render", "summarise", "table", "write"]
