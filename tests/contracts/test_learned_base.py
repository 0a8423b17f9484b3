"""Kernel, Bootstrap, Reduced and the kinds of Mixture: spelt, written down, run from anywhere, and given nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

import kellet
from kellet import Accumulate, Anchor, Arm, Experiment, Points, check_family, resolve, worlds
from kellet.cli.main import main
from kellet.experiment.spelling import parse_family
from kellet.families import Bootstrap, Kernel, Mixture, Reduced
from kellet.laws.model import read_marks

SPECS = {
    "kernel": Kernel(),
    "kernel:bandwidth=0.3": Kernel(0.3),
    "kernel:bandwidth=scott": Kernel("scott"),
    "kernel:bandwidth=cross-validated": Kernel("cross-validated"),
    "bootstrap": Bootstrap(),
    "reduced:components=2": Reduced(components=2),
    "reduced:components=2,basis=anew,family=kernel,family.bandwidth=0.5": Reduced(Kernel(0.5), 2, "anew"),
    "reduced:components=2,family=mixture,family.components=2": Reduced(Mixture(2), 2),
    "mixture:components=2,covariance=spherical": Mixture(2, "spherical"),
    "mixture:components=2,covariance=tied": Mixture(2, "tied"),
}
every_spec = pytest.mark.parametrize("spec", SPECS)


@every_spec
def test_a_family_is_spelt_and_written_down(spec: str) -> None:
    family = parse_family(spec)
    assert family == SPECS[spec]
    experiment = Experiment(worlds.Digits(dims=3), family, 40, {"replace": Arm()}, generations=2, replicates=2)
    assert Experiment.from_toml(experiment.to_toml()) == experiment
    assert (
        resolve(Experiment.from_toml(resolve(experiment).experiment.to_toml())).experiment
        == resolve(experiment).experiment
    )


@every_spec
def test_it_runs_from_the_command_line_on_a_table_and_from_the_file_that_says_so(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = default_rng(1)
    age, hours = rng.normal(40, 9, 400), rng.gamma(4, 10, 400)
    rows = [f"{a:.2f},{h:.2f},{0.5 * a + h:.2f}" for a, h in zip(age, hours, strict=True)]
    Path("people.csv").write_text("\n".join(["age,hours,both", *rows]), encoding="utf-8")

    def told(*arguments: str) -> str:
        try:
            main(list(arguments))
        except SystemExit as left:
            assert not left.code, capsys.readouterr().err
        return capsys.readouterr().out

    few = ("--replicates", "2", "--generations", "2", "--size", "40", "--arm", "replace", "--arm", "fresh:1")
    Path("e.toml").write_text(told("run", "people.csv", "--family", spec, *few, "--dry-run"), encoding="utf-8")
    found = json.loads(told("run", "people.csv", "--family", spec, *few, "--jobs", "1", "--json", "--out", "one"))
    again = json.loads(told("run", "e.toml", "--jobs", "1", "--json", "--out", "two"))
    assert found["arms"] == again["arms"]


@every_spec
def test_the_numbers_are_the_same_in_any_company(spec: str) -> None:
    arms = {"fixed": Arm(anchor=Anchor(3, draw="fixed", weight=2.0)), "all": Arm(Accumulate(), Anchor(2))}
    settings: dict[str, Any] = {"generations": 2, "replicates": 5, "block": 2, "judged": 20, "seed": 3}
    experiment = Experiment(worlds.Digits(dims=4), SPECS[spec], 40, arms, **settings)
    one = kellet.run(experiment)
    with ThreadPoolExecutor(3) as executor:
        other = kellet.run(experiment, executor=executor)
    more = kellet.run(experiment, replicates=9)
    for arm in arms:
        for metric in one.metrics:
            values = one.values(arm, metric.name)
            assert values.tobytes() == other.values(arm, metric.name).tobytes()
            assert values[:4].tobytes() == more.values(arm, metric.name)[:4].tobytes()
        assert np.isfinite(one.values(arm, "variance_ratio")).all()


@every_spec
@pytest.mark.parametrize("shape", [(3, 60, 4), (3, 3, 4), (2, 60, 2)])
def test_it_keeps_the_contract_of_families(spec: str, shape: tuple[int, ...]) -> None:
    check_family(SPECS[spec], Points(default_rng(2).standard_normal(shape)))


@every_spec
@pytest.mark.parametrize("n", [1, 2, 30])
def test_points_from_which_nothing_can_be_learnt_are_an_outcome(spec: str, n: int) -> None:
    family: Any = SPECS[spec]
    heap = Points(np.full((3, n, 4), 0.25))
    model = family.fit(heap, default_rng(3))
    gone = read_marks(model, 3).collapsed
    assert gone.all() == (isinstance(family, Kernel) and isinstance(family.bandwidth, str))
    assert gone.any() == bool(getattr(model, "reason", None))
    assert np.isfinite(model.sample(5, default_rng(4)).values).all()
    absent = Points(np.full((3, 5, 4), np.nan), np.zeros((3, 5)))
    assert read_marks(family.fit(absent, default_rng(3)), 3).collapsed.all()
