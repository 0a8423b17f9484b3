"""Exchange: the exact zero of an audit.

If reference and candidate follow one law, equally large groups of their documents are exchangeable: whichever of them
are called the candidate, the law of any statistic is the same.  So the statistic of other assignments is what it would
be without any loss, at exactly these sizes, whatever depends on whatever inside a document.

E. Pitman, Significance Tests which may be Applied to Samples from any Populations, JRSS Suppl. 4:119 (1937);
B. Phipson and G. Smyth, Permutation P-values should never be zero, SAGMB 9:39 (2010).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.profile.hashes import join
from kellet.profile.profile import Profile
from kellet.profile.tally import FINE, Tally

if TYPE_CHECKING:
    import polars as pl

FEWEST, LARGEST = 8, 30
"""Groups of either side, and fine groups that make one of them."""
CHUNK = 1 << 17
"""Numbers that are held at once, of each side: what stays near the processor."""
PREFERRED = 16
"""Groups of the smaller side: fewer give coarse p-values, more take longer."""
TURNS = np.random.default_rng(0).permutation(FINE)
"""By how much each round of dealing fine groups is turned: what comes every eighth document comes into all groups."""


class TooFewError(InputError):
    """Nothing can be told of so few."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """Equally large groups of both sides.

    reference, candidate: (FINE,) to which group each fine group goes, -1 where it is left out.  many: how many groups
    either side has.  uneven: the largest relative difference of the numbers of documents of two groups.
    """

    reference: Integers
    candidate: Integers
    many: tuple[int, int]
    uneven: float

    @staticmethod
    def of(reference: Integers, candidate: Integers) -> Grouping:
        """Groups for documents (FINE,) of both sides: as equal as can be, with few left out."""
        options = [[_try(documents, k) for k in range(1, LARGEST + 1)] for documents in (reference, candidate)]
        best, least = None, np.inf
        for mine, theirs in ((a, b) for a in options[0] for b in options[1] if a and b):
            low, high = min(mine.least, theirs.least), max(mine.most, theirs.most)
            spread = np.log(high / low) if low else np.inf
            fewer = min(mine.many, theirs.many)
            cost = spread + 0.2 * max(mine.lost, theirs.lost) + 0.003 * abs(np.log(fewer / PREFERRED))
            if cost < least:
                best, least = (mine, theirs, spread), cost
        if best is None:
            got = f"{reference.sum():,} and {candidate.sum():,}"
            raise TooFewError(f"at least {FEWEST} documents on either side", got, "more of them")
        mine, theirs, spread = best
        return Grouping(mine.places, theirs.places, (mine.many, theirs.many), float(np.expm1(spread)))


@dataclass(frozen=True, eq=False)
class _Try:
    """One side in groups of so many fine ones: the least and the most documents of a group, and the share left out."""

    places: Integers
    many: int
    least: int
    most: int
    lost: float


def _try(documents: Integers, k: int) -> _Try | None:
    many = FINE // k
    if many < FEWEST:
        return None
    index = np.arange(FINE)
    places = np.where(index < many * k, (index + TURNS[index // many]) % many, -1)
    found = np.bincount(places[places >= 0], documents[places >= 0], many)
    whole = max(int(documents.sum()), 1)
    return _Try(places, many, int(found.min()), int(found.max()), 1 - float(found.sum()) / whole)


@dataclass(frozen=True, eq=False)
class Exchange:
    """Two profiles, and assignments of their groups to the two sides; the first is the one that was observed.

    chosen: (groups, P) 1 where a group is called the candidate's.
    """

    reference: Profile
    candidate: Profile
    grouping: Grouping
    chosen: NDArray[np.int32]

    @staticmethod
    def of(reference: Profile, candidate: Profile, rng: Generator, many: int = 999) -> Exchange:
        """All that an audit of two profiles needs; many: assignments beside the observed one."""
        reference.check(candidate)
        sizes = reference.documents, candidate.documents
        if reference.clusters is not None and candidate.clusters is not None:
            sizes = reference.clusters, candidate.clusters
        grouping = Grouping.of(*sizes)
        mine, theirs = grouping.many
        observed = np.repeat(np.array([0, 1], np.int32), (mine, theirs))[:, None]
        return Exchange(reference, candidate, grouping, observed).deal_again(rng, many)

    def deal_again(self, rng: Generator, many: int) -> Exchange:
        """The same with so many other assignments."""
        observed = self.chosen[:, :1]
        others = rng.permuted(np.repeat(observed, many, axis=1), axis=0)
        return replace(self, chosen=np.append(observed, others, axis=1))

    @cached_property
    def documents(self) -> tuple[Integers, Integers]:
        """(P,), (P,): how many documents are called the reference's, and the candidate's."""
        return self._add([profile.documents for profile, _, _ in self._sides])

    def occurrences(self, kind: str) -> tuple[Integers, Integers]:
        """(P,), (P,): how often all keys of a kind occur on either side, those that aren't kept too."""
        return self._add([tally.totals if tally else np.zeros(FINE, np.int64) for tally in self._tallies(kind)])

    def level(self, kind: str) -> int:
        """At which keys of a kind are kept on both sides."""
        return max(tally.level for tally in self._tallies(kind) if tally)

    def counts(
        self, kind: str, least: int = 1
    ) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]]:
        """Keys of a kind, part by part, and how often each occurs on either side: (k,), (k, P), (k, P).

        least: how often both sides together must have a key.
        """
        import polars as pl

        rows = self.rows(kind)
        if least > 1:
            rows = rows.filter(pl.col("count").sum().over("key") >= least)
        yield from self._spread(rows)

    def patterns(self, kind: str) -> Iterator[tuple[Integers, NDArray[np.int64], NDArray[np.int64]]]:
        """How many keys of a kind occur equally often in the same groups, and how often on either side: (k,), (k, P),
        (k, P).  Most keys are rare, and there are few ways to be rare.
        """
        rows = self.rows(kind)
        keys, first = np.unique(rows["key"].to_numpy(), return_index=True)
        place, count = (rows[name].to_numpy().astype(np.uint64) for name in ("place", "count"))
        # The sum of hashes of all pairs of a group and a count: two ways have one with a chance of 2^-64.
        ways = np.add.reduceat(join(place, count), first) if len(first) else keys
        _, shown, many = np.unique(ways, return_index=True, return_counts=True)
        weights = np.zeros(len(keys), np.int64)
        weights[shown] = many
        chosen = rows.filter(np.repeat(weights > 0, np.diff(np.append(first, len(rows)))))
        weights, start = weights[weights > 0], 0
        for some, mine, theirs in self._spread(chosen):
            yield weights[start : start + len(some)], mine, theirs
            start += len(some)

    def _spread(self, rows: pl.DataFrame) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]]:
        """Keys, part by part, and how often each occurs on either side."""
        from scipy.sparse import csr_array

        keys, first = np.unique(rows["key"].to_numpy(), return_index=True)
        bounds = np.append(first, len(rows))
        columns, values = rows["place"].to_numpy(), rows["count"].to_numpy()
        step = max(1, CHUNK // self.chosen.shape[1])
        for start in range(0, len(keys), step):
            stop = min(start + step, len(keys))
            inside = slice(bounds[start], bounds[stop])
            matrix = csr_array(
                (values[inside], columns[inside], bounds[start : stop + 1] - bounds[start]),
                shape=(stop - start, len(self.chosen)),
            )
            theirs = np.asarray(matrix @ self.chosen, np.int64)
            yield keys[start:stop], matrix.sum(axis=1)[:, None] - theirs, theirs

    @property
    def _sides(self) -> tuple[tuple[Profile, Integers, int], ...]:
        mine, theirs = self.grouping.many
        return (self.reference, self.grouping.reference, mine), (self.candidate, self.grouping.candidate, theirs)

    def _tallies(self, kind: str) -> list[Tally | None]:
        return [profile.tallies.get(kind) for profile, _, _ in self._sides]

    def _add(self, fine: list[Integers]) -> tuple[Integers, Integers]:
        """Sums over the groups of either side, of numbers for the fine groups of both."""
        pooled = np.concatenate(
            [
                np.bincount(places[places >= 0], numbers[places >= 0], many)
                for numbers, (_, places, many) in zip(fine, self._sides, strict=True)
            ]
        )
        theirs = np.asarray(pooled @ self.chosen, np.int64)
        return pooled.sum() - theirs, theirs

    def rows(self, kind: str) -> pl.DataFrame:
        """(key, place, count) of both sides, at the level that both keep."""
        import polars as pl

        level, parts, before = self.level(kind), [], 0
        for tally, (_, places, many) in zip(self._tallies(kind), self._sides, strict=True):
            if tally:
                parts.append(_move(tally.raise_to(level), places, before))
            before += many
        return pl.concat(parts).group_by("key", "place").agg(pl.col("count").sum()).sort("key", "place")


def _move(tally: Tally, places: Integers, before: int) -> pl.DataFrame:
    """The rows of a tally with the number of a group among those of both sides in place of the fine one."""
    import polars as pl

    place = places[tally.rows["group"].to_numpy()]
    moved = tally.rows.select("key", pl.Series("place", place + before, pl.Int32), "count")
    return moved.filter(pl.Series(place >= 0))


def divide(upper: Array, lower: Array) -> Array:
    """A quotient, not a number where there is nothing to divide by."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(lower > 0, upper / lower, np.nan)


@dataclass(frozen=True)
class Zero:
    """What a statistic is without any loss, by exchange.

    value: as observed.  middle, low, high: mean and the central 95 % of the other assignments.  less, more: the exact
    probabilities of a value as low, and as high.  scatter: the standard deviation.
    """

    value: float
    middle: float
    low: float
    high: float
    less: float
    more: float
    scatter: float

    @staticmethod
    def of(values: Array) -> Zero:
        """Of a statistic (P,), the first as observed; what is not a number counts as neither low nor high."""
        seen, others = float(values[0]), values[1:][np.isfinite(values[1:])]
        if not np.isfinite(seen) or len(others) < FEWEST:
            return Zero(seen, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan)
        slack = 1e-12 * max(1.0, abs(seen))
        less = (1 + np.count_nonzero(others <= seen + slack)) / (1 + len(others))
        more = (1 + np.count_nonzero(others >= seen - slack)) / (1 + len(others))
        low, high = np.quantile(others, (0.025, 0.975))
        return Zero(seen, float(others.mean()), float(low), float(high), float(less), float(more), float(others.std()))

    @property
    def both(self) -> float:
        """The two-sided p-value."""
        return min(1.0, 2 * min(self.less, self.more))
