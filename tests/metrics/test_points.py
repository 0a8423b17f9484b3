"""Metrics of points, against brute force and other people's code, and against their own zero line."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

import kellet
from kellet import metrics, worlds
from kellet.data.classes import Classes
from kellet.data.source import DataSet
from kellet.evidence import Points
from kellet.laws import MultivariateNormal
from kellet.metrics import Look, RealPoints, null, real_of
from kellet.metrics.catalogue import find_metric, suitable
from kellet.metrics.distance import directions

RNG = np.random.default_rng(11)
STOCK = RNG.normal(size=(150, 3)) @ np.array([[1.0, 0.4, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]) + [3.0, 0.0, 0.0]
SOURCE = DataSet(STOCK[:80], STOCK[80:110], STOCK[110:], replicates=2)


class Writes:
    """A model that always writes the same points (R, n, ...)."""

    def __init__(self, points):
        self.points = np.asarray(points, dtype=float)

    def sample(self, n, rng):
        return Points(self.points)


SOME = Writes(np.stack([STOCK[:25] + 0.1, 3.0 * STOCK[10:35], np.repeat(STOCK[:5], 5, axis=0)]))


def measured(name, model, source=SOURCE):
    real = real_of(source)
    return find_metric(name).measure(Look(model, real, model.points.shape[1], np.random.default_rng(0)))


def fifth(points):
    """How far the fifth neighbour of each point is, by scikit-learn."""
    return NearestNeighbors(n_neighbors=6).fit(points).kneighbors(points)[0][:, -1]


@pytest.mark.parametrize("name", ["precision", "density"])
def test_written_points_are_near_held_out_ones(name):
    radius = fifth(SOURCE.heldout)

    def share(points):
        inside = cdist(points, SOURCE.heldout) <= radius
        return inside.any(axis=1).mean() if name == "precision" else inside.sum(axis=1).mean()

    expected = [share(points) / share(SOURCE.training) for points in SOME.points]
    np.testing.assert_allclose(measured(name, SOME), expected, rtol=1e-12)
    assert expected[1] < 0.8 < expected[0]
    assert measured(name, Writes(np.full((1, 20, 3), 1e6)))[0] == 0.0


def recalled(points):
    return (cdist(points, SOURCE.heldout) <= fifth(points)[:, None]).any(axis=0).mean()


def test_held_out_points_are_within_reach_of_written_ones():
    found = measured("recall", SOME)
    # The last five points are each written five times: their fifth neighbours are others.
    shares = np.array([recalled(points) for points in SOME.points])
    np.testing.assert_allclose(found / found[0], shares / shares[0], rtol=1e-12)
    rng = np.random.default_rng(1)
    drawn = np.array([recalled(SOURCE.training[rng.permutation(80)[:25]]) for _ in range(2000)])
    # What 25 real points reach is averaged over 32 draws.
    error = drawn.std() * np.sqrt(1 / 32 + 1 / 2000)
    assert abs(shares[0] / found[0] - drawn.mean()) < 5 * error


def test_points_that_are_all_the_same_reach_nothing():
    one = Writes(np.repeat(STOCK[:1], 20, axis=0)[None])
    assert measured("recall", one)[0] == 0.0
    assert measured("effective_modes", one)[0] < 0.2


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("n", [30, 40, 7])
def test_points_are_carried_as_the_cheapest_assignment_carries_them(d, n):
    rng = np.random.default_rng(d)
    heldout, points = rng.normal(size=(40, d)), rng.normal(size=(2, n, d)) * 2 + 1
    source = DataSet(heldout, heldout, heldout, 2)
    sides = directions(d)
    np.testing.assert_allclose((sides**2).sum(axis=0), 1.0)
    expected = []
    for own in points:
        costs = []
        for side in sides.T:
            # As many copies of each as make both equally many.
            x, y = np.repeat(own @ side, 40), np.repeat(heldout @ side, n)
            if n == 7:
                cost = (x[:, None] - y) ** 2
                rows, columns = linear_sum_assignment(cost)
                costs.append(cost[rows, columns].mean())
            else:
                costs.append(((np.sort(x) - np.sort(y)) ** 2).mean())
        expected.append(np.sqrt(np.mean(costs) / (np.trace(np.cov(heldout.T, ddof=0).reshape(d, d)) / d)))
    np.testing.assert_allclose(measured("sliced_wasserstein", Writes(points), source), expected, rtol=1e-9)


def test_the_same_points_need_not_be_carried():
    assert measured("sliced_wasserstein", Writes(SOURCE.heldout[None]))[0] == pytest.approx(0.0, abs=1e-12)


def test_modes_are_counted_by_the_spectrum_of_the_kernel():
    scale = np.median(fifth(SOURCE.heldout))

    def vendi(points):
        kernel = np.exp(-(cdist(points, points) ** 2) / (2 * scale**2)) / len(points)
        return 1 / (np.linalg.eigvalsh(kernel) ** 2).sum()

    found = measured("effective_modes", SOME)
    counts = np.array([vendi(points) for points in SOME.points])
    np.testing.assert_allclose(found / found[0], counts / counts[0], rtol=1e-6)
    # Of 25 real points, from the mean over pairs of all 80.
    inner = np.exp(-(cdist(SOURCE.training, SOURCE.training) ** 2) / scale**2)
    real = 1 / (1 / 25 + 24 / 25 * inner[~np.eye(80, dtype=bool)].mean())
    np.testing.assert_allclose(found, counts / real, rtol=1e-6)


def test_far_clusters_are_that_many_modes():
    rng = np.random.default_rng(2)
    spots = np.array([[0.0, 0], [100, 0], [0, 100], [100, 100]])
    real = np.repeat(spots, 50, axis=0) + rng.normal(size=(200, 2)) * 1e-3
    # A tight cluster is one mode where the kernel is as wide as it: give the kernel the width of a cluster.
    source = DataSet(real, real, real, 1)
    two = np.repeat(spots[:2], 20, axis=0)
    four = np.repeat(spots, 10, axis=0)
    found = measured("effective_modes", Writes(np.stack([two, four])), source)
    assert found[1] / found[0] == pytest.approx(2.0)


def test_tails_are_those_of_the_column_that_lost_most():
    real = np.stack([np.arange(1000.0), np.arange(1000.0)[::-1], np.repeat([0.0, 1.0], 500)], axis=1)
    source = DataSet(real, real, real, 1)
    # Beyond 9.99 and 989.01 lie ten real points each: 2 %.  The third column has no tails.
    middle = np.full((100, 3), 500.0)
    both = middle.copy()
    both[:4, 0], both[:1, 1] = 5.0, 995.0
    one = middle.copy()
    one[:4, 0] = 5.0
    found = measured("tails_written", Writes(np.stack([middle, both, one, real[::10]])), source)
    np.testing.assert_allclose(found, [0.0, 0.5, 0.0, 1.0])
    assert measured("tails_written", Writes(real[None]), source)[0] == pytest.approx(1.0)
    flat = np.repeat([[0.0], [1.0]], 50, axis=0)
    assert "tails_written" not in {m.name for m in suitable(real_of(DataSet(flat, flat, flat, 1)), None)}


def test_copies_are_told_by_their_distance_from_the_training_points():
    tree = NearestNeighbors(n_neighbors=1).fit(SOURCE.training)

    def median(points):
        return np.median(tree.kneighbors(points)[0])

    expected = [median(points) / median(SOURCE.heldout) for points in SOME.points]
    np.testing.assert_allclose(measured("nearest_training", SOME), expected, rtol=1e-6, atol=1e-6)
    assert expected[0] > 0.05
    assert measured("nearest_training", Writes(SOURCE.training[None]))[0] < 1e-6
    # Where training points are many, they are looked at in parts.
    rng = np.random.default_rng(3)
    many = DataSet(rng.normal(size=(9000, 2)), rng.normal(size=(50, 2)), rng.normal(size=(50, 2)), 1)
    points = rng.normal(size=(1, 20, 2))
    tree.fit(many.training)
    np.testing.assert_allclose(
        measured("nearest_training", Writes(points), many), median(points[0]) / median(many.heldout)
    )


@pytest.fixture(scope="module")
def classed():
    rng = np.random.default_rng(6)
    points, labels = clusters(rng, 600)
    reader = Classes.learn(("a", "b", "c"), (points[:300], labels[:300]), (points[400:], labels[400:]))
    return DataSet(points[:300], points[300:400], points[400:], 2, classes=reader)


def clusters(rng, n):
    labels = rng.integers(3, size=n)
    return np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])[labels] + rng.normal(size=(n, 2)), labels


def test_the_class_histogram_is_compared_in_total_variation(classed):
    real = classed.classes.shares_of(classed.heldout[None])[0]
    assert real.sum() == pytest.approx(0.99, abs=0.02)
    same, one, noise = classed.heldout, np.zeros((200, 2)), np.full((200, 2), 400.0)
    found = measured("class_shift", Writes(np.stack([same, one, noise])), classed)
    np.testing.assert_allclose(found, [0.0, 1 - real[0], real.sum()], atol=1e-12)


def test_a_reader_reads_by_the_formula_between_the_classes_too(classed):
    reader, points = classed.classes, np.random.default_rng(1).uniform(-4, 13, size=(2000, 2))
    i, j = np.triu_indices(2)
    scores = np.concatenate([points, points[:, i] * points[:, j], np.ones((2000, 1))], axis=1) @ reader.form
    expected = np.where(scores.max(axis=1) < reader.doubt, -1, scores.argmax(axis=1))
    assert (reader.read(points) == expected).all()
    assert set(expected) == {-1, 0, 1, 2}


# The zero line.

NAMES = {m.name for m in suitable(real_of(worlds.Digits().open(1)), None) if m.fresh}
COARSE = {"surviving_classes", "rare_coverage", "readable", "effective_classes"}
"""Counts of few things: their bands can't be met exactly."""


def test_metrics_of_points_have_a_zero_line_and_others_none():
    assert {"energy_distance", "sliced_wasserstein", "precision", "recall", "density", "coverage"} <= NAMES
    assert {"effective_modes", "tails_written", "nearest_training", "class_shift", "surviving_classes"} <= NAMES
    assert not {"variance_ratio", "entropy", "kl", "spread"} & NAMES


def test_fresh_real_samples_lie_in_the_band_nine_times_in_ten():
    inside = {}
    for world in range(24):
        rng = np.random.default_rng(world)
        points, labels = clusters(rng, 1000)
        reader = Classes.learn(("a", "b", "c"), (points[:600], labels[:600]), (points[800:], labels[800:]))
        real = real_of(DataSet(points[:600], points[600:800], points[800:], 1, classes=reader))
        watched = [m for m in suitable(real, None) if m.fresh]
        zero = null(watched, real, 100, rng, repeats=100)
        look = Look(Writes(np.stack([clusters(rng, 100)[0] for _ in range(20)])), real, 100, rng)
        for metric in watched:
            low, high = np.quantile(zero[metric.name], (0.05, 0.95))
            values = metric.measure(look)
            inside.setdefault(metric.name, []).append(((values >= low) & (values <= high)).mean())
    assert set(inside) == NAMES
    for name, shares in inside.items():
        # 100 repeats place the band's ends to about 2 % each; scatter between worlds is part of the error.
        error = max(np.std(shares), 0.1) / np.sqrt(24)
        assert np.mean(shares) > 0.9 - 0.02 - 4 * error, name
        if name not in COARSE:
            assert np.mean(shares) < 0.9 + 0.02 + 4 * error, name


def test_a_collapsed_model_lies_outside_the_band():
    real = real_of(SOURCE)
    watched = [m for m in suitable(real, None) if m.fresh and m.name not in ("precision", "density")]
    zero = null(watched, real, 25, np.random.default_rng(0), repeats=60)
    look = Look(Writes(np.repeat(STOCK[:1], 25, axis=0)[None]), real, 25, np.random.default_rng(0))
    for metric in watched:
        low, high = np.quantile(zero[metric.name], (0.05, 0.95))
        if metric.name not in ("rare_coverage", "tails_written"):
            assert not low <= metric.measure(look)[0] <= high, metric.name


@pytest.mark.parametrize("n", [20, 55, 200])
def test_the_band_widens_to_what_a_fresh_sample_scatters(n):
    """For a mean of points: the variance 1/n of the sample, and 1/N since the N points are themselves a sample."""
    real = RealPoints(STOCK[:100, :1], STOCK[100:110, :1], np.zeros((2, 1)), np.zeros(1), np.eye(1))
    mean = metrics.Metric(
        "mean", "", "", lambda look: look.points.mean(axis=(1, 2)), lambda *_: True, 0.0, RealPoints.all_but_heldout
    )
    found = null([mean], real, n, np.random.default_rng(4), repeats=4000)["mean"]
    pool = STOCK[:110, 0]
    expected = pool.var(ddof=1 if 2 * n <= 110 else 0) * (1 / n + 1 / 110)
    assert found.var() == pytest.approx(expected, rel=5 * np.sqrt(2 / 4000) + 0.01)
    assert abs(found.mean() - pool.mean()) < 5 * found.std() / np.sqrt(4000) * 3


def test_a_run_knows_its_zero_lines_and_the_report_draws_them(tmp_path):
    world = worlds.Digits()
    arms = {"replace": kellet.Arm()}
    run = kellet.run(
        world=world, family=kellet.families.Gaussian(), size=60, arms=arms, generations=2, replicates=2, judged=40
    )
    zeros = run.zeros
    assert set(zeros) == {m.name for m in run.metrics if m.fresh} == NAMES
    assert {len(values) for values in zeros.values()} == {200}
    assert np.median(zeros["coverage"]) == pytest.approx(1.0, abs=0.15)
    again = kellet.run(
        world=world, family=kellet.families.Gaussian(), size=60, arms=arms, generations=2, replicates=2, judged=40
    ).zeros
    assert all((again[name] == values).all() for name, values in zeros.items())

    from kellet.experiment.verdict.answer import zeros as bands
    from kellet.report import curves

    told = run.answer().data.metrics
    assert told["energy_distance"].zero.low < told["energy_distance"].zero.high
    assert told["variance_ratio"].zero is None
    metric = find_metric("sliced_wasserstein")
    drawn = curves.draw(run, metric, np.arange(3), bands(run)[metric.name])
    (level,) = drawn.chart.levels
    assert level.low == pytest.approx(np.quantile(zeros[metric.name], 0.05), rel=1e-3)
    assert all(level.low is None for level in curves.draw(run, metric, np.arange(3)).chart.levels)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning", "ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize("column", [np.ones(40), np.arange(40) % 2, np.arange(40) // 39, np.arange(40) % 5])
def test_real_points_that_coincide_are_no_reason_to_stop(column):
    points = column.astype(float)[:, None]
    source = DataSet(points[:24], points[24:32], points[32:], 1)
    real = real_of(source)
    watched = suitable(real, None)
    zero = null(watched, real, 10, np.random.default_rng(0), 20)
    for metric in watched:
        assert metric.measure(Look(Writes(points[None, :10]), real, 10, np.random.default_rng(0))).shape == (1,)
    # Rounding parts none of what coincides.
    assert np.median(zero["coverage"]) == pytest.approx(1.0, abs=0.2)
    assert np.median(zero["precision"]) == pytest.approx(1.0, abs=0.2)


# Features that points are looked at through.


def test_points_are_flatten_through_a_view():
    view = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    seen = DataSet(STOCK[:80], STOCK[80:110], STOCK[110:], replicates=2, view=view)
    plain = DataSet(STOCK[:80] @ view, STOCK[80:110] @ view, STOCK[110:] @ view, replicates=2)
    real = real_of(seen)
    assert real.mean.shape == (2,)
    law = MultivariateNormal(np.zeros((1, 3)), np.eye(3)[None])
    for metric in suitable(real, None):
        found = measured(metric.name, SOME, seen)
        np.testing.assert_allclose(found, measured(metric.name, Writes(SOME.points @ view), plain), err_msg=metric.name)
        # What a model knows of its own coordinates is not of these.
        assert np.isfinite(metric.measure(Look(law, real, 30, np.random.default_rng(0)))).all()
    for name, values in null(suitable(real, None), real, 20, np.random.default_rng(0), 20).items():
        expected = null(suitable(real, None), real_of(plain), 20, np.random.default_rng(0), 20)[name]
        np.testing.assert_allclose(values, expected, err_msg=name)
