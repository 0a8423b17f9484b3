"""Sampling otherwise than a model says: one law becomes another, and exact statistics stay exact."""

from __future__ import annotations

from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.families.separate import Bundle
from kellet.laws import Frequencies, MultivariateNormal, Normal
from kellet.laws.averages import Bernoulli, GammaMean
from kellet.laws.decoding import NGramDecoder
from kellet.laws.frequencies import reach
from kellet.laws.model import Decodable, Model
from kellet.laws.ngram import NGrams
from kellet.loop.curation.curation import Curation
from kellet.page.wording import number, percent
from kellet.struct import Struct


class ByLaw(Curation, Struct, frozen=True, tag_field="kind"):
    """Curation that turns one law into another: exact statistics stay exact."""

    def refuse(self, model: Model, families: str) -> InputError:
        return InputError(
            f"a family for which {self.__struct_config__.tag} is a law again ({families})",
            type(model).__name__,
            "curation by quantile or verifier, which look at points",
        )


class Temperature(ByLaw, frozen=True, tag="temperature"):
    r"""Sampling at temperature :math:`\tau`: the density to the power :math:`1/\tau`.

    A normal law's variance is multiplied by tau, an exponential mean too; probabilities are raised to 1/tau and scaled.
    0 always takes the likeliest category.

    >>> Temperature(0.5).law(Frequencies(np.array([[0.75, 0.25]]))).probabilities
    array([[0.9, 0.1]])
    """

    tau: float

    def __post_init__(self) -> None:
        if not 0 <= self.tau < np.inf:
            raise InputError("a temperature >= 0", self.tau, "0.9")

    def law(self, model: Model) -> Model:
        if (decoded := _decode(model, temperature=self.tau)) is not None:
            return decoded
        if isinstance(model, Frequencies):
            with np.errstate(divide="ignore"):
                logs = np.log(model.probabilities)
            logs -= logs.max(axis=1, keepdims=True)
            p = np.exp(logs / self.tau) if self.tau else (logs == 0).astype(float)
            return Frequencies(p / p.sum(axis=1, keepdims=True), model.categories, model.size)
        if self.tau == 0:
            raise InputError("a temperature > 0 in a continuous family", 0, "0.5")
        if isinstance(model, Bernoulli) and model.trials == 1:
            with np.errstate(divide="ignore"):
                odds = (np.log(model.mean) - np.log1p(-model.mean)) / self.tau
            return Bernoulli(1 / (1 + np.exp(-odds)))
        if isinstance(model, GammaMean) and model.shape == 1:
            return GammaMean(model.mean * self.tau)
        return _shrink(model, self.tau, self)

    def describe(self) -> str:
        return f"is sampled at temperature {self.tau:g}"


class Shrink(ByLaw, frozen=True, tag="shrink"):
    """A sampler that multiplies the variance by ``factor`` (a low-temperature or mode-seeking sampler); normal laws."""

    factor: float

    def __post_init__(self) -> None:
        if not 0 < self.factor < np.inf:
            raise InputError("a variance factor > 0", self.factor, "0.9")

    def law(self, model: Model) -> Model:
        return _shrink(model, self.factor, self)

    def describe(self) -> str:
        return f"is sampled with {self.factor:g} times the variance"


class TopK(ByLaw, frozen=True, tag="top-k"):
    """Only the k likeliest categories are written; of ties, the first.

    >>> TopK(1).law(Frequencies(np.array([[0.5, 0.25, 0.25]]))).probabilities
    array([[1., 0., 0.]])
    """

    k: int

    def __post_init__(self) -> None:
        if self.k < 1:
            raise InputError("a top-k of at least 1", self.k, "50")

    def law(self, model: Model) -> Model:
        if (decoded := _decode(model, top_k=self.k)) is not None:
            return decoded
        if not isinstance(model, Frequencies):
            raise self.refuse(model, "categorical, ngram and lm")
        return _keep_ranks(model, np.arange(model.probabilities.shape[1]) < self.k)

    def describe(self) -> str:
        return f"is sampled from the {number(self.k)} likeliest alone (top-k)"


class TopP(ByLaw, frozen=True, tag="top-p"):
    """Only the likeliest categories are written, as few as together have probability p (nucleus sampling).

    A. Holtzman et al., The Curious Case of Neural Text Degeneration, ICLR 2020.
    """

    p: float

    def __post_init__(self) -> None:
        if not 0 < self.p <= 1:
            raise InputError("a top-p in (0, 1]", self.p, "0.95")

    def law(self, model: Model) -> Model:
        if (decoded := _decode(model, top_p=self.p)) is not None:
            return decoded
        if not isinstance(model, Frequencies):
            raise self.refuse(model, "categorical, ngram and lm")
        return _keep_ranks(model, reach(-np.sort(-model.probabilities, axis=1), self.p))

    def describe(self) -> str:
        return f"is sampled from the likeliest {percent(self.p)} of the probability alone (top-p)"


def _decode(model: Model, **how: Any) -> Model | None:
    """A model of sequences that draws its next tokens otherwise; None for a model of anything else."""
    match model:
        case Bundle():
            parts = tuple(part for one in model.models if (part := _decode(one, **how)) is not None)
            return Bundle(parts) if len(parts) == len(model.models) else None
        case NGrams():
            return NGramDecoder(model, **how)
        case Decodable():
            return model.decode(**how)
        case _:
            return None


def _shrink(model: Model, factor: float, curation: ByLaw) -> Model:
    if isinstance(model, Normal):
        return Normal(model.mean, model.sd * np.sqrt(factor), model.collapsed)
    if isinstance(model, MultivariateNormal):
        return MultivariateNormal(model.mean, model.factor * np.sqrt(factor), model.collapsed)
    raise curation.refuse(model, "gaussian; for a temperature also categorical, bernoulli and exponential")


def _keep_ranks(model: Frequencies, ranks: np.ndarray) -> Frequencies:
    """Only categories whose rank by probability is kept; ranks is (A,) or (R, A), by descending probability."""
    order = np.argsort(-model.probabilities, axis=1, kind="stable")
    keep = np.zeros(model.probabilities.shape, dtype=bool)
    np.put_along_axis(keep, order, np.broadcast_to(ranks, keep.shape), axis=1)
    p = np.where(keep, model.probabilities, 0.0)
    return Frequencies(p / p.sum(axis=1, keepdims=True), model.categories, model.size)
