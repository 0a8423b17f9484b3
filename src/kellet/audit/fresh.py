"""What a fresh real sample of the candidate's size would keep, as far as the reference alone tells.

Groups of the reference's documents are split in two at the ratio of the sizes, many times: what one part keeps of the
other is what a real sample keeps of a smaller reference.  The same with a half and a quarter of the groups tells how
that moves with size, and so what it is at the full one.  (Good and Toulmin's series, Biometrika 43:45 (1956), smoothed
by Orlitsky, Suresh and Wu, PNAS 113:13283 (2016), takes words for independent; its error was larger where
words come in bursts and where the candidate is as large as the reference or larger, and the same elsewhere: Zipf text
with and without bursts, Adult, WikiText, sizes 1:1, 4:1, 1:4.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from kellet.audit.exchange import Exchange, Grouping
from kellet.audit.retention import Sums, sum_keys
from kellet.evidence import Array, Integers
from kellet.profile.profile import Profile
from kellet.profile.tally import FINE

LEVELS = 4
"""The smallest splits have this part of the groups."""
BATCHES, SPLITS = 8, 32
"""Choices of groups at each size, and splits of each."""
FURTHEST = 3.5
"""Doublings of size over which is extrapolated at most."""
NEAR = 0.05
"""Relative difference of two sizes that are taken for one."""


@dataclass(frozen=True, eq=False)
class Fresh:
    """What a fresh real sample would have: (3,) a value and the interval in which 95 % of such samples lie.

    retention: (bands, 3) of the keys of each band.  rare: of all that are rare.  invented: the share of occurrences of
    keys that the reference lacks.  Not a number where it can't be told.
    """

    retention: Array
    rare: Array
    invented: Array

    @staticmethod
    def of(rows: Array) -> Fresh:
        """Of rows (bands + 2, 3)."""
        return Fresh(rows[:-2], rows[-2], rows[-1])


def expect_fresh(reference: Profile, kind: str, ratio: float, rng: Generator) -> Fresh | None:
    """From the reference alone.  ratio: documents of the candidate for each of the reference.  None where groups are
    too few, or sizes too different.
    """
    chosen = _choose(reference.documents, ratio)
    if chosen is None:
        return None
    there, mine, theirs = chosen
    further = np.log2(len(there) / mine)
    full, half, quarter = (_split(reference, kind, there, (mine // k, theirs // k), rng) for k in (1, 2, LEVELS))
    linear = full.mean + further * (full.mean - half.mean)
    # Newton's next term, half of it: it overshoots where the linear one falls short.
    bend = further * (further + 1) / 4 * (full.mean - 2 * half.mean + quarter.mean)
    # What was extrapolated is as uncertain again as the step that it took.
    return Fresh.of(_limit(linear + bend, 1.96 * full.scatter * np.sqrt(1 + further) + 2 * abs(bend)))


def thin_holdout(reference: Profile, holdout: Profile, kind: str, documents: int, rng: Generator) -> Fresh | None:
    """From a hold-out, of which parts as large as the candidate are taken.  None where it is smaller than that."""
    part = documents / max(holdout.height, 1)
    if part > 1 + NEAR:
        return None
    there = np.flatnonzero(holdout.documents)
    many = min(max(round(part * len(there)), 1), len(there))
    rows, keys = [], []
    for _ in range(BATCHES if many < len(there) else 1):
        places = np.full(FINE, -1)
        places[rng.permutation(there)[:many]] = 0
        grouping = Grouping(np.zeros(FINE, np.int64), places, (1, 1), 0.0)
        sums = sum_keys(Exchange(reference, holdout, grouping, np.array([[0], [1]], np.int32)), kind)
        rows.append(_rows(sums)[:, 0])
        keys.append(np.concatenate([sums.sizes[:, 0], sums.rare, sums.total[1]]))
    mean, many_keys = np.mean(rows, axis=0), np.mean(keys, axis=0)
    # Keys are left out one by one, as far as is known; documents' dependence would need a second hold-out.
    with np.errstate(invalid="ignore", divide="ignore"):
        return Fresh.of(_limit(mean, 1.96 * np.sqrt(mean * (1 - mean) / many_keys)))


@dataclass(frozen=True, eq=False)
class _Splits:
    """(bands + 2,) mean and standard deviation over splits."""

    mean: Array
    scatter: Array


def _split(reference: Profile, kind: str, there: Integers, many: tuple[int, int], rng: Generator) -> _Splits:
    """Splits of so many groups each, of those that have documents."""
    nobody, nowhere = Profile(np.zeros(FINE, np.int64), {}), np.full(FINE, -1)
    whole, rows = sum(many), []
    for _ in range(BATCHES):
        places = nowhere.copy()
        places[rng.permutation(there)[:whole]] = np.arange(whole)
        chosen = np.repeat(np.repeat(np.array([0, 1], np.int32), many)[:, None], SPLITS, axis=1)
        grouping = Grouping(places, nowhere, (whole, 0), 0.0)
        rows.append(_rows(sum_keys(Exchange(reference, nobody, grouping, rng.permuted(chosen, axis=0)), kind)))
    found = np.concatenate(rows, axis=1)
    missing = np.isnan(found).mean(axis=1) > 0.5
    found[missing] = 0
    mean, scatter = np.nanmean(found, axis=1), np.nanstd(found, axis=1)
    return _Splits(np.where(missing, np.nan, mean), scatter)


def _rows(sums: Sums) -> Array:
    """(bands + 2, P)"""
    return np.concatenate([sums.retention, sums.rare_retention[None], sums.invented_share[None]])


def _choose(documents: Integers, ratio: float) -> tuple[Integers, int, int] | None:
    """Groups that have documents, and how many of them to split into at a ratio: multiples of the number of levels."""
    there = np.flatnonzero(documents)
    options = [
        (abs(np.log(theirs / mine / ratio)) + 0.1 * (1 - (mine + theirs) / len(there)), mine, theirs)
        for mine in range(LEVELS, len(there), LEVELS)
        for theirs in (max(LEVELS, LEVELS * round(mine * ratio / LEVELS)),)
        if mine + theirs <= len(there)
    ]
    if not options:
        return None
    _, mine, theirs = min(options)
    if abs(np.log(theirs / mine / ratio)) > NEAR or np.log2(len(there) / mine) > FURTHEST:
        return None
    return there, mine, theirs


def _limit(value: Array, half: Array) -> Array:
    """(..., 3) within [0, 1]."""
    return np.clip(np.stack([value, value - half, value + half], axis=-1), 0, 1)
