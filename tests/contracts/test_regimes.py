"""What every regime and every anchor must obey.  A new member is one line in REGIMES or ANCHORS."""

from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare, hypergeom

from kellet import Accumulate, Anchor, Counts, InputError, Moments, Points, Replace, Subsample, Window, generations
from kellet.data.source import DataSet
from kellet.families import Categorical, Gaussian
from kellet.loop.regimes import pool, subsample
from kellet.worlds import Normal, categorical

# A handful of chi-square tests, each with this false-alarm rate.
ALPHA = 1e-7

REGIMES = [Replace(), Accumulate(), Subsample(), Window(3)]
KINDS = {
    "Points": lambda points: points,
    "Moments": lambda points: Moments.of(points.values),
    "Counts": lambda points: Categorical(size=100).summarise(points),
}
every_regime = pytest.mark.parametrize("regime", REGIMES, ids=repr)
# Statistics alone are not enough for every regime.
KEPT = [
    (regime, kind)
    for regime in REGIMES
    for kind, keep in KINDS.items()
    if kind == "Points" or not regime.needs_points(type(keep(Points(np.zeros((1, 2), dtype=int)))))
]


def batch(first, n, origin):
    """n points per replicate, no two of them alike."""
    return Points(np.stack([np.arange(first, first + n)] * 3), origin=origin)


def history(regime, kind, real=3, written=9, steps=4):
    """The evidence of a few generations, of 12 points each."""
    keep, rng = KINDS[kind], np.random.default_rng(0)
    memory = keep(batch(0, real + written, 0))
    for t in range(1, steps + 1):
        anchored = keep(batch(20 * t, real, 0)) if real else None
        model = keep(batch(20 * t + real, written, t)) if written else None
        evidence, memory = regime.next(memory, anchored, model, written, rng)
        yield evidence


@pytest.mark.parametrize(("regime", "kind"), KEPT, ids=repr)
@pytest.mark.parametrize(("real", "written"), [(3, 9), (0, 12), (12, 0)])
def test_a_training_set_counts_as_many_batches_as_the_regime_says(regime, kind, real, written):
    said = {"accumulate": [2, 3, 4, 5], "window": [2, 3, 3, 3]}.get(regime.__struct_config__.tag, [1, 1, 1, 1])
    for t, evidence in enumerate(history(regime, kind, real, written), start=1):
        assert np.allclose(evidence.count, 12 * regime.batches(t))
        assert regime.batches(t) == said[t - 1]
        assert evidence.replicates == 3


@every_regime
def test_a_regime_asks_for_single_points_only_where_statistics_are_not_enough(regime):
    assert not regime.needs_points(Counts)
    assert regime.needs_points(Moments) == isinstance(regime, Subsample)


def test_replace_keeps_the_newest_batch_alone():
    for t, evidence in enumerate(history(Replace(), "Points"), start=1):
        assert (evidence.values == np.arange(20 * t, 20 * t + 12)).all()
        assert (evidence.origins == [0] * 3 + [t] * 9).all()


def test_accumulate_keeps_everything():
    *_, evidence = history(Accumulate(), "Points")
    expected = np.concatenate([np.arange(20 * t, 20 * t + 12) for t in range(5)])
    assert (np.sort(evidence.values) == expected).all()
    assert (
        np.sort(evidence.origins) == np.sort([0] * 12 + [t if i > 2 else 0 for t in range(1, 5) for i in range(12)])
    ).all()


def test_a_window_keeps_the_newest_batches_and_the_real_one_leaves_it():
    for t, evidence in enumerate(history(Window(3), "Points"), start=1):
        batches = range(max(0, t - 2), t + 1)
        assert (evidence.values == np.concatenate([np.arange(20 * s, 20 * s + 12) for s in batches])).all()
        origins = [s if s and i > 2 else 0 for s in batches for i in range(12)]
        assert (evidence.origins == origins).all()


@pytest.mark.parametrize("generations", [0, -1])
def test_a_window_without_a_batch_is_refused(generations):
    with pytest.raises(InputError, match="a window of at least 1 generation; got "):
        Window(generations)


@pytest.mark.parametrize("kind", ["Points", "Counts"])
def test_subsample_takes_the_anchor_and_draws_the_rest_from_everything(kind):
    past = set()
    for t, evidence in enumerate(history(Subsample(), kind), start=1):
        past |= set(range(20 * (t - 1), 20 * (t - 1) + 12)) | set(range(20 * t, 20 * t + 12))
        for row in range(3):
            if kind == "Points":
                found = sorted(evidence.values[row])
                drawn = sorted(evidence.values[row, 3:])
            else:
                counts = evidence.dense()[row]
                found = sorted(np.repeat(np.arange(100), counts))
                drawn = sorted(set(found) - set(range(20 * t, 20 * t + 3))) if counts.max() < 2 else []
            assert set(range(20 * t, 20 * t + 3)) <= set(found)
            assert set(found) <= past
            # Nothing is drawn twice; the anchor alone may be met again in the pool.
            assert len(set(drawn)) == len(drawn)


def test_points_are_drawn_without_replacement_and_every_set_of_them_equally_often():
    everything = Points(np.broadcast_to(np.arange(7), (35 * 200, 7)))
    drawn = subsample(everything, 3, np.random.default_rng(1)).values
    which = {chosen: i for i, chosen in enumerate(combinations(range(7), 3))}
    seen = np.bincount([which[tuple(sorted(row))] for row in drawn], minlength=35)
    assert chisquare(seen).pvalue > ALPHA


def test_counts_are_drawn_by_the_hypergeometric_law():
    everything = Counts(np.broadcast_to(np.array([5, 0, 3, 4]), (20_000, 4)))
    drawn = subsample(everything, 6, np.random.default_rng(2)).values
    assert (drawn.sum(axis=1) == 6).all()
    assert (drawn <= [5, 0, 3, 4]).all()
    for category, there in ((0, 5), (2, 3), (3, 4)):
        law = hypergeom(12, there, 6).pmf(np.arange(there + 1)) * len(drawn)
        assert chisquare(np.bincount(drawn[:, category], minlength=there + 1), law).pvalue > ALPHA


def test_points_of_weight_zero_are_never_drawn():
    weights = np.broadcast_to((np.arange(9) % 3 > 0).astype(float), (500, 9))
    drawn = subsample(Points(np.broadcast_to(np.arange(9), (500, 9)), weights), 6, np.random.default_rng(3))
    assert (np.sort(drawn.values) == [1, 2, 4, 5, 7, 8]).all()


@pytest.mark.parametrize("n", [1, 5, 9])
def test_drawing_all_points_or_one_is_a_draw_too(n):
    drawn = subsample(Points(np.broadcast_to(np.arange(9), (4, 9))), n, np.random.default_rng(4))
    assert drawn.values.shape == (4, n)
    assert all(len(set(row)) == n for row in drawn.values)


def test_pooling_skips_what_is_not_there():
    one = Counts(np.ones((1, 3)))
    assert pool(None, one) is one
    assert (pool(one, None, one).values == 2).all()


# Anchors, watched from inside the loop on a data set in which every real point has its own number.


@dataclass(frozen=True)
class Numbered:
    """A world of training points 0 to 59, reserve points 100 to 139 and held-out points 200 to 239."""

    def open(self, replicates):
        return DataSet(np.arange(60.0), np.arange(100.0, 140.0), np.arange(200.0, 240.0), replicates)


@dataclass(frozen=True)
class Silent:
    """Learns nothing and writes -1."""

    def fit(self, evidence, rng, previous=None):
        return Silence(evidence.replicates)


@dataclass(frozen=True)
class Silence:
    replicates: int

    def sample(self, n, rng):
        return Points(np.full((self.replicates, n), -1.0))


ANCHORS = [
    Anchor(1),
    Anchor(4),
    Anchor(4, once=True),
    Anchor(4, weight=2.5),
    Anchor(share=0.2),
    Anchor(1, draw="fixed"),
    Anchor(4, draw="fixed"),
    Anchor(share=0.2, draw="fixed", weight=3.0),
    Anchor(4, draw="bank", bank=9),
    Anchor(4, draw="bank", bank=4),
    Anchor(share=0.2, draw="bank", bank=9, weight=0.5),
]
every_anchor = pytest.mark.parametrize("anchor", ANCHORS, ids=repr)


def watched(anchor, steps=9, size: Any = 20, **settings):
    settings = {"size": size, "anchor": anchor, "replicates": 5, "rng": np.random.default_rng(7)} | settings
    return list(islice(generations(Numbered(), Silent(), **settings), steps))


def real_points(g):
    """(R, k): the real points of a generation, in order of their numbers."""
    rows = [np.sort(row[origin == 0]) for row, origin in zip(g.evidence.values, g.evidence.origins, strict=True)]
    return np.array(rows)


@every_anchor
def test_every_generation_has_its_real_points_and_no_more(anchor):
    first, *later = watched(anchor)
    assert (first.evidence.origins == 0).all()
    assert first.evidence.size == 20
    for g in later:
        real = g.evidence.origins == 0
        assert (real.sum(axis=1) == anchor.points(20)).all()
        assert (g.evidence.origins[~real] == g.t).all()
        assert (g.evidence.values[~real] == -1).all()
        assert (g.evidence.weighed == np.where(real, anchor.weight, 1.0)).all()
        assert g.evidence.size == 20


@every_anchor
def test_anchors_come_from_the_reserve_and_no_model_ever_sees_a_held_out_point(anchor):
    first, *later = watched(anchor)
    assert (real_points(first) < 140).all()
    for g in later:
        assert ((real_points(g) >= 100) & (real_points(g) < 140)).all()


@every_anchor
def test_no_real_point_is_met_twice_in_one_generation(anchor):
    for g in watched(anchor):
        assert (np.diff(real_points(g), axis=1) > 0).all()


@every_anchor
def test_replicates_have_anchors_of_their_own(anchor):
    rows = [real_points(g) for g in watched(anchor)[1:]]
    together = np.concatenate(rows, axis=1)
    assert len({tuple(row) for row in together}) > 2


@pytest.mark.parametrize("anchor", [a for a in ANCHORS if a.draw == "fixed"], ids=repr)
def test_a_fixed_anchor_is_the_same_points_from_the_first_generation_on(anchor):
    first, *later = watched(anchor)
    for g in later:
        assert (real_points(g) == real_points(later[0])).all()
    for before, fixed in zip(real_points(first), real_points(later[0]), strict=True):
        assert set(fixed) <= set(before)


@pytest.mark.parametrize("anchor", [a for a in ANCHORS if a.draw == "bank"], ids=repr)
def test_a_bank_is_the_same_points_of_which_each_generation_draws_some(anchor):
    first, *later = watched(anchor, steps=60)
    for row in range(5):
        met = {x for g in later for x in real_points(g)[row]}
        assert len(met) == anchor.bank
        assert set(real_points(first)[row]) & set(range(100, 140)) <= met


@pytest.mark.parametrize("anchor", [Anchor(1), Anchor(4), Anchor(share=0.2)], ids=repr)
def test_fresh_points_of_a_data_set_may_come_back_in_a_later_generation(anchor):
    later = watched(anchor, steps=60)[1:]
    met = np.concatenate([real_points(g) for g in later], axis=1)
    for row in met:
        assert len(set(row)) <= 40 < len(row)
    assert len({tuple(real_points(g)[0]) for g in later}) > 25


def test_points_used_once_never_come_back_and_running_out_is_told_with_both_numbers():
    loop = generations(
        Numbered(), Silent(), size=20, anchor=Anchor(4, once=True), replicates=5, rng=np.random.default_rng(7)
    )
    met = np.concatenate([real_points(g) for g in islice(loop, 1, 11)], axis=1)
    assert (np.sort(met) == np.arange(100, 140)).all()
    assert len({tuple(row) for row in met}) == 5
    with pytest.raises(InputError, match=r"at least 44 points in the reserve so far.*; got 40\. Try "):
        next(loop)


def test_sizes_may_differ_from_generation_to_generation():
    sizes = [g.evidence.size for g in watched(Anchor(share=0.25), steps=5, size=(20, 8, 12))]
    shares = [real_points(g).shape[1] for g in watched(Anchor(share=0.25), steps=5, size=(20, 8, 12))]
    assert sizes == [20, 8, 12, 12, 12]
    assert shares == [20, 2, 3, 3, 3]


def test_a_fixed_anchor_stays_what_it_is_while_sizes_grow():
    first, *later = watched(Anchor(share=0.25, draw="fixed"), steps=4, size=(8, 12, 20))
    assert [g.evidence.size for g in later] == [12, 20, 20]
    for g in later:
        assert (real_points(g) == real_points(later[0])).all()
        assert real_points(g).shape[1] == 2
    assert first.evidence.size == 8


def test_with_nothing_but_real_points_nothing_is_written():
    for g in watched(Anchor(share=1.0)):
        assert (g.evidence.origins == 0).all()


@pytest.mark.parametrize("size", [0, -5, (10, 0)])
def test_a_generation_without_points_is_refused(size):
    with pytest.raises(InputError, match="a size of at least 1 point"):
        watched(None, size=size)


WORLDS = {"normal": (Normal(), Gaussian()), "categorical": (categorical([0.5, 0.3, 0.2]), Categorical(size=3))}
# Of counts, whole ones alone can be drawn from.
COUNTED = [
    (world, regime, anchor)
    for world in WORLDS
    for regime in REGIMES
    for anchor in ANCHORS
    if world == "normal" or not isinstance(regime, Subsample) or anchor.weight == 1
]


@pytest.mark.parametrize(("world", "regime", "anchor"), COUNTED, ids=repr)
def test_statistics_count_what_points_would(world, regime, anchor):
    world, family = WORLDS[world]
    loop = generations(world, family, size=20, regime=regime, anchor=anchor, replicates=2, rng=np.random.default_rng(0))
    extra = (anchor.weight - 1) * anchor.points(20)
    for g in islice(loop, 5):
        batches = regime.batches(g.t)
        count = 20 * batches + min(batches, g.t) * extra
        if isinstance(regime, Subsample) and anchor.weight != 1:
            # Real points that are drawn from the pool count more than once, too.
            assert (np.asarray(g.evidence.count) >= min(count, 20 * min(1, anchor.weight))).all()
        else:
            assert np.allclose(g.evidence.count, count)


@pytest.mark.parametrize(
    ("window", "other"), [(Window(1), Replace()), (Window(5), Accumulate()), (Window(99), Accumulate())], ids=repr
)
@pytest.mark.parametrize("anchor", [None, *ANCHORS], ids=repr)
@pytest.mark.parametrize("world", WORLDS)
def test_the_shortest_window_is_replace_and_the_longest_accumulate(world, anchor, window, other):
    world, family = WORLDS[world]
    settings = {"size": (20, 24, 30), "anchor": anchor, "replicates": 3}
    one, two = (
        generations(world, family, regime=regime, rng=np.random.default_rng(1), **settings)
        for regime in (window, other)
    )
    for a, b in islice(zip(one, two, strict=True), 5):
        for name in ("mean", "variance") if isinstance(family, Gaussian) else ("probabilities",):
            assert (getattr(a.model, name) == getattr(b.model, name)).all()
