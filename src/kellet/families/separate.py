"""Families that learn one replicate at a time, as the loop wants them: called once for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, cast

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Count, Counts, Evidence, Moments, Points, Sums
from kellet.families.abilities import Archive
from kellet.families.family import E, Family, M, is_exact
from kellet.laws.model import Predictor, read_marks


@dataclass(frozen=True)
class OneByOne(Generic[E, M]):
    """Any family, called once per replicate with one replicate."""

    family: Family[E, M]

    def fit(self, evidence: E, rng: Generator, previous: Bundle[M] | None = None, **archive: Archive) -> Bundle[M]:
        befores: Sequence[M | None] = previous.models if previous else [None] * evidence.replicates
        models = [self.family.fit(self._read(evidence, r), rng, before, **archive) for r, before in enumerate(befores)]
        return Bundle(tuple(models))

    def _read(self, evidence: E, replicate: int) -> E:
        """What the family learns from of one replicate."""
        one = only(evidence, replicate)
        return cast(E, self.family.summarise(one)) if isinstance(one, Points) and is_exact(self.family) else one


@dataclass(frozen=True)
class Bundle(Generic[M]):
    """One model of one replicate for each replicate; of reasons and failures it gives the first."""

    models: tuple[M, ...]

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        return np.concatenate([read_marks(model, 1).collapsed for model in self.models])

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        return np.concatenate([read_marks(model, 1).absorbed for model in self.models])

    @property
    def failed(self) -> NDArray[np.bool_]:
        return np.concatenate([read_marks(model, 1).failed for model in self.models])

    @property
    def reason(self) -> str | None:
        return next((reason for model in self.models if (reason := read_marks(model, 1).reason)), None)

    @property
    def failure(self) -> str | None:
        return next((failure for model in self.models if (failure := read_marks(model, 1).failure)), None)

    def sample(self, n: int, rng: Generator, **prompts: NDArray[np.integer]) -> Points:
        written = [model.sample(n, rng, **prompts) for model in self.models]
        weights = None if all(w.weights is None for w in written) else np.concatenate([w.weighed for w in written])
        return Points(np.concatenate([w.values for w in written]), weights, written[0].origin)

    def log_probabilities(self, blocks: NDArray[np.integer]) -> Array:
        """(R, N), of models of text: blocks (N, L), the same for all, or (R, N, L)."""
        models = cast(tuple[Predictor, ...], self.models)
        own = [blocks if blocks.ndim == 2 else blocks[r : r + 1] for r in range(len(models))]
        return np.concatenate([model.log_probabilities(part) for model, part in zip(models, own, strict=True)])


def only(evidence: E, replicate: int) -> E:
    """The evidence of one replicate, axis 0 kept."""
    r = slice(replicate, replicate + 1)

    def part(count: Count) -> Count:
        return count[r] if isinstance(count, np.ndarray) else count

    one: Evidence
    match evidence:
        case Points():
            origin = evidence.origin if isinstance(evidence.origin, int) else evidence.origins[r]
            one = Points(evidence.values[r], None if evidence.weights is None else evidence.weights[r], origin)
        case Moments():
            one = Moments(part(evidence.count), evidence.mean[r], evidence.root[r])
        case Counts():
            one = Counts(evidence.values[r], evidence.categories, evidence.size)
        case Sums():
            one = Sums(part(evidence.count), evidence.total[r])
        case _:
            raise TypeError(f"expected Points, Moments, Counts or Sums; got {type(evidence).__name__}")
    return cast(E, one)
