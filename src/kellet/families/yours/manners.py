"""Manners: how somebody's class wants to be made and asked, read off its signatures."""

from __future__ import annotations

import difflib
import inspect
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Literal

from kellet.errors import InputError
from kellet.families.yours.tables import Kind

Protocol = Literal["kellet", "others"]

COUNTS = (
    "n", "n_samples", "num_samples", "n_rows", "num_rows", "nrows", "n_points", "num_points", "n_items", "count",
    "size", "number", "num", "rows", "k",
)  # fmt: skip
"""What a parameter is called that says how many rows to write."""
SEEDS = ("random_state", "seed", "rng")
TABLES = ("df", "data", "table", "frame", "dataframe", "data_frame", "train_df", "train_data", "real_data")
"""What a parameter is called that is a DataFrame."""
ANNOTATIONS: dict[str, Kind] = {
    "polars": "polars", "pl.": "polars", "pandas": "pandas", "pd.": "pandas", "ndarray": "array", "ArrayLike": "array",
    "[str": "texts",
}  # fmt: skip
TEXTS = ("texts", "text", "documents", "docs", "corpus", "sentences", "strings", "lines")
"""What a parameter is called that is a list of texts."""
CATEGORIES = ("discrete_columns", "categorical_columns", "categorical_features")
"""What a parameter of ``fit`` is called that names the columns of categories."""
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
Parameters = Mapping[str, inspect.Parameter]


@dataclass(frozen=True)
class Manner:
    """How an object learns and writes.

    protocol: Kellet's own, ``fit(evidence, rng, previous)``, or that of others, ``fit(X)`` and ``sample(n)``.  data:
    what ``fit`` takes; None where nothing says so, which is an array for numbers alone and a DataFrame for words.
    count: the keyword that says how many rows to write; None where that is said by position.  seed: the keyword of
    ``sample`` for chance.  categories: the keyword of ``fit`` for the names of columns of categories.
    """

    protocol: Protocol
    data: Kind | None = "array"
    count: str | None = None
    seed: str | None = None
    categories: str | None = None

    def choose(self, words: bool) -> Kind:
        """What it learns from, in a world with or without columns of words."""
        return self.data or ("pandas" if words else "array")


def read_manner(thing: Any, name: str, data: Kind | None = None, what: str = "a class") -> Manner:
    """How an object or a class learns and writes; bad input where it can't be told, or can't be done.

    data: what it learns from, if somebody says.

    >>> from sklearn.mixture import GaussianMixture
    >>> read_manner(GaussianMixture, "GaussianMixture").count
    'n_samples'
    """
    fit, sample = (getattr(thing, verb, None) for verb in ("fit", "sample"))
    if callable(fit) and "rng" in read_parameters(fit):
        return Manner("kellet")
    if not (callable(fit) and callable(sample)):
        raise InputError(f"{what} with fit and sample", name, "sklearn.neighbors:KernelDensity")
    teaching, asking = (_without_self(read_parameters(verb), thing) for verb in (fit, sample))
    given = next(iter(teaching), None)
    count = _find_count(asking, name)
    categories = next((title for title in CATEGORIES if title in teaching), None)
    seed = next((title for title in SEEDS if title in asking), None)
    _check_needs(teaching, f"{name}.fit", {given, categories}, "what it learns from")
    _check_needs(asking, f"{name}.sample", {count or next(iter(asking), None), seed}, "how many rows to write")
    kind = data or _find_kind(thing, teaching[given] if given else None, "num_rows" in asking)
    if kind == "pandas" and find_spec("pandas") is None:
        raise InputError(f"pandas, whose tables {name} learns from", "no pandas", "pip install pandas")
    return Manner("others", kind, count, seed, categories)


def is_own(family: Any) -> bool:
    """Whether an object is a family as it stands: its ``fit`` takes evidence and chance.

    >>> from sklearn.mixture import GaussianMixture
    >>> is_own(GaussianMixture())
    False
    """
    parameters = read_parameters(getattr(family, "fit", family))
    return "rng" in parameters or len(_find_needed(parameters)) > 1


def read_parameters(function: Callable[..., object]) -> Parameters:
    """The parameters of a function, as far as it tells."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}


def check_options(made: Any, thing: str, options: Collection[str]) -> None:
    """Bad input where a class takes no option of such a name, or can't be made without another one."""
    parameters = read_parameters(made)
    _, _, name = thing.partition(":")
    for option in options:
        if option not in parameters and not any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
            meant = difflib.get_close_matches(option, parameters, 1) or list(parameters) or ["leaving it out"]
            raise InputError(f"options that {name} takes", option, ", ".join(meant))
    missing = [title for title in _find_needed(parameters) if title not in options]
    if not missing:
        return
    known = " and ".join(map(repr, missing))
    expected = f"{known}, without which {name} can't be made"
    if not all(_is_plain(parameters[title]) for title in missing):
        attempt = "--family mine:Mine, with these lines in mine.py, where ... is yours to fill in"
        raise InputError(expected, "no such option", attempt, wrap(made, thing, missing))
    given = ",".join(f"{title}=VALUE" for title in missing)
    raise InputError(expected, "no such option", f"--family {thing},{given}")


def wrap(made: Any, thing: str, missing: Collection[str]) -> str:
    """Four lines of Python that make a class which needs more than words and numbers one that needs nothing."""
    module, _, name = thing.partition(":")
    given = next(iter(_without_self(read_parameters(made.fit), made)), "data")
    parts = dict.fromkeys(missing, "...")
    imported = f"from {module} import {name}"
    if module.partition(".")[0] == "sdv" and "metadata" in parts:
        parts["metadata"] = f"Metadata.detect_from_dataframe({given})"
        imported += "; from sdv.metadata import Metadata"
    call = ", ".join(f"{title}={value}" for title, value in parts.items())
    return (
        f"{imported}\n"
        f"class Mine({name}):\n"
        f"    def __init__(self): pass\n"
        f"    def fit(self, {given}): super().__init__({call}); super().fit({given})"
    )


def _without_self(parameters: Parameters, thing: Any) -> dict[str, inspect.Parameter]:
    """The parameters that are given in a call; a class's method still shows its first."""
    given = list(parameters.items())
    return dict(given[1:] if inspect.isclass(thing) else given)


def _find_needed(parameters: Parameters) -> list[str]:
    return [title for title, one in parameters.items() if one.default is one.empty and one.kind not in SEVERAL]


def _check_needs(parameters: Parameters, verb: str, given: Collection[str | None], what: str) -> None:
    if more := [title for title in _find_needed(parameters) if title not in given]:
        attempt = f"a class around it whose {verb.rpartition('.')[2]} needs no more"
        raise InputError(f"{verb} to need {what} and nothing else", ", ".join(map(repr, more)), attempt)


def _find_count(parameters: Parameters, name: str) -> str | None:
    """The keyword for how many rows to write; None where it is the first place."""
    known = [title for title in parameters if title in COUNTS]
    if known:
        return known[0] if parameters[known[0]].kind is not inspect.Parameter.POSITIONAL_ONLY else None
    first = next(iter(parameters.values()), None)
    if first is not None and first.kind is inspect.Parameter.KEYWORD_ONLY:
        return first.name
    if first is None or first.kind is inspect.Parameter.VAR_KEYWORD:
        raise InputError(f"{name}.sample to take how many rows to write", "no parameter for it", "sample(self, n)")
    return None


def _find_kind(thing: Any, given: inspect.Parameter | None, num_rows: bool) -> Kind | None:
    """What ``fit`` takes by its annotation, by what the class's module imports, and by what parameters are called."""
    said = "" if given is None or given.annotation is given.empty else str(given.annotation)
    for word, kind in ANNOTATIONS.items():
        if word in said:
            return kind
    imported = _find_imports(sys.modules.get((thing if inspect.isclass(thing) else type(thing)).__module__))
    library: Kind = "polars" if "polars" in imported and "pandas" not in imported else "pandas"
    title = "" if given is None else given.name.lower()
    if title in TEXTS:
        return "texts"
    if num_rows or "DataFrame" in said or title in TABLES:
        # Of all these words only this one is as common for arrays.
        return None if title == "data" and not num_rows and "numpy" in imported and library not in imported else library
    return "array"


def _find_imports(module: ModuleType | None) -> set[str]:
    """The packages that a module has something of under a name of its own."""
    parts = vars(module).values() if module else ()
    names = (part.__name__ if isinstance(part, ModuleType) else getattr(part, "__module__", None) for part in parts)
    return {str(name).partition(".")[0] for name in names}


def _is_plain(parameter: inspect.Parameter) -> bool:
    """Whether an option can be spelt: a word, a number or a truth value."""
    annotation = parameter.annotation
    if annotation is parameter.empty:
        return parameter.name != "metadata"
    return annotation in (bool, int, float, str) or str(annotation) in ("bool", "int", "float", "str")
