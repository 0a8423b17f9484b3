"""Models that anybody brings, in Python or as programs, keep the contract of every family."""

import shlex
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from kellet import Points, check_family, worlds
from kellet.families import Adapter, Command, Gaussian, Mixture, adapt
from kellet.families.separate import OneByOne

TRAIN = """
import csv, json, statistics, sys
with open(sys.argv[1]) as table:
    header, *rows = csv.reader(table)
columns = list(zip(*[map(float, row) for row in rows]))
learnt = {"names": header, "means": list(map(statistics.fmean, columns)), "sds": list(map(statistics.pstdev, columns))}
with open(sys.argv[2], "w") as model:
    json.dump(learnt, model)
"""
SAMPLE = """
import csv, json, os, random, sys
with open(sys.argv[1]) as model:
    learnt = json.load(model)
draw = random.Random(int(os.environ["KELLET_SEED"]))
with open(sys.argv[3], "w", newline="") as out:
    table = csv.writer(out)
    table.writerow(learnt["names"])
    for _ in range(int(sys.argv[2])):
        table.writerow([repr(draw.gauss(m, s)) for m, s in zip(learnt["means"], learnt["sds"])])
"""

line = worlds.Normal(mean=2.0, variance=9.0)
plane = worlds.multivariate_normal([1.0, -1.0], [[4.25, 0.5], [0.5, 1.0]])
cube = worlds.multivariate_normal([0.0] * 3, np.eye(3).tolist())


class Rows:
    """scikit-learn's way, drawing from NumPy's global generator."""

    def fit(self, rows):
        self.rows = rows
        return self

    def sample(self, n):
        return self.rows[np.random.randint(len(self.rows), size=n)]  # noqa: NPY002


class Table:
    """SDV's way."""

    def fit(self, table):
        self.table = table

    def sample(self, num_rows):
        return self.table.iloc[np.random.randint(len(self.table), size=num_rows)]  # noqa: NPY002


@dataclass
class Kept:
    """Some of the points, and how they are drawn again."""

    values: np.ndarray

    def sample(self, n, rng):
        return Points(self.values[:, rng.integers(self.values.shape[1], size=n)])


class Own:
    """Kellet's own way: from generation 1 on half as spread as what was learnt from."""

    def fit(self, evidence, rng, previous=None):
        return Kept(evidence.values if previous is None else evidence.values / 2)


@pytest.fixture
def command(tmp_path):
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "sample.py").write_text(SAMPLE)
    python = shlex.quote(sys.executable)
    return Command(
        f"{python} -S {shlex.quote(str(tmp_path / 'train.py'))} {{train}} {{model}}",
        f"{python} -S {shlex.quote(str(tmp_path / 'sample.py'))} {{model}} {{n}} {{out}}",
    )


@pytest.mark.parametrize("thing", [Rows(), Table(), Own(), Gaussian(), Mixture(2)], ids=lambda t: type(t).__name__)
@pytest.mark.parametrize("world", [line, plane], ids=["line", "plane"])
def test_an_object_keeps_the_contract_that_the_loop_relies_on(thing, world):
    check_family(adapt(thing), world.open(3).first(40, np.random.default_rng(0)))


@pytest.mark.parametrize(
    "family",
    [
        Adapter("sklearn.neighbors:KernelDensity", {"bandwidth": 0.5}),
        Adapter("sklearn.mixture:GaussianMixture", {"n_components": 2}),
        Adapter("kellet.families:Gaussian", {"estimator": "unbiased"}),
    ],
    ids=lambda family: family.thing,
)
@pytest.mark.parametrize("world", [line, plane], ids=["line", "plane"])
def test_a_class_keeps_the_contract_that_the_loop_relies_on(family, world):
    check_family(family, world.open(3).first(40, np.random.default_rng(0)))


@pytest.mark.parametrize("world", [line, cube], ids=["line", "cube"])
def test_a_command_keeps_the_contract_that_the_loop_relies_on(command, world):
    check_family(command, world.open(2).first(20, np.random.default_rng(0)))


def test_whole_numbers_stay_whole_in_kellets_own_protocol():
    check_family(adapt(Own()), worlds.Poisson(3.0).open(2).first(20, np.random.default_rng(0)))


def test_kellets_own_protocol_is_given_what_the_generation_before_learnt():
    points, rng = Points(np.array([[4.0], [8.0]])), np.random.default_rng(0)
    learner = OneByOne(adapt(Own()))
    first = learner.fit(points, rng)
    second = learner.fit(points, rng, first)
    assert first.sample(1, rng).values.tolist() == [[4.0], [8.0]]
    assert second.sample(1, rng).values.tolist() == [[2.0], [4.0]]


def test_a_family_of_ours_learns_the_same_adapted_as_it_does_itself():
    points = plane.open(1).first(50, np.random.default_rng(0))
    own = Gaussian().fit(Gaussian().summarise(points), np.random.default_rng(1))
    adapted = adapt(Gaussian()).fit(points, np.random.default_rng(1)).thing
    np.testing.assert_array_equal(adapted.mean, own.mean)
    np.testing.assert_array_equal(adapted.covariance, own.covariance)
