"""Send what a run found to somebody's tracker: one scalar for each arm, metric and generation."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.experiment.run import Run
from kellet.experiment.verdict.quantiles import over, quantiles

PACKAGES = {"mlflow": ("mlflow",), "wandb": ("wandb",), "tensorboard": ("torch.utils.tensorboard", "tensorboardX")}


def scalars(run: Run) -> Iterator[tuple[str, dict[int, dict[str, float]]]]:
    """Arm -> generation -> metric -> the median over replicates, a degenerate one counting as the worst.

    What is not a finite number is left out: trackers can't draw it.

    >>> import kellet
    >>> result = kellet.run(world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=10, generations=1)
    >>> [(arm, list(steps), "variance_ratio" in steps[1]) for arm, steps in scalars(result)]
    [('replace', [0, 1], True)]
    """
    for arm in run.blocks:
        medians = {metric.name: quantiles(over(run, arm, metric), (0.5,))[0] for metric in run.metrics}
        yield arm, {
            int(t): {name: float(values[i]) for name, values in medians.items() if np.isfinite(values[i])}
            for i, t in enumerate(run.generations)
        }  # fmt: skip


def load(tracker: str) -> Any:
    """The package of a tracker: worth asking for before a run of hours."""
    if tracker not in PACKAGES:
        raise InputError(f"one of the trackers {', '.join(PACKAGES)}", repr(tracker), "--track tensorboard")
    for package in PACKAGES[tracker]:
        with suppress(ImportError):
            return importlib.import_module(package)
    raise InputError(f"a package for --track {tracker}", "none installed", f"pip install {PACKAGES[tracker][-1]}")


def track(run: Run, tracker: str) -> None:
    """Send a run to ``mlflow``, ``wandb`` or ``tensorboard``; the trackers' own settings say where they keep it."""
    package = load(tracker)
    send = {"mlflow": _mlflow, "wandb": _wandb, "tensorboard": _tensorboard}[tracker]
    try:
        send(package, run)
    except Exception as error:
        # Trackers have errors of their own kinds, and none of them spoils the run.
        reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
        attempt = "its own settings, and then the same command: the run is kept"
        raise InputError(f"{tracker} to take what it is sent", reason, attempt) from None


def _mlflow(mlflow: Any, run: Run) -> None:
    """One MLflow run for each arm, where MLFLOW_TRACKING_URI says."""
    mlflow.set_experiment(_name(run))
    for arm, steps in scalars(run):
        with mlflow.start_run(run_name=arm):
            for t, values in steps.items():
                mlflow.log_metrics(values, step=t)


def _wandb(wandb: Any, run: Run) -> None:
    """One run of W&B for each arm, in a group of them."""
    for arm, steps in scalars(run):
        one = wandb.init(project="kellet", group=_name(run), name=arm, reinit=True)
        for t, values in steps.items():
            one.log(values, step=t)
        one.finish()


def _tensorboard(tensorboard: Any, run: Run) -> None:
    """One line for each arm, in ``tensorboard/`` of the run folder."""
    for arm, steps in scalars(run):
        writer = tensorboard.SummaryWriter(f"{run.folder or 'runs'}/tensorboard/{arm}")
        for t, values in steps.items():
            for name, value in values.items():
                writer.add_scalar(name, value, t)
        writer.close()


def _name(run: Run) -> str:
    return str(run.folder).rpartition("/")[2] if run.folder else "kellet"
