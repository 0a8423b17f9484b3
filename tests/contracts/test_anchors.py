"""Anchors with all their options at once, under every regime and curation, in blocks of any size.

What is refused is refused when the anchor is made, or its arm is resolved; all else does what it says.
"""

from dataclasses import dataclass
from itertools import islice, product

import numpy as np
import pytest
from scipy.stats import chisquare, ks_2samp

import kellet
from kellet import (
    Accumulate,
    Anchor,
    Arm,
    InputError,
    Points,
    Replace,
    Subsample,
    Window,
    families,
    generations,
    worlds,
)
from kellet.data.source import DataSet
from kellet.loop.curation import Quantile, Temperature, Verifier

REGIMES = [Replace(), Accumulate(), Window(3), Subsample()]
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
    judged = isinstance(curation, Verifier)
    for g in later:
        n, (k, weight) = size_of(sizes, g.t), expect(anchor, sizes, g.t)
        dirty = round(k * anchor.contaminated)
        there, origins = g.evidence.weighed > 0, g.evidence.origins
        count = there.sum(axis=1)
        assert (g.evidence.values[there] >= 1000).tolist() == (origins[there] == 0).tolist()
        if (batches := regime.batches(g.t)) > 1 and not isinstance(regime, Subsample):
            whole = sum(size_of(sizes, t) for t in range(g.t + 1 - batches, g.t + 1))
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


def test_any_point_of_a_reserve_may_be_one_of_those_that_chance_chooses():
    loop = generations(
        Numbered(),
        Silent(),
        size=(60, 100),
        anchor=Anchor(share=0.5, random=True),
        replicates=2000,
        rng=np.random.default_rng(1),
    )
    later = next(islice(loop, 1, None)).evidence
    seen = later.values[(later.weighed > 0) & (later.values >= 2000)].astype(int)
    assert chisquare(np.bincount(seen - 2000, minlength=100)).pvalue > ALPHA


# One law in any block.

FAMILIES = [
    (worlds.Normal(), families.Gaussian()),
    (worlds.Bernoulli(0.4), families.Bernoulli()),
    (worlds.Poisson(2.0), families.Poisson()),
    (worlds.Zipf(4), families.Categorical(size=4)),
]
WRITTEN = [None, Verifier(-1.0, 2.0), Quantile(0.7), Temperature(0.8)]
LAWS = [
    one
    for one in product(FAMILIES, ANCHORS, REGIMES, WRITTEN)
    if not (
        isinstance(one[0][1], families.Categorical | families.Poisson | families.Bernoulli)
        and isinstance(one[3], Quantile)
    )
    and not (isinstance(one[0][1], families.Poisson) and one[3] is not None)
    and not (isinstance(one[0][1], families.Categorical) and isinstance(one[2], Subsample) and one[1].weight != 1)
]


def learn(world_and_family, anchor, regime, curation, replicates, seed, size=(12, 7, 14), t=3):
    """(R,): the mean that generation t learns, or the variance."""
    world, family = world_and_family
    loop = generations(
        world, family, size=size, anchor=anchor, regime=regime, curation=curation, replicates=replicates,
        rng=np.random.default_rng([3, seed]),
    )  # fmt: skip
    model = next(islice(loop, t, None)).model
    return model.dense()[:, 0] if isinstance(family, families.Categorical) else model.variance


def assert_same_law(*combination, blocks=(1, 7), alone=300, **settings):
    together = learn(*combination, 1000, 0, **settings)
    for block in blocks:
        apart = np.concatenate([learn(*combination, block, 1 + i, **settings) for i in range(-(-alone // block))])
        assert ks_2samp(together, apart).pvalue > ALPHA, combination


@pytest.mark.parametrize(
    ("anchor", "regime", "curation"),
    [
        (Anchor(share=0.5, random=True), Subsample(), None),
        (Anchor(share=0.3, random=True, weight=2.5), Replace(), Quantile(0.8)),
        (Anchor(share=0.0), Subsample(), Verifier(-0.5, 0.5)),
    ],
    ids=repr,
)
def test_what_a_replicate_learns_does_not_depend_on_the_others(anchor, regime, curation):
    assert_same_law(FAMILIES[0], anchor, regime, curation, blocks=(1,), alone=700, size=4, t=6)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(8))
def test_what_a_replicate_learns_never_depends_on_the_others(part):
    for combination in LAWS[part::64]:
        assert_same_law(*combination)


# Theory, where it speaks.


def assert_theory_agrees(world, family, sizes, regime, chosen, replicates=1500, times=4):
    arms = {str(anchor): Arm(regime=regime, anchor=anchor) for anchor in chosen}
    if isinstance(family, families.Categorical) and isinstance(regime, Subsample):
        arms = {name: arm for name, arm in arms.items() if arm.anchor.weight == 1}
    watched = ("heterozygosity",) if isinstance(family, families.Categorical) else ("variance_ratio", "mean_drift")
    run = kellet.run(
        world=world, family=family, size=sizes, arms=arms, generations=times, replicates=replicates, block=replicates,
        seed=2, metrics=watched,
    )  # fmt: skip
    known, compared = kellet.predict(run.experiment), 0
    for name, metrics in known.items():
        for metric in sorted(metrics.keys() & set(watched)):
            prediction = metrics[metric]
            seen = run.values(name, metric)
            error = seen.std(axis=0) / np.sqrt(len(seen))
            assert (abs(seen.mean(axis=0) - prediction.values) < 5.5 * error + 1e-12).all(), (name, metric)
            compared += 1
    return compared


SCHEDULES = [12, 5, (12, 7, 14), (14, 15, 14, 25)]


@pytest.mark.parametrize("regime", REGIMES, ids=repr)
def test_theory_counts_the_points_that_the_loop_counts(regime):
    assert assert_theory_agrees(*FAMILIES[1], (14, 15, 14, 25), regime, ANCHORS[::4]) > 5


@pytest.mark.slow
@pytest.mark.parametrize("sizes", SCHEDULES, ids=repr)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: type(one[1]).__name__)
def test_theory_counts_all_points_that_the_loop_counts(family, sizes):
    chosen = [anchor for anchor in ANCHORS if not (anchor.contaminated and sizes == (14, 15, 14, 25))]
    if sizes == 5:
        chosen = [anchor for anchor in chosen if not anchor.contaminated or anchor.count]
    for regime in REGIMES:
        assert assert_theory_agrees(*family, sizes, regime, chosen) > 5


@pytest.mark.parametrize(
    ("sizes", "anchor"),
    [
        ((14, 15, 14), Anchor(share=0.1)),
        ((5, 5), Anchor(share=0.1)),
        (20, Anchor(8, contaminated=0.5, weight="optimal")),
    ],
    ids=repr,
)
def test_shares_and_weights_of_what_is_taken_for_real_are_those_of_the_loop(sizes, anchor):
    assert assert_theory_agrees(*FAMILIES[0], sizes, Replace(), [anchor], replicates=4000, times=25) == 2
