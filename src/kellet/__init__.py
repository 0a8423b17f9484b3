"""Kellet: what closed training loops forget, and how little real data keeps them."""

# First, before anything else is looked for.
# isort: off
from kellet import imports as imports

# isort: on
from typing import TYPE_CHECKING

from kellet.face import __dir__ as __dir__
from kellet.face import __getattr__ as __getattr__
from kellet.version import __version__

if TYPE_CHECKING:
    from kellet import families, metrics, worlds
    from kellet.audit.counts import profile_counts
    from kellet.cli.folders import show
    from kellet.errors import InputError
    from kellet.estimate.result import Estimate
    from kellet.evidence import Counts, Moments, Points, Sums
    from kellet.experiment.arm import Arm
    from kellet.experiment.auditing import Audit, audit
    from kellet.experiment.check import Check
    from kellet.experiment.estimating import estimate
    from kellet.experiment.experiment import Experiment, Span
    from kellet.experiment.predicting.predict import predict
    from kellet.experiment.predicting.prediction import Prediction
    from kellet.experiment.profiling import profile
    from kellet.experiment.reading import Data, read
    from kellet.experiment.reading import read as data
    from kellet.experiment.resolution import Resolved, resolve
    from kellet.experiment.run import Run, run, work
    from kellet.experiment.running import engines
    from kellet.experiment.running.state import State, runs
    from kellet.experiment.sweep import Sweep, sweep
    from kellet.experiment.verdict.watch import Snapshot, watch
    from kellet.families.contract import check_family
    from kellet.families.family import Prior
    from kellet.forecast import horizon
    from kellet.forecast.forecast import Forecast
    from kellet.forecast.forecast import expect as theory
    from kellet.gallery.reproducing import reproduce
    from kellet.gallery.reproduction import Gallery
    from kellet.loop import curation
    from kellet.loop.anchors import Anchor, Bank, Fixed, Fresh
    from kellet.loop.generations import generations
    from kellet.loop.lineage import Generation
    from kellet.loop.pool.humans import Humans
    from kellet.loop.pool.settings import Detector, Pool, Writer
    from kellet.loop.pool.web import Web, weave
    from kellet.loop.regimes import Accumulate, Replace, Subsample, Window
    from kellet.mix.exporting import export_mix
    from kellet.mix.loading import MixDataset, MixLoader, load_mix
    from kellet.mix.mixing import Mix, mix
    from kellet.mix.reading import MixReader, open_mix
    from kellet.mix.refusal import RefusalError
    from kellet.mix.verifying import Verification, verify
    from kellet.page.answer import Answer
    from kellet.places.testing import assert_no_tail_loss
    from kellet.places.training import audit_training
    from kellet.planning.plan import Plan
    from kellet.planning.planning import plan
    from kellet.planning.plans import Plans
    from kellet.report.compare import Comparison, compare
    from kellet.report.lab.lab import lab
    from kellet.report.page import report

__all__ = [
    "Accumulate", "Anchor", "Answer", "Arm", "Audit", "Bank", "Check", "Comparison", "Counts", "Data", "Detector",
    "Estimate", "Experiment", "Fixed", "Forecast", "Fresh", "Gallery", "Generation", "Humans", "InputError", "Mix",
    "MixDataset", "MixLoader", "MixReader", "Moments", "Plan", "Plans", "Points", "Pool", "Prediction", "Prior",
    "RefusalError", "Replace", "Resolved", "Run", "Snapshot", "Span", "State", "Subsample", "Sums", "Sweep",
    "Verification", "Web", "Window", "Writer", "__version__", "assert_no_tail_loss", "audit", "audit_training",
    "check_family", "compare", "curation", "data", "engines", "estimate", "export_mix", "families", "generations",
    "horizon", "lab", "load_mix", "metrics", "mix", "open_mix", "plan", "predict", "profile", "profile_counts",
    "read", "report", "reproduce", "resolve", "run", "runs", "show", "sweep", "theory", "verify", "watch", "weave",
    "work", "worlds",
]  # fmt: skip
