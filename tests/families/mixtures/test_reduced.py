"""Families in principal components, with scikit-learn's PCA as an oracle."""

from __future__ import annotations

import tomllib
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, default_rng
from sklearn.decomposition import PCA

from kellet import Experiment, InputError, Points, Prior, generations, worlds
from kellet.experiment.arm import Arm
from kellet.experiment.spelling import parse_family
from kellet.families import Adapter, Bootstrap, Gaussian, Kernel, Mixture, Reduced, adapt
from kellet.families.contract import check_family

R, N, D = 3, 60, 6
INNER: list[Any] = [
    Gaussian(),
    Gaussian(prior=Prior(3.0)),
    Mixture(2),
    Mixture(2, seeding="previous"),
    Kernel(0.3),
    Kernel("cross-validated"),
    Bootstrap(),
    Adapter("sklearn.mixture:GaussianMixture", {"n_components": 2}),
]


@pytest.fixture
def rng() -> Generator:
    return default_rng(13)


def cloud(rng: Generator, r: int = R, n: int = N, d: int = D) -> Points:
    return Points(rng.standard_normal((r, n, d)) @ rng.standard_normal((d, d)) + 5.0)


@pytest.mark.parametrize("n", [4, N])
def test_the_components_are_scikit_learns(n: int, rng: Generator) -> None:
    points = cloud(rng, n=n)
    model = Reduced(Bootstrap(), components=3).fit(points, rng)
    for r, values in enumerate(points.values):
        theirs = PCA(3).fit(values)
        np.testing.assert_allclose(model.centre[r], theirs.mean_)
        turned = np.sign((theirs.components_ * model.axes[r]).sum(axis=1))[:, None] * theirs.components_
        np.testing.assert_allclose(model.axes[r], turned, atol=1e-8)
        back = theirs.inverse_transform(theirs.transform(values))
        written = model.sample(300, rng).values[r]
        assert np.abs(written[:, None] - back).max(axis=2).min(axis=1).max() < 1e-8


def test_all_components_of_a_gaussian_are_the_gaussian(rng: Generator) -> None:
    points = cloud(rng)
    model = Reduced(Gaussian(), components=D).fit(points, rng)
    plain = Gaussian().fit(Gaussian().summarise(points))
    turned = model.axes.swapaxes(1, 2) @ model.model.covariance @ model.axes
    np.testing.assert_allclose(turned, plain.covariance, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(model.centre + (model.model.mean[:, None] @ model.axes)[:, 0], plain.mean)


@pytest.mark.parametrize("family", INNER, ids=repr)
@pytest.mark.parametrize("basis", ["frozen", "anew"])
def test_it_keeps_the_contract_of_families(family: Any, basis: Any, rng: Generator) -> None:
    reduced = Reduced(family, 2, basis)
    check_family(reduced, cloud(rng))
    assert reduced.batched == family.batched
    pictures = Points(cloud(rng).values.reshape(R, N, 3, 2, 1))
    check_family(reduced, pictures)


def test_a_frozen_basis_stays_and_one_learnt_anew_moves(rng: Generator) -> None:
    for basis, stays in (("frozen", True), ("anew", False)):
        loop = generations(
            worlds.Digits(dims=8), Reduced(Gaussian(), 4, basis), size=80, replicates=2, rng=default_rng(2)
        )
        first, *_, last = (next(loop) for _ in range(4))
        assert np.array_equal(first.model.axes, last.model.axes) == stays
        assert np.array_equal(first.model.centre, last.model.centre) == stays
        apart = last.model.sample(30, rng).values - last.model.centre[:, None]
        inside = (apart @ last.model.axes.swapaxes(1, 2)) @ last.model.axes
        np.testing.assert_allclose(apart, inside, atol=1e-9)


def test_a_family_that_goes_on_from_the_last_generation_does_so_only_in_the_same_coordinates(rng: Generator) -> None:
    seen: list[Any] = []

    class Watching(Mixture, frozen=True, tag="watching", tag_field="kind"):
        def fit(self, evidence: Points, rng: Generator, previous: Any = None) -> Any:
            seen.append(previous)
            return super().fit(evidence, rng, previous)

    for basis in ("frozen", "anew"):
        family = Reduced(Watching(2, seeding="previous"), 2, basis)  # type: ignore[arg-type]
        before = family.fit(cloud(rng), rng)
        family.fit(cloud(rng), rng, before)
        assert seen.pop() is (before.model if basis == "frozen" else None)


@pytest.mark.parametrize("family", INNER[:-1], ids=repr)
def test_points_of_weight_zero_are_absent_and_a_weight_counts(family: Any, rng: Generator) -> None:
    points = cloud(rng)
    weights = np.tile([0.0, 1.0, 3.0, 1.0], (R, N // 4))
    values = points.values.copy()
    values[weights == 0] = np.nan
    weighed = Reduced(family, 3).fit(Points(values, weights), default_rng(1))
    repeated = Reduced(family, 3).fit(Points(np.repeat(points.values, weights[0].astype(int), axis=1)), default_rng(1))
    np.testing.assert_allclose(weighed.axes, repeated.axes, atol=1e-9)
    np.testing.assert_allclose(weighed.centre, repeated.centre, rtol=1e-12)
    assert not weighed.collapsed.any()


@pytest.mark.parametrize("family", INNER[:-1], ids=repr)
@pytest.mark.parametrize("n", [1, 2, 50])
def test_points_that_coincide_or_are_few_are_an_outcome(family: Any, n: int, rng: Generator) -> None:
    heap = Points(np.full((R, n, D), 0.1))
    model = Reduced(family, 4).fit(heap, rng)
    assert (model.axes == 0).all()
    np.testing.assert_allclose(model.sample(9, rng).values, 0.1, rtol=1e-12)
    assert model.collapsed.all() == (family == Kernel("cross-validated"))
    few = Reduced(family, 4).fit(cloud(rng, n=2), rng)
    assert (np.abs(few.axes).sum(axis=2) > 0).sum(axis=1).tolist() == [1] * R
    assert np.isfinite(few.sample(9, rng).values).all()


def test_a_broken_replicate_is_marked_and_breaks_no_other(rng: Generator) -> None:
    values, weights = cloud(rng, r=4).values.copy(), np.ones((4, N))
    values[1, 3, 1] = np.nan
    weights[3] = 0.0
    model = Reduced(Kernel(), 3).fit(Points(values, weights), rng)
    assert model.collapsed.tolist() == [False, True, False, True]
    assert "not finite" in str(model.reason)
    assert np.isfinite(model.sample(5, rng).values).all()


def test_a_program_inside_that_breaks_is_told_of_and_is_no_collapse(rng: Generator) -> None:
    class Broken:
        def fit(self, points: Any) -> None:
            raise RuntimeError("no memory")

        def sample(self, n: int) -> Any:
            return None

    model = Reduced(adapt(Broken()), 2).fit(Points(cloud(rng).values[:1]), rng)  # type: ignore[arg-type]
    assert model.failed.all()
    assert "no memory" in str(model.failure)
    assert not Reduced(Kernel(), 2).fit(cloud(rng), rng).failed.any()


def test_it_is_written_down_and_spelt_with_the_family_inside() -> None:
    family = Reduced(Mixture(3, floor=0.1), components=2, basis="anew")
    experiment = Experiment(worlds.Digits(dims=4), family, 40, {"replace": Arm()}, generations=2, replicates=2)
    text = experiment.to_toml()
    assert tomllib.loads(text)["family"]["family"]["components"] == 3
    assert Experiment.from_toml(text) == experiment
    assert parse_family("reduced:components=2,basis=anew,family=mixture,family.components=3,family.floor=0.1") == family
    assert parse_family("reduced") == Reduced()


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("reduced:components=0", "components of at least 1"),
        ("reduced:family.components=3", "the family that options belong to"),
        ("reduced:family=mixture", "components"),
        ("reduced:family=categorical", "Invalid value 'categorical'"),
        ("reduced:family=reduced", "Invalid value 'reduced'"),
    ],
)
def test_settings_without_sense_are_refused_with_a_hint(spec: str, hint: str) -> None:
    with pytest.raises(InputError, match=hint):
        parse_family(spec)


def test_more_components_than_dimensions_are_refused(rng: Generator) -> None:
    with pytest.raises(InputError, match="at most 6 components"):
        Reduced(Gaussian(), 7).fit(cloud(rng), rng)
