"""A family, a metric and a world of one's own: one file each, and everything works with them."""

import importlib
import json
import sys

import numpy as np
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, Points, Replace, Subsample, check_family, metrics, report
from kellet.cli import main
from kellet.experiment.verdict.summary import summarise
from kellet.metrics import Look, RealLaw, catalogue, real_of
from kellet.report.page import html

FAMILY = '''
"""Everything between the smallest and the largest value that was seen."""

from dataclasses import dataclass

import numpy as np

from kellet import Points


@dataclass(frozen=True)
class Between:
    """What was learnt: two numbers per replicate."""

    low: np.ndarray
    high: np.ndarray

    def sample(self, n, rng):
        return Points(self.low[:, None] + (self.high - self.low)[:, None] * rng.random((len(self.low), n)))


class Range:
    def fit(self, evidence, rng, previous=None):
        values = evidence.values.reshape(*evidence.values.shape[:2])
        return Between(values.min(axis=1), values.max(axis=1))
'''
METRIC = '''
"""How widely what is written reaches."""

from kellet.metrics import Metric, RealLaw


def breadth(look):
    """Largest less smallest written value, over four real standard deviations."""
    points, spread = look.points[:, :, 0], 4 * look.real.covariance[0, 0] ** 0.5
    return (points.max(axis=1) - points.min(axis=1)) / spread


def _on_a_line(real, model):
    return isinstance(real, RealLaw) and real.covariance is not None and len(real.covariance) == 1


BREADTH = Metric(
    "breadth",
    "breadth of what is written",
    "Largest less smallest value, in units of four real standard deviations.",
    breadth,
    _on_a_line,
    None,
    part="spread",
    rank=-1,
    aliases=("wide",),
    unit="times four real deviations",
    less="reached less than half as far as generation 0",
    limits="Two points are enough for it.",
)
'''
WORLD = '''
"""Waves: heights that no law of Kellet's describes."""

from dataclasses import dataclass

import numpy as np

from kellet import Points
from kellet.data.source import Law
from kellet.worlds import Observable


@dataclass(frozen=True)
class Heights:
    """Sines of even angles."""

    replicates: int

    @property
    def mean(self):
        return np.zeros(self.replicates)

    @property
    def variance(self):
        return np.full(self.replicates, 0.5)

    def sample(self, n, rng):
        return Points(np.sin(2 * np.pi * rng.random((self.replicates, n))))


class Waves(Observable):
    things = "heights"
    unit = "waves"
    subject = "the sea"

    def describe(self):
        return "the heights of waves on a quiet sea"

    def open(self, replicates=1):
        return Law(Heights(replicates), replicates)


class Silence:
    """A world that says nothing of itself."""

    def open(self, replicates=1):
        return Law(Heights(replicates), replicates)
'''


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """Write a module, import it, and forget it afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    written = []

    def write(name, text):
        written.append(name)
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield write
    for name in written:
        sys.modules.pop(name, None)


def run(world, family, **settings):
    defaults = {"size": 30, "generations": 6, "replicates": 4, "judged": 50, "arms": {"replace": Arm()}}
    return kellet.run(world=world, family=family, **{**defaults, **settings})


def command(capsys, *arguments):
    """What ``kellet run`` prints as JSON, in the folder of the test."""
    small = "--size 20 --generations 3 --replicates 2 --jobs 1 --out told --json"
    main(["run", *arguments, *small.split()])
    return json.loads(capsys.readouterr().out)


def test_a_family_is_one_file(mine, capsys):
    family = mine("additions_family", FAMILY).Range()
    rng = np.random.default_rng(0)
    check_family(family, Points(rng.normal(size=(3, 40))))
    arms = {
        f"{type(regime).__name__}{'' if anchor is None else ' anchored'}": Arm(regime=regime, anchor=anchor)
        for regime in (Replace(), Accumulate(), Subsample())
        for anchor in (None, Anchor(2))
    }
    found, again = (run(kellet.worlds.Normal(), family, arms=arms) for _ in range(2))
    for arm in arms:
        values = found.values(arm, "variance_ratio")
        assert (values == again.values(arm, "variance_ratio")).all()
        assert np.isfinite(values).all()
    assert (found.values("Replace", "variance_ratio")[:, -1] < found.values("Replace", "variance_ratio")[:, 0]).all()
    assert "The model is Range." in html(found)

    np.savetxt("heights.csv", rng.normal(size=(120, 1)), header="height", comments="")
    printed = command(capsys, "heights.csv", "--family", "additions_family:Range")
    assert printed["experiment"]["family"]["thing"] == "additions_family:Range"
    assert "The model is Range." in report("told").read_text(encoding="utf-8")


def test_a_metric_is_one_file_and_one_line(mine, capsys, monkeypatch):
    metric = mine("additions_metric", METRIC).BREADTH
    monkeypatch.setattr(catalogue, "ALL", (*catalogue.ALL, metric))
    assert metrics.find_metric("breadth") is metric
    assert metrics.match_metrics("wide") == (metric,)
    source = kellet.worlds.Normal(mean=1.0, variance=4.0).open(3)
    assert metric in metrics.suitable(real_of(source), source.truth)
    assert metric not in metrics.suitable(real_of(kellet.worlds.Digits().open(1)), None)
    value = metric.measure(Look(source.truth, real_of(source), 50, np.random.default_rng(0)))
    assert value.shape == (3,) and (abs(value - 1) < 0.5).all()

    found = run(kellet.worlds.Normal(), kellet.families.Gaussian(), size=3, generations=40)
    summary, sentence = summarise(found), found.answer().sentence
    assert summary.parts["spread"] is metric
    assert "“replace” collapsed: from generation" in sentence
    assert "on the median replicate reached less than half as far as generation 0 (" in sentence
    assert "times four real deviations" in sentence
    page = html(found)
    for words in (metric.title.capitalize(), metric.meaning, metric.limits):
        assert words in page

    printed = command(capsys, "normal")
    assert printed["headlines"]["spread"] == "breadth"
    assert printed["metrics"]["breadth"]["meaning"] == metric.meaning


def test_a_world_is_one_file(mine):
    module = mine("additions_world", WORLD)
    source = module.Waves().open(2)
    real = real_of(source)
    assert isinstance(real, RealLaw) and real.covariance.tolist() == [[0.5]]
    assert source.first(7, np.random.default_rng(0)).values.shape == (2, 7)

    arms = {"replace": Arm(), "fresh": Arm(anchor=Anchor(3))}
    found = run(module.Waves(), kellet.families.Gaussian(), arms=arms)
    assert 0.5 < found.values("fresh", "variance_ratio").mean() < 1.5
    page = html(found)
    assert "What becomes of the sea when models learn from models" in page
    assert "The real data here are the heights of waves on a quiet sea." in page
    assert "Generation 0 learns from 30 waves of real data" in page
    assert "How real data are spread" not in page and "Grey is how real data are spread" in page

    page = html(run(module.Silence(), kellet.families.Gaussian()))
    assert "The real data here are a world of the reader&#39;s own, Silence." in page
    assert "Generation 0 learns from 30 examples of real data" in page


def test_all_three_work_together(mine, monkeypatch):
    family, metric = mine("additions_family", FAMILY).Range(), mine("additions_metric", METRIC).BREADTH
    world = mine("additions_world", WORLD).Waves()
    monkeypatch.setattr(catalogue, "ALL", (*catalogue.ALL, metric))
    found = run(world, family, metrics=("breadth",))
    assert [m.name for m in found.metrics] == ["breadth"]
    assert "times four real deviations" in found.answer().sentence
    assert found.answer().data.sentence == found.answer().sentence
