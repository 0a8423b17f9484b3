"""Any classifier or regressor in the style of scikit-learn, as a family that writes labels."""

from __future__ import annotations

import copy
import difflib
from abc import abstractmethod
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, Self

import msgspec
import numpy as np
from numpy.random import Generator

from kellet.data.labelled import LabelledSet
from kellet.data.source import Source
from kellet.errors import InputError
from kellet.evidence import Array, Points
from kellet.families.abilities import Abilities, Learner, Task
from kellet.families.conditional.estimates import Estimates, Fit, Seen
from kellet.families.family import NO_POINTS, NOT_FINITE
from kellet.families.yours import named
from kellet.families.yours.guarded import explain
from kellet.families.yours.manners import read_parameters

TOGETHER = 5
"""Replicates that learn in one block: each is a fit of its own, and blocks are what processes share."""


class Estimated(Abilities):
    """What the families of classifiers and regressors have in common.

    An estimator is made anew for each fit, with chance as its ``random_state`` where it has one.  It learns from the
    rows that count; by other weights than 0 and 1 where its ``fit`` takes ``sample_weight``.  What it raises fails its
    replicate, with the reason.

    labels: "sampled" writes labels with the chance that the model gives them, or with noise; "likeliest" the likeliest
    class, or what the model predicts.
    """

    __slots__ = ()

    block = TOGETHER
    labels: Literal["sampled", "likeliest"]

    @abstractmethod
    def make(self) -> Any:
        """A new, untrained estimator."""

    @property
    def weighs(self) -> bool:
        return "sample_weight" in read_parameters(self.make().fit)

    def fit(self, evidence: Points, rng: Generator, previous: object = None) -> Estimates:
        before = previous.fits if isinstance(previous, Estimates) else (None,) * evidence.replicates
        seeds = rng.integers(2**31, size=evidence.replicates)
        rows, weights = evidence.values, evidence.weights
        fits = [
            last if last and last.failures else self._learn(rows[r], None if weights is None else weights[r], int(seed))
            for r, (seed, last) in enumerate(zip(seeds, before, strict=True))
        ]
        return Estimates(tuple(fits), self._count(rows), self.labels == "sampled", Seen(rows[..., :-1], weights))

    def _learn(self, rows: Array, weights: Array | None, seed: int) -> Fit:
        """What one replicate learns from rows (n, d + 1)."""
        if weights is not None:
            rows, weights = rows[weights > 0], weights[weights > 0]
        if not len(rows):
            return Fit(reason=NO_POINTS)
        if not np.isfinite(rows).all():
            return Fit(reason=NOT_FINITE)
        try:
            return self._estimate(
                rows[:, :-1], rows[:, -1], {} if _alike(weights) else {"sample_weight": weights}, seed
            )
        except InputError:
            raise
        # Somebody's code may raise anything, and for the loop that is no crash.
        except Exception as error:
            return Fit(failures=[explain(error, "fit")])

    def _make(self, seed: int) -> Any:
        made = self.make()
        if "random_state" in (made.get_params() if hasattr(made, "get_params") else {}):
            made.set_params(random_state=seed)
        return made

    @abstractmethod
    def _estimate(self, x: Array, y: Array, weights: dict[str, Array | None], seed: int) -> Fit:
        """What an estimator learns from features (n, d) and labels (n,)."""

    def _count(self, rows: Array) -> int:
        """How many classes there are; 0 for numbers."""
        return 0


class _Classifying(Estimated):
    """Learns the chances of classes.  classes: how many there are."""

    __slots__ = ()

    task: Task | None = "classification"
    classes: int | None

    def _count(self, rows: Array) -> int:
        return self.classes or int(np.nanmax(rows[..., -1], initial=0)) + 1

    def _estimate(self, x: Array, y: Array, weights: dict[str, Array | None], seed: int) -> Fit:
        there = np.unique(y).astype(np.int64)
        if len(there) == 1:
            # Many a classifier refuses what is easiest.
            return Fit(lambda features: np.ones((len(features), 1)), there)
        made = self._make(seed)
        made.fit(x, y.astype(np.int64), **weights)
        return Fit(made.predict_proba, np.asarray(made.classes_))


class _Regressing(Estimated):
    """Learns numbers.  folds: the noise of written labels are errors on rows that were left out in so many turns; 0:
    those on the rows that were learnt."""

    __slots__ = ()

    task: Task | None = "regression"
    folds: int

    def _estimate(self, x: Array, y: Array, weights: dict[str, Array | None], seed: int) -> Fit:
        made = self._make(seed)
        made.fit(x, y, **weights)
        predicted = made.predict(x)
        if self.folds and self.labels == "sampled" and len(x) > self.folds:
            turns = np.random.default_rng(seed).permutation(len(x)) % self.folds
            for fold in range(self.folds):
                out, part = turns == fold, self._make(seed)
                part.fit(x[~out], y[~out], **{name: w[~out] for name, w in weights.items() if w is not None})
                predicted[out] = part.predict(x[out])
        share = weights.get("sample_weight")
        return Fit(made.predict, None, y - predicted, None if share is None else share / share.sum())


class Classification(_Classifying, Learner, frozen=True, tag="classification"):
    """Learn a label, the last number of each row and the code of a class, by any classifier.

    thing: the name of one of scikit-learn's, or ``"package.module:Class"`` with fit(X, y), predict_proba(X) and
    classes_; logistic regression where none is named.  options: of it.  labels: "sampled" from the chances that it
    gives, or the "likeliest".  classes: how many there are, which the world knows.

    A model writes labels for features that the loop draws from the real ones; without a loop, from those that it saw.

    >>> rows = Points(np.array([[[0.0, 0], [1.0, 0], [2.0, 1], [3.0, 1]]]))
    >>> model = Classification("DecisionTreeClassifier").fit(rows, np.random.default_rng(0))
    >>> model.expect(np.array([[0.5], [9.0]]))
    array([[[1., 0.],
            [0., 1.]]])
    """

    thing: str = "sklearn.linear_model:LogisticRegression"
    options: dict[str, named.Option] = msgspec.field(default_factory=dict)
    labels: Literal["sampled", "likeliest"] = "sampled"
    classes: int | None = None

    def __post_init__(self) -> None:
        self.check_least(1, "classes")

    def describe(self) -> str:
        return _describe(self.thing)

    @property
    def programs(self) -> tuple[str, ...]:
        return _name_foreign(self.thing)

    def recall(self, source: Source) -> Self:
        assert isinstance(source, LabelledSet)
        return msgspec.structs.replace(self, thing=_complete(self.thing, "classifier"), classes=len(source.labels))

    def make(self) -> Any:
        # scikit-learn's hundred steps are too few for tables with many levels, and it warns each time.
        patient = {"max_iter": 1000} if self.thing == "sklearn.linear_model:LogisticRegression" else {}
        return named.make(_complete(self.thing, "classifier"), patient | self.options)

    def prepare(self, source: Source) -> Self:
        known = super().prepare(source)
        assert isinstance(source, LabelledSet)
        if not hasattr(self.make(), "predict_proba"):
            attempt = "--family classification:LogisticRegression"
            raise InputError("a classifier with predict_proba", self.thing, attempt)
        thing = _complete(self.thing, "classifier")
        return msgspec.structs.replace(known, thing=thing, classes=len(source.labels))


class Regressor(_Regressing, Learner, frozen=True, tag="regressor"):
    """Learn a label, the last number of each row, by any regressor.

    thing: the name of one of scikit-learn's, or ``"package.module:Class"`` with fit(X, y) and predict(X).  options: of
    it.  labels: "sampled" adds to what it predicts one of its errors, drawn at random; "likeliest" nothing.  folds: of
    the rows that were left out in so many turns, since on those that it learnt many a regressor errs too little; 0:
    of these.

    A model writes labels for features that the loop draws from the real ones; without a loop, from those that it saw.

    >>> rows = Points(np.array([[[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]]))
    >>> model = Regressor("KNeighborsRegressor", {"n_neighbors": 1}).fit(rows, np.random.default_rng(0))
    >>> model.expect(np.array([[0.9]]))
    array([[2.]])
    """

    thing: str
    options: dict[str, named.Option] = msgspec.field(default_factory=dict)
    labels: Literal["sampled", "likeliest"] = "sampled"
    folds: int = 5

    def __post_init__(self) -> None:
        if self.folds < 0 or self.folds == 1:
            raise InputError("0 folds, or at least 2", self.folds, "folds=5")

    def describe(self) -> str:
        return _describe(self.thing)

    @property
    def programs(self) -> tuple[str, ...]:
        return _name_foreign(self.thing)

    def recall(self, source: Source) -> Self:
        return msgspec.structs.replace(self, thing=_complete(self.thing, "regressor"))

    def make(self) -> Any:
        return named.make(_complete(self.thing, "regressor"), self.options)

    def prepare(self, source: Source) -> Self:
        known = super().prepare(source)
        self.make()
        return msgspec.structs.replace(known, thing=_complete(self.thing, "regressor"))


@dataclass(frozen=True)
class _ObjectClassification(_Classifying):
    """A classifier of somebody's, copied for every fit."""

    thing: Any
    labels: Literal["sampled", "likeliest"] = "sampled"
    classes: int | None = None

    @property
    def name(self) -> str:
        return type(self.thing).__name__.lower()

    def describe(self) -> str:
        return _describe(type(self.thing).__name__)

    def make(self) -> Any:
        return copy.deepcopy(self.thing)

    def prepare(self, source: Source) -> Self:
        known = super().prepare(source)
        return replace(known, classes=len(source.labels)) if isinstance(source, LabelledSet) else known


@dataclass(frozen=True)
class _ObjectRegression(_Regressing):
    """A regressor of somebody's, copied for every fit."""

    thing: Any
    labels: Literal["sampled", "likeliest"] = "sampled"
    folds: int = 5

    name = _ObjectClassification.name
    describe = _ObjectClassification.describe
    make = _ObjectClassification.make


def take(thing: Any, task: Task) -> Estimated:
    """A family of an estimator: by its name, if that and its parameters can be written down, or a copy of it."""
    if found := named.spell(thing):
        return Classification(*found) if task == "classification" else Regressor(*found)
    return _ObjectClassification(thing) if task == "classification" else _ObjectRegression(thing)


def read_task(thing: Any) -> Task | None:
    """What an estimator of scikit-learn's learns to write, if it is a classifier or a regressor."""
    if not named.is_estimator(thing):
        return None
    from sklearn.base import is_classifier, is_regressor

    return "classification" if is_classifier(thing) else "regression" if is_regressor(thing) else None


def _complete(thing: str, kind: Literal["classifier", "regressor"]) -> str:
    """The whole name of a class, of which scikit-learn's need only the last part.

    >>> _complete("KNeighborsRegressor", "regressor")
    'sklearn.neighbors:KNeighborsRegressor'
    """
    if ":" in thing:
        named.check_name(thing)
        return thing
    known = _list(kind)
    if thing not in known:
        meant = ", ".join(difflib.get_close_matches(thing, known, 3)) or "package.module:Class"
        raise InputError(f"a {kind} of scikit-learn's, or package.module:Class", thing, meant)
    return f"{known[thing].__module__.partition('._')[0]}:{thing}"


@lru_cache(maxsize=2)
def _list(kind: Literal["classifier", "regressor"]) -> dict[str, type]:
    """Name -> class, of all of scikit-learn's; looking for them imports all of it, once."""
    from sklearn.utils import all_estimators

    return dict(all_estimators(type_filter=kind))


def _name_foreign(thing: str) -> tuple[str, ...]:
    """A class by its whole name; one of which only the last part is given is looked for in scikit-learn alone."""
    return (thing,) if ":" in thing else ()


def _describe(thing: str) -> str:
    return f"{thing.rpartition(':')[2]}, which writes labels for features that stay real"


def _alike(weights: Array | None) -> bool:
    return weights is None or bool((weights == 1).all())
