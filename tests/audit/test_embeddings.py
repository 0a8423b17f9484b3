"""What only points tell: their exact zero, and what is found where a law lost a mode or wrote a copy."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from kellet.audit.embeddings import Distances, compare_rke, cover, expect_coverage, measure_points
from kellet.audit.exchange import Zero
from kellet.audit.points import Pool, read_points, thin
from kellet.errors import InputError


def mixture(rng, n, modes=8, d=6):
    """Points about the corners of a cube."""
    corners = np.array([[i >> j & 1 for j in range(3)] for i in range(modes)])
    return (6 * np.pad(corners, ((0, 0), (0, d - 3)))[rng.integers(modes, size=n)] + rng.normal(size=(n, d))).astype(
        np.float32
    )


def judge(reference, candidate, seed=0, many=199):
    rng = np.random.default_rng(seed)
    pool = Pool.of(reference, candidate, rng, many)
    return {one.measure: Zero.of(one.values) for one in measure_points(pool, rng)}


@pytest.fixture(scope="module")
def pool():
    rng = np.random.default_rng(4)
    return Pool.of(mixture(rng, 160), mixture(rng, 240, 6), rng, 5)


def test_coverage_is_that_of_radii_among_the_reference_alone(pool):
    found, k = cover(pool, Distances.of(pool)), 5
    for p in range(pool.chosen.shape[1]):
        theirs = pool.theirs[:, p]
        mine, other = pool.values[~theirs], pool.values[theirs]
        radius = np.sort(cdist(mine, mine), axis=1)[:, k]
        assert found[p] == np.mean(cdist(mine, other).min(axis=1) < radius)


def test_rke_is_the_mean_kernel_of_different_points(pool):
    distances = Distances.of(pool)
    x = pool.values.astype(float)
    apart = cdist(x, x, "sqeuclidean")
    width = 0.1 * np.median(apart[np.triu_indices(len(x), 1)])
    kernel = np.exp(-apart / width)
    sides = []
    for side in (~pool.theirs[:, 0], pool.theirs[:, 0]):
        own = kernel[np.ix_(side, side)]
        sides.append((own.sum() - len(own)) / (len(own) * (len(own) - 1)))
    assert compare_rke(pool, distances)[0] == pytest.approx(sides[0] / sides[1], rel=1e-4)


@pytest.mark.parametrize(("n", "m", "k"), [(200, 200, 5), (80, 160, 3), (320, 80, 1)])
def test_real_points_cover_what_is_expected(n, m, k):
    rng, found = np.random.default_rng(5), []
    for _ in range(25):
        pool = Pool.of(mixture(rng, n), mixture(rng, m), rng, 1)
        found.append(cover(pool, Distances.of(pool), k)[0])
    assert abs(np.mean(found) - expect_coverage(n, m, k)) < 5 * np.std(found) / np.sqrt(len(found))


@pytest.mark.parametrize("sizes", [(200, 200), (100, 400)])
def test_false_alarms_are_as_many_as_they_should_be(sizes):
    rng, low = np.random.default_rng(6), {}
    for seed in range(60):
        for name, zero in judge(*(mixture(rng, n) for n in sizes), seed, 39).items():
            low.setdefault(name, []).append(min(zero.less, zero.more) <= 0.05)
    # 60 trials at 10 %: more than 21 have a chance below 1e-6; where nearly all is covered, ties make alarms rarer.
    assert {name: sum(alarms) for name, alarms in low.items() if sum(alarms) > 21} == {}
    assert sum(low["nearest"]) > 0
    assert sum(low["told apart"]) > 0


def test_a_lost_mode_and_a_copy_are_found():
    rng = np.random.default_rng(7)
    real = mixture(rng, 600)
    lost = judge(real, mixture(rng, 600, 7))
    assert max(lost["coverage"].less, lost["diversity"].less, lost["told apart"].more) < 0.025
    copied = judge(real, real + rng.normal(0, 0.01, real.shape).astype(np.float32))
    assert copied["nearest"].more < 0.025
    assert copied["nearest"].value == 1


def test_points_that_coincide_tell_nothing_by_their_order():
    rng = np.random.default_rng(8)
    few = np.eye(4, dtype=np.float32)
    zeros = [judge(few[rng.integers(4, size=160)], few[rng.integers(4, size=160)], seed, 39) for seed in range(60)]
    # Were the first of equals the nearest, the reference would be covered by none.  A value scatters by 0.3 at most.
    assert 0.25 < np.mean([zero["nearest"].value for zero in zeros]) < 0.75


def test_a_classifier_is_asked_what_it_did_not_learn():
    rng = np.random.default_rng(10)
    # Points that it had learnt from it would tell apart in 7 of 10 cases.
    assert judge(mixture(rng, 200), mixture(rng, 200), many=39)["told apart"].middle == pytest.approx(0.5, abs=0.03)


def test_what_belongs_together_stays_together():
    rng = np.random.default_rng(9)
    clusters = np.repeat(np.arange(1, 301, dtype=np.uint64) * np.uint64(7919), 10)
    kept = thin(3000, clusters, 1000, rng)
    assert 900 < len(kept) <= 1000
    assert (np.unique(clusters[kept], return_counts=True)[1] == 10).all()
    pool = Pool.of(mixture(rng, 3000), mixture(rng, 2000), rng, 1, (clusters, clusters[:2000]), most=1000)
    assert not pool.single
    assert (
        pool.note == "distances between 1,000 of the reference's 3,000 points and 1,000 of the candidate's 2,000 points"
    )


def test_whatever_holds_vectors_is_read():
    import polars as pl

    rows = [[1.0, 2.0], None, [3.0, np.nan]]
    for values in (rows, pl.Series(rows), np.array(rows, dtype=object)):
        points = read_points(values)
        assert points.shape == (3, 2)
        assert np.isfinite(points).all(axis=1).tolist() == [True, False, False]
    assert read_points(np.zeros((5, 4, 3), np.uint8)).shape == (5, 12)
    with pytest.raises(InputError, match=r"of one shape; got \(1,\) and \(2,\)"):
        read_points([[1], [1, 2]])
    with pytest.raises(InputError, match="as many numbers on both sides; got 3 and 2"):
        Pool.of(read_points(np.zeros((50, 3))), read_points(np.zeros((50, 2))), np.random.default_rng(0))
