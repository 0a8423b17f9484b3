"""Members: the writers of a pool, each by itself, in whom every default is filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from kellet.families.family import Family
from kellet.loop.anchors import Anchor, AnyAnchor
from kellet.loop.pool.settings import Writers, spread
from kellet.loop.sizes import Size


@dataclass(frozen=True)
class Member:
    """One writer; share: of all that models write.  See `kellet.Writer`."""

    family: Family[Any, Any]
    size: Size
    anchor: AnyAnchor
    private: int
    share: float
    every: int


def settle(writers: Writers, family: object, size: Size, anchor: AnyAnchor | None) -> dict[str, Member]:
    """Name -> each writer; family, size, anchor: of those who have none of their own.

    >>> from kellet import Writer, families
    >>> found = settle({"small": Writer(size=10, many=2), "large": Writer()}, families.Poisson(), 100, None)
    >>> [(name, one.size, round(one.share, 2)) for name, one in found.items()]
    [('small 1', 10, 0.33), ('small 2', 10, 0.33), ('large', 100, 0.33)]
    """
    return {
        name: Member(
            cast(Family[Any, Any], one.family or family), one.size or size, one.anchor or anchor or Anchor(0),
            one.private, one.share or 0.0, one.every,
        )
        for name, one in spread(writers).items()
    }  # fmt: skip
