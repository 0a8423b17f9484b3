"""Redaction: an audit without values of anybody's, since a rare one can be one person's."""

from __future__ import annotations

import re

import msgspec

from kellet.audit.finding import Finding
from kellet.audit.result import Look, Loss

NAMED = re.compile(r'"(?P<column>.+?)" (?P<rest>.*)', re.DOTALL)
"""What a note says of a column; values stand in quotes."""
TELLING = ("below ", "above ", "heaps")
"""Measures whose titles show numbers of the data."""


def redact(look: Look) -> Look:
    """A look that shows names of columns, counts and shares, and no value."""
    return msgspec.structs.replace(
        look,
        findings=tuple(map(_retitle, look.findings)),
        losses=tuple(map(_unname, look.losses)),
        invented=tuple(map(_unname, look.invented)),
        notes=tuple(map(hide, look.notes)),
    )


def hide(note: str) -> str:
    """A note without what it quotes, but for the name of a column.

    >>> hide('"job" has 12 rows without one.'), hide("\\"job\\" has 'judge' in 1 row.")
    ('"job" has 12 rows without one.', '"job": what is said of its values is not shown.')
    >>> hide('Document 3 repeats itself: 99 % of its words, "Eat a banana!" 300 times.')
    'Document 3 repeats itself: 99 % of its words.'
    """
    found = NAMED.fullmatch(note)
    rest = found["rest"] if found else note
    if not set(rest) & set("\"'"):
        return note
    if found:
        return f'"{found["column"]}": what is said of its values is not shown.'
    return re.split("[\"']", note)[0].rstrip(" ,:") + "."


def _unname(loss: Loss) -> Loss:
    return msgspec.structs.replace(loss, name=None)


def _retitle(one: Finding) -> Finding:
    return msgspec.structs.replace(one, title=f"{one.about}: {one.measure}") if one.measure.startswith(TELLING) else one
