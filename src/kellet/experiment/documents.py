"""Documents: the texts of files of any size, batch by batch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kellet.audit.scanning import Reading, find_texts, require_kind
from kellet.data.files import divide
from kellet.data.formats.remote import is_url
from kellet.data.selection import choose
from kellet.data.shards import Shard, choose_division, find_shards, read_batches
from kellet.data.spool import spool
from kellet.errors import InputError
from kellet.experiment.parts import find_files

if TYPE_CHECKING:
    import polars as pl

PATH = re.compile(r"\S*(?:[\\/*?]|::|\.\w{1,9})\S*")


class Batch(NamedTuple):
    """texts: documents.  frame: the rows that they are, None of files that are texts.  file: in which they are."""

    texts: pl.Series
    frame: pl.DataFrame | None
    file: Path


@dataclass(frozen=True)
class Source:
    """Files, and how they become documents.  name: as sentences have it.  columns: of tables, all there are."""

    name: str
    shards: tuple[Shard, ...]
    reading: Reading
    columns: tuple[str, ...] = ()

    @classmethod
    def open(cls, thing: Any, name: str, text: str | None, stack: ExitStack, required: bool = False) -> Source:
        """What a person gave: paths, or an object, which lies in a file until the stack ends.

        text: the columns of a table that are texts.  required: whether they must be there; else they are found as where
        nothing is said.
        """
        shards = tuple(find_shards([str(path) for path in locate(thing, stack)]))
        named = Path(str(thing)).name if isinstance(thing, str | Path) else name
        division = choose_division(shards)
        head = next(read_batches(shards[0], division))
        if isinstance(head, list):
            return cls(named, shards, Reading(None, division, division))
        told = tuple(part.strip() for part in text.split(",")) if text else None
        try:
            found = choose(head, told if told and (required or set(told) <= set(head.columns)) else None, named)
        except InputError as error:
            expected, got, attempt, _ = error.parts
            raise InputError(expected, got, attempt.replace("--columns", "--text")) from None
        return cls(named, shards, Reading(found.names, found.name_documents(False), division), tuple(head.columns))

    def take(self, shards: tuple[Shard, ...]) -> Source:
        """Some of the files."""
        return replace(self, shards=shards)

    def read(self, columns: Sequence[str] = ()) -> Iterator[Batch]:
        """Its documents, batch by batch.  columns: that are wanted beside the text."""
        reading = self.reading
        wanted = None if reading.columns is None else (*reading.columns, *columns)
        for path, part in self.shards:
            for batch in read_batches((path, part), reading.division, wanted):
                require_kind(batch, reading, str(path))
                texts = find_texts(batch, reading, str(path))
                yield Batch(texts, None if isinstance(batch, list) else batch, path)

    def read_frames(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """The rows that its documents are, batch by batch."""
        return (batch.frame for batch in self.read(columns) if batch.frame is not None)


def locate(thing: Any, stack: ExitStack) -> list[str | Path]:
    """The files that a person means; those of an object, or of a list of texts, are there until the stack ends."""
    return stack.enter_context(find_files(spool(thing) if are_texts(thing) else thing))


def are_texts(thing: Any) -> bool:
    """Whether a list of strings is documents, and not paths.

    >>> are_texts(["To be, or not to be."]), are_texts(["missing.txt"]), are_texts("missing.txt")
    (True, False, False)
    """
    if not isinstance(thing, list | tuple) or not thing or not all(isinstance(one, str) for one in thing):
        return False
    return not all(PATH.fullmatch(one) or _is_there(one) for one in thing)


def _is_there(path: str) -> bool:
    try:
        return is_url(path) or Path(divide(path)[0]).exists()
    except (OSError, ValueError):
        return False
