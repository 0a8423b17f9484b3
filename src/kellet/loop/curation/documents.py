"""Curation of text: what is dropped of written documents before anything learns from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.data.minhash import BANDS, ROWS, signatures
from kellet.data.source import Corpus, Source
from kellet.errors import InputError
from kellet.evidence import Points
from kellet.laws.model import Model, Predictor, predicts
from kellet.loop.curation.curation import ByPoints, Curation, Share
from kellet.page.wording import percent


class Dedup(ByPoints, frozen=True, omit_defaults=True, tag="dedup"):
    """Of documents that one generation writes twice, the first alone counts; copies weigh 0.

    how: "exact", or "minhash", which also finds documents that share most of their runs of five tokens: those of which
    ``similar`` of 112 smallest hashes agree, an estimate of the Jaccard index, among pairs that agree in all eight of
    one of 14 bands.  A. Broder, On the resemblance and containment of documents, SEQUENCES (1997); K. Lee et al.,
    Deduplicating Training Data Makes Language Models Better, ACL (2022).

    >>> documents = Points(np.array([[[1, 2], [3, 4], [1, 2]]]))
    >>> Dedup().points(documents, 3, np.random.default_rng(0)).weights
    array([[1., 1., 0.]])
    """

    how: Literal["exact", "minhash"] = "exact"
    similar: float = 0.8

    def __post_init__(self) -> None:
        if not 0 < self.similar <= 1:
            raise InputError("a similarity in (0, 1]", self.similar, "0.8")

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        rows = points.values.reshape(*points.values.shape[:2], -1)
        first = _first_of_equals if self.how == "exact" else self._first_of_alike
        kept = points.weighed > 0
        for documents, there in zip(rows, kept, strict=True):
            # What weighs nothing is no original.
            there[there] = first(np.ascontiguousarray(documents[there]))
        return Points(points.values, points.weighed * kept, points.origin)

    def _first_of_alike(self, rows: NDArray[np.generic]) -> NDArray[np.bool_]:
        """(n,): whether no earlier one of rows (n, L) is alike."""
        hashes = signatures(rows)
        kept = _first_of_equals(rows)
        for band in range(BANDS):
            part = np.ascontiguousarray(hashes[:, band * ROWS : (band + 1) * ROWS])
            _, first, group = np.unique(part, axis=0, return_index=True, return_inverse=True)
            before = first[group.reshape(-1)]
            kept &= (before == np.arange(len(rows))) | ((hashes == hashes[before]).mean(axis=1) < self.similar)
        return kept

    def describe(self) -> str:
        return "is cleared of copies" if self.how == "exact" else "is cleared of copies and near copies"


def _first_of_equals(rows: NDArray[np.generic]) -> NDArray[np.bool_]:
    kept = np.zeros(len(rows), dtype=bool)
    kept[np.unique(rows, axis=0, return_index=True)[1]] = True
    return kept


class Quality(Share, frozen=True, tag="quality"):
    """Of the written documents only the ``keep`` share of least perplexity under generation 0's model; more are
    written, so that as many remain.

    After G. Wenzek et al., CCNet, LREC (2020), whose judge is a model of real text.
    """

    def open(self, model: Model, source: Source) -> Judge:
        if not isinstance(source, Corpus):
            raise InputError("a world of text for the quality of documents", "another", "quantile:90%")
        if not predicts(model):
            raise InputError("a model of text with log_probabilities(blocks) to judge quality", "one without", "ngram")
        return Judge(self, model)

    def describe(self) -> str:
        return f"is cut to the {percent(self.keep)} that generation 0 finds likeliest"


@dataclass(frozen=True)
class Judge(Curation):
    """`Quality` that knows generation 0's model."""

    recipe: Quality
    model: Predictor
    by_points: ClassVar[bool] = True

    def enough(self, n: int) -> int:
        return self.recipe.enough(n)

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        tokens = (points.values >= 0).sum(axis=2)
        events = tokens + (tokens < points.values.shape[2])
        surprise = -self.model.log_probabilities(points.values) / events
        return points.take(np.argsort(surprise, axis=1, kind="stable")[:, :n])
