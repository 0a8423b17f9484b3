"""Tables of plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from kellet.characters import reveal

if TYPE_CHECKING:
    import rich.table

Tone = Literal["good", "middling", "bad"]
TONES: dict[Tone, str] = {"good": "green", "middling": "yellow", "bad": "red"}

WORD = 15
"""Letters of a word that is never broken."""


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

    def __rich__(self) -> rich.table.Table:
        """As a terminal shows it; text, never markup: a name may hold square brackets."""
        import rich.table
        from rich.text import Text

        lines = any("\n" in cell for row in self.rows for cell in row)
        drawn = rich.table.Table(
            title=Text(reveal(self.title)), caption=Text(reveal(self.caption)) if self.caption else None,
            show_lines=lines, title_justify="left", caption_justify="left",
        )  # fmt: skip
        for column, heading in enumerate(self.headings):
            words = all(cell.isalpha() and len(cell) <= WORD for cell in (row[column] for row in self.rows))
            side: Literal["right", "left"] = "right" if self.right(column) else "left"
            drawn.add_column(Text(reveal(heading, lines=True)), justify=side, no_wrap=words, overflow="fold")
        for row in self.rows:
            cells = []
            for cell in row:
                first, *more = map(reveal, cell.split("\n"))
                shown = Text(first, style=TONES[self.tones[first]] if first in self.tones else "")
                cells.append(shown.append("".join(f"\n{line}" for line in more), style="not bold dim"))
            drawn.add_row(*cells)
        return drawn
