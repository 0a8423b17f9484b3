"""Counts of others: what a database or a cluster that knows nothing of Kellet has counted, as a profile."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kellet.audit.rule import VERSION, make_rule
from kellet.audit.scanning import tidy
from kellet.data import reading
from kellet.data.content import Rows
from kellet.data.objects import take
from kellet.errors import InputError, quote
from kellet.evidence import Integers
from kellet.profile.hashes import join
from kellet.profile.profile import SALT, Profile
from kellet.profile.prose import bucket, number
from kellet.profile.tally import FINE, Hashes, Tally, find_last
from kellet.profile.text import KINDS, limit_names
from kellet.profile.words import find_words
from kellet.struct import checked

if TYPE_CHECKING:
    import polars as pl

DOCUMENTS, LENGTH = "documents", "length"
COUNTED = (*KINDS, LENGTH)
FREE = np.uint64(255)
"""Bits that a key does without."""


@checked
def profile_counts(counts: Any, *, level: int = 0, things: str = "rows") -> Profile:
    """What somebody else counted in texts, as the profile that Kellet makes of them.

    counts: a frame, or the path of one, with the columns kind, key or name or both, group and count.  group: the number
    of a document, from 0 on, modulo 240.  kind: ``documents``, of which there are so many in a group, ``words``,
    ``2-grams``, ``3-grams``, ``length``.  name: a word in lower case, 2 or 3 of them with blanks between, or the number
    of words of a document.  key: that of a name, as docs/profiles.md has it; what has neither is counted and not kept.
    level: only keys below 2^(64 - level) were kept.  things: what the documents are.

    >>> counts = {"kind": ["documents", "words"], "name": [None, "sea"], "group": [0, 0], "count": [1, 3]}
    >>> found = profile_counts(counts)
    >>> found.height, found.tallies["words"].names["name"].to_list()
    (1, ['sea'])
    """
    if not 0 <= level < 64:
        raise InputError("a level from 0 to 63", level, "0")
    frame = _read(counts)
    if strange := [kind for kind in frame["kind"].unique(maintain_order=True) if kind not in (DOCUMENTS, *COUNTED)]:
        raise InputError(f"kinds of what is counted, {quote((DOCUMENTS, *COUNTED))}", quote(strange), "these alone")
    parts = {kind: frame.filter(frame["kind"] == kind) for kind in (DOCUMENTS, *COUNTED)}
    documents = _sum(parts.pop(DOCUMENTS))
    if not documents.any():
        raise InputError("how many documents there are in each group", "none", f"rows of kind {DOCUMENTS!r}")
    tallies = {kind: _tally(part, kind, level) for kind, part in parts.items() if part.height}
    return Profile(documents, tallies, things, settings={"words": VERSION})


def _read(counts: Any) -> pl.DataFrame:
    """The frame, with keys of 64 bits without a sign, if there are any."""
    import polars as pl

    content = reading.read(str(counts)) if isinstance(counts, str | Path) else take(counts)
    frame = content.frame if isinstance(content, Rows) else pl.DataFrame()
    if not {"kind", "group", "count"} <= {*frame.columns} or not {"key", "name"} & {*frame.columns}:
        raise InputError(
            "columns kind, key or name, group and count", quote(frame.columns), "those of docs/clusters.md"
        )
    for name in {"key", "group", "count"} & {*frame.columns}:
        if not frame.schema[name].is_integer() or frame.schema[name] == pl.Int128:
            got = f"those of type {frame.schema[name]}"
            raise InputError(f"whole numbers as {name}", got, "Arrow: pandas makes floats where something is missing")
    missing = [pl.lit(None, pl.UInt64 if name == "key" else pl.String).alias(name) for name in ("key", "name")]
    frame = frame.with_columns(one for one in missing if one.meta.output_name() not in frame.columns)
    if frame.schema["key"] != pl.UInt64:
        # Engines without unsigned numbers have negative ones.
        frame = frame.with_columns(pl.col("key").cast(pl.Int64).reinterpret(signed=False))
    # A document without words has no length.
    return frame.with_columns(pl.col("kind", "name").cast(pl.String)).filter(
        ~(pl.col("kind").eq(LENGTH) & pl.col("name").eq_missing("0"))
    )


def _tally(rows: pl.DataFrame, kind: str, level: int) -> Tally:
    import polars as pl

    names = rows.select("name").drop_nulls().unique()
    names = names.select(pl.Series("of name", _hash(names["name"], kind)), "name")
    kept = rows.join(names, "name", "left").filter(pl.any_horizontal(pl.col("key", "of name").is_not_null()))
    differ = kept.filter(pl.col("key") | 255 != pl.col("of name") | 255)
    if differ.height:
        got = f"another one for {differ['name'][0]!r}"
        raise InputError("keys as docs/profiles.md has them", got, "names alone, or letting products wrap round")
    keys = kept.select(pl.coalesce("key", "of name")).to_series().to_numpy() & ~FREE
    if len(keys) and keys.max() > find_last(level):
        raise InputError(f"keys below 2^{64 - level}, of level {level}", f"2^{np.log2(keys.max()):.1f}", "level=0")
    names = names.select(pl.Series("key", names["of name"].to_numpy() & ~FREE), "name")
    return Tally.of(
        keys,
        kept["group"].to_numpy(),
        kept["count"].to_numpy(),
        None if kind == LENGTH else names,
        spelt=limit_names(kind),
        level=level,
        totals=_sum(rows),
    )


def _sum(rows: pl.DataFrame) -> Integers:
    """(FINE,) how many there are in each group."""
    groups, counts = (rows[name].to_numpy() for name in ("group", "count"))
    if len(groups) and not (groups.min() >= 0 and groups.max() < FINE and counts.min() >= 0):
        got = f"groups from {groups.min()} to {groups.max()}, and counts from {counts.min()} on"
        raise InputError(f"groups from 0 to {FINE - 1}, and counts of 0 or more", got, "id % 240, with ids from 0 on")
    return np.bincount(groups, counts, FINE).astype(np.int64)


def _hash(names: pl.Series, kind: str) -> Hashes:
    """(N,) the key of each name, all of whose bits but the last ones count."""
    import polars as pl

    if kind == LENGTH:
        lengths = names.cast(pl.Int64, strict=False)
        _expect(lengths.fill_null(0) > 0, names, "lengths of 1 or more words")
        return number(bucket(lengths.to_numpy()))
    width = KINDS.index(kind) + 1
    expected = f"{kind} in lower case and Unicode NFC, as docs/profiles.md says, with single blanks between words"
    _expect(tidy(names) == names, names, expected)
    keys = np.zeros(len(names), np.uint64)
    for places, words in find_words(names, make_rule(), SALT):
        _expect(pl.Series(words.counts == width), names[places], expected)
        spelt = pl.Series(words.spell(np.arange(len(places)) * width, width), dtype=pl.String)
        _expect(spelt == names[places], names[places], expected)
        first, *others = words.hashes.reshape(-1, width).T
        keys[places] = reduce(join, others, first)
    return keys


def _expect(fine: pl.Series, names: pl.Series, expected: str) -> None:
    if not fine.all():
        raise InputError(
            expected, repr(names.filter(~fine)[0]), "leaving it out, or counting words by `kellet profile`"
        )
