"""What trackers are sent: medians by arm and generation, finite ones only; none of them is needed here."""

import sys
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

import kellet
from kellet import InputError
from kellet.audit.scalars import list_generations
from kellet.report import trackers as tracking


@pytest.fixture(scope="module")
def run():
    arms = {"replace": kellet.Arm(), "fresh": kellet.Arm(anchor=kellet.Anchor(2))}
    return kellet.run(
        world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=10, arms=arms, generations=3, replicates=9
    )


@pytest.fixture
def expected(run):
    """(arm, metric, generation) -> the median."""
    return {
        (arm, metric.name, t): np.median(run.values(arm, metric.name)[:, t])
        for arm in run.blocks
        for metric in run.metrics
        for t in range(4)
    }


@pytest.fixture(scope="module")
def audited():
    rng = np.random.default_rng(0)
    real, fresh, lost = ({"job": rng.zipf(a, 600).clip(0, 500).astype(str)} for a in (1.5, 1.5, 3.0))
    return kellet.audit(real, fresh, lost, redact=True)


def finite(values):
    return {key: value for key, value in values.items() if np.isfinite(value)}


def test_mlflow_gets_a_run_for_each_arm(run, expected, monkeypatch):
    sent, arm = {}, []

    @contextmanager
    def start(run_name):
        arm.append(run_name)
        yield
        arm.pop()

    def log(values, step):
        sent.update({(arm[0], name, step): value for name, value in values.items()})

    module = SimpleNamespace(set_experiment=lambda _: None, start_run=start, log_metrics=log)
    monkeypatch.setitem(sys.modules, "mlflow", module)
    tracking.track(run, "mlflow")
    assert sent == pytest.approx(finite(expected))


def test_wandb_gets_a_run_for_each_arm(run, expected, monkeypatch):
    sent, ended = {}, []

    def init(project, group, name, reinit):
        def log(values, step):
            sent.update({(name, metric, step): value for metric, value in values.items()})

        return SimpleNamespace(log=log, finish=lambda: ended.append(name))

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    tracking.track(run, "wandb")
    assert sent == pytest.approx(finite(expected))
    assert ended == ["replace", "fresh"]


@pytest.mark.parametrize("package", ["torch.utils.tensorboard", "tensorboardX"])
def test_tensorboard_gets_a_line_for_each_arm(run, expected, monkeypatch, package):
    sent, ended = {}, []

    class Writer:
        def __init__(self, folder):
            self.arm = folder.rpartition("/")[2]

        def add_scalar(self, name, value, step):
            sent[self.arm, name, step] = value

        def close(self):
            ended.append(self.arm)

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    monkeypatch.setitem(sys.modules, package, SimpleNamespace(SummaryWriter=Writer))
    tracking.track(run, "tensorboard")
    assert sent == pytest.approx(finite(expected))
    assert ended == ["replace", "fresh"]


def test_what_is_not_finite_is_not_sent(run):
    (_, steps), *_ = tracking.scalars(run)
    assert steps
    dead = kellet.run(
        world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=2, generations=400, replicates=3, seed=1
    )
    ((_, steps),) = tracking.scalars(dead)
    assert all(np.isfinite(value) for values in steps.values() for value in values.values())
    assert len(steps[400]) < len(dead.metrics)


def test_a_tracker_that_refuses_is_told_in_a_line(run, monkeypatch):
    def refuse(name):
        raise RuntimeError("No server at 127.0.0.1.\nMore.")

    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(set_experiment=refuse))
    with pytest.raises(InputError, match=r"mlflow to take what it is sent; got No server at 127\.0\.0\.1\."):
        tracking.track(run, "mlflow")


@pytest.mark.parametrize("tracker", ["mlflow", "wandb", "tensorboard"])
def test_a_missing_package_is_told(run, monkeypatch, tracker):
    for package in tracking.PACKAGES[tracker]:
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=f"a package for --track {tracker}; got none installed. Try pip install"):
        tracking.track(run, tracker)


def test_an_unknown_tracker_is_told(run):
    with pytest.raises(InputError, match="one of the trackers mlflow, wandb, tensorboard; got 'abacus'"):
        tracking.track(run, "abacus")


def test_mlflow_and_wandb_get_one_line_of_an_audit(audited, monkeypatch):
    sent, named = {"mlflow": {}, "wandb": {}}, []

    @contextmanager
    def start(run_name):
        named.append(run_name)
        yield

    mlflow = SimpleNamespace(
        set_experiment=named.append, start_run=start,
        log_metrics=lambda values, step: sent["mlflow"].update({step: values}),
    )  # fmt: skip

    def init(project, group, name, reinit):
        named.extend((group, name))
        return SimpleNamespace(log=lambda values, step: sent["wandb"].update({step: values}), finish=lambda: None)

    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init))
    for tracker in sent:
        tracking.track(audited, tracker)
    assert sent["mlflow"] == sent["wandb"] == list_generations(audited.diagnosis)
    assert [values["verdict"] for values in sent["mlflow"].values()] == [0, 4]
    assert set(named) == {"audit the reference"}


def test_tensorboard_gets_curves_of_an_audit(audited, monkeypatch):
    sent, folders = {}, []

    class Writer:
        def __init__(self, folder):
            folders.append(folder)

        def add_scalar(self, name, value, step):
            sent.setdefault(step, {})[name] = value

        def close(self):
            pass

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", SimpleNamespace(SummaryWriter=Writer))
    tracking.track(audited, "tensorboard")
    assert sent == list_generations(audited.diagnosis)
    assert folders == ["runs/tensorboard/audit the reference"]
