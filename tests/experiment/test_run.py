"""A run: labelled results of an experiment, and where they came from."""

import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, Experiment, InputError, resolve, worlds
from kellet.experiment.run import Run
from kellet.experiment.running.recorder import exhibits
from kellet.families import Categorical, Gaussian, adapt

STUDY = Experiment(
    worlds.Normal(),
    Gaussian(),
    20,
    {"one": Arm(), "other": Arm(anchor=Anchor(2))},
    generations=6,
    replicates=5,
    block=2,
)


@pytest.fixture(scope="module")
def run():
    return kellet.run(STUDY)


def test_results_are_labelled_by_arm_replicate_and_generation(run):
    data = run.data
    assert data.sizes == {"arm": 2, "replicate": 5, "generation": 7}
    assert data["arm"].values.tolist() == ["one", "other"]
    assert data["generation"].values.tolist() == list(range(7))
    for metric in run.metrics:
        assert data[metric.name].dims == ("arm", "replicate", "generation")
        assert (data[metric.name].sel(arm="other").values == run.values("other", metric.name)).all()
    assert data["collapsed"].dims == ("arm", "replicate")


def test_a_result_says_what_it_is_the_result_of(run):
    assert Experiment.from_toml(run.data.attrs["experiment"]) == run.experiment == resolve(STUDY).experiment
    assert run.data.attrs["kellet"] == kellet.__version__
    assert run.data.attrs["numpy"] == np.__version__


def test_a_run_is_described_by_settings_or_by_an_experiment(run):
    described = kellet.run(
        world=worlds.Normal(),
        family=Gaussian(),
        size=20,
        arms=STUDY.arms,
        generations=6,
        replicates=5,
        block=2,
    )
    assert described.experiment == run.experiment
    assert (described.values("one", "variance_ratio") == run.values("one", "variance_ratio")).all()
    assert kellet.run(STUDY, replicates=3).data.sizes["replicate"] == 3


def test_without_arms_there_is_replacement():
    alone = kellet.run(world=worlds.Normal(), family=Gaussian(), size=20, generations=2, replicates=2)
    assert list(alone.experiment.arms) == ["replace"]


def test_usual_stands_for_all_metrics_that_are_watched_unless_others_are_named(run):
    more = kellet.run(STUDY, metrics=("usual", "wasserstein_2_squared", "kl"))
    names = [metric.name for metric in run.metrics]
    assert "wasserstein_2_squared" not in names
    assert [metric.name for metric in more.metrics] == [*names, "wasserstein_2_squared"]
    assert (more.values("one", "kl") == run.values("one", "kl")).all()


def test_metrics_are_those_that_suit_or_those_that_are_named(run):
    assert {"variance_ratio", "mean_drift", "kl", "tail_reach"} <= {metric.name for metric in run.metrics}
    some = kellet.run(STUDY, metrics=("kl", "variance_ratio"))
    assert [metric.name for metric in some.metrics] == ["kl", "variance_ratio"]
    assert (some.values("one", "kl") == run.values("one", "kl")).all()
    with pytest.raises(InputError, match="metrics that this world and family have; got entropy"):
        kellet.run(STUDY, metrics=("entropy",))


@pytest.mark.parametrize("last", [1, 2, 3, 10, 100, 12345])
def test_pictures_are_taken_at_a_few_generations_from_the_first_to_the_last(last):
    found = exhibits(last)
    assert found[0] == 0
    assert found[-1] == last
    assert len(found) == min(5, last + 1)
    assert (np.diff(np.diff(found)) >= -1).all()


def test_what_was_written_is_kept_of_the_first_replicate(run):
    assert run.specimens("one")["points"].shape == (len(exhibits(6)), 500)
    words = kellet.run(world=worlds.Zipf(30), family=Categorical(), size=50, generations=4, replicates=2)
    law = words.specimens("replace")["probabilities"]
    assert law.shape == (len(exhibits(4)), 30)
    np.testing.assert_allclose(law.sum(axis=1), 1)
    # What once died stays dead.
    assert (np.diff((law > 0).astype(int), axis=0) <= 0).all()


def test_a_run_is_read_back_from_its_folder(run, tmp_path):
    kept = kellet.run(STUDY, out=tmp_path / "run")
    read = Run.read(tmp_path / "run")
    assert read.data.identical(kept.data)
    assert read.data.equals(run.data)
    assert read.experiment == kept.experiment


def test_the_first_generation_has_learnt_from_real_data_alone(run):
    many = kellet.run(STUDY, replicates=2000, block=2000)
    for arm in STUDY.arms:
        first = many.values(arm, "variance_ratio")[:, 0]
        assert abs(first.mean() - 0.95) < 5 * first.std() / np.sqrt(2000)


class Own:
    """A model of somebody's own, that lives in this process only."""

    def fit(self, rows):
        self.rows = rows

    def sample(self, n):
        return np.resize(self.rows, (n, self.rows.shape[1]))


def test_objects_of_ones_own_run_in_memory_and_say_so_when_a_folder_is_asked_for(tmp_path):
    settings = {"world": worlds.Normal(), "family": adapt(Own()), "size": 20, "generations": 3, "replicates": 2}
    run = kellet.run(**settings)
    assert run.data.sizes["generation"] == 4
    assert "Own" in run.data.attrs["experiment"]
    with pytest.raises(InputError, match="a world and a family that a file can name"):
        kellet.run(**settings, out=tmp_path / "run")


def test_one_dimensional_points_are_learnt_by_every_family():
    for family in (kellet.families.Mixture(2), kellet.families.Adapter("sklearn.neighbors:KernelDensity")):
        run = kellet.run(world=worlds.Normal(), family=family, size=20, generations=2, replicates=2)
        assert np.isfinite(run.data["variance_ratio"].values).all()


def test_a_loop_that_dies_in_two_points_is_watched_to_its_end():
    run = kellet.run(world=worlds.Normal(), family=Gaussian(), size=2, generations=1200, replicates=20)
    for metric in run.metrics:
        assert not np.isnan(run.values("replace", metric.name)).any(), metric.name
    assert (run.values("replace", "variance_ratio")[:, -1] == 0).all()
    assert np.isinf(run.values("replace", "kl")[:, -1]).all()
