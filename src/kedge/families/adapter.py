"""Anybody's own model, with ``fit(X)`` and ``sample(n)`` or, as SDV has it, ``fit(df)`` and ``sample(num_rows=n)``."""

from __future__ import annotations

import copy
import importlib
import inspect
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kedge.errors import InputError
from kedge.evidence import Points

Option = bool | int | float | str


class Adapter(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="adapter", tag_field="kind"
):
    """A class of somebody's, named ``"package.module:Class"``, made anew with ``options`` for every fit.

    The class must have ``fit`` and ``sample``.  Where it takes ``random_state`` it is given one; the global
    generators of NumPy and Python are seeded around each call and put back, so a loop repeats bit for bit if the
    class draws from those. A fit that raises, or that writes something else than numbers of the right shape, leaves
    the replicate collapsed, with the reason kept.

    >>> from sklearn.neighbors import KernelDensity
    >>> model = adapt(KernelDensity(bandwidth=0.1)).fit(Points(np.zeros((1, 5, 2))), np.random.default_rng(0))
    >>> model.sample(3, np.random.default_rng(0)).values.shape
    (1, 3, 2)
    """

    thing: str
    options: dict[str, Option] = {}

    batched: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", self.thing):
            raise InputError("package.module:Class", self.thing, "sklearn.neighbors:KernelDensity")

    def make(self) -> Any:
        """A new, untrained object of the class."""
        module, _, name = self.thing.partition(":")
        try:
            made = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise InputError(
                f"a class {name} in a module {module}", error, "checking the spelling, or installing it"
            ) from None
        if not (callable(getattr(made, "fit", None)) and callable(getattr(made, "sample", None))):
            raise InputError("a class with fit and sample", self.thing, "sklearn.neighbors:KernelDensity")
        try:
            return made(**self.options)
        except (TypeError, ValueError) as error:
            raise InputError(f"options that {name} takes", error, "leaving them out") from None

    def fit(self, evidence: Points, rng: Generator, previous: object = None) -> Learnt:
        return learn(self.make(), evidence, rng)


@dataclass(frozen=True)
class Adapted:
    """An object of somebody's, copied for every fit.  Name a class instead to be able to write an experiment down."""

    thing: Any
    batched: ClassVar[bool] = False

    def fit(self, evidence: Points, rng: Generator, previous: object = None) -> Learnt:
        return learn(copy.deepcopy(self.thing), evidence, rng)


def adapt(thing: Any) -> Adapted:
    """Make a family of any object with ``fit(X)`` and ``sample(n)``, or ``fit(df)`` and ``sample(num_rows=n)``."""
    if not (callable(getattr(thing, "fit", None)) and callable(getattr(thing, "sample", None))):
        raise InputError("an object with fit and sample", type(thing).__name__, "sklearn.neighbors.KernelDensity()")
    return Adapted(thing)


@dataclass(frozen=True, eq=False)
class Learnt:
    """What an adapted object learnt, for one replicate.  reason: why nothing was learnt, or None."""

    thing: Any
    shape: tuple[int, ...]
    reason: str | None = None

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        return np.array([self.reason is not None])

    def sample(self, n: int, rng: Generator) -> Points:
        if self.reason is not None:
            return Points(np.full((1, n, *self.shape), np.nan))
        try:
            return self.write(n, rng)
        # A model that could write two points may fail at a thousand: the next fit will find nothing to learn from.
        except Exception:
            return Points(np.full((1, n, *self.shape), np.nan))

    def write(self, n: int, rng: Generator) -> Points:
        """What the object writes; whatever it raises is raised."""
        with seeded(rng) as seed:
            _give_seed(self.thing, seed)
            takes = inspect.signature(self.thing.sample).parameters
            if "num_rows" in takes:
                written = self.thing.sample(num_rows=n)
            else:
                written = self.thing.sample(n, random_state=seed) if "random_state" in takes else self.thing.sample(n)
        written = written[0] if isinstance(written, tuple) else written
        values = np.asarray(written, dtype=np.float64).reshape(len(written), *self.shape)
        if values.shape[0] != n:
            raise ValueError(f"sample({n}) wrote {values.shape[0]} rows")
        return Points(values[None])


def learn(thing: Any, evidence: Points, rng: Generator) -> Learnt:
    """Fit one object to one replicate's points; points of weight 0 are left out, other weights are refused."""
    values = evidence.values[0]
    if evidence.weights is not None:
        if not np.isin(evidence.weights[0], (0.0, 1.0)).all():
            raise InputError(
                "points that count once or not at all, for an adapted model", "fractional weights", "weight = 1"
            )
        values = values[evidence.weights[0] > 0]
    shape = values.shape[1:]
    rows = values.reshape(len(values), -1)
    with seeded(rng) as seed:
        try:
            if not np.isfinite(rows).all():
                return Learnt(None, shape, "it was given values that are not finite, as where a model failed to write")
            _give_seed(thing, seed)
            if "num_rows" in inspect.signature(thing.sample).parameters:
                import pandas as pd

                thing.fit(pd.DataFrame(rows, columns=[f"x{i}" for i in range(rows.shape[1])]))
            else:
                thing.fit(rows)
            learnt = Learnt(thing, shape)
            written = learnt.write(2, np.random.default_rng(seed)).values
        # Somebody's code may raise anything, and for the loop that is an outcome.
        except Exception as error:
            return Learnt(None, shape, f"{type(error).__name__}: {error}")
    return learnt if np.isfinite(written).all() else Learnt(None, shape, "it wrote values that are not finite")


def _give_seed(thing: Any, seed: int) -> None:
    parameters: Mapping[str, Any] = thing.get_params() if hasattr(thing, "get_params") else {}
    if "random_state" in parameters:
        thing.set_params(random_state=seed)


@contextmanager
def seeded(rng: Generator) -> Iterator[int]:
    """A seed for somebody's code, with the global generators seeded inside and put back after."""
    seed = int(rng.integers(2**32))
    before, mine = np.random.get_state(), random.getstate()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
    try:
        yield seed
    finally:
        np.random.set_state(before)  # noqa: NPY002
        random.setstate(mine)
