"""Perplexity: how well real text is predicted, and how likely generation 0 finds what is written."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Array
from kellet.laws.model import Model, Predictor, predicts
from kellet.metrics.corpus import Blocks, RealText
from kellet.metrics.look import Look, once
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real


@once
def write(look: Look) -> Blocks:
    """(R, n, L): what the model writes, for all metrics of text."""
    return look.model.sample(look.size, look.rng).values


@once
def predict(look: Look) -> Array:
    """(R, N): log-probabilities of the judging blocks."""
    return _find_predictor(look.model).log_probabilities(look.text.judging)


def events(blocks: Blocks) -> NDArray[np.int64]:
    """Tokens of each block, and its end where it has one."""
    tokens = (blocks >= 0).sum(axis=-1)
    return np.asarray(tokens + (tokens < blocks.shape[-1]))


@once
def surprise(look: Look) -> Array:
    """(R, n): perplexities, under generation 0, of the blocks that are written."""
    judge, blocks = _find_predictor(look.model if look.first is None else look.first), write(look)
    with np.errstate(over="ignore"):
        return np.exp(-judge.log_probabilities(blocks) / events(blocks))


def perplexity(look: Look) -> Array:
    r""":math:`\exp(-\frac1T\sum\ln p)` over the T tokens and ends of held-out real blocks."""
    with np.errstate(over="ignore"):
        return np.exp(-predict(look).sum(axis=1) / events(look.text.judging).sum())  # type: ignore[no-any-return]


def bits_per_byte(look: Look) -> Array:
    r""":math:`-\sum\log_2 p` over the UTF-8 bytes of the same blocks: comparable between tokenisers, ends included."""
    return -predict(look).sum(axis=1) / np.log(2) / look.text.bytes  # type: ignore[no-any-return]


def written_perplexity(look: Look) -> Array:
    r""":math:`\exp(-\frac1T\sum\ln p_0)` of all that is written, :math:`p_0` the model of generation 0.

    I. Shumailov et al., Nature 631:755 (2024), figure 1: it falls, as models write what generation 0 finds likely,
    while a tail of what it would never have written grows.
    """
    weights = events(write(look))
    with np.errstate(divide="ignore", over="ignore"):
        return np.exp((np.log(surprise(look)) * weights).sum(axis=1) / weights.sum(axis=1))  # type: ignore[no-any-return]


def likely(look: Look) -> Array:
    """Perplexity under generation 0 that a twentieth of the written blocks stay below."""
    return np.quantile(surprise(look), 0.05, axis=1)


def unlikely(look: Look) -> Array:
    """Perplexity under generation 0 that a twentieth of the written blocks exceed."""
    return np.quantile(surprise(look), 0.95, axis=1)


def with_text(real: Real, model: Model | None) -> bool:
    """Whether there is real text to compare with."""
    return isinstance(real, RealText)


def with_predictions(real: Real, model: Model | None) -> bool:
    """Whether there is real text, and a model that says how likely it finds it."""
    return isinstance(real, RealText) and (model is None or predicts(model))


def _find_predictor(model: Model) -> Predictor:
    if predicts(model):
        return model
    expected = "a model of text with log_probabilities(blocks), whose family says predicts = True"
    raise InputError(expected, "one without", "predicts = False, and other metrics")


PERPLEXITY = Metric(
    "perplexity", "perplexity of real text",
    "Between how many tokens, all equally likely, the model would hesitate as much as it does over held-out real text.",
    perplexity, with_predictions, None, lower=True, prominent=True,
    limits="It is of real text: a model may predict well and yet write badly, or always the same.",
)  # fmt: skip
BITS = Metric(
    "bits_per_byte", "bits per byte of real text",
    "How many bits the model needs for a byte of held-out real text; comparable between tokenisers.",
    bits_per_byte, with_predictions, None, lower=True,
    limits="With words, spaces and line ends are not predicted, and every unknown word is the same one.",
)  # fmt: skip
WRITTEN = Metric(
    "written_perplexity", "perplexity of what is written",
    "How surprising what is written would be to generation 0: it falls where models write ever more of the likely.",
    written_perplexity, with_predictions, None,
    limits="Low may mean fluent or monotonous: generation 0 is the judge, and knows no more than it.",
)  # fmt: skip
LIKELY = Metric(
    "written_perplexity_low", "the most likely twentieth",
    "Perplexity under generation 0 below which a twentieth of the written blocks lie.", likely, with_predictions, None,
)  # fmt: skip
UNLIKELY = Metric(
    "written_perplexity_high", "the least likely twentieth",
    "Perplexity under generation 0 above which a twentieth of the written blocks lie.",
    unlikely, with_predictions, None,
)  # fmt: skip
