"""Classes by their name: finding one, making an object of it, and naming an object that is there."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.families.yours.manners import check_options, read_parameters

Option = bool | int | float | str


def check_name(thing: str) -> None:
    """Refuse what is no name of a class."""
    if not re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", thing):
        raise InputError("package.module:Class", thing, "sklearn.neighbors:KernelDensity")


def find(thing: str) -> Any:
    """The class of that name, of a module that is installed or else lies in the current folder."""
    module, _, name = thing.partition(":")
    try:
        return getattr(_import(module), name)
    # Somebody's module may raise anything while it is imported.
    except Exception as error:
        attempt = "checking the spelling, or installing it"
        raise InputError(f"a class {name} in a module {module}", explain(error), attempt) from None


def _import(module: str) -> ModuleType:
    """A module, looked for in the current folder where it is nowhere else.

    That folder is on the path for as long as this takes and no longer, and last: data lie in it, and files beside them
    must not be taken for packages that others try to import.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
    here = str(Path.cwd())
    sys.path.append(here)
    try:
        return importlib.import_module(module)
    finally:
        # From behind: it may stand further ahead for another reason.
        del sys.path[len(sys.path) - 1 - sys.path[::-1].index(here)]


def make(thing: str, options: Mapping[str, Option]) -> Any:
    """A new, untrained object of the class of that name."""
    made, name = find(thing), thing.partition(":")[2]
    check_options(made, thing, options)
    try:
        return made(**options)
    # Somebody's class may raise anything while it is made.
    except Exception as error:
        raise InputError(f"options that {name} takes", explain(error), "leaving them out") from None


def is_familiar(thing: str) -> bool:
    """Whether it is an estimator of scikit-learn's, of which a name and plain options make nothing but an estimator.

    One that takes ``memory`` would load the pickles that it finds in a folder of that name.

    >>> is_familiar("sklearn.neighbors:KernelDensity"), is_familiar("sklearn.datasets:fetch_openml")
    (True, False)
    """
    if not re.fullmatch(r"sklearn(\.\w+)+:\w+", thing):
        return False
    from sklearn.base import BaseEstimator

    kind = find(thing)
    own = isinstance(kind, type) and issubclass(kind, BaseEstimator) and kind.__module__.startswith("sklearn.")
    return own and "memory" not in read_parameters(kind)


def spell(thing: Any) -> tuple[str, dict[str, Option]] | None:
    """The name and the options of an estimator of scikit-learn's; None where it is none, or can't be written down."""
    if not is_estimator(thing):
        return None
    kind, usual = type(thing), read_parameters(type(thing))
    found = {name: value for name, value in thing.get_params(deep=False).items() if value is not usual[name].default}
    options = {name: value.item() if isinstance(value, np.generic) else value for name, value in found.items()}
    module = kind.__module__.partition("._")[0]
    there = getattr(sys.modules.get(module), kind.__name__, None) is kind and module != "__main__"
    plain = all(isinstance(value, Option) for value in options.values())
    return (f"{module}:{kind.__name__}", options) if there and plain else None


def is_estimator(thing: Any) -> bool:
    """Whether it is one of scikit-learn's, which whoever made it has imported."""
    base = sys.modules.get("sklearn.base")
    return base is not None and isinstance(thing, base.BaseEstimator)


def explain(error: Exception) -> str:
    """What was raised, in words."""
    return str(error) if isinstance(error, ImportError | AttributeError | TypeError | ValueError) else repr(error)
