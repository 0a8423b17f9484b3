"""Kellet: what closed training loops forget, and how little real data keeps them."""

from typing import TYPE_CHECKING

from kellet.face import __dir__ as __dir__
from kellet.face import __getattr__ as __getattr__
from kellet.version import __version__

if TYPE_CHECKING:
    from kellet import families, metrics, theory, worlds
    from kellet.errors import InputError
    from kellet.evidence import Counts, Moments, Points, Sums
    from kellet.experiment.arm import Arm
    from kellet.experiment.check import Check
    from kellet.experiment.experiment import Experiment
    from kellet.experiment.predict import Prediction, predict
    from kellet.experiment.resolution import resolve
    from kellet.experiment.resolved import Resolved
    from kellet.experiment.run import Run, run, work
    from kellet.experiment.running import engines
    from kellet.experiment.span import Span
    from kellet.experiment.sweep import Sweep, sweep
    from kellet.families.contract import check_family
    from kellet.families.family import Prior
    from kellet.forecast import expect as outlook
    from kellet.forecast import horizon
    from kellet.loop import curation
    from kellet.loop.anchors import Anchor, Bank, Fixed, Fresh
    from kellet.loop.generations import Generation, generations
    from kellet.loop.regimes import Accumulate, Replace, Subsample
    from kellet.planning.answer import Plan
    from kellet.planning.planning import plan

__all__ = [
    "Accumulate",
    "Anchor",
    "Arm",
    "Bank",
    "Check",
    "Counts",
    "Experiment",
    "Fixed",
    "Fresh",
    "Generation",
    "InputError",
    "Moments",
    "Plan",
    "Points",
    "Prediction",
    "Prior",
    "Replace",
    "Resolved",
    "Run",
    "Span",
    "Subsample",
    "Sums",
    "Sweep",
    "__version__",
    "check_family",
    "curation",
    "engines",
    "families",
    "generations",
    "horizon",
    "metrics",
    "outlook",
    "plan",
    "predict",
    "resolve",
    "run",
    "sweep",
    "theory",
    "work",
    "worlds",
]
