"""What a sweep found: one metric at the last generation, by one field of its grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from kellet.metrics.catalogue import named
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table

Plain = bool | int | float | str
Row = tuple[str, Any, float, float, float]
"""Arm, value of the field, and 5 %, median and 95 %."""


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


def answer_of(axes: Mapping[str, Sequence[Any]], by: str, metric: str, rows: Sequence[Row]) -> Answer:
    """rows: all values of the field in the first arm, then in the next."""
    title = named(metric).title
    arms = list(dict.fromkeys(arm for arm, *_ in rows))
    at = {arm: [row for row in rows if row[0] == arm] for arm in arms}
    between = " " if len(arms) < 3 else "\n"
    told = tuple(
        f"{title[:1].upper()}{title[1:]} at the last generation in “{arm}”: "
        + ", ".join(f"{row[3]:.3g} at {by} {row[1]}" for row in dict.fromkeys((at[arm][0], at[arm][-1])))
        + "."
        for arm in arms
    )
    cells = [[f"{middle:.3g}{between}{low:.2g}–{high:.2g}" for _, _, low, middle, high in at[arm]] for arm in arms]
    return Answer(
        title=f"{title} by {by}",
        sentences=told,
        document=lambda: SweepDocument(
            sentence=" ".join(told),
            axes={name: tuple(map(plain, values)) for name, values in axes.items()},
            by=by,
            metric=metric,
            rows=tuple(SweepRow(arm, plain(value), *numbers) for arm, value, *numbers in rows),
        ),
        tables=(
            Table(
                f"{title} at the last generation: median, 90 % interval",
                (by, *arms),
                tuple((str(value), *row) for value, *row in zip(axes[by], *cells, strict=True)),
                align="r" * (1 + len(arms)),
            ),
        ),
    )


def plain(value: Any) -> Plain:
    """A value of a grid as it can stand in a file."""
    return value if isinstance(value, Plain) else str(value)
