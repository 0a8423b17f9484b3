"""Documents: what a text, a table of texts, chats or instructions holds, one string for each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from kellet.data import files, reading
from kellet.data.content import Album, Content, Documents
from kellet.data.selection import choose, list_columns, write_rows
from kellet.errors import InputError

Division = Literal["conversations", "turns", "paragraphs", "lines", "files"]
LINE = re.compile("\r\n|[\r\x0b\x0c\x85\u2028]")
UNSEEN = re.compile("[\u00ad\u2060\ufeff]")


@dataclass(frozen=True)
class Collection:
    """texts: the documents that have something in them.  dropped: how many more were empty.  things: what they are.
    finer: what else a document could be, and how many there would be; only where there are few.  read, notes: as in
    `Rows`.
    """

    texts: tuple[str, ...]
    things: str
    dropped: int = 0
    finer: tuple[Division, int] | None = None
    read: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def require_enough(self, where: str) -> None:
        """Refuse documents that are too few to be split."""
        if not self.texts:
            raise InputError(
                "documents with something in them", f"{self.dropped} empty ones in {where}", "another file"
            )
        attempt = f"more {self.things}"
        if self.finer and self.finer[1] >= files.FEWEST:
            attempt = f'documents = "{self.finer[0]}" (--documents {self.finer[0]}), which gives {self.finer[1]}'
        files.require_points(len(self.texts), "documents", where, attempt)


def read_documents(
    path: str | None, columns: tuple[str, ...] | None = None, division: Division | None = None
) -> Collection:
    """The documents behind a path; None is the Python language reference that every Python installation carries.

    columns: of a table, by their names or by paths such as "solution.text"; several are joined.  None finds "text",
    conversations, instructions, or the only column of text.  division: what one document is.  None takes paragraphs of
    a text, and lines where there are fewer than ten; of a table the rows.
    """
    return _read_documents(path, columns, division, files.stamps(path) if path is not None else ())


@lru_cache(maxsize=4)
def _read_documents(
    path: str | None, columns: tuple[str, ...] | None, division: Division | None, _: object
) -> Collection:
    if path is None:
        from pydoc_data.topics import topics

        # Every topic is a text of its own.
        names = tuple(sorted(topics))
        return collect(Documents(tuple(topics[name] for name in names), names), files.BUILT_IN, columns, division)
    return collect(reading.read(path), path, columns, division)


def collect(
    content: Content, where: str, columns: tuple[str, ...] | None = None, division: Division | None = None
) -> Collection:
    """The documents of what a file holds; columns and division as in `read_documents`."""
    _require_fitting(content, where, columns, division)
    assert not isinstance(content, Album)
    read, notes, chosen = content.read, content.notes, None
    if isinstance(content, Documents):
        texts, things = list(content.texts), "files" if content.names else "texts"
        # Texts that come from no file are documents already.
        whole = division == "files" or (division is None and not content.names and len(texts) >= files.FEWEST)
    else:
        chosen = choose(content.frame, columns, where)
        texts, things = write_rows(chosen, division == "turns"), chosen.name_documents(division == "turns")
        whole = division in (None, "conversations", "turns")
        read += (f"one document a {things[:-1]}, from {list_columns(chosen.names)}",)
        if chosen.left:
            listed = list_columns(chosen.left)
            notes += (f"{listed[0].upper()}{listed[1:]} {'is' if len(chosen.left) == 1 else 'are'} left out.",)
    if not all(unicodedata.is_normalized("NFC", text) for text in texts):
        notes += ("Letters and accents that are written apart are put together (Unicode NFC).",)
    texts = [clean(text) for text in texts]
    every, things = (texts, things) if whole else divide(texts, division)
    if chosen is None:
        read += (f"one document a {things[:-1]}",)
    kept = tuple(text for text in every if text.strip())
    finer: tuple[Division, int] | None = None
    if len(kept) < files.FEWEST:
        turns = write_rows(chosen, True) if chosen and chosen.chat else None
        parts = divide(texts, "lines")[0] if turns is None else turns
        finer = "lines" if turns is None else "turns", sum(bool(part.strip()) for part in parts)
    return Collection(kept, things, len(every) - len(kept), finer, read, notes)


def _require_fitting(content: Content, where: str, columns: tuple[str, ...] | None, division: Division | None) -> None:
    """Refuse what makes no sense for what a file holds."""
    if isinstance(content, Album):
        raise InputError("a text, or a table with a column of text", f"pictures in {where}", "another file")
    if isinstance(content, Documents):
        if columns:
            raise InputError("no columns for a text", ", ".join(map(repr, columns)), "leaving them out")
        if division in ("conversations", "turns"):
            expected = 'documents = "paragraphs", "lines" or "files" for a text'
            raise InputError(expected, f'"{division}" for {where}', "leaving it out")
    elif division == "files":
        expected = 'documents = "conversations", "turns", "paragraphs" or "lines" for a table'
        raise InputError(expected, f'"files" for {where}', "leaving it out: a row is a document")


def clean(text: str) -> str:
    """A text without regard to where it was written: line ends "\\n", no marks that are not seen, Unicode NFC.

    >>> clean("\\ufeffcafe\\u0301\\r\\ncoop\\xaderate")
    'café\\ncooperate'
    """
    whole = LINE.sub("\n", text).replace("\u2029", "\n\n")
    # Half of a pair of surrogates is no character, and can't be written.
    whole = UNSEEN.sub("", whole).encode(errors="replace").decode()
    return unicodedata.normalize("NFC", whole)


def divide(texts: Sequence[str], division: Division | None) -> tuple[list[str], str]:
    """Documents of texts, and what they are; empty ones between blank lines aren't documents.

    >>> divide(["One.\\n\\nTwo,\\nthree."], "paragraphs"), divide(["One.\\n\\nTwo."], None)
    ((['One.', 'Two,\\nthree.'], 'paragraphs'), (['One.', '', 'Two.'], 'lines'))
    """
    paragraphs = [part.strip("\n") for text in texts for part in re.split(r"\n\s*\n", text) if part.strip()]
    if division == "paragraphs" or (division is None and len(paragraphs) >= files.FEWEST):
        return paragraphs, "paragraphs"
    return [line for text in texts for line in text.splitlines()], "lines"
