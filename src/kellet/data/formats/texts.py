"""Texts: files that are no tables."""

from __future__ import annotations

import codecs

from kellet.data.content import Documents
from kellet.data.formats.encodings import MARKS, Text, find_wide
from kellet.data.formats.packing import Opened
from kellet.memory import require

WORDS = 6
"""Bytes that a character of a text takes, while it is read and divided into words."""


def sniff(opened: Opened) -> str | None:
    """The first signs of a file, or None where it is no text."""
    head = opened.head
    for mark, encoding, _ in MARKS:
        if head.startswith(mark):
            return codecs.getincrementaldecoder(encoding)(errors="replace").decode(head[len(mark) :])
    if wide := find_wide(head[:4096]):
        return head.decode(wide[0], errors="replace")
    odd = sum(head.count(bytes([b])) for b in (*range(1, 9), *range(14, 27), *range(28, 32), 127))
    if odd > 0.02 * len(head) or head.count(0) > 0.1 * len(head):
        return None
    return head.decode("utf-8", errors="replace")


def read_text(opened: Opened) -> Documents:
    """The text of one file."""
    text = Text(opened.stream, str(opened.path))  # type: ignore[arg-type]
    blocks, size = [], 0
    for block in text.blocks():
        blocks.append(block)
        size += len(block)
        require(WORDS * size, f"{opened.path}, all of which is read at once", "a part of it")
    whole = "".join(blocks)
    notes = (f"{text.zeros:,} NUL bytes dropped",) if text.zeros else ()
    return Documents((whole,), (opened.name,), (*opened.read, *((text.encoding,) if text.encoding else ())), notes)
