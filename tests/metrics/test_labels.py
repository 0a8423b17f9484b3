"""How well written labels agree with real ones, with their own chances, and with generation 0."""

from dataclasses import dataclass

import numpy as np
import pytest

from kellet import families, metrics, worlds
from kellet.data.labelled import LabelledSet
from kellet.laws.conditional import LinearLaw
from kellet.metrics import Look, find_metric, labels, real_of

RNG = np.random.default_rng(0)


@dataclass(frozen=True, eq=False)
class Says:
    """A model that expects this of the held-out rows."""

    expected: np.ndarray
    spread: np.ndarray | None = None

    def expect(self, features):
        return self.expected[:, : len(features)]

    def beside(self, features):
        return self

    def sample(self, n, rng):
        raise NotImplementedError


def rows_with(labels_):
    return np.column_stack([np.arange(len(labels_)), labels_]).astype(float)


def measured(name, model, source, first=None):
    return find_metric(name).measure(Look(model, real_of(source), 10, np.random.default_rng(0), first))


def classes(chances, rng):
    """Held-out labels (n,) drawn by chances (n, K)."""
    drawn = (rng.random(len(chances))[:, None] >= chances.cumsum(axis=1)).sum(axis=1)
    return LabelledSet(*(rows_with(drawn),) * 3, 1, labels=("a", "b", "c"))


def test_right_chances_are_calibrated_and_too_sure_ones_are_not():
    scores, sure = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        chances = rng.dirichlet([1.0, 1.0, 1.0], 200)
        sharper = chances**3 / (chances**3).sum(axis=1, keepdims=True)
        source = classes(chances, rng)
        scores.append(measured("calibration_error", Says(chances[None]), source)[0])
        sure.append(measured("calibration_error", Says(sharper[None]), source)[0])
    # The binomial's bias is that of equal chances in a bin: a little too much is taken off.
    assert abs(np.mean(scores)) < 5 * np.std(scores) / np.sqrt(60) + 0.003
    assert np.mean(sure) > 0.1


def test_errors_losses_and_skill_of_classes():
    source = LabelledSet(*(rows_with([0, 0, 0, 1]),) * 3, 1, labels=("a", "b"))
    right, first = Says(np.array([[[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.2, 0.8]]])), None
    always = Says(np.array([[[1.0, 0.0]] * 4]))
    assert measured("error_rate", right, source) == 0.25
    assert measured("skill", right, source) == 0
    assert measured("skill", Says(np.eye(2)[None, [0, 0, 0, 1]]), source) == 1
    assert measured("log_loss", right, source) == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.8]).mean())
    assert measured("log_loss", always, source) == np.inf
    assert measured("agreement", always, source, right) == 0.5
    assert measured("agreement", right, source, first) == 1


def test_errors_coverage_and_agreement_of_numbers():
    y = RNG.normal(size=1000)
    source = LabelledSet(*(rows_with(y),) * 3, 1, names=("x", "y"))
    model = Says(np.stack([y, np.zeros(1000)]), np.ones(2))
    np.testing.assert_allclose(measured("test_error", model, source), [0, 1 + y.mean() ** 2 / y.var()])
    np.testing.assert_allclose(measured("skill", model, source), [1, 0])
    assert abs(measured("interval_coverage", model, source)[1] - 0.9) < 5 * np.sqrt(0.09 / 1000)
    np.testing.assert_allclose(measured("agreement", model, source, Says(np.stack([y, y]))), [1, 0], atol=1e-12)


def test_what_is_exact_for_lines_is_what_many_rows_say():
    source = worlds.Linear(3, noise=0.5).open(1)
    truth = source.truth
    lines = [LinearLaw(truth.features, w, a, np.array([0.6])) for w, a in (
        (np.array([[0.9, 0.2, 0.5]]), np.array([0.3])), (np.array([[0.5, 0.5, 0.1]]), np.array([-0.2])))]  # fmt: skip
    rows = truth.sample(400_000, np.random.default_rng(5)).values[0]
    many = LabelledSet(rows, rows, rows, 1)
    real = metrics.RealLabels(rows[:, :-1], rows[:, -1])
    assert real_of(many).truth is None
    for name in ("test_error", "interval_coverage", "agreement", "log_loss"):
        seen = find_metric(name).measure(Look(lines[0], real, 10, np.random.default_rng(0), lines[1]))
        assert measured(name, lines[0], source, lines[1]) == pytest.approx(seen, rel=0.01)
    gap = lines[0].expect(rows[:, :-1]) - truth.expect(rows[:, :-1])
    assert measured("excess_risk", lines[0], source) == pytest.approx((gap**2).mean(), rel=0.01)


def test_labels_have_their_own_metrics_and_no_others():
    known = {metric.name for metric in labels.ALL}
    law = real_of(worlds.Linear().open(1))
    model = families.Regression().fit(worlds.Linear().open(1).truth.statistics(50, RNG))
    found = {metric.name for metric in metrics.suitable(law, model)}
    assert found == {"skill", "excess_risk", "test_error", "log_loss", "interval_coverage", "agreement"}
    named = real_of(LabelledSet(*(rows_with([0, 1]),) * 3, 1, labels=("a", "b")))
    several = {metric.name for metric in metrics.suitable(named, None)}
    assert several == {"skill", "error_rate", "log_loss", "calibration_error", "agreement"}
    for world in (worlds.Normal(), worlds.Zipf(9), worlds.Digits()):
        assert not {metric.name for metric in metrics.suitable(real_of(world.open(1)), None)} & known
