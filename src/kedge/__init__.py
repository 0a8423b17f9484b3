"""Kedge: what closed training loops forget, and how little real data keeps them."""

__version__ = "0.1.0"

from typing import TYPE_CHECKING, Any

from kedge import curation, families, metrics, worlds
from kedge.anchors import Anchor
from kedge.check import Check
from kedge.errors import InputError
from kedge.evidence import Counts, Moments, Points, Sums
from kedge.experiment import Arm, Experiment
from kedge.family import Prior, check_family
from kedge.loop import Generation, generations
from kedge.predict import Prediction, predict
from kedge.regimes import Accumulate, Replace, Subsample
from kedge.run import Run, run, work
from kedge.sweep import Sweep, sweep

if TYPE_CHECKING:
    from kedge import horizon, outlook, theory

__all__ = [
    "Accumulate",
    "Anchor",
    "Arm",
    "Check",
    "Counts",
    "Experiment",
    "Generation",
    "InputError",
    "Moments",
    "Points",
    "Prediction",
    "Prior",
    "Replace",
    "Run",
    "Subsample",
    "Sums",
    "Sweep",
    "check_family",
    "curation",
    "families",
    "generations",
    "horizon",
    "metrics",
    "outlook",
    "predict",
    "run",
    "sweep",
    "theory",
    "work",
    "worlds",
]


def __getattr__(name: str) -> Any:
    # Theory needs scipy.special, which takes longer to import than all the rest; the others wait until they are used.
    if name in ("horizon", "outlook", "theory"):
        from importlib import import_module

        return import_module(f"kedge.{name}")
    raise AttributeError(f"module 'kedge' has no attribute {name!r}")
