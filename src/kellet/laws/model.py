"""Models: what was learnt, or what is true; and what a model may say of the fits that it comes from."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from inspect import signature
from typing import Any, Protocol, Self, TypeGuard, TypeVar, runtime_checkable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array, Evidence, Integers, Points

E_co = TypeVar("E_co", bound=Evidence, covariant=True)


@runtime_checkable
class Model(Protocol):
    """What was learnt, frozen; axis 0 of its arrays is the replicate.  How its fits went it may say in `Marks`."""

    def sample(self, n: int, rng: Generator) -> Points:
        """Write n points per replicate: values of shape (R, n, ...)."""
        ...


@runtime_checkable
class ExactModel(Model, Protocol[E_co]):
    """A model that knows the law of its own sufficient statistics."""

    def statistics(self, n: int | Integers, rng: Generator) -> E_co:
        """Evidence distributed exactly as the statistics of n sampled points; n: one number, or one per replicate."""
        ...


@dataclass(frozen=True, eq=False)
class ByReplicate:
    """A model, a dataclass, all arrays of which have the replicate as axis 0, and nothing else is by replicate."""

    def first(self) -> Self:
        """That of the first replicate alone, which writes at the cost of one.

        >>> from kellet.laws import Normal
        >>> Normal(np.zeros(1000), np.ones(1000)).first().sample(3, np.random.default_rng(0)).values.shape
        (1, 3)
        """
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        parts: dict[str, Any] = {
            name: value[:1] if isinstance(value, np.ndarray) else value.first()
            for name, value in values.items()
            if isinstance(value, np.ndarray | ByReplicate)
        }
        return replace(self, **parts)


@runtime_checkable
class Predictor(Model, Protocol):
    """A model of text that says how likely it finds what others wrote."""

    def log_probabilities(self, blocks: NDArray[np.integer]) -> Array:
        """(R, N): the natural logarithm of each block's probability; blocks: (N, L) for all, or (R, N, L)."""
        ...


@runtime_checkable
class Continuer(Protocol):
    """A model of text that goes on where it is given a beginning."""

    def sample(self, n: int, rng: Generator, prompts: NDArray[np.integer] | None = None) -> Points:
        """Blocks (R, n, L), each beginning with one of the prompts (n, l)."""
        ...


def predicts(model: object) -> TypeGuard[Predictor]:
    """Whether it is a `Predictor`; a bundle of models for a replicate each, whether all of them are."""
    return isinstance(model, Predictor) and all(map(predicts, getattr(model, "models", ())))


def continues(model: Model) -> TypeGuard[Continuer]:
    """Whether it is a `Continuer`; a bundle of models for a replicate each, whether all of them are."""
    inside = getattr(model, "models", ())
    return all(map(continues, inside)) if inside else "prompts" in signature(model.sample).parameters


@runtime_checkable
class Decodable(Model, Protocol):
    """A model of sequences that can draw its next tokens otherwise."""

    def decode(self, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None) -> Model:
        """The same model, writing so."""
        ...


@dataclass(frozen=True, eq=False)
class Marks:
    """How the fits of R replicates went.

    collapsed: (R,), those whose fit degenerated so far that nothing was learnt; the loop keeps them marked from then
    on: that is an outcome, not an error.  reason: why, in words.  absorbed: (R,), those whose law can write one point
    only, so that a loop of what it writes moves no more.  failed: (R,), those whose program broke, which says nothing
    about collapse, and nothing that was measured on them counts.  failure: what went wrong.
    """

    collapsed: NDArray[np.bool_]
    absorbed: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    reason: str | None
    failure: str | None


def read_marks(model: object, replicates: int) -> Marks:
    """What a model says of its fits by now, each of `Marks` being an attribute that it may have: none collapsed,
    absorbed or failed where it says nothing.  Replicates may fail as late as when the model writes.
    """

    def flags(name: str) -> NDArray[np.bool_]:
        given = getattr(model, name, None)
        return np.zeros(replicates, dtype=bool) if given is None else np.asarray(given, dtype=bool)

    marks = flags("collapsed"), flags("absorbed"), flags("failed")
    return Marks(*marks, getattr(model, "reason", None), getattr(model, "failure", None))
