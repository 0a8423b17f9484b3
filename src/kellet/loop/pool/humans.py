"""What people write into a pool, generation by generation."""

from __future__ import annotations

import re
from typing import cast

import msgspec

from kellet.errors import InputError
from kellet.loop.sizes import MOST
from kellet.page.wording import number, percent
from kellet.struct import Struct

FAR = 600.0
"""How often what people write may have halved or doubled: beyond that it is as good as nothing, or as all."""
PHRASE = re.compile(r"([^\s%]+) ?(%?)(?: (falling by half|doubling) every (\S+) generations?)?")


class Humans(Struct, frozen=True, omit_defaults=True):
    """What people write in each generation.

    count: so many documents; or share: such a share of all that is written in the first generation.  halving: in how
    many generations it falls by half; below 0 in how many it doubles; None where people write on as ever.

    >>> Humans(share=0.1).amount(1, models=900.0), Humans(1000, halving=5).amount(6, models=900.0)
    (100.0, 500.0)
    """

    count: float | None = None
    share: float | None = None
    halving: float | None = None

    def __post_init__(self) -> None:
        if (self.count is None) == (self.share is None):
            got = "both" if self.count is not None else "neither"
            raise InputError("people who write a count or a share", got, "humans = 1000, or humans = 10%")
        if self.count is not None and not 0 <= self.count <= MOST:
            raise InputError("from 0 to 10^18 documents that people write in a generation", self.count, "1000")
        if self.share is not None and not 0 <= self.share < 1:
            raise InputError("a share that people write, from 0 to less than 1", self.share, "0.1 for ten per cent")
        if self.halving is not None and not 0.01 <= abs(self.halving) <= MOST:
            raise InputError("generations in which it falls by half, or with a minus doubles", self.halving, "5")

    def amount(self, t: int, models: float) -> float:
        """How many documents people write for generation t >= 1, beside so many that models write in the first."""
        first = self.count if self.count is not None else models * (self.share or 0.0) / (1 - (self.share or 0.0))
        return float(first if self.halving is None else first * 2.0 ** -min(FAR, max(-FAR, (t - 1) / self.halving)))

    def describe(self) -> str:
        many = percent(self.share) if self.share is not None else f"{number(round(self.count or 0))} documents"
        if self.halving is None:
            return f"{many} of each generation" if self.share is not None else f"{many} in each generation"
        falls = "falling by half" if self.halving > 0 else "doubling"
        return f"{many} of the first generation, {falls} every {abs(self.halving):g} generations"


def parse_humans(text: str) -> Humans:
    """What people write, in words: "1000", "10%", "10% falling by half every 5 generations".

    >>> parse_humans("10%  falling by half every 5 generations")
    Humans(count=None, share=0.1, halving=5.0)
    >>> parse_humans("1e9 doubling every 3 generations").halving
    -3.0
    """
    found = PHRASE.fullmatch(" ".join(text.split()))
    if found is None:
        raise InputError(
            "what people write in each generation", repr(text[:60]),
            "1000, 10%, or 10% falling by half every 5 generations",
        )  # fmt: skip
    amount, sign, course, every = found.groups()
    many = _read_number(amount, text)
    if not sign:
        _check_count(many)
    halving = None if every is None else _read_number(every, text) * (-1 if course == "doubling" else 1)
    return Humans(share=many / 100, halving=halving) if sign else Humans(count=many, halving=halving)


def plain_humans(plain: object) -> object:
    """The plain values of what people write, which may stand in words or as a number.

    >>> plain_humans("10% doubling every 3 generations"), plain_humans(1000)
    ({'share': 0.1, 'halving': -3.0}, {'count': 1000})
    """
    if isinstance(plain, str):
        return msgspec.to_builtins(parse_humans(plain))
    if type(plain) not in (int, float):
        return plain
    _check_count(cast(float, plain))
    return {"count": plain}


def _check_count(many: float) -> None:
    """Bad input for a share that was written without its sign, which would pass for nearly nobody."""
    if 0 < many < 1:
        raise InputError("whole documents that people write in a generation", many, f"{100 * many:g}%")


def _read_number(word: str, text: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise InputError("a number", f"{word!r} in {text[:60]!r}", "10% falling by half every 5 generations") from None
