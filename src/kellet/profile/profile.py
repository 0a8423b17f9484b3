"""A profile: everything that is looked at in a data set, counted by groups of its documents.

Documents (rows of a table, texts, pictures) are dealt to groups in turn, so that groups have equal numbers of them.  If
two data sets follow one law, their documents are exchangeable, hence so are equally large groups of them: that is what
an audit's zero rests on.  Documents that belong together (a cluster) go into one group, since it is clusters that are
exchangeable then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Integers
from kellet.makers import make
from kellet.profile.columns import Column, order_kinds, tell_difference
from kellet.profile.tally import FINE, Tally

Dealing = Literal["in turn", "by cluster"]
VERSION = 2
LIKE = "`kellet profile --like FIRST.kprof` for the second one"
SALT = "kellet"
"""Beside what is hashed; profiles of different salts share no key."""


class Pending(Mapping[str, Tally]):
    """Tallies that are made when they are asked for: all at once would take far more than what they are made of."""

    def __init__(self, makers: Mapping[str, Callable[[], Tally]]):
        self.makers = makers

    def __getitem__(self, kind: str) -> Tally:
        return self.makers[kind]()

    def __iter__(self) -> Iterator[str]:
        return iter(self.makers)

    def __len__(self) -> int:
        return len(self.makers)


@dataclass(frozen=True, eq=False)
class Profile:
    """Counts of keys.

    documents: (FINE,) how many of each group.  tallies: kind -> its counts, such as ``value:age``, ``words``.  things:
    what the documents are.  dealing: how they came into groups.  settings: what must be the same for profiles to add.
    clusters: (FINE,) how many clusters each group has, where that is known.
    columns: of a table, how each is counted; they must be the same as well.
    """

    documents: Integers
    tallies: Mapping[str, Tally]
    things: str = "rows"
    dealing: Dealing = "in turn"
    salt: str = SALT
    settings: Mapping[str, str | int | float] | None = None
    clusters: Integers | None = None
    columns: tuple[Column, ...] = ()

    @property
    def height(self) -> int:
        """How many documents."""
        return int(self.documents.sum())

    def __add__(self, other: Profile) -> Profile:
        """The documents of both, those of the second after those of the first: the same as counting them in one go."""
        self.check(other)
        if self.dealing == "in turn":
            other = other.shift(self.height % FINE)
        kinds = [*self.tallies, *(kind for kind in other.tallies if kind not in self.tallies)]
        tallies = {
            kind: self.tallies[kind] + other.tallies[kind]
            if kind in self.tallies and kind in other.tallies
            else (self.tallies if kind in self.tallies else other.tallies)[kind]
            for kind in order_kinds(kinds, self.columns)
        }
        return replace(self, documents=self.documents + other.documents, tallies=tallies, clusters=None)

    def shift(self, by: int) -> Profile:
        """The same documents, dealt to groups from another one on."""
        moved = {kind: tally.shift(by) for kind, tally in self.tallies.items()}
        return replace(self, documents=np.roll(self.documents, by), tallies=moved)

    def check(self, other: Profile) -> None:
        """Bad input where the two can't be compared."""
        if self.columns != other.columns:
            raise InputError("tables that were read alike", tell_difference(self.columns, other.columns), LIKE)
        for name in ("salt", "things", "dealing", "settings"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise InputError(f"profiles of one {name}, {mine!r}", repr(theirs), "profiling both in the same way")

    def hold(self) -> Profile:
        """With all tallies made."""
        return replace(self, tallies=dict(self.tallies))

    def _repr_html_(self) -> str:
        shown: str = make("profile", self, "This")._repr_html_()
        return shown

    def redact(self) -> Profile:
        """Without names of values."""

        def make(kind: str) -> Tally:
            return self.tallies[kind].redact()

        return replace(self, tallies=Pending({kind: partial(make, kind) for kind in self.tallies}))


class Dealt(NamedTuple):
    """Documents in groups.  groups: (n,) of each.  documents, clusters: (FINE,) how many of them each group has; None
    where a document belongs with no other.
    """

    groups: Integers
    documents: Integers
    clusters: Integers | None = None


def deal(height: int, clusters: NDArray[np.uint64] | None = None) -> tuple[Integers, Integers]:
    """Groups (height,) of documents in order, and how many documents each group has (FINE,).

    clusters: (height,) a hash for each document; those that have one in common go into one group.

    >>> groups, documents = deal(FINE + 1)
    >>> groups[[0, 1, FINE]], documents[:2]
    (array([0, 1, 0]), array([2, 1]))
    """
    groups = np.arange(height) % FINE if clusters is None else (clusters % np.uint64(FINE)).astype(np.int64)
    return groups, np.bincount(groups, minlength=FINE)


def deal_whole(height: int, clusters: NDArray[np.uint64] | None = None) -> Dealt:
    """The same of documents that are at hand as a whole: clusters are dealt in turn, so that groups have equal numbers
    of them.

    >>> deal_whole(5, np.array([7, 7, 3, 7, 3], np.uint64)).groups
    array([0, 0, 1, 0, 1])
    """
    if clusters is None:
        return Dealt(*deal(height))
    _, first, inverse = np.unique(clusters, return_index=True, return_inverse=True)
    groups = np.argsort(np.argsort(first))[inverse] % FINE
    return Dealt(groups, np.bincount(groups, minlength=FINE), deal(len(first))[1])
