"""Richness: how many kinds of things there are, seen and unseen, and how evenly they occur.

Two samples are compared where they are equally complete: at the same coverage, which is the share of the law that
belongs to the keys of a sample.  So their sizes make no difference.

I. Good, The Population Frequencies of Species, Biometrika 40:237 (1953); A. Chao and L. Jost, Coverage-based
Rarefaction and Extrapolation, Ecology 93:2533 (2012); A. Chao, Y. Wang and L. Jost, Entropy and the Species
Accumulation Curve, Methods in Ecology and Evolution 4:1091 (2013); A. Chao et al., Rarefaction and Extrapolation with
Hill Numbers, Ecological Monographs 84:45 (2014).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kellet.audit.exchange import Exchange, divide
from kellet.audit.finding import Measured
from kellet.evidence import Array, Integers

FEW = 1023
"""Counts up to here are told apart; of larger ones only sums are needed, unless a sample is made far smaller."""
WHOLE = 8
"""From so many expected occurrences on, x log x is averaged by its expansion, whose next term is below 1e-3."""
TERMS = 32
"""Of a series, before the rest of it is an integral."""
STEPS = 24
"""Of a bisection in the logarithm of the size."""
SAMPLED = "{} has so many keys that a sample of them is kept: its entropy and numbers of kinds are not told."


def measure_richness(exchange: Exchange, kind: str, about: str = "") -> Iterator[Measured]:
    """Of the candidate by that of the reference: missing mass, entropy, and Hill numbers at equal coverage.

    Where keys are sampled, only the missing mass is told, and `note_sampling` says so.
    """
    mine, theirs = sample(exchange, kind)
    yield Measured(
        "missing mass", about, "share not seen yet, Good-Turing", divide(theirs.missing, mine.missing), "amount"
    )
    if exchange.level(kind):
        return
    yield Measured("entropy", about, "entropy, Chao-Wang-Jost", divide(theirs.entropy, mine.entropy), "amount")
    double = np.minimum(mine.coverage(2 * mine.n), theirs.coverage(2 * theirs.n))
    level = np.minimum(np.maximum(mine.coverage(mine.n), theirs.coverage(theirs.n)), double)
    sizes = [side.reach(level) for side in (mine, theirs)]
    for order, title in enumerate(("number of kinds", "effective number of kinds", "number of dominant kinds")):
        one, other = (side.hill(order, m) for side, m in zip((mine, theirs), sizes, strict=True))
        yield Measured(f"hill {order}", about, f"{title}, at equal coverage", divide(other, one), "amount")


def note_sampling(exchange: Exchange, kind: str) -> str | None:
    """What can't be told of a kind whose keys are sampled; None where they aren't."""
    return SAMPLED.format(kind) if exchange.level(kind) else None


@dataclass(frozen=True, eq=False)
class Sample:
    """One sample of n occurrences in each column, (P,) everything that follows.

    n: its size.  counts: (R,) how often a key occurs, ascending, up to `FEW`.  keys: (R, P) how many keys do.
    large, mass, logs, digammas, pairs: of keys that occur more often, their number, and the sums of x, x log x,
    x psi(x) and x (x - 1).
    """

    n: Array
    counts: Array
    keys: Array
    large: Array
    mass: Array
    logs: Array
    digammas: Array
    pairs: Array

    @staticmethod
    def of(x: NDArray[np.int64]) -> Sample:
        """Of counts (k, P)."""
        return _Sums(x.shape[1]).add(x).close()

    @property
    def distinct(self) -> Array:
        """Keys that were seen."""
        return np.asarray(self.keys.sum(axis=0) + self.large)

    @property
    def missing(self) -> Array:
        """The share of the law that belongs to keys which were not seen: f1 (1 - A) / n."""
        return self._times(1) * (1 - self.turning) / np.maximum(self.n, 1)

    @cached_property
    def turning(self) -> Array:
        """A = 2 f2 / ((n - 1) f1 + 2 f2), the mean probability of keys that were seen once."""
        once, twice = self._times(1), self._times(2)
        # Where no key occurs twice, f2 is put at its least that fits f1 pairs (Chao et al. 2014, eq. 9).
        first, second = np.where(twice > 0, once, np.maximum(once - 1, 0)), np.maximum(twice, 1)
        return np.where(once > 0, 2 * second / ((self.n - 1) * first + 2 * second), 1.0)

    @property
    def entropy(self) -> Array:
        """In nats, of the whole law, by Chao, Wang and Jost (2013).

        The sum of x/n (psi(n) - psi(x)), and for what was not seen f1/n (1 - A)^(1-n) sum_(r >= n) (1 - A)^r / r.
        """
        from scipy.special import digamma

        n = np.maximum(self.n, 1)
        seen = digamma(n) - ((self.counts * digamma(self.counts)) @ self.keys + self.digammas) / n
        return np.asarray(seen + self._times(1) / n * _sum_rest(1 - self.turning, n))

    def coverage(self, m: Array) -> Array:
        """The share of the law that a sample of m occurrences has seen (Chao and Jost 2012, eqs. 4 and 12)."""
        beyond = 1 - self._times(1) / self.n * (1 - self.turning) ** (np.maximum(m - self.n, 0) + 1)
        within = 1 - (self.counts[:, None] / self.n * self.keys * self._absent(m, self.n - 1)).sum(axis=0)
        return np.asarray(np.where(m < self.n, within, beyond))

    def reach(self, level: Array) -> Array:
        """The size at which coverage has a level: at most double the size."""
        with np.errstate(divide="ignore", invalid="ignore"):
            further = np.log((1 - level) * self.n / self._times(1)) / np.log1p(-self.turning) - 1
        further = np.where(np.isfinite(further), np.clip(further, 0, self.n), 0.0)
        smaller = level < self.coverage(self.n) - 1e-12
        found = self.n + further
        if smaller.any():
            found[smaller] = self._pick(smaller)._shrink(level[smaller])
        return found

    def hill(self, order: int, m: Array) -> Array:
        """The effective number of keys in a sample of m occurrences, of order 0, 1 or 2 (Chao et al. 2014, table 1)."""
        if order == 0:
            unseen = self._times(1) * (1 - self.turning) / (self.n * self.turning)
            beyond = self.distinct + unseen * (1 - (1 - self.turning) ** np.maximum(m - self.n, 0))
            return np.where(m < self.n, self.distinct - (self.keys * self._absent(m, self.n)).sum(axis=0), beyond)
        if order == 2:
            pairs = (self.counts * (self.counts - 1)) @ self.keys + self.pairs
            return np.asarray(m / (1 + (m - 1) * pairs / np.maximum(self.n * (self.n - 1), 1)))
        logs = (self.counts * np.log(self.counts)) @ self.keys + self.logs
        part = self.n / np.maximum(m, self.n)
        exponent = part * (np.log(self.n) - logs / self.n) + (1 - part) * self.entropy
        smaller = m < self.n
        if smaller.any():
            exponent[smaller] = self._pick(smaller)._thin(m[smaller])
        return np.exp(exponent)

    def _thin(self, m: Array) -> Array:
        """The expected entropy of m occurrences among the n, 1 <= m < n: log m - E sum K log K / m."""
        from scipy.special import gammaln, xlogy

        def choose(a: Array, b: Array) -> Array:
            with np.errstate(invalid="ignore"):
                return np.where((b >= 0) & (b <= a), gammaln(a + 1) - gammaln(b + 1) - gammaln(a - b + 1), -np.inf)

        share = m / self.n
        many = self.counts * share.min() >= WHOLE
        x = self.counts[many, None]
        mean = np.where(x > 0, x, 1) * share
        curve = xlogy(mean, mean) + (1 - share) / 2 + (1 - share**2) / (12 * mean)
        total = (self.keys[many] * curve).sum(axis=0)
        total += share * self.logs + share * np.log(share) * self.mass + (1 - share) / 2 * self.large
        for once, keys in zip(self.counts[~many], self.keys[~many], strict=True):
            k = np.arange(2, once + 1)[:, None]
            chance = np.exp(choose(np.full_like(k, once, float), k) + choose(self.n - once, m - k) - choose(self.n, m))
            total += keys * (k * np.log(k) * chance).sum(axis=0)
        return np.asarray(np.log(m) - total / m)

    def _shrink(self, level: Array) -> Array:
        """The size below n at which coverage has a level, whole."""
        low, high = np.zeros_like(self.n), np.log(self.n)
        for _ in range(STEPS):
            middle = (low + high) / 2
            less = self.coverage(np.exp(middle)) < level
            low, high = np.where(less, middle, low), np.where(less, high, middle)
        return np.rint(np.exp(high))

    def _absent(self, m: Array, n: Array) -> Array:
        """(R, P) the chance that m of the n draws are none of x: C(self.n - x, m) / C(n, m)."""
        from scipy.special import gammaln

        left = self.n - self.counts[:, None] - m + 1
        top = gammaln(np.maximum(self.n - self.counts[:, None], 0) + 1) - gammaln(np.where(left > 0, left, 1))
        return np.where(left > 0, np.exp(top - gammaln(n + 1) + gammaln(np.maximum(n - m, 0) + 1)), 0.0)

    def _times(self, x: int) -> Array:
        """How many keys occur x times."""
        found = self.keys[self.counts == x]
        return found[0] if len(found) else np.zeros_like(self.n)

    def _pick(self, columns: NDArray[np.bool_]) -> Sample:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return Sample(**{name: v if name == "counts" else v[..., columns] for name, v in values.items()})


class _Sums:
    """What keys add up to, part by part."""

    def __init__(self, many: int) -> None:
        self.keys, self.sums = np.zeros((FEW + 2, many)), np.zeros((5, many))

    def add(self, x: NDArray[np.int64], weights: Integers | None = None) -> _Sums:
        """Counts (k, P); weights: (k,) of how many keys each."""
        from scipy.special import digamma

        many = x.shape[1]
        flat = np.minimum(x, FEW + 1) * many + np.arange(many)
        each = np.ones(len(x)) if weights is None else weights.astype(float)
        self.keys += np.bincount(flat.ravel(), np.repeat(each, many), (FEW + 2) * many).reshape(-1, many)
        self.sums[0] += each @ x
        large = (x > FEW).any(axis=1)
        often, each = np.where(x[large] > FEW, x[large], 0), each[large]
        # Few different counts have logarithms that have to be found.
        values, places = np.unique(often, return_inverse=True)
        places, values = places.reshape(often.shape), values.astype(float)
        safe = np.maximum(values, 1)
        for i, part in enumerate((values, values * np.log(safe), values * digamma(safe), values * (values - 1)), 1):
            self.sums[i] += each @ part[places]
        return self

    def close(self, n: Array | None = None, share: float = 1.0) -> Sample:
        """n: occurrences of all keys, where only a share of them was added."""
        there = np.flatnonzero(self.keys[1 : FEW + 1].any(axis=1)) + 1
        n = self.sums[0] if n is None else n
        return Sample(n, there.astype(float), self.keys[there] / share, self.keys[FEW + 1], *self.sums[1:])


def sample(exchange: Exchange, kind: str) -> tuple[Sample, Sample]:
    """The occurrences of a kind on either side."""
    sides = [_Sums(exchange.chosen.shape[1]) for _ in range(2)]
    for weights, *parts in exchange.patterns(kind):
        for side, part in zip(sides, parts, strict=True):
            side.add(part, weights)
    share, sizes = 2.0 ** -exchange.level(kind), exchange.occurrences(kind)
    mine, theirs = (side.close(n.astype(float), share) for side, n in zip(sides, sizes, strict=True))
    return mine, theirs


def _sum_rest(a: Array, n: Array) -> Array:
    """The sum of a^(j + 1) / (n + j) over j >= 0, 0 <= a < 1: some terms, and the others by Euler and Maclaurin."""
    from scipy.special import exp1

    j = np.arange(TERMS)[:, None]
    start, slope = n + TERMS, -np.log(np.maximum(a, 1e-300))
    z = np.minimum(slope * start, 500)
    integral = np.where(slope * start < 500, np.exp(z) * exp1(z), 1 / (slope * start))
    rest = integral + 1 / (2 * start) + (slope / start + 1 / start**2) / 12
    return np.asarray((a ** (j + 1) / (n + j)).sum(axis=0) + a ** (TERMS + 1) * rest)
