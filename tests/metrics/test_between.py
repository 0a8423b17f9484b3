"""What lies between writers, against what can be computed by hand, by brute force, and by theory."""

from itertools import combinations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.special import ndtr

import kellet
from kellet import Points, worlds
from kellet.data.source import Corpus, DataSet
from kellet.data.tokens import Pieces
from kellet.laws import Frequencies, MultivariateNormal, Normal
from kellet.loop.pool.settings import Detector, Humans, Pool, Writer
from kellet.metrics import Look, real_of
from kellet.metrics.between import BETWEEN
from kellet.metrics.catalogue import find_metric
from kellet.metrics.differentiation import list_pairs
from kellet.metrics.distance import directions
from kellet.theory.islands import Islands
from kellet.theory.pool import minority_after

THREE = worlds.categorical([0.5, 0.3, 0.2])
LAWS = ("differentiation", "writers_apart", "writers_distance")


class Writes:
    """A model that always writes the same points (R, n, ...)."""

    def __init__(self, points):
        self.points = np.asarray(points)

    def sample(self, n, rng):
        return Points(self.points)


def look_at(models, world, gone=None, first=None, size=10):
    """All writers of a pool together, as a recorder looks at them."""
    real, rng = real_of(world.open(1)), np.random.default_rng(0)
    first = [None] * len(models) if first is None else first
    looks = tuple(Look(model, real, size, rng, one) for model, one in zip(models, first, strict=True))
    first_values = next(iter(v for v in vars(models[0]).values() if isinstance(v, np.ndarray)))
    gone = np.zeros((len(models), len(first_values)), dtype=bool) if gone is None else np.array(gone)
    return Look(models[0], real, size, rng, web=looks, gone=gone)


def measure(name, models, world, gone=None, first=None, size=10):
    look = look_at(models, world, gone, first, size)
    metric = find_metric(name)
    assert metric.suits(look.real, models[0])
    return metric.measure(look)


def writes(*rows):
    """A law a row."""
    return Frequencies(np.array(rows, dtype=float))


@pytest.mark.parametrize("metric", BETWEEN, ids=lambda metric: metric.name)
def test_what_is_between_writers_has_words_for_people(metric):
    assert find_metric(metric.name) is metric
    assert metric.meaning.endswith(".")
    assert metric.limits.endswith(".") or not metric.limits
    assert metric.measure.__doc__
    assert metric.real in (None, 1.0)


def test_two_writers_of_categories_by_hand():
    # A replicate a row: opposites, halves in common, the same, and both dead alike.
    one = writes([1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5], [0, 1, 0])
    other = writes([0, 1, 0], [0.5, 0, 0.5], [0.2, 0.3, 0.5], [0, 1, 0])
    assert measure("differentiation", [one, other], THREE) == pytest.approx([1, 0.2, 0, np.nan], nan_ok=True)
    unit = 1 - (0.25 + 0.09 + 0.04)
    assert measure("writers_apart", [one, other], THREE) == pytest.approx([1 / unit, 0.25 / unit, 0, 0])
    assert measure("writers_distance", [one, other], THREE) == pytest.approx([1, 0.5, 0, 0])


def test_writers_who_are_alike_differ_by_nothing_at_all():
    same = [writes([1 / 3, 1 / 3, 1 / 3], [0, 0, 1]) for _ in range(5)]
    np.testing.assert_array_equal(measure("differentiation", same, THREE), [0, np.nan])
    np.testing.assert_array_equal(measure("writers_apart", same, THREE), [0, 0])
    normal = [Normal(np.array([0.1, 0.7]), np.array([0.3, 0.0])) for _ in range(5)]
    np.testing.assert_array_equal(measure("differentiation", normal, worlds.Normal()), [0, np.nan])
    assert abs(measure("writers_distance", normal, worlds.Normal())).max() < 1e-15


@pytest.mark.parametrize("name", LAWS)
def test_a_lone_writer_is_like_itself(name):
    np.testing.assert_array_equal(measure(name, [writes([0.2, 0.3, 0.5])], THREE), [0])


def some_laws(count, seed=0, replicates=3, size=12):
    """Laws over some of the categories each."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        living = np.sort(rng.choice(size, 5, replace=False))
        found.append(Frequencies(rng.dirichlet(np.ones(5), replicates), living, size))
    return found


@pytest.mark.parametrize("count", [2, 5, 7])
def test_writers_of_some_of_the_categories_by_brute_force(count):
    world, laws = worlds.Zipf(12), some_laws(count)
    gone = np.zeros((count, 3), dtype=bool)
    gone[0, 1] = gone[:, 2] = True
    gone[-1, 2] = False
    for law, where in zip(laws, gone, strict=True):
        law.probabilities[where] = np.nan
    truth = world.open(1).truth.probabilities[0]
    dense = np.stack([law.dense() for law in laws])
    found = {name: measure(name, laws, world, gone) for name in LAWS}
    for r in range(2):
        p = dense[~gone[:, r], r]
        if len(p) < 2:
            assert all(np.isnan(values[r]) for values in found.values())
            continue
        within, whole = np.mean(1 - (p**2).sum(axis=1)), 1 - (p.mean(axis=0) ** 2).sum()
        assert found["differentiation"][r] == pytest.approx(1 - within / whole)
        apart = np.mean([((a - b) ** 2).sum() / 2 for a, b in combinations(p, 2)]) / (1 - truth @ truth)
        assert found["writers_apart"][r] == pytest.approx(apart)
        pairs = [(i, j) for i, j in list_pairs(count) if not (gone[i, r] or gone[j, r])]
        distance = np.mean([abs(dense[i, r] - dense[j, r]).sum() / 2 for i, j in pairs])
        assert found["writers_distance"][r] == pytest.approx(distance)
    assert all(np.isnan(values[2]) for values in found.values()), "one writer alone has nobody to be compared with"


def test_of_many_writers_pairs_of_all_distances_are_compared():
    pairs = list_pairs(100)
    assert len(pairs) == 100
    assert all(i != j for i, j in pairs)
    assert {(j - i) % 100 for i, j in pairs} == set(range(1, 100))


def energy(mean, sd, other, another):
    """Between normal laws on the line: twice the integral of the squared difference of their distribution functions."""
    x = np.linspace(-30, 30, 6001)
    return 2 * np.trapezoid((ndtr((x - mean) / sd) - ndtr((x - other) / another)) ** 2, x)


def test_normal_writers_by_their_moments():
    world = worlds.Normal(mean=1, variance=4)
    laws = [Normal(np.array([0.0, 2.0]), np.array([1.0, 0.5])), Normal(np.array([3.0, 2.0]), np.array([2.0, 1.5]))]
    within, between = np.array([(1 + 4) / 2, (0.25 + 2.25) / 2]), np.array([2.25, 0])
    assert measure("differentiation", laws, world) == pytest.approx(between / (within + between))
    assert measure("writers_apart", laws, world) == pytest.approx([4.5 / 4, 0])
    expected = [energy(0, 1, 3, 2) / 2, energy(2, 0.5, 2, 1.5) / 2]
    assert measure("writers_distance", laws, world) == pytest.approx(expected, rel=1e-6)


def test_in_the_plane_normal_writers_are_compared_along_each_direction():
    world = worlds.multivariate_normal([0, 0], [[2.0, 0.5], [0.5, 1.0]])
    factors = np.array([[[1.0, 0.0], [0.5, 0.5]], [[0.5, 0.0], [-1.0, 0.1]]])
    means = np.array([[0.0, 1.0], [1.0, -1.0]])
    laws = [MultivariateNormal(means[i, None], factors[i, None]) for i in range(2)]
    sides = directions(2)
    spreads = np.sqrt(((factors.swapaxes(1, 2) @ sides) ** 2).sum(axis=1))
    seen = list(zip(means @ sides, spreads, strict=True))
    along = [energy(*line) for line in zip(*seen[0], *seen[1], strict=True)]
    assert measure("writers_distance", laws, world) == pytest.approx(np.mean(along) / np.sqrt(1.5), rel=1e-6)
    gap = np.array([-1.0, 2.0])
    assert measure("writers_apart", laws, world) == pytest.approx(gap @ gap / 2 / 3)


class Sample:
    """A world of points that are there."""

    def __init__(self, points):
        third = len(points) // 3
        self.parts = points[:third], points[third : 2 * third], points[2 * third :]

    def open(self, replicates):
        return DataSet(*self.parts, replicates)


def test_what_is_written_is_compared_along_directions_by_brute_force():
    rng = np.random.default_rng(3)
    stock = rng.normal(size=(300, 2)) @ np.array([[1.0, 0.4], [0.0, 2.0]])
    world, sides = Sample(stock), directions(2)
    one, other = rng.normal(size=(2, 20, 2)), rng.normal(1.0, 2.0, size=(2, 20, 2))
    found = measure("writers_distance", [Writes(one), Writes(other)], world, size=20)
    scale = np.sqrt(np.trace(real_of(world.open(1)).covariance) / 2)
    for r in range(2):
        x, y = ((points[r] @ sides).T[..., None] for points in (one, other))
        across = np.mean([cdist(a, b).mean() for a, b in zip(x, y, strict=True)])
        within = [np.mean([cdist(a, a).sum() for a in z]) / (20 * 19) for z in (x, y)]
        assert found[r] == pytest.approx((2 * across - sum(within)) / scale)
    means = (one.mean(axis=1) + other.mean(axis=1)) / 2
    between = (((one.mean(axis=1) - means) ** 2).sum(axis=1) + ((other.mean(axis=1) - means) ** 2).sum(axis=1)) / 2
    within = (one.var(axis=1).sum(axis=1) + other.var(axis=1).sum(axis=1)) / 2
    assert measure("differentiation", [Writes(one), Writes(other)], world, size=20) == pytest.approx(
        between / (within + between)
    )


def test_writers_of_the_same_law_are_at_no_distance_on_average():
    rng = np.random.default_rng(4)
    world = Sample(rng.normal(size=(90, 1)))
    laws = [Writes(rng.normal(size=(400, 30, 1))) for _ in range(3)]
    found = measure("writers_distance", laws, world, size=30)
    assert abs(found.mean()) < 5 * found.std() / np.sqrt(len(found))
    moved = measure("writers_distance", [laws[0], Writes(laws[1].points + 1)], world, size=30)
    assert moved.mean() > 20 * moved.std() / np.sqrt(len(moved))


LETTERS = Pieces.learn(["abcde"], words=False)


class Text:
    """A world of these words."""

    def __init__(self, *words):
        rows = np.array([[LETTERS.encode(letter)[0] for letter in word] for word in words], dtype=np.int32)
        self.source = Corpus(rows, rows[:1], rows[:1], 1, tokeniser=LETTERS)

    def open(self, replicates):
        return self.source


def spelt(*replicates):
    """A model that writes these words of four letters, replicate by replicate."""
    return Writes([[[LETTERS.encode(letter)[0] for letter in word] for word in words] for words in replicates])


def test_agreement_on_what_no_person_wrote_by_hand():
    world = Text("abcd", "bcde")
    one = spelt(["abcd", "ddda"], ["abcd", "abce"], ["eeee", "eeee"])
    other = spelt(["abcd", "ddda"], ["abce", "abce"], ["abcd", "aaaa"])
    third = spelt(["aaaa", "aaaa"], ["abce", "cccc"], ["bbbb", "bbbb"])
    # abc, bcd; ddd, dda | abc; bce | nothing that two of them wrote.
    found = measure("shared_inventions", [one, other, third], world)
    np.testing.assert_array_equal(found, [0.5, 0.5, np.nan])
    without = measure("shared_inventions", [one, other, third], world, gone=[[False] * 3, [True] * 3, [False] * 3])
    np.testing.assert_array_equal(without, [np.nan, 0.5, np.nan])


def test_who_keeps_what_it_alone_had_by_hand():
    first = [writes([0.5, 0.5, 0, 0], [1, 0, 0, 0]), writes([0.5, 0, 0.25, 0.25], [1, 0, 0, 0])]
    # The first alone had 1, the second 2 and 3; then the second has taken over 1, and lost 3.
    now = [writes([1, 0, 0, 0], [1, 0, 0, 0]), writes([0, 0.5, 0.5, 0], [1, 0, 0, 0])]
    world = worlds.categorical([0.25] * 4)
    np.testing.assert_allclose(measure("exclusive_kept", now, world, first=first), [1 / 3, np.nan])
    np.testing.assert_allclose(measure("exclusive_anywhere", now, world, first=first), [2 / 3, np.nan])
    gone = [[False, False], [True, True]]
    np.testing.assert_allclose(measure("exclusive_kept", now, world, gone, first), [0, np.nan])
    np.testing.assert_allclose(measure("exclusive_anywhere", now, world, gone, first), [0, np.nan])


def test_what_one_alone_had_is_found_among_living_categories():
    world, first, now = worlds.Zipf(12), some_laws(4), some_laws(4, seed=1)
    had, has = (np.stack([law.dense() > 0 for law in laws]) for laws in (first, now))
    alone = had & (had.sum(axis=0) == 1)
    total = alone.sum(axis=(0, 2))
    assert (total > 0).all()
    found = measure("exclusive_kept", now, world, first=first)
    np.testing.assert_allclose(found, (alone & has).sum(axis=(0, 2)) / total)
    found = measure("exclusive_anywhere", now, world, first=first)
    np.testing.assert_allclose(found, (alone.any(axis=0) & has.any(axis=0)).sum(axis=1) / total)


def test_how_often_the_rare_part_is_written_by_hand():
    world = worlds.categorical([0.9, 0.06, 0.04])
    look = Look(
        writes([0.95, 0.05, 0], [0.9, 0.06, 0.04], [1, 0, 0]), real_of(world.open(1)), 1, np.random.default_rng(0)
    )
    np.testing.assert_allclose(find_metric("rare_mass").measure(look), [0.5, 1, 0])
    some = Frequencies(np.array([[0.75, 0.25]]), np.array([0, 2]), 3)
    found = find_metric("rare_mass").measure(Look(some, look.real, 1, np.random.default_rng(0)))
    np.testing.assert_allclose(found, [2.5])
    # Two thirds of each of three are among the rarest tenth.
    even = real_of(worlds.categorical([0.85, 0.05, 0.05, 0.05]).open(1))
    found = find_metric("rare_mass").measure(Look(writes([0.9, 0.1, 0, 0]), even, 1, np.random.default_rng(0)))
    np.testing.assert_allclose(found, [2 / 3])


def test_islands_differ_as_much_as_theory_says():
    world, n, count, migration = THREE, 40, 4, 0.1
    arm = kellet.Arm(pool=Pool(window=1, pools=count, migration=migration), writers={"": Writer(many=count)})
    run = kellet.run(
        world=world, family=kellet.families.Categorical(), size=n, arms={"islands": arm}, generations=12,
        replicates=1200, seed=1,
    )  # fmt: skip
    expected = Islands(count, n, -1, migration=migration).after(run.generations + 1)
    apart = run.values("islands", "writers_apart")
    x = (expected.within - expected.pooled) * count / (count - 1)
    error = apart.std(axis=0) / np.sqrt(len(apart))
    assert (abs(apart.mean(axis=0) - x) < 5 * error).all()
    # F_ST is of expectations there, and of each replicate here: what is compared is linear in both.
    share = run.values("islands", "differentiation")
    pooled = run.values("islands", "heterozygosity") / (1 - share)
    gap = (share - expected.differentiation) * pooled
    assert (abs(np.nanmean(gap, axis=0)) < 5 * np.nanstd(gap, axis=0) / np.sqrt(len(gap))).all()
    assert 0.02 < expected.differentiation[-1] < 0.2


def test_a_filter_that_mistakes_a_minority_takes_the_rare_part_where_theory_says():
    world = worlds.categorical([0.3, 0.6, 0.06, 0.04])
    wrong = Detector(caught=0.05, wrong=0.0, minority=0.1, minority_wrong=0.5)
    arms = {
        name: kellet.Arm(pool=Pool(humans=Humans(share=0.2), window=1, filter=one), writers={"": Writer(many=2)})
        for name, one in {"free": None, "filter": wrong}.items()
    }
    run = kellet.run(
        world=world, family=kellet.families.Categorical(), size=100, arms=arms, generations=15, replicates=1000,
        metrics=("rare_mass",), seed=2,
    )  # fmt: skip
    passed = 0.1 * 0.5 / 0.95
    for name, expected in {"free": 1.0, "filter": minority_after(run.generations, 0.1, passed, 0.8) / 0.1}.items():
        found = run.values(name, "rare_mass")
        assert (abs(found.mean(axis=0) - expected) < 5 * found.std(axis=0) / np.sqrt(len(found))).all(), name
