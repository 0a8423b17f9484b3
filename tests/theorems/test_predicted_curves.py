"""What theory expects of loops on data, whose real points come from finite stocks; laws are in the grid.

Tolerance: Z standard errors of the run at about 100 places, so that the family-wise rate of false alarms is below
1e-5 were the seeds not fixed.
"""

import numpy as np
import polars as pl
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, Experiment, worlds
from kellet.families import Gaussian

Z = 5.3
ARMS = {
    "replace": Arm(),
    "one fresh": Arm(anchor=Anchor(1)),
    "five fresh": Arm(anchor=Anchor(5)),
    "a fifth fresh": Arm(anchor=Anchor(share=0.2)),
    "all fresh": Arm(anchor=Anchor(share=1.0)),
    "five fixed": Arm(anchor=Anchor(5, draw="fixed")),
    "accumulate": Arm(regime=Accumulate()),
    "accumulate, fresh": Arm(regime=Accumulate(), anchor=Anchor(5)),
    "accumulate, fixed": Arm(regime=Accumulate(), anchor=Anchor(5, draw="fixed")),
}


@pytest.mark.parametrize(("columns", "scale"), [(("a",), "raw"), (("a", "b"), "standard")])
def test_runs_on_finite_data_agree_with_the_theory_of_finite_stocks(tmp_path, columns, scale):
    rng = np.random.default_rng(5)
    rows = rng.gamma(2.0, size=(100, 2)) @ np.array([[1.0, 0.5], [0.0, 2.0]])
    pl.DataFrame(rows, schema=["a", "b"]).write_csv(tmp_path / "data.csv")
    world = worlds.Table(str(tmp_path / "data.csv"), columns, scale=scale)
    study = Experiment(world, Gaussian(), 20, ARMS, generations=12, replicates=1500, seed=11, block=1500)
    predictions = kellet.predict(study)
    assert all(metrics.keys() == {"variance_ratio", "mean_drift"} for metrics in predictions.values())
    found = kellet.run(study, metrics=("variance_ratio", "mean_drift"), judged=2).check()
    assert len(found.sound) > 0.9 * len(found.overlaps)
    worst = max(found.sound, key=lambda overlap: abs(overlap.z))
    assert abs(worst.z) < Z, worst


@pytest.mark.parametrize(
    ("arm", "world", "family"),
    [
        (Arm(), worlds.Digits(), Gaussian("unbiased")),
        (Arm(), worlds.Digits(dims=0), Gaussian()),
        (Arm(anchor=Anchor(2)), worlds.Normal(), Gaussian("unbiased")),
        (Arm(), worlds.multivariate_normal([0, 0], [[1, 0], [0, 1]]), Gaussian(covariance="diagonal")),
    ],
)
def test_where_nothing_is_known_nothing_is_said(arm, world, family):
    study = Experiment(world, family, 20, {"a": arm}, generations=3)
    assert kellet.predict(study) == {"a": {}}
