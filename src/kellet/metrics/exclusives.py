"""Exclusives: what one writer alone could write, who still can, and on what they agree that no person wrote."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array, Integers
from kellet.laws import Frequencies
from kellet.laws.model import Model
from kellet.metrics.corpus import RealText, place
from kellet.metrics.diversity import categorical
from kellet.metrics.look import Look, ensure, once
from kellet.metrics.metric import Metric
from kellet.metrics.ngrams import LISTS
from kellet.metrics.perplexity import with_text

RUN = 3
"""Tokens in a row that two writers agree on."""


def shared_inventions(look: Look) -> Array:
    """Of the different runs of three tokens that two writers or more wrote, the share that no real text has.

    NaN where no two writers wrote the same.
    """
    real, there = _real_runs(look.text), ~look.gone
    written = [LISTS[RUN](one) for one in look.web]
    found = np.full(there.shape[1], np.nan)
    for r in range(len(found)):
        keys = [runs[r] for runs, here in zip(written, there[:, r], strict=True) if here]
        if keys:
            every, writers = np.unique(np.concatenate(keys), return_counts=True)
            shared = every[writers > 1]
            found[r] = (place(real, shared) == len(real)).mean() if len(shared) else np.nan
    return found


def exclusive_kept(look: Look) -> Array:
    """Of the categories that one writer alone could write in generation 0, the share that it still can; NaN where there
    were none."""
    total, kept, _ = follow(look)
    return kept / total


def exclusive_anywhere(look: Look) -> Array:
    """The same where any writer may be the one who still can."""
    total, _, anywhere = follow(look)
    return anywhere / total


@lru_cache(maxsize=2)
def _real_runs(texts: RealText) -> Integers:
    """All different runs of tokens of the real text, as numbers in order."""
    parts = (texts.training, texts.reserve, texts.heldout)
    return np.unique(np.concatenate([np.unique(texts.grams(part, RUN)[0]) for part in parts]))


@once
def follow(look: Look) -> tuple[Array, Array, Array]:
    """(R,) each: categories that one writer alone had in generation 0; of these, its own still has, and any has."""
    owner = _find_owners(tuple(one.model if one.first is None else one.first for one in look.web))
    kept, anywhere = np.zeros(len(owner)), np.zeros(owner.shape, dtype=bool)
    for i, (one, gone) in enumerate(zip(look.web, look.gone, strict=True)):
        at, alive = _find_living(one.model)
        alive &= ~gone[:, None]
        kept += np.count_nonzero(alive & (owner[:, at] == i), axis=1)
        anywhere[:, at] |= alive
    had = owner >= 0
    total = np.count_nonzero(had, axis=1)
    return np.where(total > 0, total, np.nan), kept, np.count_nonzero(anywhere & had, axis=1).astype(float)


@lru_cache(maxsize=4)
def _find_owners(laws: tuple[Model, ...]) -> NDArray[np.int16]:
    """(R, A): which of the writers alone has each category; -1 where none has, or several."""
    first = ensure(laws[0], Frequencies)
    owner = np.full((len(first.probabilities), first.size), -1, dtype=np.int16)
    held = np.zeros(owner.shape, dtype=np.uint16)
    for i, law in enumerate(laws):
        at, alive = _find_living(law)
        held[:, at] += alive
        owner[:, at] = np.where(alive, i, owner[:, at])
    owner[held != 1] = -1
    return owner


def _find_living(law: Model) -> tuple[slice | Integers, NDArray[np.bool_]]:
    """Some categories (B,), and which of them a law has (R, B); it has no others."""
    known = ensure(law, Frequencies)
    return slice(None) if known.categories is None else known.categories, known.probabilities > 0


INVENTIONS = Metric(
    "shared_inventions", "agreement on what no person wrote",
    "Of the different runs of three tokens that two writers or more wrote, the share that stands nowhere in the real "
    "text.",
    shared_inventions, with_text, None, optional=True,
    limits="New is what isn't in the real text that is here; people may well have written it elsewhere.",
)  # fmt: skip
KEPT = Metric(
    "exclusive_kept", "what one writer alone had, and keeps",
    "Of the things that one writer alone could write in generation 0, the share that it still can.",
    exclusive_kept, categorical, None, optional=True,
    limits="A prior makes everything possible for everybody, and then nobody has anything alone.",
)  # fmt: skip
ANYWHERE = Metric(
    "exclusive_anywhere", "what one writer alone had, and any keeps",
    "Of the things that one writer alone could write in generation 0, the share that any writer still can.",
    exclusive_anywhere, categorical, None, optional=True,
    limits="A prior makes everything possible for everybody, and then nobody has anything alone.",
)  # fmt: skip
