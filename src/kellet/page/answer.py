"""Answer: what any verb gives, for a terminal, a program, a browser and a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kellet.characters import reveal
from kellet.page.chart import Chart
from kellet.page.claim import Claim, Origin
from kellet.page.document import Document, text
from kellet.page.html import fill, scripts
from kellet.page.picture import Picture
from kellet.page.table import Table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType


@dataclass(frozen=True)
class Answer:
    """What a verb found: sentences, and what they rest on.

    document: makes its data, all of it as plain typed values, when they are first asked for.  notes: what to bear in
    mind.  lede: what was asked, for whoever sees the page alone.  A terminal shows it by ``rich.print(answer)``, a
    notebook by itself.  claim: what a page says first, in large letters; without one it begins with the sentences.
    origin: what it is of, and the command that makes it again.  key: the arms that colours stand for, in their order.

    >>> class Small(Document, kw_only=True, tag="kellet/small/1"):
    ...     points: int
    >>> answer = Answer("How much?", ("Keep 3 points.",), lambda: Small(sentence="Keep 3 points.", points=3))
    >>> print(answer.json())
    {
      "schema": "kellet/small/1",
      "sentence": "Keep 3 points.",
      "kellet": "...",
      "points": 3
    }
    >>> answer.html()[:15], "Keep 3 points." in answer._repr_html_()
    ('<!doctype html>', True)
    """

    title: str
    sentences: tuple[str, ...]
    document: Callable[[], Document]
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart | Picture, ...] = ()
    notes: tuple[str, ...] = ()
    lede: str = ""
    claim: Claim | None = None
    origin: Origin | None = None
    key: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """All of them."""
        return " ".join(self.sentences)

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The addresses and titles of what stands below the first picture of a page."""
        first = 1 if self.claim else 0
        return (
            *((f"chart-{i}", chart.title) for i, chart in enumerate(self.charts[first:], first + 1)),
            *((f"table-{i}", table.title) for i, table in enumerate(self.tables, 1)),
            *([("notes", "What to bear in mind")] if self.notes else []),
            *([("again", "Make it again")] if self.origin and self.origin.command else []),
        )

    @cached_property
    def data(self) -> Document:
        """The document."""
        return self.document()

    def json(self) -> str:
        """The document as text; its schema is named, and what is no finite number is null."""
        return text(self.data)

    def html(self) -> str:
        """One page that is complete by itself, without network; only charts have a script, which reads them out."""
        drawing = scripts() if any(isinstance(chart, Chart) for chart in self.charts) else ()
        return fill("answer.html.j2", answer=self, title=self.title, heading="h2", whole=True, scripts=drawing)

    def _repr_html_(self) -> str:
        """The same as part of a notebook."""
        return fill("cell.html.j2", answer=self, heading="h4", whole=False)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """The sentence first, then what it rests on."""
        from rich.text import Text

        yield Text(reveal(self.sentence))
        for table in self.tables:
            yield ""
            yield table
        if self.notes:
            yield ""
        for note in self.notes:
            yield Text(reveal(note), style="dim")
        if self.origin:
            command = f" Command: {self.origin.call}" if self.origin.command else ""
            yield Text(reveal(f"{self.origin.line}.{command}"), style="dim")
