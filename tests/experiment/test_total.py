"""About every experiment that runs, theory answers or is silent: it never breaks, and what it says is a number."""

from itertools import islice, product
from typing import get_args

import numpy as np
import polars as pl
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, Experiment, InputError, Prior, Replace, Subsample, Window, families, worlds
from kellet.experiment.arm import AnyCuration
from kellet.loop import curation as curations

GENERATIONS = 4
REGIMES = (Replace(), Accumulate(), Window(2), Subsample())
ANCHORS = (
    None,
    Anchor(0),
    Anchor(3),
    Anchor(share=0.1),
    Anchor(share=1.0),
    Anchor(4, draw="fixed"),
    Anchor(3, draw="bank", bank=8),
    Anchor(3, every=2),
    Anchor(3, once=True),
    Anchor(share=0.2, random=True),
    Anchor(4, contaminated=0.5),
    Anchor(4, weight="optimal"),
    Anchor(4, weight=1e200),
    Anchor(4, draw="bank", bank=9, weight=1e-200),
)
CURATIONS = (
    None,
    curations.Shrink(0.8),
    curations.Temperature(0.7),
    curations.TopK(3),
    curations.TopP(0.9),
    curations.Quantile(0.5),
)
PRIORS = (
    None,
    Prior(2.0),
    Prior(1e-3),
    Prior(2.0, mean=0.5),
    *(Prior(strength, parametrisation="mean") for strength in (0.5, 1.0, 2.0, 3.0)),
)
NORMAL, PLANE = worlds.Normal(mean=1, variance=2), worlds.multivariate_normal([0, 1], [[1, 0.3], [0.3, 0.5]])
PAIRS = (
    *((NORMAL, families.Gaussian(estimator)) for estimator in ("mle", "unbiased", "precision", "log")),
    *((NORMAL, families.Gaussian(mean=mean)) for mean in (1.0, 7.0)),
    (NORMAL, families.Gaussian(variance=2.0)),
    *((PLANE, families.Gaussian(estimator)) for estimator in ("mle", "unbiased")),
    (PLANE, families.Gaussian(covariance="diagonal")),
    (worlds.Exponential(), families.Exponential()),
    (worlds.Exponential(), families.Exponential(unbiased_for="rate")),
    (worlds.Exponential(shape=2.5), families.Exponential(shape=2.5)),
    (worlds.Exponential(), families.Gamma()),
    (worlds.Poisson(), families.Poisson()),
    (worlds.Poisson(), families.Geometric()),
    (worlds.Bernoulli(), families.Bernoulli()),
    (worlds.Bernoulli(1.0), families.Bernoulli()),
    (worlds.Bernoulli(0.4, 5), families.Bernoulli(trials=5)),
    (worlds.NegativeBinomial(size=2.5), families.NegativeBinomial(size=2.5)),
    (worlds.Pareto(), families.Pareto()),
    (worlds.Laplace(), families.Laplace()),
    (worlds.LogNormal(), families.LogGaussian()),
    (worlds.Zipf(6), families.Categorical()),
    (worlds.categorical([1.0, 0.0]), families.Categorical()),
    (worlds.Ising(spins=3, field=0.2), families.Ising(spins=3)),
    (worlds.Linear(2), families.Regression()),
    (worlds.Linear(2, mislabelled=0.2), families.Regression(ridge=1.0)),
)


def arms():
    """Every regime with every anchor, and every prior and curation with some of them."""
    yield from (Arm(regime, anchor) for regime, anchor in product(REGIMES, ANCHORS))
    yield from (Arm(regime, prior=prior) for regime, prior in product(REGIMES, PRIORS[1:]))
    yield from (Arm(anchor=anchor, curation=curation) for anchor, curation in product(ANCHORS, CURATIONS[1:]))
    yield from (Arm(regime, ANCHORS[2], PRIORS[1], curation) for regime, curation in product(REGIMES, CURATIONS))


def is_well(world, family, arm, size=12, metrics=None, replicates=3):
    """Whether an experiment runs; if so, predictions and checks of it are looked at."""
    study = Experiment(
        world, family, size, {"a": arm}, generations=GENERATIONS, replicates=replicates, metrics=metrics, judged=20
    )
    try:
        run = kellet.run(study)
    except InputError:
        return False
    known = kellet.predict(study)["a"]
    for name, prediction in known.items():
        assert prediction.values.shape == (GENERATIONS + 1,), (name, arm)
        assert not np.isnan(prediction.values).any(), (name, arm)
        assert name.startswith("log_") or (prediction.values >= -1e-12).all(), (name, arm)
    found = run.check()
    assert str(found)
    exact = {name for name, prediction in known.items() if prediction.kind == "exact"}
    if replicates > 1:
        assert {overlap.metric for overlap in found.overlaps} == exact & {metric.name for metric in run.metrics}
    assert all(np.isfinite(overlap.z) or overlap.heavy for overlap in found.overlaps)
    return True


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("world", "family"), PAIRS, ids=lambda one: repr(one)[:40])
def test_theory_answers_or_is_silent_about_every_law(world, family, step):
    """Every third arm, and the next pair has another third; all of them where there is time."""
    tried = [is_well(world, family, arm) for arm in islice(arms(), PAIRS.index((world, family)) % step, None, step)]
    assert sum(tried) > 20 // step, f"{sum(tried)} of {len(tried)} arms run"
    assert is_well(world, family, Arm(anchor=Anchor(2)), size=(12, 9, 20))
    assert is_well(world, family, Arm(regime=Accumulate()), size=(12, 9, 20))
    assert is_well(world, family, Arm(), replicates=1)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("tables"), np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "a": rng.gamma(2.0, size=120),
            "b": rng.normal(size=120),
            "c": rng.integers(0, 3, 120),
            "kind": rng.choice(["x", "y", "z"], 120),
            "same": np.ones(120),
        }
    )
    frame.write_csv(folder / "table.csv")
    (folder / "text.txt").write_text("\n\n".join(f"one two three {i % 7} four" for i in range(60)))
    np.save(folder / "pictures.npy", rng.integers(0, 255, (90, 4, 5)).astype(np.uint8))
    path = str(folder / "table.csv")
    return {
        "numbers": (worlds.Table(path, ("a", "b", "c")), families.Gaussian()),
        "raw": (worlds.Table(path, ("a", "b"), scale="raw"), families.Gaussian()),
        "one column": (worlds.Table(path, ("a",)), families.Gaussian()),
        "one raw column": (worlds.Table(path, ("a",), scale="raw"), families.Gaussian()),
        "one raw column, exponential": (worlds.Table(path, ("a",), scale="raw"), families.Exponential()),
        "one that doesn't vary": (worlds.Table(path, ("same",), scale="raw"), families.Gaussian()),
        "mixed": (worlds.Mixed(path), families.Copula()),
        "words of a column": (worlds.Column(path, "kind"), families.Categorical()),
        "pictures": (worlds.Images(str(folder / "pictures.npy"), components=3), families.Gaussian()),
        "pixels": (worlds.Images(str(folder / "pictures.npy"), components=0), families.Gaussian()),
        "digits as pixels": (worlds.Digits(dims=0), families.Gaussian()),
        "text": (worlds.Text(str(folder / "text.txt"), length=8), families.NGram(2)),
        "words": (worlds.Words(str(folder / "text.txt")), families.Categorical()),
    }


DATA = (
    "numbers", "raw", "one column", "one raw column", "one raw column, exponential", "one that doesn't vary", "mixed",
    "words of a column", "pictures", "pixels", "digits as pixels", "text", "words",
)  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("key", DATA)
def test_theory_answers_or_is_silent_about_data(tables, key):
    world, family = tables[key]
    slow = key in ("digits as pixels", "mixed", "text")
    some = [Arm(regime, anchor) for regime, anchor in product(REGIMES, ANCHORS[2:8:2] if slow else ANCHORS)]
    some += [Arm(anchor=Anchor(2), curation=curation) for curation in CURATIONS[1:]]
    tried = [is_well(world, family, arm, replicates=2) for arm in some]
    assert sum(tried) > len(REGIMES)


def test_every_curation_by_law_is_tried():
    assert {type(one) for one in CURATIONS[1:]} <= set(get_args(AnyCuration))


def test_a_prior_that_is_flat_at_its_mode_is_none_at_all():
    world, size = worlds.Bernoulli(0.3), 20
    arms = {"flat in p": Arm(prior=Prior(2.0, parametrisation="mean")), "none": Arm()}
    known = kellet.predict(Experiment(world, families.Bernoulli(), size, arms, generations=5))
    assert known["flat in p"].keys() >= {"variance_ratio", "mean_drift"}
    for metric, prediction in known["flat in p"].items():
        np.testing.assert_allclose(prediction.values, known["none"][metric].values)


def test_a_heavy_weight_is_one_that_leaves_nothing_of_the_rest():
    arms = {"heavy": Arm(anchor=Anchor(4, weight=1e200)), "alone": Arm(anchor=Anchor(4, weight=1e60))}
    known = kellet.predict(Experiment(worlds.Normal(), families.Gaussian(), 20, arms, generations=5))
    np.testing.assert_allclose(known["heavy"]["variance_ratio"].values[1:], 0.75)
    np.testing.assert_allclose(known["alone"]["variance_ratio"].values[1:], 0.75)
