"""What a profile holds, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from kellet.audit.tables import tell_unread
from kellet.errors import quote
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table
from kellet.profile.columns import VALUED
from kellet.profile.profile import Profile

LEFT = {"identifier": "it names rows", "text": "another text is read, or none", "list": "it holds lists or bytes"}
"""Why columns of a role aren't counted."""


class TallySummary(msgspec.Struct, frozen=True, kw_only=True):
    """kind: what is counted.  total: how many occurrences.  keys: different ones that are kept, of all a `share`.
    names: how many of them have a name."""

    kind: str
    total: int
    keys: int
    share: float
    names: int


class ColumnSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table, and what it is taken for."""

    name: str
    role: str


class ProfileDocument(Document, frozen=True, kw_only=True, tag="kellet/profile/1"):
    """What ``kellet profile`` wrote.  file: where.  documents: how many it has counted.  things: what they are.
    columns: of a table.  notes: what of it could not be read."""

    file: str
    documents: int
    things: str
    tallies: tuple[TallySummary, ...]
    columns: tuple[ColumnSummary, ...] = ()
    notes: tuple[str, ...] = ()


def summarise(profile: Profile, file: str) -> Answer:
    """The answer of ``kellet profile``."""
    tallies = tuple(
        TallySummary(
            kind=kind,
            total=int(tally.totals.sum()),
            keys=len(tally.keys),
            share=tally.share,
            names=tally.names.height,
        )
        for kind, tally in profile.tallies.items()
    )
    sentence = f"{file} profiles {profile.height:,} {profile.things}."
    columns = tuple(ColumnSummary(name=one.name, role=one.role) for one in profile.columns)
    told = {one.kind: one for one in tallies}
    tables = [_list_columns(columns, told), _add_pairs(tallies)] if columns else []
    others = [one for one in tallies if ":" not in one.kind]
    notes = (*_tell_left(profile), *tell_unread(profile, "data"))
    return Answer(
        title="Profile",
        sentences=(sentence,),
        document=lambda: ProfileDocument(
            sentence=sentence, file=file, documents=profile.height, things=profile.things, tallies=tallies,
            columns=columns, notes=notes,
        ),
        tables=(*tables, *([_list_kinds(others)] if others else [])),
        notes=notes,
    )  # fmt: skip


def _list_kinds(tallies: Sequence[TallySummary]) -> Table:
    rows = tuple((one.kind, f"{one.total:,}", f"{one.keys:,}", _tell_share(one)) for one in tallies)
    return Table("What is counted", ("kind", "occurrences", "different ones kept", "of all"), rows)


def _list_columns(columns: Sequence[ColumnSummary], told: Mapping[str, TallySummary]) -> Table:
    """A line for each column that is counted."""
    rows = []
    for one in columns:
        value, number = told.get(f"value:{one.name}"), told.get(f"number:{one.name}")
        if value or number:
            values = f"{value.keys:,}" if value and one.role in VALUED else ""
            sampled = _tell_share(value) if values and value else ""
            rows.append((one.name, one.role, values, sampled, f"{number.total:,}" if number else ""))
    return Table("Columns", ("column", "is a", "values kept", "of all", "numbers"), tuple(rows))


def _add_pairs(tallies: Sequence[TallySummary]) -> Table:
    pairs = [one for one in tallies if one.kind.startswith("pair:")]
    whole = sum(one.share == 1 for one in pairs)
    row = (f"{len(pairs):,}", f"{sum(one.keys for one in pairs):,}", f"{whole:,}")
    return Table("Pairs of columns", ("pairs", "pairs of values kept", "of which all are kept"), (row,))


def _tell_share(one: TallySummary) -> str:
    return "all" if one.share == 1 else f"1 in {1 / one.share:,.0f}"


def _tell_left(profile: Profile) -> Iterator[str]:
    """Which columns aren't counted."""
    read = str((profile.settings or {}).get("text", "")).split(",")
    for role, why in LEFT.items():
        if names := [one.name for one in profile.columns if one.role == role and one.name not in read]:
            yield f"Not counted, since {why}: {quote(names)}."
