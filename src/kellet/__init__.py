"""Kellet: what closed training loops forget, and how little real data keeps them."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kellet import curation, engines, families, horizon, metrics, outlook, theory, worlds
    from kellet.anchors import Anchor
    from kellet.check import Check
    from kellet.errors import InputError
    from kellet.evidence import Counts, Moments, Points, Sums
    from kellet.experiment import Arm, Experiment
    from kellet.family import Prior, check_family
    from kellet.loop import Generation, generations
    from kellet.planning.answer import Plan
    from kellet.planning.planning import plan
    from kellet.predict import Prediction, predict
    from kellet.regimes import Accumulate, Replace, Subsample
    from kellet.run import Run, run, work
    from kellet.sweep import Sweep, sweep

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
    "Plan",
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
    "engines",
    "families",
    "generations",
    "horizon",
    "metrics",
    "outlook",
    "plan",
    "predict",
    "run",
    "sweep",
    "theory",
    "work",
    "worlds",
]

# Where each name lies.  Nothing is imported before it is used: a quarter of a second for somebody who asks for --help.
_ROOMS = {
    "anchors": ("Anchor",),
    "check": ("Check",),
    "errors": ("InputError",),
    "evidence": ("Counts", "Moments", "Points", "Sums"),
    "experiment": ("Arm", "Experiment"),
    "family": ("Prior", "check_family"),
    "loop": ("Generation", "generations"),
    "planning": ("Plan", "plan"),
    "predict": ("Prediction", "predict"),
    "regimes": ("Accumulate", "Replace", "Subsample"),
    "run": ("Run", "run", "work"),
    "sweep": ("Sweep", "sweep"),
}
_ROOM = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _ROOM:
        found = getattr(import_module(f"kellet.{_ROOM[name]}"), name)
        globals()[name] = found
        return found
    if name in __all__:
        return import_module(f"kellet.{name}")
    raise AttributeError(f"module 'kellet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Kellet(ModuleType):
    """Keeps `kellet.run` the function that it is when its module of the same name is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _ROOM and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Kellet
