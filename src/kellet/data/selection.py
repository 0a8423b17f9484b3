"""Selection: which columns of a table are its text, and a row of them as one document."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from kellet.data.conversations import dig, find_turns, write
from kellet.errors import InputError

if TYPE_CHECKING:
    import polars as pl

TEXTS = ("text", "content", "body")
"""Columns that hold documents, by their names in small letters."""
INSTRUCTIONS = (
    ("instruction", "input", "output"),
    ("instruction", "context", "response"),
    ("instruction", "output"),
    ("instruction", "response"),
    ("system_prompt", "question", "response"),
    ("system", "prompt", "response"),
    ("prompt", "completion"),
    ("prompt", "response"),
    ("question", "answer"),
    ("query", "response"),
    ("input", "output"),
)
"""Columns that make an instruction record, likewise."""
LOOK = 100
"""Values of a column that are looked at, to see what it is."""
WORDS = 4
"""Words that a value of free text has on average, at least."""
SHOWN = 12
"""Columns that a message names."""


@dataclass(frozen=True)
class Chosen:
    """Columns of a table that become documents.

    names: as they were asked for or found.  values: (columns, rows).  chat: whether they are conversations.  left:
    columns of the table that are not used.
    """

    names: tuple[str, ...]
    values: tuple[list[Any], ...]
    chat: bool
    left: tuple[str, ...] = ()

    def name_documents(self, turns: bool) -> str:
        """What a document is, in the plural."""
        if turns:
            return "turns" if self.chat else "fields"
        return "conversations" if self.chat else "rows"


def choose(frame: pl.DataFrame, names: tuple[str, ...] | None, where: str) -> Chosen:
    """The columns that are meant, or else those that hold the text.

    These are "text", "content" or "body"; a conversation; an instruction with its output; the only column of text; the
    only one of several words a value.
    """
    sources = _find_sources(frame)
    texts = [name for name in frame.columns if _is_text(frame, name)]
    found = names or _find(frame, sources, texts)
    if not found:
        expected = 'a column "text", a conversation, instructions with their outputs, or only one column of text'
        attempt = f"--columns {spell_columns(texts[:3])}, to join them" if texts else "a file with text in it"
        raise InputError(expected, f"{_describe(frame)} in {where}", attempt)
    used = {name: _split(name, sources) for name in found}
    values = tuple(_look_up(frame, name, sources, *used[name]) for name in found)
    if len(found) == 1 and all(isinstance(value, int | float) for value in _first(values[0])):
        attempt = f"--columns {spell_columns(texts[:1])}" if texts else "a file with text in it"
        raise InputError("a column of text", f"{found[0]!r}, where there are only numbers or nothing", attempt)
    roots = {root for head, _ in used.values() for root in sources[head]}
    left = tuple(name for name in frame.columns if name not in roots)
    return Chosen(tuple(found), values, len(found) == 1 and _is_chat(values[0]), left)


def holds_records(frame: pl.DataFrame) -> bool:
    """Whether a table is conversations or instructions, whatever stands beside them."""
    sources = _find_sources(frame)
    return bool(_find_chats(frame, sources)) or any(
        _is_wordy(frame, names[0]) for names in _find_instructions(frame) if _is_text(frame, names[0])
    )


def write_rows(chosen: Chosen, turns: bool = False) -> list[str]:
    """Documents of chosen columns: one a row, or one for each turn or field in it; several fields are titled."""
    if chosen.chat and turns:
        return [turn for value in chosen.values[0] for turn in find_turns(value) or [""]]
    if len(chosen.names) == 1:
        return [write_field(value) for value in chosen.values[0]]
    documents = []
    for row in zip(*chosen.values, strict=True):
        fields = [(name, write_field(value)) for name, value in zip(chosen.names, row, strict=True)]
        said = [f"{name}: {text}" for name, text in fields if text.strip()]
        documents += said if turns else ["\n".join(said)]
    return documents


def write_chats(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The same table with its conversations as text, and the names of their columns."""
    import polars as pl

    sources = _find_sources(frame)
    chats = _find_chats(frame, sources)
    texts = [pl.Series(name, map(write_field, _read(frame, name, sources[name])), pl.String) for name in chats]
    parts = [part for name in chats for part in sources[name] if part != name]
    return frame.with_columns(texts).drop(parts), chats


def write_field(value: Any) -> str:
    """A value of a table as text."""
    turns = find_turns(value)
    return write(value) if turns is None else "\n".join(turns)


def list_columns(names: Sequence[str]) -> str:
    """Columns by their names, as a sentence has them.

    >>> list_columns(["a"]), list_columns(["a", "b", "c"])
    ('the column “a”', 'the columns “a”, “b” and “c”')
    """
    quoted = [f"“{name}”" for name in names[:SHOWN]]
    quoted += [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return f"the column {quoted[0]}" if len(quoted) == 1 else f"the columns {', '.join(quoted[:-1])} and {quoted[-1]}"


def spell_columns(names: Sequence[str]) -> str:
    """Columns as the option has them.

    >>> print(spell_columns(["age"]), spell_columns(["height, cm", "weight"]))
    age '"height, cm",weight'
    """
    spelt = ",".join(f'"{name}"' if "," in name else name for name in names)
    return spelt if spelt.replace(",", "").replace("_", "").isalnum() else f"'{spelt}'"


def _find_sources(frame: pl.DataFrame) -> dict[str, list[str]]:
    """The columns behind each name: itself, and of what lies in parts ("a.b", "a.c") those parts ("a")."""
    sources = {name: [name] for name in frame.columns}
    for name in frame.columns:
        parts = name.split(".")
        for end in range(1, len(parts)):
            head = ".".join(parts[:end])
            if head not in frame.columns:
                sources.setdefault(head, []).append(name)
    return sources


def _split(name: str, sources: dict[str, list[str]]) -> tuple[str, list[str]]:
    """A name as the part of it that columns have, and the path inside their values."""
    parts = name.split(".")
    ends = (end for end in range(len(parts), 0, -1) if ".".join(parts[:end]) in sources)
    if (end := next(ends, None)) is not None:
        return ".".join(parts[:end]), parts[end:]
    alike = difflib.get_close_matches(name, sources, 1) or list(sources)[:1]
    known = ", ".join(repr(known) for known in list(sources)[:SHOWN])
    raise InputError(f"one of the columns {known}", repr(name), f"--columns {spell_columns(alike)}")


def _look_up(frame: pl.DataFrame, name: str, sources: dict[str, list[str]], head: str, path: list[str]) -> list[Any]:
    """The values at a name, one a row."""
    parts = sources[head]
    values = _read(frame, head, parts)
    if path:
        values = [dig(value, path) for value in values]
        if frame.height and not any(_first(values)):
            raise InputError(f"something at {name!r}", "nothing", f"--columns {spell_columns([head])}")
    return values


def _read(frame: pl.DataFrame, head: str, parts: list[str]) -> list[Any]:
    if parts == [head]:
        return frame[head].to_list()
    short = [name.removeprefix(f"{head}.") for name in parts]
    return [dict(zip(short, row, strict=True)) for row in frame.select(parts).iter_rows()]


def _first(values: Iterable[Any]) -> list[Any]:
    """The first values that are something."""
    return list(islice((value for value in values if value not in (None, "", [], {})), LOOK))


def _find(frame: pl.DataFrame, sources: dict[str, list[str]], texts: list[str]) -> tuple[str, ...]:
    known = {name.lower(): name for name in reversed(frame.columns)}
    for name in TEXTS:
        if known.get(name) in texts:
            return (known[name],)
    if chats := _find_chats(frame, sources):
        return (chats[0],)
    for names in _find_instructions(frame):
        if names[0] in texts:
            return names
    wordy = texts if len(texts) == 1 else [name for name in texts if _is_wordy(frame, name)]
    return tuple(wordy) if len(wordy) == 1 else ()


def _find_chats(frame: pl.DataFrame, sources: dict[str, list[str]]) -> list[str]:
    # Asking a frame for its schema takes as long as it is wide.
    start, schema = frame.head(LOOK), frame.schema
    likely = {name: parts for name, parts in sources.items() if any(_may_talk(schema[p]) for p in parts)}
    return [name for name, parts in likely.items() if _is_chat(_read(start, name, parts))]


def _may_talk(dtype: pl.DataType) -> bool:
    """Whether a column may hold conversations: words, or lists of records or words."""
    import polars as pl

    inner = dtype.inner if isinstance(dtype, pl.List | pl.Array) else dtype
    return isinstance(inner, pl.String | pl.Struct)


def _find_instructions(frame: pl.DataFrame) -> list[tuple[str, ...]]:
    known = {name.lower(): name for name in reversed(frame.columns)}
    return [tuple(known[name] for name in names) for names in INSTRUCTIONS if all(name in known for name in names)]


def _is_text(frame: pl.DataFrame, name: str) -> bool:
    """Whether a column holds words, or lists of them."""
    import polars as pl

    kind = frame.schema[name]
    if kind == pl.List(pl.String):
        return True
    if kind != pl.String:
        return False
    seen = frame[name].drop_nulls().head(LOOK)
    return not len(seen) or seen.str.strip_chars().cast(pl.Float64, strict=False).null_count() > len(seen) / 2


def _is_wordy(frame: pl.DataFrame, name: str) -> bool:
    seen = [write(value).split() for value in frame[name].drop_nulls().head(LOOK)]
    return sum(map(len, seen)) >= WORDS * max(1, len(seen))


def _is_chat(values: Sequence[Any]) -> bool:
    seen = [find_turns(value) is not None for value in _first(values)]
    return sum(seen) > len(seen) / 2


def _describe(frame: pl.DataFrame) -> str:
    """The columns of a table and what is in them."""
    shown = [f"{name!r} ({_kind(frame, name)})" for name in frame.columns[:SHOWN]]
    more = len(frame.columns) - SHOWN
    return ", ".join(shown + ([f"{more} more"] if more > 0 else []))


def _kind(frame: pl.DataFrame, name: str) -> str:
    import polars as pl

    kind = frame.schema[name]
    if kind == pl.String:
        return "words" if _is_text(frame, name) else "numbers"
    named = {"numbers": kind.is_numeric(), "dates": kind.is_temporal(), "lists": kind.is_nested()}
    return next((word for word, fits in named.items() if fits), str(kind).lower())
