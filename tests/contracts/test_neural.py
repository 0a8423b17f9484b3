"""What every neural family must obey.  A new member is one line in FAMILIES."""

import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import kellet
from kellet import (
    Accumulate,
    Anchor,
    Arm,
    Experiment,
    Points,
    Replace,
    Subsample,
    check_family,
    generations,
    resolve,
    worlds,
)
from kellet.cli.main import kellet as command
from kellet.experiment.run import Run
from kellet.families import GAN, VAE, Diffusion, Flow

pytest.importorskip("torch")
zuko = pytest.mark.skipif(find_spec("zuko") is None, reason="zuko is not installed")

FAMILIES = [
    VAE(hidden=8, latent=2, steps=12),
    VAE(hidden=8, latent=2, steps=60, patience=25, noise=False),
    VAE(hidden=8, latent=2, steps=12, start="previous", pull=0.1),
    VAE(hidden=8, latent=2, steps=12, start="base", weight_decay=0.1),
    VAE(hidden=8, latent=2, steps=12, ensemble=False, scale="each"),
    pytest.param(Flow(hidden=8, steps=8, transforms=2), marks=zuko),
    pytest.param(Flow(hidden=8, steps=4, transforms=2, bins=3, start="previous"), marks=zuko),
    Diffusion(hidden=8, steps=12, levels=4),
    Diffusion(hidden=8, steps=60, levels=4, path="straight", patience=25),
    GAN(hidden=8, steps=12),
    GAN(hidden=8, steps=12, penalty=0, start="previous"),
]
every_family = pytest.mark.parametrize("family", FAMILIES, ids=repr)

SHAPES = {"numbers": (), "vectors": (3,), "pictures": (4, 3, 2)}


def points(r, n, shape, seed=0):
    """Correlated numbers around 5, so that scale and shape matter."""
    rng = np.random.default_rng(seed)
    return Points(5 + rng.normal(size=(r, n, *shape)) + 2 * rng.normal(size=(r, n, *[1] * len(shape))))


def fitted(family, evidence, seed=1, previous=None):
    return family.fit(evidence, np.random.default_rng(seed), previous)


def written(model, n=9, seed=2):
    return model.sample(n, np.random.default_rng(seed)).values


@every_family
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_neural_family_keeps_the_contract_that_the_loop_relies_on(family, shape):
    check_family(family, points(3, 40, shape))


@every_family
def test_going_on_from_a_previous_model_is_repeatable_and_mixes_no_replicates(family):
    evidence = points(3, 40, (2,))
    other = Points(evidence.values.copy())
    other.values[-1] = 7.0

    def twice(lesson):
        return written(fitted(family, lesson, 4, fitted(family, lesson, 3)))

    first = twice(evidence)
    assert np.array_equal(first, twice(evidence))
    assert np.array_equal(first[:-1], twice(other)[:-1])


@every_family
def test_points_of_weight_zero_are_absent_whatever_they_are(family):
    evidence = points(2, 40, (2,))
    weights = np.ones((2, 40))
    weights[:, 30:] = 0
    weights[1, 25:] = 0
    ruined = evidence.values.copy()
    ruined[weights == 0] = np.nan
    clean = written(fitted(family, Points(evidence.values, weights)))
    assert np.isfinite(clean).all()
    assert np.array_equal(clean, written(fitted(family, Points(ruined, weights))))


@every_family
def test_evidence_that_cannot_be_learnt_from_leaves_its_replicate_collapsed_and_no_other(family):
    evidence = points(4, 40, (2,))
    whole = fitted(family, evidence)
    assert not whole.collapsed.any()
    assert whole.reason is None
    values, weights = evidence.values.copy(), np.ones((4, 40))
    values[1, 3, 0] = np.inf
    weights[2] = 0
    model = fitted(family, Points(values, weights))
    assert model.collapsed.tolist() == [False, True, True, False]
    assert "not finite" in model.reason
    now = written(model)
    assert np.isnan(now[1:3]).all()
    assert np.array_equal(now[[0, 3]], written(whole)[[0, 3]])


@every_family
def test_coinciding_points_and_a_single_point_are_learnt_without_complaint(family):
    for evidence in (Points(np.full((2, 20, 2), 3.0)), Points(np.full((2, 1, 2), 3.0))):
        model = fitted(family, evidence)
        assert not model.collapsed.any()
        assert np.isfinite(written(model)).all()


@every_family
@pytest.mark.parametrize("regime", [Replace(), Accumulate(), Subsample()], ids=repr)
def test_a_neural_family_learns_under_every_regime(family, regime):
    world = worlds.multivariate_normal([1.0, -1.0], [[4.25, 0.5], [0.5, 1.0]])
    settings = {"size": 30, "regime": regime, "anchor": Anchor(2, weight=2.0), "replicates": 2}
    loop = generations(world, family, rng=np.random.default_rng(6), **settings)
    for _ in range(3):
        g = next(loop)
    assert not g.collapsed.any()
    assert np.isfinite(written(g.model)).all()


@every_family
def test_a_recipe_survives_being_written_down(family):
    experiment = Experiment(worlds.Digits(4), family, 40, {"replace": Arm()}, generations=1, replicates=2)
    again = Experiment.from_toml(resolve(experiment).experiment.to_toml())
    assert again == resolve(experiment).experiment
    assert again.block == family.block


def test_two_processes_give_the_numbers_of_one_bit_for_bit():
    settings = {
        "world": worlds.multivariate_normal([0.0, 0.0], [[1.0, 0.5], [0.5, 1.0]]),
        "family": VAE(hidden=8, latent=2, steps=15, start="previous"),
        "size": 40,
        "arms": {"replace": Arm(), "anchored": Arm(anchor=Anchor(4))},
        "generations": 2,
        "replicates": 4,
        "block": 2,
        "metrics": ("variance_ratio",),
    }
    one, two = kellet.run(**settings, jobs=1).data, kellet.run(**settings, jobs=2).data
    assert one.identical(two)
    assert np.isfinite(one["variance_ratio"]).all()


def test_a_run_killed_while_it_trains_goes_on_to_the_numbers_of_an_undisturbed_one(tmp_path, monkeypatch):
    experiment = Experiment(
        worlds.Digits(),
        VAE(hidden=16, latent=4, steps=75, start="previous", pull=0.1, patience=50),
        100,
        {"replace": Arm(), "anchored": Arm(anchor=Anchor(5)), "accumulate": Arm(regime=Accumulate())},
        generations=3,
        replicates=4,
        block=2,
    )
    (tmp_path / "experiment.toml").write_text(experiment.to_toml(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def words(out):
        return ["run", "experiment.toml", "--out", out, "--jobs", "1", "--quiet"]

    def blocks():
        return {path: path.stat().st_mtime_ns for path in Path("killed/cells").glob("[!.]*.parquet")}

    process = subprocess.Popen([Path(sys.executable).parent / "kellet", *words("killed")], stderr=subprocess.PIPE)
    try:
        while process.poll() is None and not blocks():
            time.sleep(0.005)
        assert process.poll() is None, process.stderr.read().decode()
    finally:
        process.kill()
        process.communicate()
    before = blocks()
    assert 1 <= len(before) < 6

    for out in ("killed", "undisturbed"):
        told = CliRunner().invoke(command, words(out), catch_exceptions=False)
        assert told.exit_code == 0, told.output
    # What was whole was kept, not computed again.
    assert len(blocks()) == 6
    assert before.items() <= blocks().items()
    again, undisturbed = Run.read(Path("killed")), Run.read(Path("undisturbed"))
    assert again.data.identical(undisturbed.data)
    for arm in experiment.arms:
        assert np.isfinite(undisturbed.values(arm, "coverage")).all()
        shown, expected = again.specimens(arm), undisturbed.specimens(arm)
        assert shown.keys() == expected.keys()
        assert all(np.array_equal(shown[name], expected[name]) for name in expected)
