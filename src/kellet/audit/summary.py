"""What a profile holds, for people and programs."""

from __future__ import annotations

import msgspec

from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table
from kellet.profile.profile import Profile


class TallySummary(msgspec.Struct, frozen=True, kw_only=True):
    """kind: what is counted.  total: how many occurrences.  keys: different ones that are kept, of all a `share`.
    names: how many of them have a name."""

    kind: str
    total: int
    keys: int
    share: float
    names: int


class ProfileDocument(Document, frozen=True, kw_only=True, tag="kellet/profile/1"):
    """What ``kellet profile`` wrote.  file: where.  documents: how many it has counted.  things: what they are."""

    file: str
    documents: int
    things: str
    tallies: tuple[TallySummary, ...]


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
    rows = tuple(
        (one.kind, f"{one.total:,}", f"{one.keys:,}", "all" if one.share == 1 else f"1 in {1 / one.share:,.0f}")
        for one in tallies
    )
    return Answer(
        title="Profile",
        sentences=(sentence,),
        document=lambda: ProfileDocument(
            sentence=sentence, file=file, documents=profile.height, things=profile.things, tallies=tallies
        ),
        tables=(Table("What is counted", ("kind", "occurrences", "different ones kept", "of all"), rows),),
    )
