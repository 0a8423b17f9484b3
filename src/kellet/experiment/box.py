"""The box that stands wherever somebody's data are learnt from: what was seen in them, and taken for what."""

from __future__ import annotations

from kellet.characters import reveal
from kellet.data.sight import Column, Sight
from kellet.errors import InputError, quote
from kellet.page.table import Table
from kellet.worlds.observable import observable

SHOWN = 6
"""Names in a line."""
MOST = 60
"""Columns that are shown one by one."""
THINGS = {"table": "rows", "text": "documents", "pictures": "pictures"}


def see(world: object) -> Sight | None:
    """What a world saw in its files; None for one that has none, or whose files are gone or have changed."""
    try:
        return observable(world).sight()
    except InputError:
        return None


def box(sight: Sight) -> Table:
    """Column by column what it is and why, or of a text and pictures what there is; below it how it was read.

    >>> age = Column("age", "number", "119 numbers and 1 other ('unknown')", 1, 60, "learnt as a number")
    >>> table = box(Sight("stray.csv", "table", 120, ("separated by commas",), (age,)))
    >>> table.rows
    (('age', "number\\n119 numbers and 1 other ('unknown')", '1', '60', 'learnt as a number'),)
    >>> table.caption
    'stray.csv: 120 rows, separated by commas.'
    """
    title, things = "What was read", THINGS[sight.form]
    read = f"{', '.join((f'{sight.source}: {sight.count:,} {things}', *sight.read))}."
    more = len(sight.columns) - MOST
    caption = " ".join((read, *sight.notes, *((f"{more:,} more columns are not shown.",) if more > 0 else ())))
    if not sight.columns:
        row = reveal(sight.source), sight.form, f"{sight.count:,}"
        return Table(title, ("data", "form", things), (row,), caption, "llr")
    headings = "column", "kind, and why", "missing", "different", "use"
    return Table(title, headings, tuple(map(_row, sight.columns[:MOST])), caption, "llrrl")


def summarise(sight: Sight) -> str:
    """What was seen, in a line.

    >>> summarise(Sight("chat.jsonl", "text", 30, ("one document a conversation",)))
    'chat.jsonl: 30 documents, one document a conversation.'
    """
    said = [f"{sight.source}: {sight.count:,} {THINGS[sight.form]}", *sight.read]
    kinds: dict[str, list[str]] = {}
    for column in sight.columns:
        kinds.setdefault(column.use if column.use.startswith("left out") else column.kind, []).append(column.name)
    columns = "; ".join(f"{kind}: {quote(names, SHOWN)}" for kind, names in kinds.items())
    return f"{', '.join(said)}. {columns}.".removesuffix(" .")


def _row(column: Column) -> tuple[str, ...]:
    rare = f"\n{column.rare:,} rare" if column.rare else ""
    missing = f"{column.missing:,}" if column.missing else ""
    why = f"{column.kind}\n{reveal(column.reason)}"
    return reveal(column.name), why, missing, f"{column.distinct:,}{rare}", reveal(column.use)
