"""Segmentation: a text as words and single signs, in any script and without a dictionary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

SCRIPTS = {
    "Chinese": "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff",
    "Japanese": "\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "Thai": "\u0e01-\u0e3a\u0e40-\u0e4e",
    "Lao": "\u0e81-\u0ecd\u0edc-\u0edf",
    "Burmese": "\u1000-\u103f\u1050-\u108f\u109a-\u109d\ua9e0-\ua9ef\uaa60-\uaa7f",
    "Khmer": "\u1780-\u17d3\u17d7\u17dc\u17dd",
    "Tai": "\u1950-\u19cf\u1a20-\u1a7c",
}
"""Letters and marks of the scripts that are written without spaces between words."""
UNSPACED = "".join(SCRIPTS.values())
WIDE = (
    "\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f\u30fb\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
    "\u0f0b\u0f0c"
)
"""Signs that bring their own space: of Chinese and Japanese, and what parts Tibetan syllables."""
QUOTES = "“”‘’…—·"
CLOSING = ",.;:!?)\\]}%’”…\u060c\u061b\u061f\u06d4\u0964\u0965\u0589\u104a\u104b\u17d4\u17d5\u0f0d"
"""Signs before which no space is written: European, Arabic, Indian, Armenian, Burmese, Khmer, Tibetan."""
OPENING = "(\\[{“¿¡"
HIDDEN = "\x1c-\x1f\u200b-\u200f\u202a-\u202e\u2061-\u2064\u2066-\u206f"
"""What is not seen: it parts words, and is none."""
JOINERS = "\u200c\u200d"
TRAILING = "\u0e33\u0eb3"
"""Thai and Lao letters that belong to the one before."""
STACKING = "\u17d2\u1039\u1a60"
"""Signs that put the next letter below the one before."""
MODIFIERS = "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
FLAGS = "\U0001f1e6-\U0001f1ff"
"""Of these two make a flag."""
SHARE = 0.01
"""Of the words and signs of a text, from which on a script is worth a note."""
UNKNOWN = "[?]"
"""What stands for everything that the training text didn't have."""
BLANK = "\ufdd1"
"""Stands for the unknown while a text is joined: Unicode promises that it is no character."""


@cache
def find_marks() -> str:
    """Every combining mark, as ranges inside brackets of a regular expression."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x1F000):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "\U000e0100-\U000e01ef"


@cache
def compile_words(signs: bool = True) -> re.Pattern[str]:
    r"""The rule for words: of letters, figures and "_" with single signs beside them, or of letters alone.

    The word boundaries of Unicode, but for points and commas inside figures, which are signs: a letter keeps its
    combining marks, a word its apostrophes, an emoji what belongs to it.  Of scripts without spaces every character
    with its marks is a word.

    Unicode Standard Annex 29, Unicode Text Segmentation.

    >>> compile_words().findall("हिन्दी isn't 中文"), compile_words(signs=False).findall("x_1 — to be")
    (['हिन्दी', "isn't", '中', '文'], ['x', 'to', 'be'])
    """
    marks = find_marks()
    letter = (r"[^\W" if signs else r"[^\W\d_") + f"{UNSPACED}]"
    stem = f"{letter}+(?:[{marks}{JOINERS}]+{letter}*)*"
    inside = "(?:['’]|(?<=[lL])·(?=[lL])|(?<=[א-ת])[\"״׳](?=[א-ת]))"
    character = f"[{UNSPACED}](?:[{STACKING}][{UNSPACED}]|[{marks}{TRAILING}])*"
    words = f"{stem}(?:{inside}{stem})*|{character}"
    if not signs:
        return re.compile(words)
    sign = rf"[^\w\s{HIDDEN}]" + f"[{marks}{MODIFIERS}]*"
    return re.compile(f"{words}|[{FLAGS}]{{2}}|{sign}(?:\u200d{sign})*")


def segment(text: str) -> list[str]:
    """The words and single signs of a text; spaces and line ends are dropped.

    >>> segment("It's “café”, 3.14!"), segment("我用 Python。"), segment("ภาษา")
    (["It's", '“', 'café', '”', ',', '3', '.', '14', '!'], ['我', '用', 'Python', '。'], ['ภ', 'า', 'ษ', 'า'])
    """
    return compile_words().findall(text)


def is_spaced(piece: str) -> bool:
    """Whether a space goes with a word or sign."""
    return not _joined().match(piece)


def join(pieces: Iterable[str | None]) -> str:
    """A text of words and signs, with spaces where its script has them; None is the unknown, "[?]".

    What the text itself has of it is written "[ ? ]".

    >>> join(["Be", ",", "or", None, "!"]), join(segment("我用 Python 写。")), join(segment("[?]"))
    ('Be, or [?]!', '我用 Python 写。', '[ ? ]')
    """
    text = " ".join(BLANK if piece is None else piece for piece in pieces)
    return mark_unknown(_gaps().sub("", text))


def mark_unknown(text: str) -> str:
    """The unknown as it is read, and as nothing else is."""
    return text.replace(UNKNOWN, "[ ? ]").replace(BLANK, UNKNOWN)


def name_scripts(texts: Sequence[str]) -> tuple[str, ...]:
    """The languages in texts that are written without spaces, if they are a hundredth of them or more.

    >>> name_scripts(["これは本です。"]), name_scripts(["我们", "Thai: ภาษาไทย"]), name_scripts(["naïve"])
    (('Japanese',), ('Chinese', 'Thai'), ())
    """
    found = {name: sum(len(_script(name).findall(text)) for text in texts) for name in SCRIPTS}
    if not any(found.values()):
        return ()
    enough = SHARE * sum(len(segment(text)) for text in texts)
    if found["Japanese"] >= enough and found["Japanese"] * 10 >= found["Chinese"]:
        # Japanese is written with Chinese characters too.
        found["Chinese"] = 0
    return tuple(name for name, count in found.items() if count and count >= enough)


@cache
def _script(name: str) -> re.Pattern[str]:
    return re.compile(f"[{SCRIPTS[name]}]")


@cache
def _joined() -> re.Pattern[str]:
    return re.compile(f"[{UNSPACED}{WIDE}]")


@cache
def _gaps() -> re.Pattern[str]:
    """The spaces that are not written."""
    dense = f"{UNSPACED}{WIDE}"
    between = f"(?<=[{dense}]) (?=[{dense}{QUOTES}{BLANK}])|(?<=[{QUOTES}{BLANK}]) (?=[{dense}])"
    return re.compile(f" (?=[{CLOSING}{WIDE}])|(?<=[{OPENING}{WIDE}]) |{between}")
