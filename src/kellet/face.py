"""Where each public name lies.  Nothing is imported before it is used: whoever asks for --help waits for nothing."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

NAMES = {
    "kellet.errors": ("InputError",),
    "kellet.evidence": ("Counts", "Moments", "Points", "Sums"),
    "kellet.experiment.arm": ("Arm",),
    "kellet.experiment.check": ("Check",),
    "kellet.experiment.experiment": ("Experiment",),
    "kellet.experiment.predict": ("Prediction", "predict"),
    "kellet.experiment.resolution": ("resolve",),
    "kellet.experiment.resolved": ("Resolved",),
    "kellet.experiment.run": ("Run", "run", "work"),
    "kellet.experiment.span": ("Span",),
    "kellet.experiment.sweep": ("Sweep", "sweep"),
    "kellet.families.contract": ("check_family",),
    "kellet.families.family": ("Prior",),
    "kellet.loop.anchors": ("Anchor", "Bank", "Fixed", "Fresh"),
    "kellet.loop.generations": ("Generation", "generations"),
    "kellet.loop.regimes": ("Accumulate", "Replace", "Subsample"),
    "kellet.planning.answer": ("Plan",),
    "kellet.planning.planning": ("plan",),
}
MODULES = {
    "curation": "kellet.loop.curation",
    "engines": "kellet.experiment.running.engines",
    "families": "kellet.families",
    "horizon": "kellet.forecast.horizon",
    "metrics": "kellet.metrics",
    "outlook": "kellet.forecast.expect",
    "theory": "kellet.theory",
    "worlds": "kellet.worlds",
}
WHERE = {name: module for module, names in NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in WHERE:
        found = getattr(import_module(WHERE[name]), name)
    elif name in MODULES:
        found = import_module(MODULES[name])
    else:
        raise AttributeError(f"module 'kellet' has no attribute {name!r}")
    setattr(sys.modules["kellet"], name, found)
    return found


def __dir__() -> list[str]:
    return sorted({*vars(sys.modules["kellet"]), *WHERE, *MODULES})
