import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.theory import bias, contamination, needs

shares = st.floats(0.001, 1.0)


@given(step=st.floats(-1, 1), share=shares)
def test_a_settled_bias_reproduces_itself(step, share):
    after_fit = bias.settled_bias(step, share)
    assert (1 - share) * after_fit + step == pytest.approx(after_fit, abs=1e-9)
    in_data = bias.settled_bias(step, share, on_written=True)
    assert (1 - share) * (in_data + step) == pytest.approx(in_data, abs=1e-9)


@given(factor=st.floats(0, 1), share=shares)
def test_a_retained_variance_reproduces_itself(factor, share):
    v = bias.retained_variance(factor, share)
    assert share + (1 - share) * factor * v == pytest.approx(v)


def sharpened(p, temperature):
    logs = np.log(p) / temperature
    sharp = np.exp(logs - logs.max())
    return sharp / sharp.sum()


@pytest.mark.parametrize(("temperature", "categories"), [(0.9, 2), (0.9, 10), (0.9, 100), (0.7, 5)])
def test_thresholds_are_where_the_loop_recovers_and_where_it_holds(temperature, categories):
    uniform = np.full(categories, 1 / categories)

    def settled(p, share):
        for _ in range(8000):
            p = share * uniform + (1 - share) * sharpened(p, temperature)
        return p.max() * categories - 1

    collapsed = np.full(categories, 1e-9)
    collapsed[0] = 1
    threshold = bias.recovery_threshold(temperature, categories)
    assert settled(collapsed, threshold - 0.003) > 0.05
    assert settled(collapsed, threshold + 0.003) < 0.01
    nearly = uniform * np.where(np.arange(categories) == 0, 1 + 1e-4, 1)
    hold = bias.temperature_threshold(temperature)
    assert settled(nearly / nearly.sum(), hold + 0.003) < 1e-3
    assert settled(nearly / nearly.sum(), hold - 0.003) > 1e-2


def test_prevention_is_not_cure_for_more_than_two_categories():
    assert bias.recovery_threshold(0.9, 2) == pytest.approx(bias.temperature_threshold(0.9), abs=1e-6)
    assert bias.recovery_threshold(0.9, 10) > 0.14
    with pytest.raises(ValueError, match="temperature"):
        bias.recovery_threshold(1.1, 3)


@given(seed=st.integers(0, 10**6), share=shares)
def test_mixing_contracts_chi_square_and_bounds_the_divergence(seed, share):
    p, q = np.random.default_rng(seed).dirichlet(np.full(6, 0.5), 2) + 1e-9
    p, q = p / p.sum(), q / q.sum()
    mixed = share * p + (1 - share) * q
    chi = ((mixed - p) ** 2 / p).sum()
    assert chi == pytest.approx(bias.contracted_chi_square(((q - p) ** 2 / p).sum(), share), rel=1e-9, abs=1e-12)
    assert (p * np.log(p / mixed)).sum() <= bias.divergence_guard(share) + 1e-9


def test_truncated_mass_settles():
    p, share = np.array([0.6, 0.3, 0.1]), 0.2
    q = p
    for _ in range(300):
        kept = np.where(np.arange(3) < 2, q, 0)
        q = share * p + (1 - share) * kept / kept.sum()
    assert q[2] == pytest.approx(bias.truncated_mass(0.1, share))


def test_mislabelled_points_leave_a_floor():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200_000, 3))
    right, wrong = np.array([1.0, 2, 3]), np.array([1.0, 2, 4])
    y = np.where(rng.random(200_000) < 0.1, x @ wrong, x @ right)
    w = np.linalg.lstsq(x, y)[0]
    assert ((w - right) ** 2).sum() == pytest.approx(bias.mislabelled_floor(0.1, 1.0), rel=0.05)


def test_each_reason_can_bind():
    asked = {"parameters": 20, "nats": 0.1, "bias": 0.01, "bias_allowed": 0.1, "rarest": 0.01}
    assert needs.real_points(10_000, **asked).binding == "bias"
    assert needs.real_points(200, **asked).binding == "variance"
    assert needs.real_points(1000, rarest=0.002).binding == "tails"
    nothing = needs.real_points(1000)
    assert nothing.points == 0
    assert nothing.binding is None
    assert nothing.possible
    assert not needs.real_points(10, parameters=100, nats=0.1).possible


def test_a_fixed_anchor_needs_three_times_the_points():
    fresh = needs.real_points(1e6, parameters=10, nats=0.05)
    fixed = needs.real_points(1e6, parameters=10, nats=0.05, fixed=True)
    assert fixed.variance == 3 * fresh.variance == 150


@given(factor=st.floats(0.01, 0.99), kept=st.floats(0.01, 0.99))
def test_the_share_for_a_kept_variance_keeps_it(factor, kept):
    share = needs.real_points(1.0, variance_factor=factor, variance_kept=kept).bias
    assert bias.retained_variance(factor, share) == pytest.approx(kept)


def test_temperature_asks_for_its_share():
    assert needs.real_points(100, temperature=0.8).bias == pytest.approx(20)


@pytest.mark.parametrize("wrong", [{"nats": 0.0}, {"bias_allowed": -1.0}, {"rarest": 0.0}, {"variance_kept": 1.0}])
def test_impossible_wishes_are_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        needs.real_points(100, **wrong)


def test_information_without_contamination_is_chi_square():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    assert contamination.information(p, q, 0.0) == pytest.approx(((q - p) ** 2 / p).sum())
    assert contamination.clean_points_error(0.5, 0.01) == pytest.approx(0.02)


def test_drift_bias_is_the_slope_of_the_population_estimate():
    from scipy.optimize import brentq

    rng = np.random.default_rng(1)
    p, q, other = rng.dirichlet(np.ones(20), 3)
    alpha, step = 0.2, 1e-4
    moved = (1 - step) * p + step * other
    corpus = (1 - alpha) * moved + alpha * q
    score = lambda a: (corpus * (q - p) / ((1 - a) * p + a * q)).sum()  # noqa: E731
    assert brentq(score, 0.01, 0.6) - alpha == pytest.approx(contamination.drift_bias(p, q, moved, alpha), rel=1e-2)
