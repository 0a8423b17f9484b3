"""Where each public name lies.  Nothing is imported before it is used: whoever asks for --help waits for nothing."""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

from kellet.makers import offer

NAMES = {
    "kellet.audit.counts": ("profile_counts",),
    "kellet.cli.folders": ("show",),
    "kellet.errors": ("InputError",),
    "kellet.estimate.result": ("Estimate",),
    "kellet.evidence": ("Counts", "Moments", "Points", "Sums"),
    "kellet.experiment.arm": ("Arm",),
    "kellet.experiment.auditing": ("Audit", "audit"),
    "kellet.experiment.check": ("Check",),
    "kellet.experiment.estimating": ("estimate",),
    "kellet.experiment.experiment": ("Experiment", "Span"),
    "kellet.experiment.predicting.predict": ("predict",),
    "kellet.experiment.predicting.prediction": ("Prediction",),
    "kellet.experiment.profiling": ("profile",),
    "kellet.experiment.reading": ("Data", "read"),
    "kellet.experiment.resolution": ("Resolved", "resolve"),
    "kellet.experiment.run": ("Run", "run", "work"),
    "kellet.experiment.running.state": ("State", "runs"),
    "kellet.experiment.sweep": ("Sweep", "sweep"),
    "kellet.experiment.verdict.watch": ("Snapshot", "watch"),
    "kellet.families.contract": ("check_family",),
    "kellet.families.family": ("Prior",),
    "kellet.forecast.forecast": ("Forecast",),
    "kellet.gallery.reproducing": ("reproduce",),
    "kellet.gallery.reproduction": ("Gallery",),
    "kellet.loop.anchors": ("Anchor", "Bank", "Fixed", "Fresh"),
    "kellet.loop.generations": ("generations",),
    "kellet.loop.lineage": ("Generation",),
    "kellet.loop.pool.humans": ("Humans",),
    "kellet.loop.pool.settings": ("Detector", "Pool", "Writer"),
    "kellet.loop.pool.web": ("Web", "weave"),
    "kellet.loop.regimes": ("Accumulate", "Replace", "Subsample", "Window"),
    "kellet.mix.mixing": ("Mix", "mix"),
    "kellet.mix.refusal": ("RefusalError",),
    "kellet.mix.exporting": ("export_mix",),
    "kellet.mix.loading": ("MixDataset", "MixLoader", "load_mix"),
    "kellet.mix.reading": ("MixReader", "open_mix"),
    "kellet.mix.verifying": ("Verification", "verify"),
    "kellet.page.answer": ("Answer",),
    "kellet.places.testing": ("assert_no_tail_loss",),
    "kellet.places.training": ("audit_training",),
    "kellet.planning.plan": ("Plan",),
    "kellet.planning.planning": ("plan",),
    "kellet.planning.plans": ("Plans",),
    "kellet.report.compare": ("Comparison", "compare"),
    "kellet.report.lab.lab": ("lab",),
    "kellet.report.page": ("report",),
}
MODULES = {
    "curation": "kellet.loop.curation",
    "engines": "kellet.experiment.running.engines",
    "families": "kellet.families",
    "horizon": "kellet.forecast.horizon",
    "metrics": "kellet.metrics",
    "worlds": "kellet.worlds",
}
WHERE = {name: (module, name) for module, names in NAMES.items() for name in names}
WHERE["theory"] = "kellet.forecast.forecast", "expect"
WHERE["data"] = "kellet.experiment.reading", "read"


class Face(ModuleType):
    """Keeps `kellet.theory` and `kellet.report` the functions that they are when the packages of the same names are
    imported, which the import system would set in their place: `from kellet.theory import drift` finds those."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in WHERE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        # Clusters send functions with the modules that they name.
        return import_module, (self.__name__,)


sys.modules["kellet"].__class__ = Face


def _make(module: str, name: str, *things: object) -> Any:
    return getattr(import_module(module), name)(*things)


for _what, _module, _name in (
    ("profile", "kellet.audit.summary", "summarise"),
    ("report", "kellet.report.page", "report"),
    ("plot run", "kellet.report.plot", "plot_run"),
    ("plot sweep", "kellet.report.plot", "plot_sweep"),
):
    offer(_what, partial(_make, _module, _name))


def __getattr__(name: str) -> Any:
    if name in WHERE:
        module, own = WHERE[name]
        found = getattr(import_module(module), own)
    elif name in MODULES:
        found = import_module(MODULES[name])
    else:
        raise AttributeError(f"module 'kellet' has no attribute {name!r}")
    setattr(sys.modules["kellet"], name, found)
    return found


def __dir__() -> list[str]:
    return sorted({*vars(sys.modules["kellet"]), *WHERE, *MODULES})
