"""Characters that can't be seen, or that move others about: they are shown as what they are."""

from __future__ import annotations

import re
from typing import Any

SHAPING = "\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef"
"""Variation selectors, which choose a form of the character before them."""
UNSEEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff" + "".join(chr(0x10000 * plane + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
)
"""Controls, what ends lines, what orders text from right to left, half characters, those that are none, and all that
Unicode says need not be drawn (Default_Ignorable_Code_Point)."""
SHAPED = f"[^\\x00-\u058f\u1e00-\u20cf{UNSEEN}]"
"""What may take another form: emoji, and letters of scripts that join."""
PATTERN = re.compile(
    f"(?:(?<={SHAPED})|(?<=[\xa9\xae\u203c\u2049])|(?=\ufe0f\u20e3))[{SHAPING}]"
    f"|(?:(?<={SHAPED})|(?<=[\ufe0e\ufe0f]))[\u200c\u200d](?={SHAPED})"
    f"|(\r\n)|([{UNSEEN}])"
)  # fmt: skip


def reveal(text: str, lines: bool = False) -> str:
    r"""A text as a terminal or a page may show it, whoever wrote it; nothing of it is a command.

    lines: whether its lines and tabs stay.  What shapes a letter or an emoji stays where it does.

    >>> print(reveal("\x1b[31mred\u202e\r"))
    \x1b[31mred\u202e\r
    >>> reveal("one\r\ntwo\n\tthree", lines=True)
    'one\ntwo\n\tthree'
    """
    if text.isascii() and text.isprintable():
        return text

    def show(found: re.Match[str]) -> str:
        if found[1]:
            return "\n" if lines else r"\n"
        sign = found[2]
        if not sign or (lines and sign in "\n\t"):
            return found[0]
        return sign.encode("unicode_escape").decode()

    return PATTERN.sub(show, text)


def reveal_within(value: Any) -> Any:
    """The same for every text in lists and mappings of plain values.

    >>> reveal_within({"title": ["a\\x07"]})
    {'title': ['a\\\\x07']}
    """
    if isinstance(value, str):
        return reveal(value)
    if isinstance(value, dict):
        return {reveal_within(key): reveal_within(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [reveal_within(inner) for inner in value]
    return value


def spell(text: str, pairs: bool) -> str:
    r"""JSON or TOML in which nothing is unseen, and which means the same.

    pairs: what has more than 16 bits is spelt as JSON has it, by two halves.

    >>> print(spell('"\u202e\U000e0041"', pairs=True), spell('"\U000e0041"', pairs=False))
    "\u202e\udb40\udc41" "\U000e0041"
    """

    def show(found: re.Match[str]) -> str:
        code = ord(found[2] or "\0")
        if code < 0x20:  # A line of the layout: the others are spelt already.
            return found[0]
        if code < 1 << 16:
            return f"\\u{code:04x}"
        code -= 1 << 16
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}" if pairs else rf"\U{ord(found[2]):08x}"

    return text if text.isascii() and "\x7f" not in text else PATTERN.sub(show, text)
