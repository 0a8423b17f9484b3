"""Texts: files of code or prose, each a document, in any encoding."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kellet.data.content import Documents
from kellet.data.formats.damage import name_damage
from kellet.data.formats.encodings import Text
from kellet.errors import InputError

LARGEST = 2**30
"""Bytes of all files together."""
SAMPLE = 8192
MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def is_text(path: Path) -> bool:
    """Whether it holds text and not numbers of a machine, by its first bytes."""
    with path.open("rb") as stream:
        return seems_text(stream.read(SAMPLE))


def seems_text(head: bytes) -> bool:
    """Whether these first bytes are of a text: nothing stands in them that only programs write.

    >>> seems_text("Ä\\n".encode("cp1252")), seems_text(b"\\x7fELF\\x02\\x01\\x00\\x00")
    (True, False)
    """
    if head.startswith(MARKS):
        return True
    wide = head[1::2].count(0) > 0.4 * len(head[1::2]) or head[::2].count(0) > 0.4 * len(head[::2])
    odd = sum(byte < 32 and byte not in b"\t\n\v\f\r\x1b" for byte in head)
    return odd <= 0.001 * len(head) or (wide and odd <= 0.55 * len(head) and head.isascii())


def decode_text(raw: bytes, name: str) -> tuple[str, str]:
    """The text of bytes, with "\\n" at the end of its lines, and the name of its encoding."""
    text = Text(io.BytesIO(raw), name)
    return "".join(text.blocks()), text.encoding or "UTF-8"


def read_texts(paths: Sequence[Path]) -> Documents:
    """One document for each file; those without text are left out, and said to be."""
    total = sum(path.stat().st_size for path in paths)
    if total > LARGEST:
        raise InputError(f"texts of at most {LARGEST:,} bytes", f"{total:,} in {len(paths):,} files", "some of them")
    texts, names, left = [], [], Counter[str]()
    encodings: Counter[str] = Counter()
    for path in paths:
        with name_damage("a text", path, "saving it as UTF-8"):
            raw = path.read_bytes()
            if not seems_text(raw[:SAMPLE]):
                left[f"{path.suffix or path.name} without text"] += 1
                continue
            text, encoding = decode_text(raw, str(path))
        if not text.strip():
            left["empty"] += 1
            continue
        texts.append(text)
        names.append(str(path))
        encodings[encoding] += 1
    if not texts:
        got = f"{', '.join(f'{n:,} {what}' for what, n in left.items()) or 'nothing'}, such as {str(paths[0])!r}"
        raise InputError("texts", got, "another file")
    read = tuple(
        f"{encoding}" if len(encodings) == 1 else f"{n:,} in {encoding}" for encoding, n in encodings.most_common()
    )
    notes = () if not left else (f"Left out: {', '.join(f'{n:,} {what}' for what, n in left.items())}.",)
    return Documents(tuple(texts), tuple(names), read, notes)
