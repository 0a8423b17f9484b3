"""Code: files of a program, or of any other text, each a document, in any encoding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kellet.data.content import Documents
from kellet.data.formats.packing import open_file
from kellet.data.formats.stacking import stack_documents
from kellet.data.formats.texts import read_text, sniff
from kellet.errors import InputError

SPELLED = """
.rst .tex .html .htm .xml .log .org .py .pyi .ipynb .js .jsx .mjs .ts .tsx .c .h .cc .cpp .hpp .cs .java .go .rs .rb
.php .pl .sh .bash .css .scss .r .jl .lua .sql .swift .kt .scala .hs .ml .m .f90 .yaml .yml .toml .ini .cfg .vue
.dart .ex .clj
"""
ENDINGS = frozenset(SPELLED.split())
LARGEST = 2**30
"""Bytes of all files together."""


def is_code(path: Path) -> bool:
    """Whether it is a text of which nothing is a table, by its ending."""
    return path.suffix.lower() in ENDINGS


def is_text(path: Path) -> bool:
    """Whether it holds text, by its first bytes."""
    with open_file(path) as opened:
        return bool(opened.head) and sniff(opened) is not None


def read_code(paths: Sequence[Path]) -> Documents:
    """One document for each file; those without text are left out, and said to be."""
    total = sum(path.stat().st_size for path in paths)
    if total > LARGEST:
        raise InputError(f"texts of at most {LARGEST:,} bytes", f"{total:,} in {len(paths):,} files", "some of them")
    found, left = [], Counter[str]()
    for path in paths:
        with open_file(path) as opened:
            if opened.head and sniff(opened) is None:
                left[f"{path.suffix or path.name} without text"] += 1
                continue
            one = read_text(opened)
        if one.texts[0].strip():
            found.append(one)
        else:
            left["empty"] += 1
    told = ", ".join(f"{n:,} {what}" for what, n in left.items())
    if not found:
        raise InputError("texts", f"{told or 'nothing'}, such as {str(paths[0])!r}", "other files")
    every = stack_documents(found)
    # Without the names of files each text is a document, which nobody divides.
    return Documents(every.texts, (), every.read, (*every.notes, *((f"Left out: {told}.",) if left else ())))
