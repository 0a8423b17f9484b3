"""Anchors with all their options at once, under every regime and curation, in blocks of any size.

What is refused is refused when the anchor is made, or its arm is resolved; all else does what it says.
"""

from dataclasses import dataclass
from itertools import islice, product

import numpy as np
import pytest
from scipy.stats import ks_2samp

import kellet
from kellet import Accumulate, Anchor, Arm, InputError, Points, Replace, Subsample, families, generations, worlds
from kellet.data.source import DataSet
from kellet.loop.curation import Quantile, Temperature, Verifier

REGIMES = [Replace(), Accumulate(), Subsample()]
CURATIONS = [None, Verifier(-1.0, 1.0), Quantile(0.8)]
SIZES = [12, (12, 7, 14)]
# One of all comparisons of laws is a false alarm once in ten thousand runs of everything.
ALPHA = 1e-8


def anchors():
    options = product(
        ("fresh", "fixed", "bank"), ({"count": 4}, {"share": 0.3}), (1.0, 2.5, "optimal"), (1, 3), (False, True),
        (False, True), (0.0, 0.5),
    )  # fmt: skip
    for draw, many, weight, every, once, random, contaminated in options:
        bank = {"bank": 9} if draw == "bank" else {}
        more = {"once": once, "random": random, "contaminated": contaminated}
        try:
            yield Anchor(draw=draw, weight=weight, every=every, **many, **bank, **more)
        except InputError as error:
            assert "Try " in str(error)


ANCHORS = list(anchors())
COMBINED = list(product(ANCHORS, REGIMES, CURATIONS, SIZES))
SOME = COMBINED[::11]
REST = [one for i, one in enumerate(COMBINED) if i % 11]


@dataclass(frozen=True)
class Numbered:
    """A world of real points, each with its own number, of which a reserve holds the later ones."""

    def open(self, replicates):
        return DataSet(np.arange(1000.0, 1060.0), np.arange(2000.0, 2100.0), np.arange(3000.0, 3040.0), replicates)


@dataclass(frozen=True)
class Silent:
    """Learns nothing, and writes what is normal."""

    def fit(self, evidence, rng, previous=None):
        return Silence(evidence.replicates)


@dataclass(frozen=True)
class Silence:
    replicates: int

    def sample(self, n, rng):
        return Points(rng.standard_normal((self.replicates, n)))


def size_of(sizes, t):
    return sizes if isinstance(sizes, int) else sizes[min(t, len(sizes) - 1)]


def expect(anchor, sizes, t):
    """How many points are taken for real in generation t, and what each weighs, spelt out anew."""
    n = size_of(sizes, t)
    room = size_of(sizes, 0) if anchor.draw == "fixed" else n
    k = 0 if t % anchor.every else 4 if anchor.count else round(0.3 * room)
    m = n - k
    return k, (1 + np.sqrt(1 + 4 * m / max(k, 1))) / 2 if anchor.weight == "optimal" else anchor.weight


def assert_batches(anchor, regime, curation, sizes, replicates):
    loop = generations(
        Numbered(), Silent(), size=sizes, anchor=anchor, regime=regime, curation=curation, replicates=replicates,
        rng=np.random.default_rng(5),
    )  # fmt: skip
    first, *later = islice(loop, 5)
    assert (first.evidence.weighed > 0).sum() == replicates * size_of(sizes, 0)
    whole, judged = size_of(sizes, 0), isinstance(curation, Verifier)
    for g in later:
        n, (k, weight) = size_of(sizes, g.t), expect(anchor, sizes, g.t)
        whole, dirty = whole + n, round(k * anchor.contaminated)
        there, origins = g.evidence.weighed > 0, g.evidence.origins
        count = there.sum(axis=1)
        assert (g.evidence.values[there] >= 1000).tolist() == (origins[there] == 0).tolist()
        if isinstance(regime, Accumulate):
            assert (count <= whole).all() if judged else (count == whole).all()
            continue
        # A judge refuses what is written, also what is taken for real; a pool always has more.
        sure = not judged or (isinstance(regime, Subsample) and not dirty)
        assert (count == n).all() if sure else (count <= n).all()
        reserve = there & (g.evidence.values >= 2000)
        if isinstance(regime, Subsample):
            assert anchor.random or (reserve.sum(axis=1) >= k - dirty).all()
            continue
        assert anchor.random or (reserve.sum(axis=1) == k - dirty).all()
        assert all(len(set(values[own])) == own.sum() for values, own in zip(g.evidence.values, reserve, strict=True))
        # What is written counts once, but for what is taken for real.
        assert np.allclose(g.evidence.weighed[reserve], weight)
        written = there & ~reserve
        heavy = written & (g.evidence.weighed != 1)
        assert np.allclose(g.evidence.weighed[heavy], weight)
        expected = dirty if weight != 1 else 0
        assert (heavy.sum(axis=1) <= expected).all() if judged else (heavy.sum(axis=1) == expected).all()


@pytest.mark.parametrize("replicates", [1, 7])
def test_training_sets_hold_what_they_should(replicates):
    for combination in SOME:
        assert_batches(*combination, replicates)


@pytest.mark.slow
@pytest.mark.parametrize("replicates", [1, 7, 1000])
def test_all_training_sets_hold_what_they_should(replicates):
    for combination in REST:
        assert_batches(*combination, replicates)
