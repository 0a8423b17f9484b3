"""What is real, as metrics see it: a law, points, or text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from kellet.data.classes import Classes
from kellet.data.codebook import Codebook
from kellet.data.labelled import LabelledLaw, LabelledSet
from kellet.data.source import LARGE, Corpus, DataSet, KnowsMean, Law, Source, View
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.laws import MultivariateNormal
from kellet.laws.conditional import LinearLaw, Mislabelled
from kellet.laws.model import Model
from kellet.metrics.corpus import RealText

JUDGES = 500
"""Held-out points that distances are measured to, at most; the cost grows with their number, every generation."""
LABELS = 2000
"""Held-out rows whose labels are predicted, at most."""
ROWS, NUMBERS = LARGE, 2_500_000
"""Points of each part that are looked at, at most, and numbers of all of them as they are looked at."""


@runtime_checkable
class KnowsMoments(KnowsMean, Protocol):
    """A law that knows its mean and its variance (R, ...), a column at a time."""

    @property
    def variance(self) -> Array: ...


@runtime_checkable
class KnowsCovariance(KnowsMoments, Protocol):
    """A law that knows its covariance, too: (R, d, d), or (R,) on the line."""

    @property
    def covariance(self) -> Array: ...


@runtime_checkable
class OfStatistic(Protocol):
    """A law whose moments are not of its points but of a statistic of them, such as their logarithm."""

    of_statistic: ClassVar[bool]


@dataclass(frozen=True, eq=False)
class RealLaw:
    """A true law, the same in every row.

    mean (d,), covariance (d, d): None where points are categories.
    """

    truth: Model

    @cached_property
    def mean(self) -> Array | None:
        return means(law)[0] if (law := moments_of(self.truth)) is not None else None

    @cached_property
    def covariance(self) -> Array | None:
        return covariances(law)[0] if (law := moments_of(self.truth)) is not None else None


@dataclass(frozen=True, eq=False)
class RealPoints:
    """Real points (N, d), as they are looked at.

    training, reserve: as the source has them, but at most ROWS; it has them in random order.  heldout: at most JUDGES.
    mean (d,), covariance (d, d): of held-out and training points.  classes: a frozen reader.  view: the frozen features
    (D, d), or a function, through which points (N, D) are looked at, and in which all of the above is; None where they
    are looked at as they are.
    codebook: what categories a table's columns have, if any; it is the view of such points, too, and rows are training
    and reserve not seen through it.  names: of the columns of a table.  sampled: whether there are more training points
    than these.
    """

    training: Array
    reserve: Array
    heldout: Array
    mean: Array
    covariance: Array
    classes: Classes | None = None
    view: View | None = None
    codebook: Codebook | None = None
    names: tuple[str, ...] = ()
    rows: tuple[Array, Array] | None = None
    sampled: bool = False

    @property
    def written(self) -> RealPoints:
        """The same with training and reserve as a model would write them."""
        return self if self.rows is None else replace(self, training=self.rows[0], reserve=self.rows[1])

    def all_but_heldout(self) -> Array:
        """(N, d): real points that nothing is measured against but the held-out ones."""
        return np.concatenate([self.training, self.reserve])

    def only_reserve(self) -> Array:
        """(N, d): real points that are neither training nor held out."""
        return self.reserve


@dataclass(frozen=True, eq=False)
class RealLabels:
    """Real labels (N,) of features (N, d) that nothing learns from: numbers, or codes of the classes ``names``.

    truth: the law that they are of, where it is known.
    """

    features: Array
    labels: Array
    names: tuple[str, ...] = ()
    truth: LinearLaw | None = None

    @property
    def codes(self) -> NDArray[np.int64]:
        """(N,): the classes."""
        return self.labels.astype(np.int64)

    @cached_property
    def baseline(self) -> float:
        """The error of always the same answer: the variance of numbers, or the share of all but the largest class."""
        if self.names:
            return 1 - float(np.bincount(self.codes).max()) / len(self.labels)
        if self.truth is None:
            return float(self.labels.var())
        truth, law = self.truth, self.truth.features
        assert isinstance(law, MultivariateNormal)
        return float(truth.join(law).variance[0, -1])


Real = RealLaw | RealPoints | RealText | RealLabels


def real_of(source: Source) -> Real:
    """What metrics compare with, read off a source; computed once, however often its world is opened.

    >>> from kellet import worlds
    >>> real_of(worlds.Normal(mean=2.0, variance=9.0).open(1)).covariance
    array([[9.]])
    >>> real_of(worlds.Digits().open(1)) is real_of(worlds.Digits().open(3))
    True
    """
    match source:
        case LabelledLaw():
            return _law_of_labels(source)
        case LabelledSet():
            return _labels(_Parts(source, "heldout", "labels"))
        case Law():
            return RealLaw(source.truth)
        case DataSet():
            return _points(_Parts(source, "training", "reserve", "heldout", "classes", "view", "codebook", "names"))
        case Corpus():
            return _text(_Parts(source, "tokeniser", "training", "reserve", "heldout"))
    expected = "a world that opens as a Law, a DataSet or a Corpus"
    raise InputError(expected, type(source).__name__, "kellet.data.source.Law")


def moments_of(law: Model) -> KnowsMoments | None:
    """The law where it knows its moments; a method of that name, as somebody's own model may have, is no number."""
    return law if isinstance(law, KnowsMoments) and isinstance(law.mean, np.ndarray) else None


def means(law: KnowsMoments) -> Array:
    """(R, d)."""
    return law.mean.reshape(len(law.mean), -1)


def covariances(law: KnowsMoments) -> Array:
    """(R, d, d); columns of which nothing more is known are taken to be independent."""
    if isinstance(law, KnowsCovariance):
        return law.covariance[:, None, None] if law.covariance.ndim == 1 else law.covariance
    variance = law.variance.reshape(len(law.variance), -1)
    return variance[:, :, None] * np.eye(variance.shape[1])


def flatten(values: NDArray[Any], view: View | None, replicates: bool = False) -> Array:
    """Points (N, ...), or (R, N, ...) with replicates, as vectors, through a view."""
    flat = values.reshape(*values.shape[: 1 + replicates], -1)
    if view is not None:
        flat = flat @ view if isinstance(view, np.ndarray) else view(flat)
    return np.asarray(flat, dtype=np.float64)


class _Parts:
    """Parts of a source as a key: equal where they are the same things in memory."""

    def __init__(self, source: DataSet | Corpus, *names: str):
        self.parts = tuple(vars(source)[name] for name in names)

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.parts)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Parts) and all(a is b for a, b in zip(self.parts, other.parts, strict=True))


@lru_cache(maxsize=2)
def _points(key: _Parts) -> RealPoints:
    *parts, classes, view, codebook, names = key.parts
    most = min(ROWS, max(NUMBERS // flatten(parts[0][:1], view).size, 4 * JUDGES))
    training, reserve, judging = (flatten(part[:most], view) for part in parts)
    every = np.concatenate([training, judging])
    covariance = np.cov(every.T, ddof=0).reshape(every.shape[1], -1)
    rows = (parts[0][:most], parts[1][:most]) if codebook else None
    return RealPoints(
        training, reserve, judging[:JUDGES], every.mean(axis=0), covariance, classes, view, codebook, names, rows,
        len(parts[0]) > most,
    )  # fmt: skip


@lru_cache(maxsize=2)
def _labels(key: _Parts) -> RealLabels:
    rows, names = key.parts
    return RealLabels(rows[:LABELS, :-1], rows[:LABELS, -1], names)


def _law_of_labels(source: LabelledLaw) -> RealLabels:
    assert isinstance(source.truth, LinearLaw | Mislabelled)
    truth = source.truth.clean
    rows = truth.sample(LABELS, np.random.default_rng(0)).values[0]
    return RealLabels(rows[:, :-1], rows[:, -1], truth=truth)


@lru_cache(maxsize=2)
def _text(key: _Parts) -> RealText:
    return RealText(*key.parts)
