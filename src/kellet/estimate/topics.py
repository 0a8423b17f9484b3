"""Topics: what references and a corpus speak of, by words that don't tell a model from a human."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kellet.estimate.clusters import DIRECTIONS, cluster
from kellet.estimate.scores import HUMAN
from kellet.evidence import Array, Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NEUTRAL, FREQUENT = 1.5, 0.01
"""A word is neutral if its rates in human and model text differ by fewer standard errors; features are frequent that so
many documents have."""
TOPICS = 6


@dataclass(frozen=True, eq=False)
class Topics:
    """Some topics of the references, and the neutral words.

    frequent: (W,), which features are frequent.  neutral: (W,), which of them are neutral words.  centres: (V, K), zero
    but for neutral words.  own: (n,), the topic of each reference document.
    """

    frequent: Integers
    neutral: NDArray[np.bool_]
    centres: NDArray[np.float32]
    own: Integers

    def find(self, matrix: csr_array) -> Integers:
        """(D,) the topic of each of documents (D, V)."""
        return np.asarray(np.asarray(matrix @ self.centres).argmax(axis=1), np.int64)


def find_topics(matrix: csr_array, groups: Integers, single: NDArray[np.bool_], seed: int) -> Topics:
    """Topics of reference documents (n, V) of groups (n,).  single: (V,), which features are one word."""
    frequent, neutral = _find_neutral(matrix, groups, single)
    words = frequent[neutral]
    if len(words) <= 2 * DIRECTIONS:
        centres, own = np.zeros((matrix.shape[1], 1), np.float32), np.zeros(len(groups), np.int64)
        return Topics(frequent, neutral, centres, own)
    some = matrix[:, words]
    rarity = 1 + np.log(some.shape[0] / np.asarray(some.sum(axis=0)).ravel())
    label = cluster(some * rarity, np.arange(some.shape[0]), TOPICS, seed)
    centres = np.zeros((matrix.shape[1], TOPICS), np.float32)
    for topic in range(TOPICS):
        centre = rarity**2 * np.asarray(some[label == topic].sum(axis=0)).ravel()
        centres[words, topic] = centre / max(float(np.linalg.norm(centre / rarity)), 1e-12)
    return Topics(frequent, neutral, centres, Topics(frequent, neutral, centres, np.empty(0, np.int64)).find(matrix))


def _find_neutral(matrix: csr_array, groups: Integers, single: NDArray[np.bool_]) -> tuple[Integers, NDArray[np.bool_]]:
    """Frequent features, and which of them are neutral words."""
    human = groups == HUMAN
    p, q = (np.asarray(matrix[own].sum(axis=0), np.float64).ravel() / own.sum() for own in (human, ~human))
    error = np.sqrt(p * (1 - p) / human.sum() + q * (1 - q) / (~human).sum())
    frequent = np.flatnonzero(p + q > 2 * FREQUENT)
    return frequent, np.asarray((single & (abs(p - q) < NEUTRAL * error))[frequent])


def unmix(rates: Array, others: Array) -> Array:
    r"""(K,) weights of the mixture of others that is nearest to rates: the least
    :math:`\sum_v (r_v - \sum_k w_k s_{kv})^2` over :math:`w_k \ge 0` with sum 1.

    rates: (W,).  others: (K, W).

    >>> unmix(np.array([0.3, 0.4]), np.array([[0.2, 0.3], [0.6, 0.7]])).round(3).tolist()
    [0.75, 0.25]
    """
    from scipy.optimize import nnls

    heavy = 100 * max(float(abs(others).max(initial=0.0)), 1e-12) * np.sqrt(max(len(rates), 1))
    weights, _ = nnls(np.vstack([others.T, np.full((1, len(others)), heavy)]), np.append(rates, heavy))
    return np.asarray(weights)


def measure_distance(rates: Array, size: float, others: Array, weights: Array, sizes: Array, scale: Array) -> float:
    r"""How far the rates of words lie from a mixture of others, without what chance alone makes of it:
    :math:`\sum_w (r_w - s_w)^2 - \operatorname{var}`, over :math:`\sum_w h_w^2`.

    rates: (W,) in documents as many as ``size``.  others: (K, W), known by documents (K,) ``sizes``, mixed by weights
    (K,).  scale: (W,), h.

    >>> h = np.array([0.5, 0.2])
    >>> round(measure_distance(np.array([0.2, 0.5]), 1e9, h[None], np.ones(1), np.array([1e9]), h), 3)
    0.621
    """
    noise = rates * (1 - rates) / size + (weights**2 / sizes) @ (others * (1 - others))
    return float((((rates - weights @ others) ** 2) - noise).sum() / max(float((scale**2).sum()), 1e-12))
