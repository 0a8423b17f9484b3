"""Classes and objects of somebody's own in a whole loop: tables, texts, estimators, and what they warn of."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.neighbors import KernelDensity

import kellet
from kellet import Accumulate, Anchor, Arm, Points, cli, generations, worlds
from kellet.data.source import Codebook, DataSet
from kellet.experiment.presets.own import for_file
from kellet.experiment.presets.presets import with_family
from kellet.experiment.run import Run
from kellet.experiment.spelling import parse_arm, parse_family
from kellet.families import Adapter, Gaussian, adapt
from kellet.families.yours.python import ObjectAdapter, welcome

MODELS = """
import random, warnings
class Frame:
    def fit(self, df):
        self.df = df
    def sample(self, n_samples):
        return self.df.sample(n_samples, replace=True)
class Records(Frame):
    def sample(self, *, count):
        return super().sample(count).to_dict("records")
class Loud(Frame):
    def fit(self, df):
        for i in range(7): warnings.warn(f"not converged after {i}")
        self.df = df
class Texts:
    def fit(self, texts):
        self.texts = texts
    def sample(self, n):
        return random.choices(self.texts, k=n)
class Shouting(Texts):
    def sample(self, n):
        return [7] * n
class Needs(Frame):
    def __init__(self, metadata): ...
"""
PLANE = worlds.multivariate_normal([1.0, -1.0], [[4.25, 0.5], [0.5, 1.0]])
SHORT = {"size": 20, "generations": 2, "replicates": 2, "judged": 20}


@pytest.fixture
def models(tmp_path, monkeypatch):
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Path("models_in_a_loop.py").write_text(MODELS)
    rng = np.random.default_rng(0)
    jobs = rng.choice(["cook", "smith", None], size=100).tolist()
    pl.DataFrame({"age": rng.normal(50, 9, 100), "job": jobs}).write_parquet("people.parquet")
    tales = [" ".join(rng.choice(["a", "dog", "and", "the", "cat", "sat"], rng.integers(3, 9))) for _ in range(60)]
    Path("tales.txt").write_text("\n\n".join(tales))
    return "models_in_a_loop"


def of_file(path, family):
    own = parse_family(family)
    experiment = with_family(for_file(path, family=own), own)
    return msgspec.structs.replace(experiment, arms={"replace": Arm()}, **SHORT)


@pytest.mark.parametrize("name", ["Frame", "Records"])
def test_a_class_learns_frames_with_words_and_gaps_and_gives_them_back(models, name):
    run = kellet.run(of_file("people.parquet", f"{models}:{name}"))
    assert run.failures() == {}
    levels = run.experiment.family.levels["job"]
    assert set(levels) == {"cook", "smith", "(missing)"}
    real = set(run.resolved.source.training[:, 0])
    for points in run.specimens("replace")["points"]:
        assert set(points[:, 0]) <= real
        assert set(points[:, 1]) <= {0.0, 1.0, 2.0}


def test_numbers_that_are_missing_go_through_the_loop(models):
    rows = np.random.default_rng(0).normal(size=(90, 2))
    rows[::4, 1] = np.nan
    codebook = Codebook(("age", "pay"), {}, {}, np.zeros(2), np.ones(2), gaps=(1,))
    world = DataSet(rows[:50], rows[50:70], rows[70:], 2, codebook=codebook, names=("age", "pay"))
    for data in ("pandas", "polars"):
        family = Adapter(f"{models}:Frame").prepare(world)
        assert (family.columns, family.gaps) == (("age", "pay"), (1,))
        loop = generations(world, family, size=30, replicates=2, rng=np.random.default_rng(1))
        last = [next(loop) for _ in range(3)][-1]
        assert not last.model.failed.any(), data
        written = last.model.sample(200, np.random.default_rng(2)).values
        assert 0.05 < np.isnan(written[..., 1]).mean() < 0.6
        assert np.isfinite(written[..., 0]).all()
    with pytest.raises(kellet.InputError, match="a class whose fit takes a DataFrame for pay"):
        Adapter("sklearn.neighbors:KernelDensity").prepare(world)


def test_a_class_learns_texts(models):
    run = kellet.run(of_file("tales.txt", f"{models}:Texts"))
    assert run.failures() == {}
    source = run.resolved.source
    real = {tuple(block) for block in source.training.tolist()}
    written = run.specimens("replace")["written"]
    assert {tuple(block) for block in written.reshape(-1, written.shape[-1]).tolist()} <= real
    (why,) = kellet.run(of_file("tales.txt", f"{models}:Shouting")).failures()["replace"]
    assert why == "generation 0: sample wrote int where it learnt from texts"


def test_a_class_that_needs_metadata_is_told_on_the_command_line(models, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["run", "people.parquet", "--family", f"{models}:Needs"])
    told = capsys.readouterr().err
    assert told.startswith("kellet: expected 'metadata', without which Needs can't be made; got no such option. Try")
    assert f"\n\n    from {models} import Needs\n    class Mine(Needs):\n" in told


@pytest.mark.parametrize("jobs", [1, 2])
def test_warnings_of_somebodys_code_are_told_once(models, jobs):
    experiment = of_file("people.parquet", f"{models}:Loud")
    with pytest.warns(UserWarning, match="somebody's code") as told:
        run = kellet.run(experiment, jobs=jobs)
    assert run.failures() == {}
    # Two replicates of three generations each.
    expected = "42 warnings of somebody's code, the first: UserWarning: not converged after 0"
    assert [str(one.message) for one in told] == [expected]


@pytest.mark.parametrize(
    "estimator", [GaussianMixture(2), BayesianGaussianMixture(n_components=2), KernelDensity(bandwidth=0.3)], ids=repr
)
def test_an_estimator_is_a_family_and_the_same_as_its_spelling(estimator, tmp_path):
    arms = {"replace": Arm(), "fresh": Arm(anchor=Anchor(2))}
    run = kellet.run(world=PLANE, family=estimator, arms=arms, out=tmp_path / "run", **SHORT)
    assert run.failures() == {}
    named = run.experiment.family
    assert getattr(__import__(named.thing.partition(":")[0], fromlist=["x"]), named.describe()) is type(estimator)
    options = ",".join(f"{name}={value}" for name, value in named.options.items())
    again = kellet.run(world=PLANE, family=parse_family(f"{named.thing},{options}"), arms=arms, **SHORT)
    assert again.data.equals(run.data)
    assert Run.read(tmp_path / "run").data.equals(run.data)
    # It is as untrained as it was.
    assert not [name for name in vars(estimator) if name.endswith("_") and not name.startswith("_")]


def test_an_estimator_that_a_file_cannot_name_is_cloned_for_every_fit():
    means = np.array([[0.0, 0.0], [1.0, 1.0]])
    estimator = GaussianMixture(2, means_init=means, warm_start=True).fit(np.random.default_rng(0).normal(size=(30, 2)))
    family = welcome(estimator)
    assert isinstance(family, ObjectAdapter)
    before = estimator.means_.copy()
    run = kellet.run(world=PLANE, family=estimator, **SHORT)
    assert run.failures() == {}
    np.testing.assert_array_equal(estimator.means_, before)
    points = PLANE.open(1).first(60, np.random.default_rng(1))
    learnt = [family.fit(points, np.random.default_rng(2)).thing.means_ for _ in range(2)]
    np.testing.assert_array_equal(*learnt)


def test_what_is_no_family_is_told():
    from sklearn.cluster import KMeans

    with pytest.raises(kellet.InputError, match=r"expected a class with fit and sample; got sklearn.cluster:KMeans"):
        kellet.run(world=PLANE, family=KMeans(2), **SHORT)
    with pytest.raises(kellet.InputError, match=r"expected an object; got the class KMeans\. Try KMeans\(\)"):
        kellet.run(world=PLANE, family=KMeans, **SHORT)


def test_an_object_is_given_frames_under_the_names_of_the_world(models):
    class Seen:
        columns = None

        def fit(self, df):
            Seen.columns = list(df.columns)
            self.df = df

        def sample(self, size):
            return self.df.sample(size, replace=True)

    Path("two.csv").write_text("age,pay\n" + "\n".join(f"{i * 7 % 41},{i * i % 7}" for i in range(40)))
    run = kellet.run(world=worlds.Table("two.csv"), family=adapt(Seen(), data="pandas"), **SHORT)
    assert run.failures() == {}
    assert Seen.columns == ["age", "pay"]


@dataclass
class Kept:
    values: np.ndarray

    def sample(self, n, rng):
        return Points(self.values[:, rng.integers(self.values.shape[1], size=n)])


class Plain:
    """A family of text that says no more than it must."""

    text = True

    def fit(self, evidence, rng, previous=None):
        return Kept(evidence.values)


class OneByOne(Plain):
    batched = False


@pytest.mark.parametrize("family", [Plain(), OneByOne(), adapt(Plain())], ids=["batched", "one by one", "adapted"])
def test_a_family_of_text_that_predicts_nothing_is_measured_by_what_it_writes(models, family):
    world = worlds.Text("tales.txt", length=8)
    run = kellet.run(world=world, family=family, **SHORT)
    assert run.failures() == {}
    names = {metric.name for metric in run.metrics}
    assert "pairs_kept" in names
    assert not names & {"perplexity", "bits_per_byte", "written_perplexity"}
    assert "continued" not in run.specimens("replace")
    assert run.answer().sentence
    with pytest.raises(kellet.InputError, match="metrics that this world and family have; got perplexity"):
        kellet.run(world=world, family=family, metrics=("perplexity",), **SHORT)
    with pytest.raises(kellet.InputError, match="log_probabilities"):
        kellet.run(world=world, family=family, arms=dict([parse_arm("quality:50%")]), **SHORT)


def test_the_page_of_a_family_that_goes_on_from_nothing_shows_what_it_writes(models, tmp_path):
    run = kellet.run(of_file("tales.txt", f"{models}:Texts"), out=tmp_path / "run")
    page = Path(kellet.report(run)).read_text(encoding="utf-8")
    assert "The passage in each panel is written freely" in page


class Exact:
    """An exact family of somebody's own that learns one replicate at a time."""

    batched = False
    learns, models = Gaussian().learns, Gaussian().models

    def summarise(self, points):
        assert points.replicates == 1
        return Gaussian().summarise(points)

    def fit(self, evidence, rng, previous=None):
        return Gaussian().fit(evidence, rng)


def test_an_exact_family_may_learn_one_by_one():
    kellet.check_family(Exact(), PLANE.open(3).first(40, np.random.default_rng(0)))

    def spread(family, replicates, arm):
        """The logarithms of the variances that generation 4 learnt."""
        how = {"regime": arm.regime, "anchor": arm.anchor, "replicates": replicates, "size": 10}
        loop = generations(worlds.Normal(), family, **how, rng=np.random.default_rng(3))
        model = next(g.model for g in loop if g.t == 4)
        return np.log(np.ravel([one.variance for one in getattr(model, "models", [model])]))

    for arm in (Arm(), Arm(regime=Accumulate()), Arm(anchor=Anchor(5))):
        found, known = spread(Exact(), 150, arm), spread(Gaussian(), 4000, arm)
        assert abs(found.mean() - known.mean()) < 4 * known.std() / np.sqrt(len(found)), arm


def test_warnings_are_shown_as_ever_where_nobody_listens(models):
    family = Adapter(f"{models}:Loud", columns=("x",))
    with pytest.warns(UserWarning, match="not converged") as told, warnings.catch_warnings():
        warnings.simplefilter("always")
        family.fit(Points(np.arange(5.0)[None, :, None]), np.random.default_rng(0))
    assert len(told) == 7
