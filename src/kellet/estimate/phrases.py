"""Phrases: the words that carry the evidence, so that a person sees why."""

from __future__ import annotations

import numpy as np

from kellet.estimate.reference import Reference
from kellet.estimate.result import Phrase
from kellet.estimate.rows import RowReference
from kellet.evidence import Integers

SHOWN = 20
CLEAR = 4.5
"""Standard errors by which a rate is above another, at most, where there are 200,000 to look at: so that one in all of
them is above by chance."""
SAME = 0.7
"""Of the documents with a word, those with a phrase that it is a part of, from which on the phrase is shown instead."""


def find_phrases(reference: Reference | RowReference, features: Integers, documents: float) -> tuple[Phrase, ...]:
    """Those with the largest contribution, documents more than humans would have, times log(model rate / human rate).

    features: (V,), how many of so many documents have each.
    """
    from scipy.special import ndtri

    human, models = reference.rates[0], reference.rates[1:].mean(axis=0)
    sizes = np.array([(reference.weights[reference.groups == g]).sum() for g in range(len(reference.rates))])
    corpus = features / max(documents, 1.0)
    p, q = ((rate * size + 0.5) / (size + 1) for rate, size in ((human, sizes[0]), (models, sizes[1:].sum())))
    error = np.sqrt(p * (1 - p) * (1 / sizes[0] + 1 / max(documents, 1.0)))
    apart = np.sqrt(p * (1 - p) / sizes[0] + q * (1 - q) / sizes[1:].sum())
    limit = min(CLEAR, -ndtri(1 / len(p)))
    clear = (corpus - p > limit * error) & (q - p > limit * apart)
    value = np.where(clear, (corpus - p) * np.log(q / p), 0.0)
    names = reference.feature_names
    found: list[int] = []
    for place in np.argsort(-value, kind="stable")[: 10 * SHOWN].tolist():
        if len(found) == SHOWN or value[place] <= 0:
            break
        alike = [i for i, other in enumerate(found) if _is_inside(names[other], names[place])]
        if not alike:
            found.append(place)
        elif len(names[place]) > len(names[found[alike[0]]]) and features[place] >= SAME * features[found[alike[0]]]:
            found[alike[0]] = place
    return tuple(Phrase(names[i], int(features[i]), float(corpus[i]), float(human[i]), float(models[i])) for i in found)


def _is_inside(one: str, other: str) -> bool:
    """Whether one of two phrases is a part of the other."""
    return f" {one} " in f" {other} " or f" {other} " in f" {one} "
