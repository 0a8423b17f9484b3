"""Calibration: what a score says, as the references have it that were not used to make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from kellet.estimate.scores import HUMAN, Scores
from kellet.evidence import Array, Integers

BINS = 15
LINE = 0.05
"""Of human documents that lie above the line by which detection is told."""
STRONG, STRANGE = 0.9, 0.8
"""Of a model's documents, those that are detected if it is to be told from humans: by what saw others of its documents,
and by what saw other models' alone."""
BETWEEN = (0.1, 0.2, 0.3, 0.5)
"""How far from humans towards models the writers lie that a corpus is asked for, though no reference wrote so."""


@dataclass(frozen=True, eq=False)
class Calibration:
    r"""Laws of a score, over bins, by writer.

    edges: (B - 1,).  human: (B,), the law of human documents.  models: (G, B), of each model's.  strangers: (G or 0, B),
    of each model's when nothing of it had been seen.  between: (T, B), :math:`h^{1-\lambda} m^\lambda` of writers that
    lie between.  sizes: (1 + G,), documents of each.  line: above which LINE of human documents lie.  detection: (G,),
    shares of each model's documents there.  strange: (G,), the same when nothing of it had been seen, or nan.
    """

    edges: Array
    human: Array
    models: Array
    strangers: Array
    between: Array
    sizes: Integers
    line: float
    detection: Array
    strange: Array

    @classmethod
    def of(cls, scores: Scores, bins: int = BINS) -> Self:
        """The calibration by scores of references."""
        writers = range(1, scores.writers + 1)
        human = scores.of(HUMAN)
        each = [scores.of(g) for g in writers]
        unseen = [scores.unseen[scores.groups == g] for g in writers if scores.writers > 1]
        edges = _cut([human, *each], bins)
        line = float(np.quantile(human, 1 - LINE))
        found = cls(
            edges,
            _find_law(human, edges),
            np.array([_find_law(values, edges) for values in each]),
            np.array([_find_law(values, edges) for values in unseen]).reshape(-1, len(edges) + 1),
            np.empty((0, len(edges) + 1)),
            np.array([len(human), *map(len, each)]),
            line,
            np.array([(values > line).mean() for values in each]),
            np.array([(values > line).mean() for values in unseen] or [np.nan]),
        )
        typical = found.models[found.strong].mean(axis=0)
        between = [found.human ** (1 - share) * typical**share for share in BETWEEN]
        object.__setattr__(found, "between", np.array([law / law.sum() for law in between]))
        return found

    @property
    def strong(self) -> Integers:
        """(S,) models that can be told from humans; all of them where none can."""
        found = np.flatnonzero((self.detection >= STRONG) & ~(self.strange < STRANGE))
        return found if len(found) else np.arange(len(self.models))

    @property
    def separates(self) -> bool:
        """Whether there is a model that can be told from humans."""
        return bool(((self.detection >= STRONG) & ~(self.strange < STRANGE)).any())

    def bin(self, values: Array) -> Array:
        """(D, B) what each document adds, of scores (F, D): a share 1/F to the bin of each."""
        bins = len(self.edges) + 1
        places = np.searchsorted(self.edges, values) + bins * np.arange(values.shape[1])
        many = np.bincount(places.ravel(), minlength=bins * values.shape[1])
        return np.asarray(many.reshape(-1, bins) / len(values))


def _cut(writers: list[Array], bins: int) -> Array:
    """(B - 1,) edges between which humans and models together, all alike, are equally frequent."""
    values = np.concatenate(writers)
    weights = np.concatenate(
        [np.full(len(one), (0.5 if i == 0 else 0.5 / (len(writers) - 1)) / len(one)) for i, one in enumerate(writers)]
    )
    order = np.argsort(values, kind="stable")
    at = np.searchsorted(np.cumsum(weights[order]), np.arange(1, bins) / bins)
    return values[order][np.minimum(at, len(values) - 1)]


def _find_law(values: Array, edges: Array) -> Array:
    """(B,) shares; half a document, spread over all bins, stands for what was not seen."""
    bins = len(edges) + 1
    many = np.bincount(np.searchsorted(edges, values), minlength=bins) + 0.5 * 10 / bins
    return np.asarray(many / many.sum())
