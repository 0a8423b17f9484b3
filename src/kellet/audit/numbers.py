"""Numbers: what became of both tails, of the scale, of values that many have, and what lies beyond all that is real.

Whatever is looked at (a quantile, the values that repeat most) is chosen by both sides together, so that it is the same
under each assignment, and sums over groups are all that is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kellet.audit.exchange import Exchange, divide
from kellet.audit.finding import Measured
from kellet.audit.shares import assign
from kellet.audit.values import list_kinds, name_column
from kellet.evidence import Array, Integers
from kellet.profile.columns import place, spell

if TYPE_CHECKING:
    import polars as pl

LOW, HIGH = (0.001, 0.01, 0.05), (0.95, 0.99, 0.999)
"""Quantiles beyond which the tails are looked at."""
OUTER = (0.01, 0.99)
"""Those of all columns together."""
FEWEST = 10
"""Numbers beyond a quantile, on both sides together: of fewer nothing can be said."""
WINSOR = (0.001, 0.999)
"""Quantiles to which numbers are cut for the scale, so that it isn't that of a few."""
LONG, MANY, START = 0.3, 50, 0.95
"""A tail is long where its index is larger; numbers that are needed to tell; and the quantile at which it begins.  An
exponential law has 0.26 there, a normal one 0.2."""
HEAPS, OFTEN, ABOVE = 10, 0.01, 5.0
"""Values that are heaps at most; the share of all that each has; and how many times as many as the middle value has."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers on both sides.

    rows: of its tally, see `Exchange.rows`.  values: (k,) the least number of each bucket, ascending.  cells: (rows,)
    the bucket of each row.
    """

    exchange: Exchange
    name: str
    rows: pl.DataFrame
    values: Array
    cells: Integers

    @staticmethod
    def of(exchange: Exchange, kind: str) -> Numbers:
        """Those of a tally."""
        rows = exchange.rows(kind)
        buckets, cells = np.unique(rows["key"].to_numpy(), return_inverse=True)
        return Numbers(exchange, name_column(kind), rows, place(buckets), cells)

    @cached_property
    def counts(self) -> Array:
        """(k,) of both sides together."""
        return np.bincount(self.cells, self.rows["count"].to_numpy(), len(self.values)).astype(np.float64)

    @cached_property
    def totals(self) -> tuple[Array, Array]:
        """(P,), (P,): how many numbers either side has."""
        mine, theirs = self.sum(np.ones((1, len(self.values))))
        return mine[0], theirs[0]

    def sum(self, weights: Array) -> tuple[Array, Array]:
        """(m, P), (m, P): sums of what each number weighs (m, k), of both sides."""
        counts, places = self.rows["count"].to_numpy(), self.rows["place"].to_numpy()
        many = len(self.exchange.chosen)
        return assign(self.exchange, np.stack([np.bincount(places, counts * one[self.cells], many) for one in weights]))

    def find(self, quantile: float) -> float:
        """The least value up to which that share of both sides lies."""
        cumulative = self.counts.cumsum()
        at = int(np.searchsorted(cumulative, quantile * cumulative[-1] * (1 - 1e-12)))
        return float(self.values[at])


def measure_numbers(exchange: Exchange) -> Iterator[Measured]:
    """All columns of numbers together, then each."""
    found = read_numbers(exchange, "number")
    yield from measure_together(found, "")
    for one in found:
        yield from measure_column(one)


def read_numbers(exchange: Exchange, family: str) -> list[Numbers]:
    """All columns of numbers that either side has any of."""
    every = [Numbers.of(exchange, kind) for kind in list_kinds(exchange, family)]
    return [one for one in every if len(one.values)]


def measure_together(several: list[Numbers], about: str) -> Iterator[Measured]:
    """The share of the candidate's numbers in the tails and outside the reference's range, whatever their column."""
    if several:
        total = np.sum([one.totals[1] for one in several], axis=0)
        beyond = np.sum([_sum_beyond(one, quantile)[1] for one in several for quantile in OUTER], axis=0)
        outside = np.sum([_count_outside(one) for one in several], axis=0)
        where = f" of {about}" if about else ""
        title = f"numbers{where} beyond the quantiles .01 and .99 of both sides together"
        yield Measured("tails", about, title, divide(beyond, total), "amount")
        title = f"numbers{where} outside the range of the reference"
        yield Measured("outside", about, title, divide(outside, total), "lacking")


def measure_column(numbers: Numbers) -> Iterator[Measured]:
    """Tails, scale, indices of long tails, heaps, and what lies outside the reference's range."""
    yield from _measure_tails(numbers)
    yield from _measure_scale(numbers)
    yield from _measure_indices(numbers)
    yield from _measure_heaps(numbers)
    outside = divide(_count_outside(numbers), numbers.totals[1])
    yield Measured("outside", numbers.name, f"{numbers.name} outside the range of the reference", outside, "lacking")


def _measure_tails(numbers: Numbers) -> Iterator[Measured]:
    """The share of the candidate's numbers beyond each quantile of both sides together, where it cuts any off."""
    for word, quantiles in (("below", LOW), ("above", HIGH)):
        last = None
        for quantile in quantiles:
            edge = numbers.find(quantile)
            mine, theirs = _sum_beyond(numbers, quantile)
            if edge != last and mine[0] + theirs[0] >= FEWEST:
                values = divide(theirs, numbers.totals[1])
                title = f"{numbers.name} {word} {spell(float(f'{edge:.6g}'))}"
                yield Measured(f"{word} {quantile:g}", numbers.name, title, values, "amount")
            last = edge


def _sum_beyond(numbers: Numbers, quantile: float) -> tuple[Array, Array]:
    """(P,), (P,): how many numbers of either side lie beyond a quantile, away from the middle."""
    edge = numbers.find(quantile)
    beyond = numbers.values < edge if quantile < 0.5 else numbers.values > edge
    mine, theirs = numbers.sum(beyond[None].astype(float))
    return mine[0], theirs[0]


def _measure_scale(numbers: Numbers) -> Iterator[Measured]:
    """The standard deviation of the candidate's numbers over the reference's, all cut to two quantiles."""
    largest = np.abs(numbers.values).max()
    low, middle, high = (numbers.find(q) / (largest or 1.0) for q in (WINSOR[0], 0.5, WINSOR[1]))
    if high > low:
        cut = np.clip(numbers.values / largest, low, high)
        z = (cut - middle) / (high - low)
        sums = numbers.sum(np.stack([z, z**2]))
        mine, theirs = (
            np.sqrt(np.maximum(divide(b, n) - divide(a, n) ** 2, 0))
            for (a, b), n in zip(sums, numbers.totals, strict=True)
        )
        title = f"{numbers.name}: standard deviation, over the reference's"
        yield Measured("scale", numbers.name, title, divide(theirs, mine), "amount")


def _measure_indices(numbers: Numbers) -> Iterator[Measured]:
    """The index of each long tail: the mean logarithm of numbers over the quantile at which it begins.

    B. Hill, A Simple General Approach to Inference about the Tail of a Distribution, Annals of Statistics 3:1163
    (1975).  Numbers of a tail P(X > x) ~ x^(-1/index) have no mean from 1 on and no variance from 1/2 on.
    """
    for word, sign, quantile in (("upper", 1.0, START), ("lower", -1.0, 1 - START)):
        values, edge = sign * numbers.values, sign * numbers.find(quantile)
        beyond = values > edge
        if edge <= 0 or numbers.counts[beyond].sum() < MANY:
            continue
        logs = np.where(beyond, np.log(np.where(beyond, values, edge)) - np.log(edge), 0.0)
        if (logs * numbers.counts).sum() >= LONG * numbers.counts[beyond].sum():
            _, (many, total) = numbers.sum(np.stack([beyond.astype(float), logs]))
            title = f"{numbers.name}: index of the {word} tail"
            yield Measured(f"{word} tail index", numbers.name, title, divide(total, many), "amount", share=False)


def _measure_heaps(numbers: Numbers) -> Iterator[Measured]:
    """The share of the candidate's numbers that are one of few that very many rows have."""
    counts = numbers.counts
    least = max(OFTEN * counts.sum(), ABOVE * float(np.median(counts)), FEWEST)
    heaps = np.argsort(-counts, kind="stable")[:HEAPS]
    heaps = heaps[counts[heaps] >= least]
    if len(heaps):
        _, theirs = numbers.sum(np.isin(np.arange(len(counts)), heaps)[None].astype(float))
        shown = ", ".join(str(spell(float(f"{value:.6g}"))) for value in numbers.values[heaps[:3]].tolist())
        title = f"{numbers.name}: numbers that many rows have ({shown}{', ...' * (len(heaps) > 3)})"
        yield Measured("heaps", numbers.name, title, divide(theirs[0], numbers.totals[1]), "amount")


def _count_outside(numbers: Numbers) -> Array:
    """(P,): how many of the candidate's numbers lie outside the range of the reference's.

    Beyond the reference's first and last number there are none but the candidate's.
    """
    exchange, places = numbers.exchange, numbers.rows["place"].to_numpy()
    k, mine = len(numbers.values), exchange.chosen == 0
    first, last = np.full(len(mine), k), np.full(len(mine), -1)
    np.minimum.at(first, places, numbers.cells)
    np.maximum.at(last, places, numbers.cells)
    low, high = np.where(mine, first[:, None], k).min(axis=0), np.where(mine, last[:, None], -1).max(axis=0)
    cumulative = np.append(0.0, numbers.counts.cumsum())
    return np.asarray(np.where(high < 0, cumulative[-1], cumulative[low] + cumulative[-1] - cumulative[high + 1]))
