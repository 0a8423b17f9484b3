"""Numbers as they are written in other countries, spelt plainly: 1.234,5 and 1,234.5 and 1 234,5 are 1234.5."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

POINT = r"^[-+]?[$€£¥]?\s?(\d{1,3}([,' \u00a0\u202f]\d{3})+|\d+)(\.\d*)?([eE][-+]?\d+)?\s?[%$€£¥]?$"
COMMA = r"^[-+]?[$€£¥]?\s?(\d{1,3}([.' \u00a0\u202f]\d{3})+|\d+)(,\d*)?([eE][-+]?\d+)?\s?[%$€£¥]?$"
EITHER = r"^[-+]?[$€£¥]?\s?[1-9]\d{0,2}(,\d{3})\s?[%$€£¥]?$"
LONE = r"^[-+]?[1-9]\d{0,2}(\.\d{3})+$"
STRAY = 0.05
"""Share of values that may be words."""


def normalise(frame: pl.DataFrame, comma: bool) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Columns of numbers with a decimal comma, or with marks between thousands, spelt plainly; and what to say of it.

    A column is changed only where all its values that have a digit are numbers of one such kind.  comma: how numbers
    such as 1,234 are taken where no column of the table tells: as 1.234, which goes with a separator that is none.
    """
    kinds = {name: _judge(frame[name]) for name in _find(frame, r"\d[,' \u00a0\u202f]\d")}
    # 4,6 among whole numbers is rather two of them, unless other columns have commas for decimals.
    sure = "comma" in kinds.values()
    commas = [name for name, kind in kinds.items() if kind == "comma" or (kind == "seldom" and sure)]
    points = [name for name, kind in kinds.items() if kind == "point"]
    unclear = [name for name, kind in kinds.items() if kind == "unclear"]
    if unclear and (commas or (comma and not points)):
        commas += unclear
    else:
        points += unclear
    # 1.234 is a thousand only where the same table has commas for decimals.
    lone = (
        [name for name in _find(frame, r"^[^,]*\d\.\d{3}") if name not in kinds and _are_lone(frame[name])]
        if commas
        else []
    )
    said = []
    if commas:
        said.append(f"numbers with a decimal comma ({_list(commas)})")
    if points or lone:
        said.append(f"numbers with marks between thousands ({_list(points + lone)})")
    if unclear:
        example = frame[unclear[0]].drop_nulls().filter(frame[unclear[0]].drop_nulls().str.contains(EITHER))[0]
        plain = example.replace(",", "." if unclear[0] in commas else "")
        said.append(f'"{example}" taken for {plain} ({_list(unclear)})')
    changed = [_respell(name, COMMA, r"[.' \u00a0\u202f]").alias(name) for name in commas]
    changed += [_respell(name, POINT, r"[,' \u00a0\u202f]").alias(name) for name in points]
    changed += [_respell(name, COMMA, r"\.").alias(name) for name in lone]
    return frame.with_columns(changed) if changed else frame, tuple(said)


def _find(frame: pl.DataFrame, pattern: str) -> list[str]:
    """Columns in which it occurs: the others stay as they are."""
    import polars as pl

    found = frame.select(pl.all().str.contains(pattern).any()).row(0)
    return [name for name, some in zip(frame.columns, found, strict=True) if some]


def _are_lone(column: pl.Series) -> bool:
    """Whether all numbers with a point look like 1.234."""
    values = column.drop_nulls()
    return bool(
        values.str.contains(POINT).all()
        and values.filter(values.str.contains(".", literal=True)).str.contains(LONE).all()
    )


def _respell(name: str, pattern: str, between: str) -> pl.Expr:
    import polars as pl

    column = pl.col(name)
    return (
        pl.when(column.str.contains(pattern))
        .then(column.str.replace_all(between, "").str.replace(",", ".", literal=True))
        .otherwise(column)
    )


def _judge(column: pl.Series) -> str:
    """How the numbers of a column are written: "comma", "point", "unclear", or "" for anything else.

    "seldom" is a decimal comma in less than half of the values.
    """
    values = column.drop_nulls()
    values = values.filter(values.str.contains(r"\d"))
    if not len(values) or (len(column.drop_nulls()) - len(values)) > max(1, STRAY * len(values)) * 4:
        return ""
    point, comma = values.str.contains(POINT).all(), values.str.contains(COMMA).all()
    has_comma = values.str.contains(",", literal=True)
    written = values.filter(has_comma)
    if point and comma:
        if len(written):
            # 1,234 and whole numbers: a comma for decimals and one for thousands would look the same.
            if written.str.contains(EITHER).all():
                return "unclear"
            return "comma" if len(written) >= len(values) / 2 else "seldom"
        # 123 456 in each row is rather a code.
        spaced = values.str.contains(r"\d[' \u00a0\u202f]\d")
        return "point" if spaced.any() and not (spaced.all() and values.str.contains(r"^\d+ \d+$").all()) else ""
    if point:
        return "point"
    if not comma or not len(written):
        return ""
    return "comma" if len(written) >= len(values) / 2 else "seldom"


def _list(names: list[str]) -> str:
    told = ", ".join(f'"{name}"' for name in names[:3])
    return told if len(names) <= 3 else f"{told} and {len(names) - 3} more"
