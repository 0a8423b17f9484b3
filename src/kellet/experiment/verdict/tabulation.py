"""What a sweep found: one metric at the last generation, by one field of its grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from kellet.metrics.catalogue import find_metric
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table

Plain = bool | int | float | str


class SweepRow(msgspec.Struct, frozen=True):
    """One arm where the field has one value: the median, and where 90 % of all replicates lie."""

    arm: str
    value: Plain
    low: float
    median: float
    high: float


class SweepDocument(Document, frozen=True, kw_only=True, tag="kellet/sweep/1"):
    """What ``kellet run`` with a grid found.  axes: field -> its values; those that are no plain ones stand as text.
    by: the field of the rows, over all others.
    """

    axes: dict[str, tuple[Plain, ...]]
    by: str
    metric: str
    rows: tuple[SweepRow, ...]


def answer_of(axes: Mapping[str, Sequence[Any]], by: str, metric: str, rows: Sequence[SweepRow]) -> Answer:
    """rows: all values of the field in the first arm, then in the next."""
    title = find_metric(metric).title
    arms: dict[str, list[SweepRow]] = {}
    for row in rows:
        arms.setdefault(row.arm, []).append(row)
    told = tuple(
        f"{title[:1].upper()}{title[1:]} at the last generation in “{arm}”: {there[0].median:.3g} at {by} "
        f"{there[0].value}" + (f", {there[-1].median:.3g} at {by} {there[-1].value}." if len(there) > 1 else ".")
        for arm, there in arms.items()
    )
    between = " " if len(arms) < 3 else "\n"
    cells = tuple(
        (str(there[0].value), *(f"{one.median:.3g}{between}{one.low:.2g}–{one.high:.2g}" for one in there))
        for there in zip(*arms.values(), strict=True)
    )
    heading = f"{title} at the last generation: median, 90 % interval"
    return Answer(
        title=f"{title} by {by}",
        sentences=told,
        document=lambda: SweepDocument(
            sentence=" ".join(told),
            axes={name: tuple(map(to_plain, values)) for name, values in axes.items()},
            by=by,
            metric=metric,
            rows=tuple(rows),
        ),
        tables=(Table(heading, (by, *arms), cells, align="r" * (1 + len(arms))),),
    )


def to_plain(value: Any) -> Plain:
    """A value of a grid as it can stand in a file."""
    return value if isinstance(value, Plain) else str(value)
