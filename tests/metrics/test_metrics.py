"""Metrics, against what can be computed by hand or by brute force."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import norm

from kellet import InputError, metrics, worlds
from kellet.data.classes import Classes
from kellet.data.source import DataSet
from kellet.evidence import Points
from kellet.laws import Frequencies, MultivariateNormal, Normal
from kellet.metrics import Look, real_of
from kellet.metrics.catalogue import ALL, find_metric, match_metrics, suitable
from kellet.metrics.tails import rare_types

COVARIANCE = np.array([[2.0, 0.5], [0.5, 1.0]])


def measured(name, model, source, size=50):
    look = Look(model, real_of(source), size, np.random.default_rng(0))
    value = find_metric(name).measure(look)
    assert value.shape == (len(look.points) if not isinstance(model, Frequencies) else len(model.probabilities),)
    return value


LINE = worlds.Normal(mean=1.0, variance=4.0)
PLANE = worlds.multivariate_normal([1.0, -1.0], COVARIANCE)
THINGS = worlds.categorical([0.5, 0.3, 0.15, 0.05])
LAWS = {"line": LINE, "plane": PLANE, "things": THINGS, "Zipf": worlds.Zipf(100), "words": worlds.Words()}


@pytest.mark.parametrize("key", list(LAWS))
def test_the_real_thing_measures_what_the_metric_says_it_does(key):
    source = LAWS[key].open(3)
    real = real_of(source)
    suited = suitable(real, source.truth)
    assert suited
    for metric in suited:
        value = metric.measure(Look(source.truth, real, 100, np.random.default_rng(1)))
        assert value.shape == (3,)
        assert value.dtype == np.float64
        if metric.real is not None:
            np.testing.assert_allclose(value, metric.real, atol=1e-9, err_msg=metric.name)


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_every_metric_has_a_name_for_files_and_words_for_people(metric):
    assert find_metric(metric.name) is metric
    assert metric.name.isidentifier()
    assert metric.name == metric.name.lower()
    assert metric.title
    assert metric.meaning.endswith(".")
    assert metric.measure.__doc__
    assert metric.limits.endswith(".") or not metric.limits
    assert metric.unit.startswith("of ") or not metric.unit
    for words in (metric.unit, metric.less):
        assert "{" not in words.replace("{things}", "words"), "nothing but things has a place in a sentence"


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("variance", ["variance_ratio"]),
        ("spread", ["effective_types", "spread", "variance_ratio"]),
        ("coverage", ["coverage"]),
        ("rare", ["tail_kept", "tail_reach", "rare_levels", "rare_coverage"]),
        ("diversity", ["effective_classes", "effective_types", "effective_modes"]),
        ("types", ["surviving_types", "surviving_levels"]),
        ("words", ["surviving_types"]),
        ("classes", ["surviving_classes"]),
        ("rare_levels", ["rare_levels"]),
        ("nonsense", []),
    ],
)
def test_a_word_for_people_means_metrics_the_best_first(word, names):
    assert [metric.name for metric in match_metrics(word)] == names


def test_no_two_metrics_have_the_same_name():
    assert len({metric.name for metric in ALL}) == len(ALL)


def test_a_metric_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(InputError, match=r"one of the metrics .*variance_ratio.*; got nonsense"):
        find_metric("nonsense")


def test_moments_on_the_line():
    model = Normal(np.array([1.0, 3.0]), np.array([2.0, 1.0]))
    np.testing.assert_allclose(measured("variance_ratio", model, LINE.open(1)), [1.0, 0.25])
    np.testing.assert_allclose(measured("mean_drift", model, LINE.open(1)), [0.0, 1.0])
    # ln(sd/sd0) + (var0 + gap^2) / (2 var) - 1/2, turned round: the world comes first.
    np.testing.assert_allclose(measured("kl", model, LINE.open(1)), [0.0, np.log(0.5) + (4.0 + 4.0) / 2 - 0.5])


def test_divergence_is_the_integral_that_it_is():
    world, model = norm(1.0, 2.0), norm(0.3, 1.5)
    x = np.linspace(-19, 21, 400_001)
    expected = np.trapezoid(world.pdf(x) * (world.logpdf(x) - model.logpdf(x)), x)
    found = measured("kl", Normal(np.array([0.3]), np.array([1.5])), LINE.open(1))
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_moments_in_the_plane():
    factor = np.linalg.cholesky(np.stack([COVARIANCE, 4 * COVARIANCE, np.diag([1.0, 3.0])]))
    model = MultivariateNormal(np.array([[1.0, -1.0], [4.0, -1.0], [1.0, -1.0]]), factor)
    np.testing.assert_allclose(measured("variance_ratio", model, PLANE.open(1)), [1.0, 4.0, 4 / 3])
    np.testing.assert_allclose(measured("spread", model, PLANE.open(1)), [1.0, 4.0, np.sqrt(3 / 1.75)])
    np.testing.assert_allclose(measured("mean_drift", model, PLANE.open(1)), [0.0, 3.0, 0.0], atol=1e-12)
    expected = []
    for mean, part in zip(model.mean, model.covariance, strict=True):
        gap, inverse = mean - [1.0, -1.0], np.linalg.inv(part)
        logs = np.log(np.linalg.det(part) / np.linalg.det(COVARIANCE))
        expected.append(0.5 * (np.trace(inverse @ COVARIANCE) + gap @ inverse @ gap - 2 + logs))
    np.testing.assert_allclose(measured("kl", model, PLANE.open(1)), expected, atol=1e-12)


@pytest.mark.parametrize("sd", [0.0, 1e-200, 1e-160])
def test_a_dead_model_is_infinitely_far_and_has_nothing_left(sd):
    line = Normal(np.array([1.5]), np.array([sd]))
    plane = MultivariateNormal(np.zeros((1, 2)), np.array([[[1.0, 0.0], [0.0, sd]]]))
    assert measured("kl", line, LINE.open(1)) > 1e100
    assert measured("kl", plane, PLANE.open(1)) > 1e100
    assert measured("variance_ratio", line, LINE.open(1)) < 1e-300
    assert measured("spread", plane, PLANE.open(1)) < 1e-150
    assert measured("tail_reach", line, LINE.open(1)) == 0.0


def test_a_determinant_is_seen_however_far_its_directions_part():
    plane = MultivariateNormal(np.zeros((1, 2)), np.array([[[1e150, 0.0], [0.0, 1e-150]]]))
    np.testing.assert_allclose(measured("spread", plane, PLANE.open(1)), 1 / np.sqrt(1.75))


def test_the_reach_into_the_tails():
    model = Normal(np.array([1.0, 1.0, 1.0, 1e6]), np.array([2.0, 1.0, 50.0, 1.0]))
    shrunk = 2 * norm.sf(norm.isf(0.05) * 2) / 0.1
    np.testing.assert_allclose(measured("tail_reach", model, LINE.open(1)), [1.0, shrunk, 1.0, 0.5], atol=1e-12)


P = np.array([[0.5, 0.3, 0.15, 0.05], [0.7, 0.3, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("entropy", [-(P[0] * np.log(P[0])).sum(), -(0.7 * np.log(0.7) + 0.3 * np.log(0.3)), 0.0]),
        ("heterozygosity", [1.0, 0.42 / 0.635, 0.0]),
        ("surviving_types", [1.0, 0.5, 0.25]),
        # The rarest tenth is all of the last category and a third of the one before.
        ("tail_kept", [1.0, 0.0, 0.5]),
    ],
)
def test_diversity_by_hand(name, expected):
    source = THINGS.open(1)
    np.testing.assert_allclose(measured(name, Frequencies(P), source), expected, atol=1e-12)
    # The same law, its dead categories dropped.
    alive = Frequencies(P[1:2, :2], np.array([0, 1]), 4)
    np.testing.assert_allclose(measured(name, alive, source), expected[1:2], atol=1e-12)


def test_effective_types_are_hill_numbers_against_the_real_one():
    found = measured("effective_types", Frequencies(P), THINGS.open(1))
    hill = np.exp([-(row[row > 0] * np.log(row[row > 0])).sum() for row in P])
    np.testing.assert_allclose(found, hill / hill[0])
    even = Frequencies(np.array([[0.25] * 4, [0.5, 0.5, 0.0, 0.0]]))
    np.testing.assert_allclose(measured("effective_types", even, worlds.categorical([1] * 4).open(1)), [1.0, 0.5])


@pytest.mark.parametrize(
    "truth", [np.full(30, 1 / 30), np.array([0.5, 0.5]), np.array([0.999, 0.0005, 0.0005]), np.array([0.0, 0.6, 0.4])]
)
def test_the_rare_part_is_a_tenth_of_the_mass_or_what_there_is(truth):
    taken = rare_types(truth)
    assert taken.sum() == pytest.approx(0.1)
    assert (taken <= truth + 1e-15).all()
    # Whoever is as rare as another belongs to it in the same part.
    for level in np.unique(truth):
        assert np.ptp(taken[truth == level]) < 1e-15


def test_what_nobody_can_really_write_does_not_survive_or_count():
    truth = worlds.categorical([0.6, 0.4, 0.0]).open(1)
    model = Frequencies(np.array([[0.6, 0.4, 0.0]]))
    np.testing.assert_allclose(measured("surviving_types", model, truth), 1.0)
    np.testing.assert_allclose(measured("tail_kept", model, truth), 1.0)


# Points, against brute force.

RNG = np.random.default_rng(3)
STOCK = RNG.normal(size=(120, 3)) @ np.array([[1.0, 0.4, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
SOURCE = DataSet(STOCK[:60], STOCK[60:80], STOCK[80:], replicates=2)


class Writes:
    """A model that always writes the same points."""

    def __init__(self, points):
        self.points = points

    def sample(self, n, rng):
        return Points(self.points)


SOME = Writes(np.stack([STOCK[:25] + 0.1, 3.0 * STOCK[10:35]]))


def test_energy_distance_is_that_of_all_pairs():
    found = measured("energy_distance", SOME, SOURCE, 25)
    for value, points in zip(found, SOME.points, strict=True):
        across = cdist(points, SOURCE.heldout).mean()
        within, real = (cdist(x, x).sum() / (len(x) * (len(x) - 1)) for x in (points, SOURCE.heldout))
        assert value == pytest.approx((2 * across - within - real) / real, rel=1e-6)


def test_energy_distance_scatters_about_zero_for_the_real_thing():
    rng = np.random.default_rng(4)
    found, far = [], []
    for _ in range(300):
        heldout, written = rng.normal(size=(2, 40, 2))
        source = DataSet(heldout, heldout, heldout, replicates=1)
        found.append(measured("energy_distance", Writes(written[None]), source, 40)[0])
        far.append(measured("energy_distance", Writes(written[None] + 2.0), source, 40)[0])
    assert abs(np.mean(found)) < 5 * np.std(found) / np.sqrt(len(found))
    assert min(found) < 0 < max(found)
    assert min(far) > 0.3


@pytest.mark.parametrize("rare", [False, True])
def test_coverage_is_counted_against_what_as_many_real_points_cover(rare):
    heldout, n = SOURCE.heldout, 25
    every = np.sort(cdist(heldout, heldout), axis=1)
    radius = every[:, 5]
    which = np.argsort(radius)[-4:] if rare else np.arange(len(heldout))
    rng = np.random.default_rng(5)
    reached = cdist(heldout[which], SOURCE.training) <= radius[which][:, None]
    drawn = np.array([reached[:, rng.permutation(60)[:n]].any(axis=1).mean() for _ in range(20_000)])
    found = measured("rare_coverage" if rare else "coverage", SOME, SOURCE, n)
    for value, points in zip(found, SOME.points, strict=True):
        covered = (cdist(heldout[which], points) <= radius[which][:, None]).any(axis=1).mean()
        error = covered / drawn.mean() ** 2 * drawn.std() / np.sqrt(len(drawn))
        assert abs(value - covered / drawn.mean()) < 5 * error + 1e-12


def test_coverage_by_all_training_points_is_what_they_cover():
    assert measured("coverage", Writes(SOURCE.training[None]), SOURCE, 60) == pytest.approx(1.0)
    far = Writes(np.full((1, 60, 3), 1e6))
    assert measured("coverage", far, SOURCE, 60) == 0.0


def labelled(rng, n):
    labels = rng.integers(3, size=n)
    return np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])[labels] + rng.normal(size=(n, 2)), labels


@pytest.fixture(scope="module")
def classed():
    rng = np.random.default_rng(6)
    training, heldout = labelled(rng, 300), labelled(rng, 200)
    reader = Classes.learn(("a", "b", "c"), training, heldout)
    return SimpleNamespace(
        source=DataSet(training[0], training[0][:50], heldout[0], 2, classes=reader), reader=reader, training=training
    )


def test_a_reader_reads_what_it_learnt(classed):
    assert classed.reader.accuracy > 0.97
    assert classed.reader.shares.sum() == pytest.approx(1.0)
    assert (classed.reader.read(np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])) == [0, 1, 2]).all()


def test_classes_are_counted_as_long_as_a_tenth_of_them_is_left(classed):
    points, labels = classed.training
    ordered = [points[labels == c] for c in range(3)]
    everything = points[:90]
    one = np.resize(ordered[0], (90, 2))
    few = np.concatenate([np.resize(ordered[0], (88, 2)), ordered[1][:2]])
    some = np.concatenate([np.resize(ordered[0], (80, 2)), np.repeat([[9.0, 0.0]], 10, axis=0)])
    found = measured("surviving_classes", Writes(np.stack([everything, one, few, some])), classed.source, 90)
    assert found.tolist() == [3.0, 1.0, 1.0, 2.0]
    halves = np.concatenate([np.repeat([[0.0, 0.0]], 45, axis=0), np.repeat([[9.0, 0.0]], 45, axis=0)])
    middle = np.repeat([[0.0, 0.0]], 90, axis=0)
    found = measured("effective_classes", Writes(np.stack([halves, middle])), classed.source, 90)
    np.testing.assert_allclose(found, [2.0, 1.0])


def test_noise_is_read_as_nothing(classed):
    noise = np.full((1, 90, 2), 400.0)
    assert measured("readable", Writes(noise), classed.source, 90) == 0.0
    assert measured("surviving_classes", Writes(noise), classed.source, 90) == 0.0
    assert measured("effective_classes", Writes(noise), classed.source, 90) == 0.0
    assert measured("readable", Writes(classed.training[0][None]), classed.source, 90) > 0.9


def test_a_class_without_points_to_learn_from_is_never_read():
    rng = np.random.default_rng(7)
    points = np.concatenate([rng.normal(size=(40, 2)), rng.normal(9, 1, size=(40, 2))])
    labels = np.repeat([0, 1], 40)
    reader = Classes.learn(("here", "there", "nowhere"), (points, labels), (points, labels))
    assert (reader.read(points) <= 1).all()
    source = DataSet(points, points, points, 1, classes=reader)
    assert measured("surviving_classes", Writes(points[None]), source, 80) == 2.0


def test_a_label_that_says_nothing_about_kinds_is_refused():
    points = np.random.default_rng(7).normal(size=(40, 2))
    for labels in (np.arange(40), np.zeros(40, dtype=np.int64)):
        names = tuple(map(str, np.unique(labels)))
        with pytest.raises(InputError, match="a label of 2 to 200 classes"):
            Classes.learn(names, (points, labels), (points, labels))


def test_metrics_are_offered_where_they_can_be_measured():
    offered = {
        key: {metric.name for metric in suitable(real_of(world.open(1)), world.open(1).truth)}
        for key, world in (("line", LINE), ("plane", PLANE), ("things", THINGS), ("digits", worlds.Digits()))
    }
    assert {"variance_ratio", "mean_drift", "kl", "tail_reach"} <= offered["line"]
    assert {"variance_ratio", "spread", "kl"} <= offered["plane"]
    assert {"entropy", "effective_types", "surviving_types", "tail_kept", "heterozygosity"} <= offered["things"]
    assert {"surviving_classes", "effective_classes", "energy_distance", "coverage"} <= offered["digits"]
    assert "spread" not in offered["line"]
    assert not {"variance_ratio", "kl", "energy_distance"} & offered["things"]
    assert not {"entropy", "kl"} & offered["digits"]


def test_a_law_over_categories_is_asked_for_where_it_is_needed():
    with pytest.raises(TypeError, match="expected Frequencies; got Normal"):
        measured("entropy", Normal(np.zeros(1), np.ones(1)), THINGS.open(1))


def test_points_are_written_once_for_all_metrics():
    calls = []

    class Counting(Writes):
        def sample(self, n, rng):
            calls.append(n)
            return super().sample(n, rng)

    look = Look(Counting(SOME.points), real_of(SOURCE), 25, np.random.default_rng(0))
    for metric in metrics.suitable(look.real, None):
        metric.measure(look)
    assert calls == [25]
