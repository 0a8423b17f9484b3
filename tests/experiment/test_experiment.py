"""An experiment can be written down, read back, and is known by its settings and nothing else."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet import Accumulate, Anchor, Arm, Experiment, InputError, Prior, Replace, Subsample, Window, resolve, worlds
from kellet.experiment.presets import presets
from kellet.experiment.settings import settings
from kellet.families import Adapter, Categorical, Gaussian, Mixture, adapt

PLAIN = Experiment(worlds.Normal(), Gaussian(), 10, {"replace": Arm()}, generations=3)

anchors = st.one_of(
    st.none(),
    st.builds(Anchor, count=st.integers(0, 10), weight=st.floats(0.1, 9.0)),
    st.builds(Anchor, share=st.floats(0, 1), draw=st.sampled_from(["fresh", "fixed"])),
    st.builds(Anchor, count=st.integers(0, 5), draw=st.just("bank"), bank=st.integers(5, 9)),
    st.builds(Anchor, count=st.integers(0, 5), once=st.booleans()),
)
priors = st.one_of(
    st.none(),
    st.builds(
        Prior, st.floats(0, 1e9), mean=st.none() | st.floats(-1e9, 1e9), variance=st.none() | st.floats(1e-9, 1e9)
    ),
)
arms = st.builds(Arm, st.sampled_from([Replace(), Accumulate(), Window(3), Subsample()]), anchors, priors)
experiments = st.builds(
    Experiment,
    st.builds(worlds.Normal, mean=st.floats(-1e9, 1e9), variance=st.floats(1e-300, 1e9)),
    st.sampled_from([Gaussian(), Gaussian("unbiased"), Mixture(2, floor=0.1)]),
    st.integers(10, 10**15) | st.lists(st.integers(10, 99), min_size=1, max_size=4).map(tuple),
    # A name may be any text that a file can hold.
    st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), arms, min_size=1, max_size=3),
    generations=st.integers(1, 10**6),
    replicates=st.integers(1, 10**9),
    seed=st.integers(0, 10**18),
)


@given(experiments)
def test_what_is_written_down_is_read_back(experiment):
    assert Experiment.from_toml(experiment.to_toml()) == experiment


@pytest.mark.parametrize("name", presets.NAMES)
def test_a_preset_is_complete_once_it_is_resolved(name):
    resolved = resolve(presets.preset(name)).experiment
    assert resolve(resolved).experiment == resolved
    assert Experiment.from_toml(resolved.to_toml()) == resolved
    assert resolved.block
    assert resolved.judged
    text = resolved.to_toml()
    for arm in resolved.arms:
        assert arm in text


def test_a_preset_that_is_not_there_is_no_file():
    with pytest.raises(FileNotFoundError):
        presets.preset("nonsense")


def test_an_experiment_file_can_be_read_by_a_person():
    study = Experiment(
        worlds.Normal(mean=0.0, variance=2.0),
        Gaussian(),
        (10, 20),
        {"ours": Arm(Accumulate(), Anchor(share=0.1))},
        generations=3,
    )
    text = study.to_toml()
    assert text.splitlines()[:3] == ["size = [10, 20]", "generations = 3", "replicates = 100"]
    for line in (
        "[world]",
        'kind = "normal"',
        "variance = 2.0",
        "[arms.ours.regime]",
        'kind = "accumulate"',
        "share = 0.1",
    ):
        assert line in text.splitlines()


def address(experiment, arm="replace"):
    return resolve(experiment).cells[arm].id


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"replicates": 7}, True),
        ({"seed": 7}, True),
        ({"metrics": ("variance_ratio",)}, True),
        ({"arms": {"before": Arm(anchor=Anchor(1)), "replace": Arm()}}, True),
        ({"arms": {"replace": Arm(Replace(), None, None)}}, True),
        ({"family": Gaussian(covariance="full")}, True),
        ({"world": worlds.Normal(mean=0.0, variance=1.0)}, True),
        ({"size": 11}, False),
        ({"size": (10, 11)}, False),
        ({"generations": 4}, False),
        ({"block": 7}, False),
        ({"world": worlds.Normal(mean=0, variance=1.5)}, False),
        ({"family": Gaussian("unbiased")}, False),
        ({"arms": {"replace": Arm(anchor=Anchor(1))}}, False),
        ({"arms": {"replace": Arm(prior=Prior(1.0))}}, False),
        ({"arms": {"replace": Arm(Accumulate())}}, False),
    ],
    ids=repr,
)
def test_a_cell_is_known_by_what_its_numbers_depend_on(change, same):
    assert (address(PLAIN) == address(msgspec.structs.replace(PLAIN, **change))) is same


def test_a_prior_of_the_arm_is_a_prior_of_the_family():
    by_arm = msgspec.structs.replace(PLAIN, arms={"replace": Arm(prior=Prior(2.0))})
    by_family = msgspec.structs.replace(PLAIN, family=Gaussian(prior=Prior(2.0)))
    assert address(by_arm) == address(by_family)


def test_data_are_known_by_what_is_in_them_and_not_by_where_they_are(tmp_path, monkeypatch):
    rows = "a\n" + "\n".join(str(i % 11) for i in range(30))
    for name in ("here.csv", "there.csv"):
        (tmp_path / name).write_text(rows)
    (tmp_path / "other.csv").write_text(rows + "\n99")
    monkeypatch.chdir(tmp_path)

    def of(path):
        return address(msgspec.structs.replace(PLAIN, world=worlds.Table(str(path))))

    assert of(tmp_path / "here.csv") == of(tmp_path / "there.csv") == of("here.csv")
    assert of("here.csv") != of("other.csv")


def test_a_resolved_experiment_names_its_data_from_anywhere(tmp_path, monkeypatch):
    (tmp_path / "data.csv").write_text("a\n" + "\n".join(str(i % 11) for i in range(30)))
    monkeypatch.chdir(tmp_path)
    resolved = resolve(msgspec.structs.replace(PLAIN, world=worlds.Table("data.csv"))).experiment
    assert resolved.world.path == str(tmp_path / "data.csv")
    assert len(resolved.world.digest) == 16


class Plain:
    """An object whose repr says where it lies in memory."""

    def fit(self, rows):
        return self

    def sample(self, n):
        return [[0.0]] * n


def test_an_object_of_ones_own_has_the_same_address_wherever_it_lies_in_memory():
    keep = [Plain() for _ in range(5)]
    found = {address(msgspec.structs.replace(PLAIN, family=adapt(thing))) for thing in keep}
    assert len(found) == 1


def test_an_object_of_ones_own_cannot_be_written_down():
    study = msgspec.structs.replace(PLAIN, family=adapt(Plain()))
    assert not study.writable
    with pytest.raises(InputError, match="a world and a family that a file can name"):
        study.to_toml()
    assert msgspec.structs.replace(PLAIN, family=Adapter("a.b:C")).writable


def test_settings_that_stand_at_their_defaults_are_no_part_of_an_address():
    assert settings(Gaussian(), complete=False) == {"kind": "gaussian"}
    assert settings(Anchor(3), complete=False) == {"count": 3}
    assert settings(Anchor(3, weight=2.0), complete=False) == {"count": 3, "weight": 2.0}
    assert settings(Arm(Accumulate()), complete=False) == {"regime": {"kind": "accumulate"}}


def test_the_categorical_family_learns_how_many_categories_there_are():
    study = Experiment(worlds.Zipf(17), Categorical(), 10, {"a": Arm()}, generations=1)
    assert resolve(study).experiment.family.size == 17


@pytest.mark.parametrize(("size", "judged"), [(1, 2), (7, 7), (500, 500), (5000, 1000), ((3, 90), 90)], ids=str)
def test_as_many_points_are_judged_as_are_written_within_reason(size, judged):
    assert resolve(msgspec.structs.replace(PLAIN, size=size)).experiment.judged == judged


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size": 0}, "a size of at least 1"),
        ({"size": ()}, "a size of at least 1"),
        ({"size": (5, 0)}, "a size of at least 1"),
        ({"arms": {}}, "at least one arm"),
        ({"generations": 0}, "generations of at least 1"),
        ({"replicates": 0}, "replicates of at least 1"),
        ({"seed": -1}, "seed of at least 0"),
        ({"judged": 1}, "judged of at least 2"),
        ({"block": 0}, "block of at least 1"),
    ],
    ids=repr,
)
def test_an_experiment_that_cannot_be_is_refused(change, said):
    with pytest.raises(InputError, match=said):
        msgspec.structs.replace(PLAIN, **change)
