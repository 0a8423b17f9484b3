"""Anybody's own model in Python, in the style of scikit-learn, of SDV, or of Kellet itself."""

from __future__ import annotations

import copy
import importlib
import inspect
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from numpy.random import Generator

from kellet.data.source import Source
from kellet.errors import InputError
from kellet.evidence import Points
from kellet.families.abilities import Abilities, Learner, check_kind
from kellet.families.family import is_exact
from kellet.families.yours import guarded
from kellet.families.yours.guarded import Failure, Guest, Lesson, Levels
from kellet.laws.model import read_marks

Option = bool | int | float | str
Columns = tuple[str, ...] | None


class Adapter(Learner, frozen=True, tag="adapter"):
    """A class of somebody's, named ``"package.module:Class"``, made anew with ``options`` for every fit.

    Told apart by what it has: ``fit(evidence, rng, previous)`` is Kellet's own protocol, whose model has
    ``sample(n, rng)``; ``fit(df)`` and ``sample(num_rows=n)`` is SDV's, which learns from a pandas table with these
    ``columns`` (those of the world where it has any, else x0, x1, ...), and with words in those that have ``levels``
    (those of a mixed world); ``fit(X)`` and ``sample(n)`` is scikit-learn's.

    Where it takes ``random_state`` it is given one; the global generators of NumPy and Python are seeded around each
    call and put back, so a loop repeats bit for bit if the class draws from those.  A class that raises, or that writes
    something else than n finite points of the right shape, leaves the replicate *failed*, with what went wrong; what it
    raises on points that are all the same is a collapse.

    timeout: seconds that one call may take.  What hangs in Python is ended by an alarm; what hangs in compiled code is
    not, nor in another thread than a process's first: see `Command`.
    contents: digest of the file that the class is in, filled in when an experiment is resolved if that file lies in the
    working folder: a class that was changed is another one.

    >>> from sklearn.neighbors import KernelDensity
    >>> model = adapt(KernelDensity(bandwidth=0.1)).fit(Points(np.zeros((1, 5, 2))), np.random.default_rng(0))
    >>> model.sample(3, np.random.default_rng(0)).values.shape
    (1, 3, 2)
    """

    thing: str
    options: dict[str, Option] = msgspec.field(default_factory=dict)
    columns: Columns = None
    timeout: float = 3600.0
    levels: Levels = msgspec.field(default_factory=dict)
    contents: str | None = None

    batched = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", self.thing):
            raise InputError("package.module:Class", self.thing, "sklearn.neighbors:KernelDensity")
        if not 0 < self.timeout < np.inf:
            raise InputError("a time limit > 0 in seconds", self.timeout, "3600")

    def describe(self) -> str:
        return self.thing.partition(":")[2]

    def make(self) -> Any:
        """A new, untrained object of the class."""
        module, _, name = self.thing.partition(":")
        try:
            made = getattr(importlib.import_module(module), name)
        # Somebody's module may raise anything while it is imported, and somebody's class while it is made.
        except Exception as error:
            attempt = "checking the spelling, or installing it"
            raise InputError(f"a class {name} in a module {module}", _explain(error), attempt) from None
        _recognise(made, self.thing)
        try:
            return made(**self.options)
        except Exception as error:
            raise InputError(f"options that {name} takes", _explain(error), "leaving them out") from None

    @property
    def tables(self) -> bool:
        """Whether it learns from tables, categories too."""
        return _recognise(self.make(), self.thing) == "table"

    def prepare(self, source: Source) -> Self:
        """The same with its columns and its digest, once it is certain that the class can be had."""
        check_kind(self, source)
        columns, levels = guarded.read_columns(source)
        tables = self.tables
        if levels and not tables:
            expected = f"a class with fit(df) and sample(num_rows) for {', '.join(levels)}"
            raise InputError(expected, self.thing, "numbers")
        file = Path(getattr(sys.modules[self.thing.partition(":")[0]], "__file__", None) or "")
        own = file.is_file() and file.is_relative_to(Path.cwd()) and "site-packages" not in file.parts
        contents = guarded.check_contents([file] if own else [], self.contents)
        columns = self.columns or (columns if tables else None)
        return msgspec.structs.replace(self, columns=columns, levels=levels, contents=contents)

    def fit(self, evidence: Points, rng: Generator, previous: object = None) -> Guest:
        return _learn(self.make(), self.columns, evidence, rng, previous, self.timeout, self.levels)


@dataclass(frozen=True)
class ObjectAdapter(Abilities):
    """An object of somebody's, copied for every fit.  Name a class instead to be able to write an experiment down."""

    thing: Any
    columns: Columns = None
    batched = False

    def describe(self) -> str:
        return type(self.thing).__name__

    def fit(self, evidence: Points, rng: Generator, previous: object = None) -> Guest:
        return _learn(copy.deepcopy(self.thing), self.columns, evidence, rng, previous)


def adapt(thing: Any, columns: Columns = None) -> ObjectAdapter:
    """Make a family of any object that learns in one of the three ways of `Adapter`.

    columns: the names that a model of tables finds its columns under.  An object with Kellet's own protocol is a family
    as it stands; adapted, it learns one replicate at a time and what it does wrong ends that replicate only.
    """
    _recognise(thing, type(thing).__name__, "an object")
    return ObjectAdapter(thing, columns)


def _recognise(thing: Any, name: str, kind: str = "a class") -> str:
    """How it learns: "kellet", "table" or "rows"."""
    fit, sample = (getattr(thing, verb, None) for verb in ("fit", "sample"))
    if callable(fit) and "rng" in _read_parameters(fit):
        return "kellet"
    if not (callable(fit) and callable(sample)):
        raise InputError(f"{kind} with fit and sample", name, "sklearn.neighbors:KernelDensity")
    if "num_rows" not in _read_parameters(sample):
        return "rows"
    if find_spec("pandas") is None:
        raise InputError(f"pandas, whose tables {name} learns from", "no pandas", "pip install pandas")
    return "table"


def _explain(error: Exception) -> str:
    return str(error) if isinstance(error, ImportError | AttributeError | TypeError | ValueError) else repr(error)


def _read_parameters(function: Callable[..., object]) -> Mapping[str, inspect.Parameter]:
    """The parameters of a function, as far as it tells."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}


def _learn(
    thing: Any,
    columns: Columns,
    evidence: Points,
    rng: Generator,
    previous: object,
    timeout: float | None = None,
    levels: Levels | None = None,
) -> Guest:
    style = _recognise(thing, type(thing).__name__)
    values = evidence.values[0] if style == "kellet" else guarded.read_points(evidence)

    def teach(_: int) -> Lesson:
        if style == "kellet":
            before = previous.thing if isinstance(previous, Guest) else previous
            model = thing.fit(thing.summarise(evidence) if is_exact(thing) else evidence, rng, before)
            if not callable(getattr(model, "sample", None)):
                raise Failure(f"fit gave {type(model).__name__}, which has no sample(n, rng)")
            fits = read_marks(model, 1)
            reason = fits.reason or "its fit degenerated" if fits.collapsed.any() else None
            return model, partial(_write_points, model), reason
        _give_seed(thing, seed)
        rows = values.reshape(len(values), -1)
        if style == "rows":
            thing.fit(rows)
            return thing, partial(_write_rows, thing), None
        import pandas as pd

        names = guarded.name_columns(columns, rows.shape[1])
        thing.fit(pd.DataFrame(guarded.decode(rows, names, levels or {})))
        return thing, partial(_write_codes, thing, names, levels) if levels else partial(_write_rows, thing), None

    with seed_globals(rng) as seed:
        return guarded.learn(teach, values, previous, np.random.default_rng(seed), timeout)


def _write_rows(thing: Any, n: int, rng: Generator) -> Any:
    """What an object in the style of scikit-learn or SDV writes."""
    with seed_globals(rng) as seed:
        _give_seed(thing, seed)
        takes = _read_parameters(thing.sample)
        own = {"random_state": seed} if "random_state" in takes else {}
        written = thing.sample(num_rows=n) if "num_rows" in takes else thing.sample(n, **own)
    # scikit-learn's mixtures also say which component each point is of.
    return written[0] if isinstance(written, tuple) else written


def _write_codes(thing: Any, columns: tuple[str, ...], levels: Levels, n: int, rng: Generator) -> Any:
    """The table that an object in the style of SDV writes, with codes for its categories."""
    written = _write_rows(thing, n, rng)
    if missing := [name for name in columns if name not in getattr(written, "columns", ())]:
        raise Failure(f"sample({n}) wrote no column {missing[0]!r}")
    parts = [guarded.encode(written[name], name, levels[name]) if name in levels else written[name] for name in columns]
    try:
        return np.stack([np.asarray(part, dtype=np.float64) for part in parts], axis=1)
    except (TypeError, ValueError) as error:
        raise Failure(f"sample({n}) wrote what is no number: {error}") from None


def _write_points(model: Any, n: int, rng: Generator) -> Any:
    """What a model of Kellet's own protocol writes."""
    with seed_globals(rng):
        written = model.sample(n, rng)
    if not isinstance(written, Points) or written.weights is not None or written.replicates != 1:
        raise Failure(f"sample({n}) must write Points of one replicate, without weights; got {type(written).__name__}")
    return written.values[0]


def _give_seed(thing: Any, seed: int) -> None:
    parameters: Mapping[str, Any] = thing.get_params() if hasattr(thing, "get_params") else {}
    if "random_state" in parameters:
        thing.set_params(random_state=seed)


@contextmanager
def seed_globals(rng: Generator) -> Iterator[int]:
    """A seed for somebody's code, with the global generators seeded inside and put back after."""
    seed = int(rng.integers(2**32))
    torch = sys.modules.get("torch")
    before, mine, theirs = np.random.get_state(), random.getstate(), torch and torch.get_rng_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
    if torch:
        torch.manual_seed(seed)
    try:
        yield seed
    finally:
        np.random.set_state(before)  # noqa: NPY002
        random.setstate(mine)
        if torch:
            torch.set_rng_state(theirs)
