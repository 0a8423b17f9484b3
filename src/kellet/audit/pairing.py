"""Pairing: two data sets of one form, counted alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from numpy.random import Generator

from kellet.audit.alignment import SIDES, Alignment, align
from kellet.audit.codebook import Codebook
from kellet.audit.finding import LEVEL
from kellet.audit.groups import choose_groups
from kellet.audit.points import Vectors, read_points
from kellet.audit.rule import make_rule
from kellet.audit.scanning import tidy
from kellet.audit.tables import tell_unread
from kellet.data.content import Album, Content, Documents, Rows
from kellet.data.documents import collect
from kellet.errors import InputError, quote
from kellet.profile.profile import Profile, deal
from kellet.profile.table import profile_table
from kellet.profile.tally import Tally
from kellet.profile.text import Text

if TYPE_CHECKING:
    import polars as pl

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

    groups: as `choose_groups` has them.  frames, texts, points: of both sides, as far as there are any.
    """

    reference: Profile
    candidate: Profile
    notes: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] | None = None
    frames: tuple[pl.DataFrame, pl.DataFrame] | None = None
    texts: tuple[Sequence[str], Sequence[str]] | None = None
    points: tuple[Vectors, Vectors] | None = None


def pair(reference: Side, candidate: Side, asked: Question, rng: Generator) -> Pair:
    """Both sides, read as data of one form."""
    match reference.content, candidate.content:
        case Profile() as mine, Profile() as theirs:
            return Pair(mine, theirs, (*tell_unread(mine, SIDES[0]), *tell_unread(theirs, SIDES[1])))
        case Rows() as mine, Rows() as theirs:
            return _pair_rows(mine, theirs, asked)
        case Documents() as mine, Documents() as theirs:
            return _pair_texts(collect(mine, reference.name).texts, collect(theirs, candidate.name).texts)
        case Album() as mine, Album() as theirs:
            return pair_points(read_points(mine.pixels), read_points(theirs.pixels), "pictures", rng)
    forms = [f"{FORMS[type(side.content)]}, {side.name}" for side in (reference, candidate)]
    raise InputError("data of one form", " and ".join(forms), "two tables, texts, folders of pictures or profiles")


def pair_points(mine: Vectors, theirs: Vectors, things: str, rng: Generator) -> Pair:
    """Points, and the cells of a codebook in which they lie."""
    if mine.shape[1] != theirs.shape[1]:
        got = f"{mine.shape[1]:,} and {theirs.shape[1]:,}"
        raise InputError(f"{things} of as many numbers on both sides", got, "pictures of one size, or one model's")
    book = Codebook.learn(mine, rng)
    found = book.profile_rest(mine, things=things), book.profile(theirs, things=things)
    return Pair(*found, points=(mine, theirs))


def _pair_rows(mine: Rows, theirs: Rows, asked: Question) -> Pair:
    vectors = None
    if asked.embedding is not None:
        vectors = tuple(read_points(_find(rows, asked.embedding)) for rows in (mine, theirs))
        mine, theirs = (replace(rows, frame=rows.frame.drop(asked.embedding)) for rows in (mine, theirs))
    found = align(_choose(mine, asked), _choose(theirs, asked), text=asked.text)
    if asked.cluster is not None:
        _find(Rows(found.reference), asked.cluster)
    groups = choose_groups(found.reference, asked.group) if asked.group else {}
    names = [one.name for one in found.columns if one.role == "text"]
    profiles, texts = [], []
    for frame in (found.reference, found.candidate):
        profile = profile_table(frame, found.columns, asked.cluster, within=groups)
        if names and asked.cluster is None:
            texts.append([text or "" for text in frame[names[0]].to_list()])
            profile = replace(profile, tallies={**profile.tallies, **_count(texts[-1], profile)})
        profiles.append(profile)
    return Pair(
        profiles[0],
        profiles[1],
        (*found.notes, *_tell_left(found, names, asked)),
        groups,
        (found.reference, found.candidate),
        (texts[0], texts[1]) if texts else None,
        None if vectors is None else (vectors[0], vectors[1]),
    )


def _tell_left(found: Alignment, texts: list[str], asked: Question) -> list[str]:
    """What isn't looked at."""
    if texts and asked.cluster is not None:
        return [f"{quote(texts)} is not read: texts and --cluster do not go together yet."]
    return [f"Of the columns of texts only {quote(texts[:1])} is read."] if len(texts) > 1 else []


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


def _pair_texts(*both: tuple[str, ...]) -> Pair:
    profiles = []
    for texts in both:
        empty = Profile(deal(len(texts))[1], {}, things="texts")
        profiles.append(replace(empty, tallies=_count(texts, empty)))
    return Pair(profiles[0], profiles[1], texts=(both[0], both[1]))


def _count(texts: Sequence[str], profile: Profile) -> Mapping[str, Tally]:
    """All that is looked at in texts, dealt in turn."""
    import polars as pl

    groups, _ = deal(len(texts))
    counted = Text(make_rule(), profile.salt)
    counted.add(tidy(pl.Series(texts, dtype=pl.String)), groups)
    return counted.take()
