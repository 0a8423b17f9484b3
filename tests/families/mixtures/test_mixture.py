"""The mixture family, with scikit-learn's EM and SciPy's normal law as oracles."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Oracle

from kellet.evidence import Array, Points
from kellet.families.contract import check_family
from kellet.families.family import Prior
from kellet.families.mixtures import maximisation as ascent
from kellet.families.mixtures.maximisation import Covariance
from kellet.families.mixtures.mixture import Mixture
from kellet.families.separate import only
from kellet.laws.mixture import GaussianMixture, columns, expect, inverse_factors, squared_lengths

R, N, D, J = 3, 200, 4, 3
COVARIANCES: tuple[Covariance, ...] = ("full", "diagonal", "tied", "spherical")


@pytest.fixture
def rng() -> Generator:
    return default_rng(8)


def clusters(rng: Generator, r: int = R, n: int = N, d: int = D, j: int = J, apart: float = 3.0) -> Points:
    """Overlapping clusters, each with its own slant."""
    centres = apart * rng.standard_normal((r, j, d))
    turns = rng.standard_normal((r, j, d, d))
    which = rng.integers(j, size=(r, n))
    at = np.arange(r)[:, None]
    noise = rng.standard_normal((r, n, d, 1))
    return Points(centres[at, which] + (turns[at, which] @ noise)[..., 0])


def somewhere(rng: Generator, points: Points, j: int = J, kind: Covariance = "full") -> GaussianMixture:
    """A model to start from: random points, one covariance."""
    values = points.values
    means = values[:, rng.permutation(values.shape[1])[:j]]
    factor = np.linalg.cholesky(np.stack([np.cov(v, rowvar=False) for v in values]))
    if kind in ("diagonal", "spherical"):
        widths = np.einsum("rdd->rd", factor)
        widths = widths if kind == "diagonal" else np.broadcast_to(widths[:, :1], widths.shape)
        factor = widths[..., None] * np.eye(values.shape[2])
    weights = rng.dirichlet(np.full(j, 5.0), size=len(values))
    return GaussianMixture(weights, means, np.repeat(factor[:, None], j, axis=1))


def oracle(kind: Covariance, start: GaussianMixture, r: int, values: Array, **settings: Any) -> Oracle:
    precisions = np.linalg.inv(start.factors[r] @ start.factors[r].swapaxes(1, 2))
    if kind == "diagonal":
        precisions = np.einsum("jdd->jd", precisions)
    elif kind == "spherical":
        precisions = precisions[:, 0, 0]
    elif kind == "tied":
        precisions = precisions[0]
    model = Oracle(
        start.weights.shape[1],
        covariance_type="diag" if kind == "diagonal" else kind,
        weights_init=start.weights[r],
        means_init=start.means[r],
        precisions_init=precisions,
        **settings,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(values)


def covariances(kind: Covariance, fitted: Oracle) -> Array:
    found: Array = fitted.covariances_
    if kind == "diagonal":
        return found[:, None] * np.eye(found.shape[1])
    if kind == "spherical":
        return found[:, None, None] * np.eye(D)
    return np.repeat(found[None], len(fitted.means_), axis=0) if kind == "tied" else found


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize(("iterations", "tolerance"), [(1, 0.0), (12, 0.0), (200, 1e-3)])
def test_em_from_the_same_start_is_scikit_learns(
    kind: Covariance, iterations: int, tolerance: float, rng: Generator
) -> None:
    points = clusters(rng)
    start = somewhere(rng, points, kind=kind)
    family = Mixture(J, kind, floor=0.01, iterations=iterations, tolerance=tolerance, seeding="previous")
    ours = family.fit(points, rng, start)
    likelihood = ours.log_density(points.values).mean(axis=1)
    for r, values in enumerate(points.values):
        theirs = oracle(kind, start, r, values, max_iter=iterations, tol=tolerance, reg_covar=0.01)
        assert np.allclose(likelihood[r], theirs.score(values), rtol=1e-9, atol=1e-9)
        assert np.allclose(ours.weights[r], theirs.weights_, rtol=1e-8, atol=1e-8)
        assert np.allclose(ours.means[r], theirs.means_, rtol=1e-8, atol=1e-8)
        assert np.allclose(ours.factors[r] @ ours.factors[r].swapaxes(1, 2), covariances(kind, theirs), atol=1e-8)


@pytest.mark.parametrize("kind", COVARIANCES)
def test_responsibilities_are_scikit_learns(kind: Covariance, rng: Generator) -> None:
    points = clusters(rng)
    start = somewhere(rng, points, kind=kind)
    model = Mixture(J, kind, iterations=3, tolerance=0.0, seeding="previous").fit(points, rng, start)
    whitening = inverse_factors(model.factors)
    lengths = squared_lengths(whitening, columns(points.values)[:, None] - model.means[..., None])
    _, belongs = expect(lengths, np.log(model.weights), whitening)
    for r, values in enumerate(points.values):
        theirs = oracle(kind, start, r, values, max_iter=3, tol=0.0, reg_covar=1e-6)
        assert np.allclose(belongs[r].T, theirs.predict_proba(values), rtol=1e-7, atol=1e-9)


def test_k_means_seeds_find_clusters_as_good_as_scikit_learns(rng: Generator) -> None:
    points = clusters(rng, r=60, n=200, d=2, apart=6.0)
    ours = Mixture(J).fit(points, rng).log_density(points.values).mean(axis=1)
    theirs = [Oracle(J, init_params="k-means++", random_state=0).fit(values).score(values) for values in points.values]
    gain = ours - theirs
    assert gain.mean() > -3 * gain.std() / np.sqrt(60)


@pytest.mark.parametrize("kind", COVARIANCES)
def test_density_is_scipys(kind: Covariance, rng: Generator) -> None:
    points = clusters(rng)
    model = Mixture(J, kind, iterations=5).fit(points, rng)
    elsewhere = 5 * rng.standard_normal((1, 50, D))
    expected = np.empty((R, 50))
    for r in range(R):
        parts = [
            np.log(model.weights[r, j]) + multivariate_normal(model.means[r, j], f @ f.T).logpdf(elsewhere[0])
            for j, f in enumerate(model.factors[r])
        ]
        expected[r] = logsumexp(parts, axis=0)
    assert np.allclose(model.log_density(elsewhere), expected, rtol=1e-10)


def test_samples_have_the_models_moments(rng: Generator) -> None:
    model = Mixture(J).fit(clusters(rng, d=2), rng)
    n = 200_000
    values = model.sample(n, rng).values
    error = np.sqrt(model.variance / n)
    assert (np.abs(values.mean(axis=1) - model.mean) < 4.5 * error).all()
    apart = values - model.mean[:, None]
    products = apart[..., :, None] * apart[..., None, :]
    error = products.std(axis=1) / np.sqrt(n)
    assert (np.abs(products.mean(axis=1) - model.covariance) < 4.5 * error).all()


def test_each_replicate_learns_as_if_alone(rng: Generator) -> None:
    points = clusters(rng, r=6)
    start = somewhere(rng, points)
    family = Mixture(J, tolerance=1e-4, seeding="previous", prior=Prior(3.0))
    together = family.fit(points, rng, start)
    for r in range(6):
        s = slice(r, r + 1)
        alone = family.fit(only(points, r), rng, GaussianMixture(start.weights[s], start.means[s], start.factors[s]))
        for both, one in (
            (together.weights, alone.weights),
            (together.means, alone.means),
            (together.factors, alone.factors),
        ):
            assert np.allclose(both[s], one, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kind", COVARIANCES)
def test_a_weight_of_three_is_the_point_three_times_and_of_zero_not_there(kind: Covariance, rng: Generator) -> None:
    points = clusters(rng)
    start = somewhere(rng, points, kind=kind)
    weights = np.tile([0.0, 1.0, 3.0, 1.0], (R, N // 4))
    values = points.values.copy()
    values[weights == 0] = np.nan
    family = Mixture(J, kind, iterations=10, tolerance=0, seeding="previous", prior=Prior(2.0, 1.0))
    weighed = family.fit(Points(values, weights), rng, start)
    repeated = family.fit(Points(np.repeat(points.values, weights[0].astype(int), axis=1)), rng, start)
    assert not weighed.collapsed.any()
    assert np.allclose(weighed.means, repeated.means, rtol=1e-9, atol=1e-9)
    assert np.allclose(weighed.factors, repeated.factors, rtol=1e-9, atol=1e-9)
    assert np.allclose(weighed.weights, repeated.weights, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("prior", [None, Prior(4.0, variance=2.0), Prior(4.0, mean=1.0)])
def test_it_keeps_the_contract_of_families(kind: Covariance, prior: Prior | None, rng: Generator) -> None:
    check_family(Mixture(J, kind, prior=prior), clusters(rng))
    check_family(Mixture(2, kind, prior=prior), Points(rng.standard_normal((4, 60))))


def test_scalars_are_vectors_of_one_dimension(rng: Generator) -> None:
    values = clusters(rng, d=1).values
    flat = Mixture(J).fit(Points(values[..., 0]), default_rng(1))
    deep = Mixture(J).fit(Points(values), default_rng(1))
    assert np.array_equal(flat.means, deep.means)
    assert flat.mean.shape == flat.covariance.shape == flat.variance.shape == (R,)
    assert np.allclose(flat.log_density(values[..., 0]), deep.log_density(values))
    assert flat.sample(5, rng).values.shape == (R, 5)


def test_one_component_with_a_prior_is_the_closed_form(rng: Generator) -> None:
    points = clusters(rng)
    model = Mixture(1, floor=0.1, prior=Prior(8.0, mean=2.0, variance=3.0)).fit(points, rng)
    mean = (points.values.sum(axis=1) + 8 * 2.0) / (N + 8)
    apart = points.values - mean[:, None]
    scatter = apart.swapaxes(1, 2) @ apart + 8 * (2 - mean)[..., None] * (2 - mean)[:, None] + 8 * 3.0 * np.eye(D)
    assert np.allclose(model.mean, mean)
    assert np.allclose(model.covariance, scatter / (N + 8) + 0.1 * np.eye(D))


def test_a_prior_pools_over_what_the_covariances_share(rng: Generator) -> None:
    points = clusters(rng)
    prior = Prior(6.0, mean=1.0, variance=2.0)
    settings: dict[str, Any] = {"floor": 0.0, "iterations": 1, "tolerance": 0.0, "seeding": "previous", "prior": prior}
    # One start without slant for all: then the first E-step is the same, and so are the numerators.
    start = somewhere(rng, points, kind="spherical")
    found = {kind: Mixture(J, kind, **settings).fit(points, rng, start) for kind in COVARIANCES}
    full, diagonal, tied, round_ = (found[kind].factors @ found[kind].factors.swapaxes(2, 3) for kind in COVARIANCES)
    shares = found["full"].weights[..., None, None]
    assert np.allclose(tied, (shares * full).sum(axis=1, keepdims=True), rtol=1e-9)
    assert np.allclose(diagonal, full * np.eye(D), rtol=1e-9)
    assert np.allclose(round_, np.trace(full, axis1=2, axis2=3)[..., None, None] / D * np.eye(D), rtol=1e-9)


def test_a_prior_keeps_every_component_alive_where_none_would_be(rng: Generator) -> None:
    heap = Points(np.repeat(rng.standard_normal((R, 1, D)), 50, axis=1))
    bare = Mixture(J).fit(heap, rng)
    kept = Mixture(J, prior=Prior(6.0, variance=0.5)).fit(heap, rng)
    assert ((bare.weights > 0).sum(axis=1) == 1).all()
    assert (kept.weights >= 2 / 56 - 1e-12).all()
    widths = np.einsum("rjdd->rjd", kept.factors)
    assert (widths**2 >= 2 * 0.5 / 52 - 1e-12).all()
    assert np.allclose(widths[kept.weights < 0.1] ** 2, 0.5, rtol=0.01)


@pytest.mark.parametrize("n", [1, 2, 50])
@pytest.mark.parametrize("kind", COVARIANCES)
def test_points_that_coincide_are_an_outcome(n: int, kind: Covariance, rng: Generator) -> None:
    heap = Points(np.full((R, n, D), 7.0))
    model = Mixture(5, kind).fit(heap, rng)
    assert not model.collapsed.any()
    assert np.allclose(model.mean, 7.0)
    assert np.allclose(model.covariance, 1e-6 * np.eye(D))
    assert np.allclose(model.sample(9, rng).values, 7.0, atol=0.01)
    bare = Mixture(5, kind, floor=0.0).fit(heap, rng)
    assert bare.collapsed.all()
    assert np.array_equal(bare.sample(9, rng).values, np.full((R, 9, D), 7.0))
    assert (bare.log_density(heap.values) == -np.inf).all()


def test_fewer_points_than_components_leave_fewer_components(rng: Generator) -> None:
    points = clusters(rng, n=3)
    model = Mixture(6).fit(points, rng)
    assert ((model.weights > 0).sum(axis=1) <= 3).all()
    assert np.isfinite(model.sample(20, rng).values).all()


def test_a_broken_replicate_is_marked_and_breaks_no_other(rng: Generator) -> None:
    points = clusters(rng, r=4)
    values, weights = points.values.copy(), np.ones((4, N))
    values[1, 5, 2] = np.inf
    weights[3] = 0
    model = Mixture(J).fit(Points(values, weights), default_rng(3))
    whole = Mixture(J).fit(points, default_rng(3))
    assert model.collapsed.tolist() == [False, True, False, True]
    assert np.array_equal(model.means[[0, 2]], whole.means[[0, 2]])
    assert np.isfinite(model.sample(5, rng).values).all()
    again = Mixture(J, seeding="previous").fit(points, rng, model)
    assert not again.collapsed.any()


def test_going_on_from_a_dead_component_leaves_it_dead(rng: Generator) -> None:
    points = clusters(rng)
    start = somewhere(rng, points)
    start.weights[:, 1] = 0
    start.weights[:] /= start.weights.sum(axis=1, keepdims=True)
    model = Mixture(J, seeding="previous").fit(points, rng, start)
    assert (model.weights[:, 1] == 0).all()
    assert not model.collapsed.any()


@pytest.mark.parametrize("kind", COVARIANCES)
def test_widths_far_below_the_distances_survive(kind: Covariance, rng: Generator) -> None:
    fine = 1e-9 * rng.standard_normal((1, 400, 2))
    far = np.where(np.arange(400)[:, None] % 2, 1.0, -1.0) + fine
    model = Mixture(2, kind, floor=0.0).fit(Points(far), rng)
    parts = [far[0, ::2], far[0, 1::2]]
    alone = [np.cov(part, rowvar=False, ddof=0) for part in parts]
    for part, covariance in zip(parts, alone, strict=True):
        expected = {
            "full": covariance,
            "tied": sum(alone) / 2,
            "diagonal": np.diag(np.diag(covariance)),
            "spherical": np.eye(2) * np.trace(covariance) / 2,
        }[kind]
        j = np.abs(model.means[0] - part.mean(axis=0)).sum(axis=1).argmin()
        assert np.allclose(model.factors[0, j] @ model.factors[0, j].T, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("prior", [None, Prior(2.0), Prior(2.0, mean=1.0, variance=0.5)], ids=repr)
@pytest.mark.parametrize("kind", ["diagonal", "tied", "spherical"])
def test_expanded_squares_and_distances_take_the_same_steps(
    kind: Covariance, prior: Prior | None, rng: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = clusters(rng)
    points.values[0] += 1000.0
    points = Points(points.values, rng.random((R, N)) * (rng.random((R, N)) < 0.9))
    start = somewhere(rng, points, kind=kind)
    family = Mixture(J, kind, iterations=15, tolerance=0.0, seeding="previous", prior=prior)
    quick = family.fit(points, rng, start)
    monkeypatch.setattr(ascent, "FARTHEST", 0.0)
    slow = family.fit(points, rng, start)
    for ours, theirs in ((quick.weights, slow.weights), (quick.means, slow.means), (quick.factors, slow.factors)):
        assert np.allclose(ours, theirs, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("width", [1e-5, 1e-9])
@pytest.mark.parametrize("kind", ["diagonal", "tied", "spherical"])
def test_a_replicate_that_grows_narrow_goes_on_without_losing_digits_and_changes_no_other(
    kind: Covariance, width: float, rng: Generator
) -> None:
    """Narrow clusters are found from a start as wide as their distance: in between expanded squares give out."""
    wide = clusters(rng, r=1, n=40, d=2, j=2).values
    narrow = np.where(np.arange(40)[:, None] % 2, 1.0, -1.0) + width * rng.standard_normal((1, 40, 2))
    points = Points(np.concatenate([wide, narrow, wide]))
    start = GaussianMixture(np.full((3, 2), 0.5), points.values[:, :2], np.tile(2.0 * np.eye(2), (3, 2, 1, 1)))
    family = Mixture(2, kind, floor=0.0, iterations=40, tolerance=0.0, seeding="previous")
    model = family.fit(points, rng, start)
    variances = np.stack([narrow[0, i::2].var(axis=0) for i in (0, 1)])
    expected = variances.mean(axis=0) if kind == "tied" else variances
    expected = variances.mean(axis=1, keepdims=True) if kind == "spherical" else expected
    order = model.means[1, :, 0].argsort()
    found = np.einsum("jde,jde->jd", model.factors[1], model.factors[1])[order]
    assert np.allclose(found, expected, rtol=1e-7 if width > 1e-9 else 1e-6, atol=0)
    for r in (0, 2):
        alone = family.fit(
            only(points, r), rng, GaussianMixture(start.weights[[r]], start.means[[r]], start.factors[[r]])
        )
        assert np.array_equal(alone.factors[0], model.factors[r])


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"components": 0}, "components of at least 1"),
        ({"components": 2, "floor": -1.0}, "floor >= 0"),
        ({"components": 2, "iterations": 0}, "iterations of at least 1"),
        ({"components": 2, "tolerance": -1.0}, "tolerance >= 0"),
    ],
)
def test_settings_without_sense_are_refused_with_a_hint(settings: dict[str, Any], hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        Mixture(**settings)


def test_a_prior_mean_of_the_wrong_length_is_refused(rng: Generator) -> None:
    with pytest.raises(ValueError, match="each of 4 dimensions; got 2"):
        Mixture(J, prior=Prior(1.0, mean=(0.0, 1.0))).fit(clusters(rng), rng)


def test_without_points_every_replicate_is_collapsed(rng: Generator) -> None:
    model = Mixture(J).fit(Points(np.empty((2, 0, 3))), rng)
    assert model.collapsed.all()
    assert not model.sample(4, rng).values.any()
