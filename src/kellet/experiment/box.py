"""The box that stands wherever somebody's data are learnt from: what was seen in them, and taken for what."""

from __future__ import annotations

from kellet.data.sight import Column, Sight
from kellet.errors import InputError
from kellet.page.table import Table
from kellet.worlds.observable import observable

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
    >>> table = box(Sight("stray.csv", "table", 120, ('separated by ","',), (age,)))
    >>> table.rows, table.caption
    ((('age', 'number', "119 numbers and 1 other ('unknown')", '1', '60', '', 'learnt as a number'),), \
'stray.csv: 120 rows, separated by ",".')
    """
    caption = " ".join(
        (f"{', '.join((f'{sight.source}: {sight.count:,} {THINGS[sight.form]}', *sight.read))}.", *sight.notes)
    )
    title = "What was read"
    if not sight.columns:
        return Table(title, ("data", "form", THINGS[sight.form]), ((sight.source, sight.form, f"{sight.count:,}"),),
                     caption, "llr")  # fmt: skip
    headings = ("column", "kind", "why", "missing", "different", "rare", "use")
    rows = tuple(map(_row, sight.columns[:MOST]))
    if more := len(sight.columns) - MOST:
        caption += f" {more:,} more columns." if more > 0 else ""
    return Table(title, headings, rows, caption, "lllrrrl")


def _row(column: Column) -> tuple[str, ...]:
    rare = "" if column.rare is None else f"{column.rare:,}"
    missing = f"{column.missing:,}" if column.missing else ""
    return column.name, column.kind, column.reason, missing, f"{column.distinct:,}", rare, column.use
