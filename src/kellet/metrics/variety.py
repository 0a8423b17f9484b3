"""Variety: how different what is written is from itself, against real text."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np

from kellet.evidence import Array
from kellet.laws.model import Model
from kellet.metrics.corpus import Blocks, RealText, compress, distinct_pairs, real_pairs, spread
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.perplexity import with_text, write
from kellet.metrics.real import Real


def _each(measure: Callable[[RealText, Blocks], float]) -> Callable[[Look], Array]:
    """The measure of each replicate's blocks (n, L) beside the real text."""

    @wraps(measure)
    def of_each(look: Look) -> Array:
        return np.array([measure(look.text, blocks) for blocks in write(look)])

    return of_each


@_each
def missing_mass(texts: RealText, blocks: Blocks) -> float:
    """Share of written tokens that were written once: about the chance that the next one is new.

    I. Good, Biometrika 40:237 (1953).
    """
    counts = np.bincount(blocks[blocks >= 0])
    return float((counts == 1).sum() / max(1, counts.sum()))


@_each
def token_entropy(texts: RealText, blocks: Blocks) -> float:
    r""":math:`-\sum p\ln p` of the tokens that are written, in nats."""
    counts = np.bincount(blocks[blocks >= 0])
    p = counts[counts > 0] / max(1, counts.sum())
    return float(-(p * np.log(p)).sum())


def distinct(look: Look) -> Array:
    """Share of different pairs among as many tokens of what is written as of real text, divided by the real share.

    J. Li et al., NAACL 2016 (distinct-n); it depends on how much is read, so that all read the same amount: half of
    what as many real blocks hold.  An arm that writes less is measured on what there is.
    """
    tokens = max(2, int(look.text.tokens * look.size / 2))
    real = real_pairs(look.text, tokens)
    return np.array([distinct_pairs(look.text, blocks, tokens) for blocks in write(look)]) / real


def compression(look: Look) -> Array:
    """How small DEFLATE makes what is written, in blocks of 8 KiB, against real text: less is more repetitive."""
    return _each(compress)(look) / look.text.compression


@_each
def self_repetition(texts: RealText, blocks: Blocks) -> float:
    """Share of written 4-grams that another block of the same sample has too.

    After C. Shaib et al., Standardizing the Measurement of Text Diversity, arXiv:2403.00553 (2024).
    """
    key, block = texts.grams(blocks, 4)
    if not len(key):
        return 0.0
    pairs, times = np.unique(np.stack([key, block]), axis=1, return_counts=True)
    _, which, shared = np.unique(pairs[0], return_inverse=True, return_counts=True)
    return float(times[shared[which] > 1].sum() / len(key))


def sentence_spread(look: Look) -> Array:
    """Standard deviation of sentence lengths, in tokens, against real text's."""
    return _each(spread)(look) / look.text.sentences


@_each
def zipf_slope(texts: RealText, blocks: Blocks) -> float:
    """Slope of log frequency over log rank, by least squares over tokens written five times or more.

    G. Zipf, Human Behavior and the Principle of Least Effort (1949).
    """
    counts = np.sort(np.bincount(blocks[blocks >= 0]))[::-1]
    counts = counts[counts >= 5]
    if len(counts) < 3:
        return float("nan")
    return float(np.polyfit(np.log(np.arange(1, len(counts) + 1)), np.log(counts), 1)[0])


def _stops(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealText) and real.sentences > 0


MISSING = Metric(
    "missing_mass", "chance of something new",
    "Share of written tokens that occur once: about how likely the next token is one that was not yet written.",
    missing_mass, with_text, None,
)  # fmt: skip
TOKEN_ENTROPY = Metric(
    "token_entropy", "entropy of tokens", "Entropy of the tokens that are written, in nats.",
    token_entropy, with_text, None,
)  # fmt: skip
DISTINCT = Metric(
    "distinct_pairs", "different pairs",
    "Share of different pairs of tokens in a fixed amount of what is written, against as much real text.",
    distinct, with_text, limits="Noise is as different as can be: it rises when a model errs.",
)  # fmt: skip
COMPRESSION = Metric(
    "compression", "size when compressed",
    "How small what is written can be made, against real text: less is more repetitive.", compression, with_text,
    limits="It sees repetition, not sense: noise compresses badly.",
)  # fmt: skip
REPETITION = Metric(
    "self_repetition", "repeats itself", "Share of written sequences of four tokens that stand in another block too.",
    self_repetition, with_text, None,
)  # fmt: skip
SENTENCES = Metric(
    "sentence_spread", "variety of sentence lengths",
    "Standard deviation of the lengths of sentences, against real text.", sentence_spread, _stops,
)  # fmt: skip
ZIPF = Metric(
    "zipf_slope", "slope of Zipf's law",
    "How fast frequency falls with rank, both as logarithms: about -1 in natural language.",
    zipf_slope, with_text, None,
)  # fmt: skip
