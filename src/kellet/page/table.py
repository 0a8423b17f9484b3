"""Tables of plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from kellet.characters import reveal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderableType

Tone = Literal["good", "middling", "bad"]
TONES: dict[Tone, str] = {"good": "green", "middling": "yellow", "bad": "red"}

WORD = 15
"""Letters of a word that is not broken where there is room."""
GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True)
class Table:
    """Rows of plain text; the lines of a cell after its first say more about it, so what may hold lines of its own
    (a name of somebody's) is put there by `reveal`.

    align: l or r for each column; unless it is said, the first is of words and stands left, and all others right.
    tones: what first lines that are words of judgement say.  caption: how to read it.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    align: str = ""
    tones: Mapping[str, Tone] = field(default_factory=dict)

    def right(self, column: int) -> bool:
        """Whether a column stands right.

        >>> [Table("", ("arm", "left"), ()).right(column) for column in (0, 1)]
        [False, True]
        """
        return self.align[column] == "r" if self.align else column > 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """As a terminal shows it; text, never markup: a name may hold square brackets."""
        import rich.box
        import rich.table
        from rich.text import Text

        lines = any("\n" in cell for row in self.rows for cell in row)
        drawn = rich.table.Table(
            show_lines=lines, box=rich.box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True
        )  # fmt: skip
        widths = self._choose_widths(options.max_width)
        for column, heading in enumerate(self.headings):
            side: Literal["right", "left"] = "right" if self.right(column) else "left"
            drawn.add_column(Text(reveal(heading, lines=True)), justify=side, width=widths[column], overflow="fold")
        for row in self.rows:
            cells = []
            for cell in row:
                first, *more = map(reveal, cell.split("\n"))
                shown = Text(first, style=TONES[self.tones[first]] if first in self.tones else "")
                cells.append(shown.append("".join(f"\n{line}" for line in more), style="not bold dim"))
            drawn.add_row(*cells)
        # A title or caption of the table's own would be no wider than the table.
        if self.title:
            yield Text(reveal(self.title), style="table.title")
        yield drawn
        if self.caption:
            yield Text(reveal(self.caption), style="table.caption")

    def _choose_widths(self, room: int) -> list[int] | list[None]:
        """Cells of a terminal for each column: what is in it, or less where it is wide, but no word broken; None where
        there is no room for that.
        """
        from rich.cells import cell_len

        texts = [
            [reveal(text, lines=True) for text in column] for column in zip(self.headings, *self.rows, strict=True)
        ]
        room -= GAP * (len(texts) - 1)
        least = [max((w for t in column for word in t.split() if (w := cell_len(word)) <= WORD), default=1)
                 for column in texts]  # fmt: skip
        if sum(least) > room:
            return [None] * len(least)
        widths = [max(1, min(room, max(cell_len(line) for t in column for line in t.split("\n")))) for column in texts]
        while sum(widths) > room:
            _, widest = max((width, i) for i, width in enumerate(widths) if width > least[i])
            widths[widest] -= 1
        return widths
