"""Cells: what a notebook shows of results that have no document."""

from __future__ import annotations

from dataclasses import dataclass

from kellet.page.chart import Chart
from kellet.page.claim import Claim
from kellet.page.html import fill
from kellet.page.table import Table


@dataclass(frozen=True)
class Cell:
    """Sentences, charts and tables, as an `Answer` in a notebook; everything is escaped, and the style is its own.

    >>> "&lt;b&gt;" in Cell(("<b>",))._repr_html_()
    True
    """

    sentences: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    lede: str = ""
    claim: Claim | None = None
    key: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        return fill("cell.html.j2", answer=self, heading="h4", whole=False)
