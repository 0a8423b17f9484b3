"""The Gaussian copula: margins exactly as seen, dependence as a normal law's, and both kept over generations."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm, spearmanr

from kellet import InputError, Points
from kellet.families import Copula
from kellet.families.mixtures.copula import _correlate, _score

TRUTH = np.array([[1, 0.7, 0.5, -0.6], [0.7, 1, 0.3, -0.2], [0.5, 0.3, 1, 0], [-0.6, -0.2, 0, 1]])


def table(r, n, seed=0):
    """(r, n, 4): a number, a half, four categories and a rare one, with the latent correlations TRUTH."""
    latent = np.random.default_rng(seed).standard_normal((r, n, 4)) @ np.linalg.cholesky(TRUTH).T
    columns = [
        np.exp(latent[..., 0]),
        latent[..., 1] > 0,
        np.digitize(latent[..., 2], [-1, 0.5, 2.2]),
        latent[..., 3] > 1.5,
    ]
    return np.stack(columns, axis=2).astype(float)


def fit(values, weights=None):
    return Copula().fit(Points(values, weights))


def sample(model, n, seed=1):
    return model.sample(n, np.random.default_rng(seed)).values


def test_latent_correlations_are_found_behind_ties_and_categories():
    found = fit(table(20, 2000)).correlation
    error = found.std(axis=0, ddof=1) / np.sqrt(20)
    off = ~np.eye(4, dtype=bool)
    assert (abs(found.mean(axis=0) - TRUTH)[off] < 5 * error[off] + 0.005).all()


@pytest.mark.parametrize(
    ("p", "rho"), [(0.5, -0.3), (0.5, 0.8), (0.1, -0.3), (0.1, 0.5), (0.1, 0.8), (0.01, 0.2), (0.01, 0.8)]
)
def test_the_tetrachoric_correlation_is_exact(p, rho):
    """Two columns of two values, whose table of probabilities is known: no sampling error at all."""
    both = multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf(np.full(2, norm.ppf(p)))
    cells = np.array([[both, p - both], [p - both, 1 - 2 * p + both]])
    column = np.array([[[0.0, 1.0], [0.0, 1.0]]])
    scores, coefficients = _score(column, np.array([[[p, 1.0], [p, 1.0]]]))
    product = (cells * np.outer(scores[0, 0], scores[0, 1])).sum()
    found = _correlate(np.full((1, 2, 2), product), coefficients)[0, 0, 1]
    assert found == pytest.approx(rho, abs=0.002)


def test_scores_are_conditional_means():
    steps = np.array([[[0.2, 0.5, 1.0]]])
    scores, _ = _score(np.array([[[1.0, 2.0, 3.0]]]), steps)
    u = (np.arange(1_000_000) + 0.5) / 1_000_000
    z = norm.ppf(u)
    expected = [z[(u > low) & (u < high)].mean() for low, high in ((0, 0.2), (0.2, 0.5), (0.5, 1))]
    np.testing.assert_allclose(scores[0, 0], expected, atol=1e-5)


def test_dependence_does_not_wear_off_over_generations():
    """Correlating scores would multiply that of two halved columns by 0.64 a generation: 0.01 after ten."""
    values = table(10, 4000)
    rng = np.random.default_rng(2)
    for _ in range(10):
        values = fit(values).sample(4000, rng).values
    found = fit(values).correlation
    off = ~np.eye(4, dtype=bool)
    error = found.std(axis=0, ddof=1) / np.sqrt(10)
    assert (abs(found.mean(axis=0) - TRUTH)[off] < 5 * error[off] + 0.02).all()


def test_margins_are_those_of_the_training_points():
    values = table(3, 500)
    written = sample(fit(values), 20_000)
    for r in range(3):
        for j in range(4):
            levels, often = np.unique(values[r, :, j], return_counts=True)
            assert np.isin(written[r, :, j], levels).all()
            p = often / 500
            seen = (written[r, :, j, None] == levels).mean(axis=0)
            assert (abs(seen - p) < 5.5 * np.sqrt(p * (1 - p) / 20_000)).all()


def test_weights_count_and_rank_correlation_is_kept():
    latent = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=(1, 3000))
    written = sample(fit(latent), 20_000)[0]
    real = spearmanr(latent[0]).statistic
    assert spearmanr(written).statistic == pytest.approx(real, abs=5 / np.sqrt(3000))
    values, weights = table(1, 50), np.random.default_rng(1).integers(0, 4, size=(1, 50)).astype(float)
    repeated = np.repeat(values, weights[0].astype(int), axis=1)
    one, other = fit(values, weights), fit(repeated)
    np.testing.assert_allclose(one.correlation, other.correlation, atol=1e-7)
    np.testing.assert_array_equal(sample(one, 500), sample(other, 500))


def test_whole_numbers_stay_whole_and_what_was_not_seen_is_not_written():
    values = np.random.default_rng(0).poisson(3, size=(2, 100, 3))
    written = sample(fit(values), 5000)
    assert written.dtype == values.dtype
    for r in range(2):
        assert set(np.unique(written[r, :, 0])) <= set(np.unique(values[r, :, 0]))
        assert (written[r].max(axis=0) <= values[r].max(axis=0)).all()


def test_a_constant_column_is_kept_and_bound_to_nothing():
    values = table(2, 100)
    values[0, :, 1] = 7.0
    model = fit(values)
    assert not model.collapsed.any()
    assert (sample(model, 50)[0, :, 1] == 7).all()
    np.testing.assert_array_equal(model.correlation[0, 1, [0, 2, 3]], 0)
    assert (sample(model, 50)[1, :, 1] != 7).all()


@pytest.mark.parametrize("n", [2, 3, 10])
def test_more_columns_than_points_still_have_a_positive_definite_matrix(n):
    values = np.random.default_rng(0).normal(size=(4, n, 12))
    values[..., 6:] = values[..., :6]
    model = fit(values)
    sizes = np.linalg.eigvalsh(model.correlation)
    assert sizes.min() > 1e-8
    np.testing.assert_allclose(np.diagonal(model.correlation, axis1=1, axis2=2), 1, atol=1e-9)
    assert np.isfinite(sample(model, 10)).all()


def test_together_and_one_by_one_are_the_same():
    values = table(4, 80)
    together = fit(values)
    for r in range(4):
        alone = fit(values[r : r + 1])
        np.testing.assert_allclose(alone.factor[0], together.factor[r], atol=1e-12)
        np.testing.assert_array_equal(alone.values[0], together.values[r])


def test_a_floor_that_cannot_be():
    with pytest.raises(InputError, match="a floor between 0 and 1"):
        Copula(floor=0)
