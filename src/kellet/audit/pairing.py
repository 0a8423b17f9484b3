"""Pairing: two data sets of one form, counted alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator

from kellet.audit.alignment import SIDES, align
from kellet.audit.codebook import Codebook
from kellet.audit.finding import LEVEL
from kellet.audit.groups import choose_groups
from kellet.audit.points import Vectors, read_points
from kellet.audit.rule import make_rule
from kellet.audit.scanning import tidy
from kellet.audit.tables import tell_unread
from kellet.data.content import Album, Content, Documents, Rows
from kellet.data.documents import collect
from kellet.data.selection import write_chats
from kellet.errors import InputError, quote
from kellet.evidence import Integers
from kellet.profile.profile import SALT, Profile, deal_whole
from kellet.profile.table import profile_table
from kellet.profile.tally import Hashes, Tally
from kellet.profile.text import Text

if TYPE_CHECKING:
    import polars as pl

Frames = tuple["pl.DataFrame", "pl.DataFrame"]
Clusters = tuple[Hashes | None, Hashes | None]
FORMS = {Rows: "a table", Documents: "texts", Album: "pictures", Profile: "a profile"}


@dataclass(frozen=True, eq=False)
class Side:
    """A data set.  name: its file's."""

    name: str
    content: Content | Profile


@dataclass(frozen=True)
class Question:
    """What is asked of all data sets; as the options of ``kellet audit``.

    many: assignments of groups beside the observed one.  level: of false alarms, all measures of a look together.
    """

    key: tuple[str, ...] = ()
    text: str | None = None
    embedding: str | None = None
    group: tuple[str, ...] = ()
    target: str | None = None
    cluster: str | None = None
    seed: int = 0
    many: int = 999
    level: float = LEVEL


@dataclass(frozen=True, eq=False)
class Pair:
    """Both sides as profiles, and what no profile holds.

    groups: as `choose_groups` has them.  frames, texts, points: of both sides, as far as there are any.  clusters: what
    documents belong to, as numbers.  columns: of a table, those that are looked at by themselves: of texts, of vectors.
    """

    reference: Profile
    candidate: Profile
    notes: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] | None = None
    frames: Frames | None = None
    texts: tuple[Sequence[str], Sequence[str]] | None = None
    points: tuple[Vectors, Vectors] | None = None
    clusters: Clusters = (None, None)
    columns: Mapping[str, Pair] = field(default_factory=dict)


def pair(reference: Side, candidate: Side, asked: Question, rng: Generator) -> Pair:
    """Both sides, read as data of one form."""
    match reference.content, candidate.content:
        case Profile() as mine, Profile() as theirs:
            return Pair(mine, theirs, (*tell_unread(mine, SIDES[0]), *tell_unread(theirs, SIDES[1])))
        case Rows() as mine, Rows() as theirs:
            return _pair_rows(mine, theirs, asked, rng)
        case Documents() as mine, Documents() as theirs:
            return _pair_texts([collect(mine, reference.name).texts, collect(theirs, candidate.name).texts])
        case Album() as mine, Album() as theirs:
            return pair_points(read_points(mine.pixels), read_points(theirs.pixels), "pictures", rng)
    forms = [f"{FORMS[type(side.content)]}, {side.name}" for side in (reference, candidate)]
    raise InputError("data of one form", " and ".join(forms), "two tables, texts, folders of pictures or profiles")


def pair_points(mine: Vectors, theirs: Vectors, things: str, rng: Generator, clusters: Clusters = (None, None)) -> Pair:
    """Points, and the cells of a codebook in which they lie."""
    if mine.shape[1] != theirs.shape[1]:
        got = f"{mine.shape[1]:,} and {theirs.shape[1]:,}"
        raise InputError(f"{things} of as many numbers on both sides", got, "pictures of one size, or one model's")
    book = Codebook.learn(mine, rng, clusters[0])
    found = book.profile_rest(mine, clusters[0], things), book.profile(theirs, clusters[1], things)
    return Pair(*found, points=(mine, theirs), clusters=clusters)


def _pair_rows(mine: Rows, theirs: Rows, asked: Question, rng: Generator) -> Pair:
    vectors = None
    if asked.embedding is not None:
        here, there = (read_points(_find(rows, asked.embedding)) for rows in (mine, theirs))
        vectors = here, there
        mine, theirs = (replace(rows, frame=rows.frame.drop(asked.embedding)) for rows in (mine, theirs))
        if not mine.frame.width and not theirs.frame.width:
            return pair_points(*vectors, "rows", rng)
    (mine, chats), (theirs, _) = (_write_chats(_choose(rows, asked)) for rows in (mine, theirs))
    found = align(mine, theirs, text=[*chats, *([asked.text] if asked.text else [])])
    frames = found.reference, found.candidate
    clusters = _number(frames[0], asked.cluster), _number(frames[1], asked.cluster)
    groups = choose_groups(found.reference, asked.group) if asked.group else {}
    columns = [one for one in found.columns if one.name != asked.cluster]
    tables = [
        profile_table(frame, columns, deal_whole(frame.height, own), within=groups)
        for frame, own in zip(frames, clusters, strict=True)
    ]
    names = [one.name for one in columns if one.role == "text"]
    parts = {
        name: _pair_texts([_read_texts(frame, name) for frame in frames], clusters)
        for name in names
        if asked.text in (None, name)
    }
    notes = [*found.notes, *_tell_clusters(frames, asked.cluster), *_tell_left(names, asked)]
    if len(parts) == 1 and vectors is None and not tables[0].tallies:
        # A table of nothing but texts is texts.
        [texts] = parts.values()
        return replace(texts, notes=tuple(notes), frames=frames)
    if vectors is not None:
        parts[str(asked.embedding)] = pair_points(*vectors, "rows", rng, clusters)
    return Pair(tables[0], tables[1], tuple(notes), groups, frames, clusters=clusters, columns=parts)


def _tell_left(texts: list[str], asked: Question) -> Iterator[str]:
    """What isn't looked at."""
    left = [name for name in texts if asked.text not in (None, name)]
    if left:
        yield f"Of the columns of texts only {quote([str(asked.text)])} is read, as asked: not {quote(left)}."


def _number(frame: pl.DataFrame, name: str | None) -> Hashes | None:
    """What rows belong to, as numbers; a row of which that isn't known belongs to no other."""
    import polars as pl

    if name is None:
        return None
    codes = _find(Rows(frame), name).cast(pl.String).rank("dense").cast(pl.UInt64)
    return codes.fill_null(pl.Series(np.arange(len(codes)) + len(codes), dtype=pl.UInt64)).to_numpy()


def _tell_clusters(frames: Frames, name: str | None) -> Iterator[str]:
    """What belongs together."""
    import polars as pl

    if name is None:
        return
    mine, theirs = (frame[name].cast(pl.String).drop_nulls().unique() for frame in frames)
    values = f"{len(mine):,} and {len(theirs):,} different values"
    yield f'"{name}" says what belongs together ({values}): it is not measured.'
    if both := int(theirs.is_in(mine.implode()).sum()):
        yield f'{both:,} values of "{name}" stand on both sides, and are taken for different ones.'


def _find(rows: Rows, name: str) -> pl.Series:
    if name not in rows.frame.columns:
        raise InputError(f"one of the columns {quote(rows.frame.columns)}", quote([name]), "a column that is there")
    return rows.frame[name]


def _choose(rows: Rows, asked: Question) -> Rows:
    """The columns that are to be looked at, as far as they are there."""
    for name in asked.key:
        _find(rows, name)
    if not asked.key:
        return rows
    wanted = (*asked.key, *asked.group, asked.target, asked.cluster, asked.text)
    return replace(rows, frame=rows.frame.select(name for name in rows.frame.columns if name in wanted))


def _write_chats(rows: Rows) -> tuple[Rows, list[str]]:
    """The same with conversations as texts, and the names of their columns."""
    frame, chats = write_chats(rows.frame)
    return replace(rows, frame=frame), chats


def _read_texts(frame: pl.DataFrame, name: str) -> Sequence[str]:
    return [text or "" for text in frame[name].to_list()]


def _pair_texts(both: Sequence[Sequence[str]], clusters: Clusters = (None, None)) -> Pair:
    profiles = []
    for texts, own in zip(both, clusters, strict=True):
        dealt = deal_whole(len(texts), own)
        profiles.append(
            Profile(
                dealt.documents,
                _count(texts, dealt.groups),
                "texts",
                "in turn" if own is None else "by cluster",
                clusters=dealt.clusters,
            )
        )
    return Pair(profiles[0], profiles[1], texts=(both[0], both[1]), clusters=clusters)


def _count(texts: Sequence[str], groups: Integers) -> Mapping[str, Tally]:
    """All that is looked at in texts."""
    import polars as pl

    counted = Text(make_rule(), SALT)
    counted.add(tidy(pl.Series(texts, dtype=pl.String)), groups)
    return counted.take()
