"""What theory expects of an experiment, against running it.

Tolerance: Z standard errors of the run at about 800 places, so that the family-wise rate of false alarms is below
1e-5 were the seeds not fixed. Horizons are short, since means of collapsing variances are soon carried by a handful
of replicates.
"""

import numpy as np
import polars as pl
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, Experiment, Prior, Subsample, Window, worlds
from kellet.families import Categorical, Gaussian

Z = 5.7
HORIZONS = [0, 1, 2, 5, 12]

ARMS = {
    "replace": Arm(),
    "one fresh": Arm(anchor=Anchor(1)),
    "five fresh": Arm(anchor=Anchor(5)),
    "a fifth fresh": Arm(anchor=Anchor(share=0.2)),
    "five fixed": Arm(anchor=Anchor(5, draw="fixed")),
    "five of a bank of eight": Arm(anchor=Anchor(5, draw="bank", bank=8)),
    "fresh, weighted": Arm(anchor=Anchor(4, weight=3.0)),
    "fixed, weighted": Arm(anchor=Anchor(4, draw="fixed", weight=3.0)),
    "bank, light": Arm(anchor=Anchor(4, draw="bank", bank=6, weight=0.5)),
    "accumulate": Arm(regime=Accumulate()),
    "accumulate, fresh": Arm(regime=Accumulate(), anchor=Anchor(5)),
    "accumulate, fixed": Arm(regime=Accumulate(), anchor=Anchor(5, draw="fixed")),
    "accumulate, fresh, weighted": Arm(regime=Accumulate(), anchor=Anchor(4, weight=2.0)),
    "prior": Arm(prior=Prior(2.0)),
    "prior and fresh": Arm(prior=Prior(3.0), anchor=Anchor(2)),
    "window": Arm(regime=Window(3)),
    "window, fresh": Arm(regime=Window(3), anchor=Anchor(5)),
    "window, bank, weighted": Arm(regime=Window(2), anchor=Anchor(5, draw="bank", bank=8, weight=2.0)),
    "subsample": Arm(regime=Subsample()),
    "subsample, fresh": Arm(regime=Subsample(), anchor=Anchor(5)),
    "subsample, fixed": Arm(regime=Subsample(), anchor=Anchor(5, draw="fixed")),
}
ON_THE_LINE = ARMS | {
    "prior elsewhere": Arm(prior=Prior(2.0, mean=3.0, variance=0.5)),
    "prior elsewhere, accumulate": Arm(regime=Accumulate(), prior=Prior(5.0, mean=-2.0, variance=4.0)),
}


def experiment(world, family, arms=ARMS, size=20, replicates=3000):
    return Experiment(world, family, size, arms, generations=12, replicates=replicates, seed=11, block=replicates)


EXPERIMENTS = {
    "line": experiment(worlds.Normal(mean=1.0, variance=2.0), Gaussian(), ON_THE_LINE),
    "line, unbiased": experiment(worlds.Normal(mean=1.0, variance=2.0), Gaussian("unbiased"), {"replace": Arm()}),
    "line, growing": experiment(
        worlds.Normal(mean=1.0, variance=2.0),
        Gaussian(),
        {key: ARMS[key] for key in ("replace", "one fresh", "five fixed", "accumulate", "window", "subsample")},
        size=(10, 10, 20, 30, 40),
    ),
    "plane": experiment(
        worlds.multivariate_normal([0.0, 1.0], [[1.0, 0.4], [0.4, 2.0]]),
        Gaussian(),
        ARMS | {"prior elsewhere": Arm(prior=Prior(2.0, mean=(1.0, -1.0), variance=0.5))},
        replicates=1500,
    ),
    "categories": experiment(
        worlds.categorical([0.4, 0.3, 0.2, 0.07, 0.03]),
        Categorical(),
        ARMS | {"prior elsewhere": Arm(prior=Prior(4.0, mean=(1.0, 0.0, 0.0, 1.0, 2.0)))},
    ),
}
KNOWN = {"line": ("variance_ratio", "mean_drift"), "categories": ("heterozygosity",)}
PLAIN = {"line": ("log_variance", "deviation_ratio", "wasserstein_2_squared"), "plane": ("log_spread", "spread")}


def gap(run, predictions):
    """The largest distance of a run from its exact predictions, in standard errors, and where it is."""
    worst = (0.0, "")
    for arm, metrics in predictions.items():
        for metric, prediction in metrics.items():
            if prediction.kind != "exact":
                continue
            seen = run.values(arm, metric)[:, HORIZONS]
            assert prediction.values.shape == (run.experiment.generations + 1,)
            error = seen.std(axis=0) / np.sqrt(len(seen))
            off = abs(seen.mean(axis=0) - prediction.values[HORIZONS]) / np.maximum(error, 1e-12)
            worst = max(worst, (float(off.max()), f"{metric} of {arm!r} in generation {HORIZONS[off.argmax()]}"))
    return worst


@pytest.mark.parametrize("key", list(EXPERIMENTS))
def test_runs_agree_with_what_theory_expects_of_them(key):
    predictions = kellet.predict(EXPERIMENTS[key])
    known = KNOWN["categories" if key == "categories" else "line"]
    for arm, setting in EXPERIMENTS[key].arms.items():
        weighted = setting.anchor is not None and setting.anchor.weight != 1
        if not (weighted and isinstance(setting.regime, Subsample)):
            assert set(known) <= set(predictions[arm]), f"nothing is known about {arm!r}"
    plain = PLAIN["plane" if key == "plane" else "line"] if isinstance(EXPERIMENTS[key].size, int) else ()
    assert key == "categories" or set(plain) <= set(predictions["replace"])
    watched = sorted({metric for known in predictions.values() for metric in known})
    off, where = gap(kellet.run(EXPERIMENTS[key], metrics=watched), predictions)
    assert off < Z, f"{where} is off by {off:.1f} standard errors"


def test_runs_on_finite_data_agree_with_the_theory_of_finite_stocks(tmp_path):
    rng = np.random.default_rng(5)
    rows = rng.gamma(2.0, size=(100, 2)) @ np.array([[1.0, 0.5], [0.0, 2.0]])
    pl.DataFrame(rows, schema=["a", "b"]).write_csv(tmp_path / "data.csv")
    arms = {
        key: ARMS[key]
        for key in (
            "replace",
            "one fresh",
            "five fresh",
            "a fifth fresh",
            "five fixed",
            "accumulate",
            "accumulate, fresh",
        )
    }
    arms["accumulate, fixed"] = ARMS["accumulate, fixed"]
    arms["all fresh"] = Arm(anchor=Anchor(share=1.0))
    study = experiment(worlds.Table(str(tmp_path / "data.csv")), Gaussian(), arms, replicates=2000)
    predictions = kellet.predict(study)
    assert all({"variance_ratio", "mean_drift"} <= set(metrics) for metrics in predictions.values())
    off, where = gap(kellet.run(study, metrics=("variance_ratio", "mean_drift"), judged=2), predictions)
    assert off < Z, f"{where} is off by {off:.1f} standard errors"


@pytest.mark.parametrize(
    ("arm", "world", "family"),
    [
        (Arm(), worlds.Digits(), Gaussian("unbiased")),
        (Arm(anchor=Anchor(2)), worlds.Normal(), Gaussian("unbiased")),
        (Arm(), worlds.multivariate_normal([0, 0], [[1, 0], [0, 1]]), Gaussian(covariance="diagonal")),
    ],
)
def test_where_nothing_is_known_nothing_is_said(arm, world, family):
    study = Experiment(world, family, 20, {"a": arm}, generations=3)
    assert kellet.predict(study) == {"a": {}}
