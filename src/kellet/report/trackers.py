"""Send what a run or an audit found to somebody's tracker: one scalar for each line, metric and generation."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from kellet.audit.scalars import list_generations
from kellet.errors import InputError
from kellet.experiment.auditing import Audit
from kellet.experiment.run import Run
from kellet.experiment.verdict.quantiles import over, quantiles

PACKAGES = {"mlflow": ("mlflow",), "wandb": ("wandb",), "tensorboard": ("torch.utils.tensorboard", "tensorboardX")}


@dataclass(frozen=True)
class Story:
    """What is sent.

    name: of all of it.  folder: where what has no server of its own is kept.  lines: name -> generation -> scalars.
    """

    name: str
    folder: str
    lines: dict[str, dict[int, dict[str, float]]]

    @staticmethod
    def of(found: Run | Audit) -> Story:
        """Of a run a line for each arm, of an audit one alone."""
        if isinstance(found, Audit):
            reference = found.diagnosis.reference
            return Story(f"audit {reference}", "runs", {f"audit {reference}": list_generations(found.diagnosis)})
        folder = str(found.folder) if found.folder else ""
        return Story(folder.rpartition("/")[2] or "kellet", folder or "runs", dict(scalars(found)))


def scalars(run: Run) -> Iterator[tuple[str, dict[int, dict[str, float]]]]:
    """Arm -> generation -> metric -> the median over replicates, a degenerate one counting as the worst.

    What is not a finite number is left out: trackers can't draw it.

    >>> import kellet
    >>> result = kellet.run(world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=10, generations=1)
    >>> [(arm, list(steps), "variance_ratio" in steps[1]) for arm, steps in scalars(result)]
    [('replace', [0, 1], True)]
    """
    for arm in run.blocks:
        watched = (*run.metrics, *(metric for metric in run.between if run.has(arm, metric.name)))
        medians = {metric.name: quantiles(over(run, arm, metric), (0.5,))[0] for metric in watched}
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


def track(found: Run | Audit, tracker: str) -> None:
    """Send a run or an audit to ``mlflow``, ``wandb`` or ``tensorboard``; the trackers' own settings say where they
    keep it."""
    package = load(tracker)
    send = {"mlflow": _mlflow, "wandb": _wandb, "tensorboard": _tensorboard}[tracker]
    try:
        send(package, Story.of(found))
    except Exception as error:
        # Trackers have errors of their own kinds, and none of them spoils what was found.
        reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
        attempt = "its own settings, and then the same command" + (
            ": the run is kept" if isinstance(found, Run) else ""
        )
        raise InputError(f"{tracker} to take what it is sent", reason, attempt) from None


def _mlflow(mlflow: Any, story: Story) -> None:
    """One MLflow run for each line, where MLFLOW_TRACKING_URI says."""
    mlflow.set_experiment(story.name)
    for line, steps in story.lines.items():
        with mlflow.start_run(run_name=line):
            for t, values in steps.items():
                mlflow.log_metrics(values, step=t)


def _wandb(wandb: Any, story: Story) -> None:
    """One run of W&B for each line, in a group of them."""
    for line, steps in story.lines.items():
        one = wandb.init(project="kellet", group=story.name, name=line, reinit=True)
        for t, values in steps.items():
            one.log(values, step=t)
        one.finish()


def _tensorboard(tensorboard: Any, story: Story) -> None:
    """One curve for each line, in ``tensorboard/`` of the folder."""
    for line, steps in story.lines.items():
        writer = tensorboard.SummaryWriter(f"{story.folder}/tensorboard/{line}")
        for t, values in steps.items():
            for name, value in values.items():
                writer.add_scalar(name, value, t)
        writer.close()
