"""What a word is for an audit: what it is for the rest of Kellet, spelt as polars wants it."""

from __future__ import annotations

from kellet.data.segmentation import JOINERS, STACKING, TRAILING, UNSPACED
from kellet.profile.words import Rule

VERSION = 1
"""Of the rule: profiles by others don't add."""
HEBREW = '"״׳'
CATALAN, QUOTES = "\ufdd2", "\ufdd3\ufdd4\ufdd5"
"""Stand for a point between two l, and for quotes between Hebrew letters: Unicode promises that they are no signs."""


def make_rule() -> Rule:
    """Words of `segment` in lower case, without the single signs beside them.

    >>> make_rule().joint
    "'’"
    """
    letter = rf"[\p{{L}}\p{{N}}_--[{UNSPACED}]]"
    stem = rf"{letter}+(?:[\p{{M}}{JOINERS}]+{letter}*)*"
    bridges = CATALAN + QUOTES
    character = rf"[{UNSPACED}](?:[{STACKING}][{UNSPACED}]|[\p{{M}}{TRAILING}])*"
    return Rule(
        word=f"{stem}(?:['’{bridges}]{stem})*|{character}",
        letter=letter,
        joint="'’",
        odd=rf"[\p{{M}}{JOINERS}{UNSPACED}\x{{10000}}-\x{{10ffff}}]|l·l|[א-ת][{HEBREW}]",
        bridges=(
            (f"[{bridges}]", " "),
            ("l·l", f"l{CATALAN}l"),
            *((f"([א-ת]){sign}([א-ת])", f"${{1}}{quote}${{2}}") for sign, quote in zip(HEBREW, QUOTES, strict=True)),
        ),
        back=((CATALAN, "·"), *zip(QUOTES, HEBREW, strict=True)),
    )
