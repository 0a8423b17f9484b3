"""Diversity: how many different things are still written, and how evenly."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kellet.data.classes import Classes
from kellet.data.codebook import Codebook
from kellet.evidence import Array
from kellet.laws import Frequencies
from kellet.laws.model import Model
from kellet.metrics.distance import compare, squares, width, with_points
from kellet.metrics.look import Look, ensure, once
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real, RealLaw, RealPoints

MOST = 2000
"""Training points whose pairs tell how alike real points are."""
RARE = 0.01
"""Share of the rows that a rare level has less than."""


def entropy(look: Look) -> Array:
    r""":math:`H = -\sum p_i \ln p_i` in nats."""
    return -_sum_p_log_p(look.model_as(Frequencies).probabilities)


def effective_types(look: Look) -> Array:
    r""":math:`e^{H - H_{real}}`: the effective number of categories against the truth's.

    The Hill number of order 1: M. Hill, Ecology 54:427 (1973).
    """
    return np.exp(entropy(look) - _true_entropy(look.truth(Frequencies)))


@lru_cache(maxsize=8)
def _true_entropy(truth: Frequencies) -> float:
    return -float(_sum_p_log_p(truth.probabilities[:1])[0])


def heterozygosity(look: Look) -> Array:
    r""":math:`(1-\sum p_i^2)`, the probability that two draws differ, against the truth's."""
    truth = look.truth(Frequencies).probabilities[0]
    p = look.model_as(Frequencies).probabilities
    return (1 - np.einsum("ra,ra->r", p, p)) / (1 - truth @ truth)  # type: ignore[no-any-return]


def surviving_types(look: Look) -> Array:
    """Share of the true categories that the model can still write."""
    p, truth = (law.probabilities for law in (look.model_as(Frequencies), look.truth(Frequencies)))
    found: Array = np.count_nonzero(p, axis=1) / np.count_nonzero(truth[0])
    return found


def surviving_classes(look: Look) -> Array:
    """How many classes keep at least a tenth of their real share in what the model writes."""
    found = class_shares(look)
    # A class of which no point is real but in the reserve has share 0, and still must be written to be alive.
    return ((found > 0) & (found >= 0.1 * _classes(look.data).shares)).sum(axis=1).astype(float)  # type: ignore[no-any-return]


def effective_classes(look: Look) -> Array:
    r""":math:`e^H` of the class shares in what is readable of what the model writes; 0 where nothing is."""
    found = class_shares(look)
    total = found.sum(axis=1, keepdims=True)
    number = np.exp(-_sum_p_log_p(found / np.where(total > 0, total, 1.0)))
    return np.where(total[:, 0] > 0, number, 0.0)


def readable(look: Look) -> Array:
    """Share of what the model writes that a reader trained on real data recognises at all."""
    return class_shares(look).sum(axis=1)  # type: ignore[no-any-return]


def class_shift(look: Look) -> Array:
    r"""Total variation distance of the class shares, :math:`\tfrac12\sum_c |p_c - q_c|`.

    The unreadable are a class too.  q are the shares that the same reader finds in the held-out real points: it errs on
    both alike.
    """
    real, found = _real_shares(look.data), class_shares(look)
    lost = abs(found.sum(axis=1) - real.sum())
    return (abs(found - real).sum(axis=1) + lost) / 2  # type: ignore[no-any-return]


@once
def class_shares(look: Look) -> Array:
    """(R, C): the share of each class in what the model writes, as the frozen reader sees it."""
    return _classes(look.data).shares_of(look.points)


@lru_cache(maxsize=8)
def _real_shares(real: RealPoints) -> Array:
    return _classes(real).shares_of(real.heldout[None])[0]  # type: ignore[no-any-return]


def _classes(real: RealPoints) -> Classes:
    return ensure(real.classes, Classes)


def _sum_p_log_p(p: Array) -> Array:
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.einsum("ra,ra->r", p, logs)  # type: ignore[no-any-return]


def categorical(real: Real, model: Model | None) -> bool:
    """Whether the truth and the model are laws over categories."""
    return isinstance(real, RealLaw) and isinstance(real.truth, Frequencies) and isinstance(model, Frequencies)


def _has_classes(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealPoints) and real.classes is not None


def effective_modes(look: Look) -> Array:
    r"""Exponential of the Rényi kernel entropy of order 2, relative to a real sample of the same size.

    .. math:: RKE = \Big(\frac1{n^2}\sum_{i,j} k(x_i,x_j)^2\Big)^{-1}, \qquad k(x,y)=e^{-|x-y|^2/2\sigma^2}

    The inverse of the squared Frobenius norm of the kernel matrix over n, whose eigenvalues it therefore never needs:
    the Vendi score of order 2.  :math:`\sigma` is the median distance of a held-out point to its fifth neighbour.
    n points that coincide count as one mode; n real points as :math:`(\tfrac1n + \tfrac{n-1}n E\,k^2)^{-1}`, with
    :math:`E\,k^2` over pairs of training points (2,000 of them at most).

    M. Jalali, C. T. Li and F. Farnia, An Information-Theoretic Evaluation of Generative Models in Learning Multi-modal
    Distributions, NeurIPS 2023.
    """
    n = look.points.shape[1]
    return (1 / n + (1 - 1 / n) * _likeness(look.data)) / compare(look).alike  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def _likeness(real: RealPoints) -> float:
    """Mean squared kernel of two different training points."""
    few = real.training[:MOST]
    every = squares(few, few)
    np.fill_diagonal(every, 0.0)
    return float((np.exp(every * (-1 / width(real) ** 2)).sum() - len(few)) / (len(few) * (len(few) - 1)))


def surviving_levels(look: Look) -> Array:
    r"""How many levels of all categorical columns are written, relative to a real sample of the same size.

    Among n real rows level l occurs with probability :math:`1 - (1-p_l)^n`, where :math:`p_l` is its share of the file;
    what is written is divided by the sum of that over levels.  So it scatters about 1 for the real thing.
    """
    return _written(look, np.ones(len(_shares(look.data)), dtype=bool))


def rare_levels(look: Look) -> Array:
    """The same for the levels that fewer than one row in a hundred has."""
    return _written(look, _rare(_shares(look.data)))


def _written(look: Look, which: NDArray[np.bool_]) -> Array:
    shares, n = _shares(look.data)[which], look.written.shape[1]
    levels = _find_levels(look)[:, which]
    return levels.sum(axis=1) / (1 - (1 - shares) ** n).sum()  # type: ignore[no-any-return]


@once
def _find_levels(look: Look) -> NDArray[np.bool_]:
    return ensure(look.data.codebook, Codebook).find_written(look.written)


def _shares(real: RealPoints) -> Array:
    return ensure(real.codebook, Codebook).shares


def _rare(shares: Array) -> NDArray[np.bool_]:
    return (shares > 0) & (shares < RARE)


def _has_levels(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealPoints) and real.codebook is not None and len(real.codebook.shares) > 0


def _with_rare(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealPoints) and real.codebook is not None and bool(_rare(real.codebook.shares).any())


ENTROPY = Metric(
    "entropy", "entropy", "Entropy of what the model writes, in nats.", entropy, categorical, None,
    limits="It knows how evenly things are written, not whether they are the right things.",
)  # fmt: skip
EFFECTIVE_TYPES = Metric(
    "effective_types", "effective vocabulary", "Effective number of different things written, against the real number.",
    effective_types, categorical, part="spread", aliases=("diversity", "spread"),
    unit="of the effective number of {things}", noun="the variety of {things}",
    less="had less than half of generation 0's effective number of {things}",
    limits="It is ruled by what is frequent: rare things may vanish without moving it.",
)  # fmt: skip
HETEROZYGOSITY = Metric(
    "heterozygosity", "chance that two differ",
    "Probability that two things written at random differ, against the real one.", heterozygosity, categorical,
    limits="It is ruled by what is frequent: most of the rare things may vanish before it moves.",
)  # fmt: skip
SURVIVING_TYPES = Metric(
    "surviving_types", "vocabulary still alive", "Share of the real categories that the model can still write at all.",
    surviving_types, categorical, part="diversity", aliases=("types", "words", "levels"), unit="of the {things}",
    noun="the {things}",
    less="could write fewer than half as many {things} as generation 0",
    limits="Alive is what can be written at all, however rarely; so a prior keeps everything alive.",
)  # fmt: skip
SURVIVING_CLASSES = Metric(
    "surviving_classes", "classes still written",
    "How many of the classes still appear, at a tenth of their real share or more, to a reader trained on real data.",
    surviving_classes, _has_classes, None, RealPoints.all_but_heldout,
    part="diversity", aliases=("classes",), whole=True, less="wrote fewer than half as many {things} as generation 0",
    limits="A class counts as written however alike its members have become, and the reader may err.",
)  # fmt: skip
EFFECTIVE_CLASSES = Metric(
    "effective_classes", "effective number of classes", "How many classes are written, counted by how evenly.",
    effective_classes, _has_classes, None, RealPoints.all_but_heldout, aliases=("diversity",),
    limits="It weighs classes by how often they are written, not by how true to life they are.",
)  # fmt: skip
READABLE = Metric(
    "readable", "readable",
    "Share of what is written that a reader trained on real data recognises; it refuses one real point in a hundred.",
    readable, _has_classes, fresh=RealPoints.all_but_heldout,
    limits="A reader accepts much that no person would: what is readable need not be good.",
)  # fmt: skip
CLASS_SHIFT = Metric(
    "class_shift", "shift between classes",
    "Share of what is written that would have to change its class, for the classes to be as frequent as in real data.",
    class_shift, _has_classes, 0.0, RealPoints.all_but_heldout,
    limits="It sees how often each class is written, not what its members look like.",
)  # fmt: skip
MODES = Metric(
    "effective_modes", "effective number of modes",
    "How many different kinds of things are written, counted by how alike any two are, against real data.",
    effective_modes, with_points, fresh=RealPoints.all_but_heldout, aliases=("diversity",),
    limits="It counts by the scale of real neighbourhoods: kinds that differ by less count as one.",
)  # fmt: skip
SURVIVING_LEVELS = Metric(
    "surviving_levels", "categories still written",
    "How many of the categories of all columns are still written, relative to a real sample of the same size.",
    surviving_levels, _has_levels, fresh=RealPoints.all_but_heldout, part="diversity", aliases=("types", "levels"),
    unit="of the categories of a real sample of the same size", noun="the categories",
    less="wrote fewer than half as many categories as generation 0",
    limits="A category counts as written from a single row on, whatever else stands in that row.",
)  # fmt: skip
RARE_LEVELS = Metric(
    "rare_levels", "rare categories kept", "The same for the categories that fewer than one real row in a hundred has.",
    rare_levels, _with_rare, fresh=RealPoints.all_but_heldout, part="rare", aliases=("rare",),
    noun="the rare categories",
    limits="So few rows have them that chance decides much: read it by its band.",
)  # fmt: skip
