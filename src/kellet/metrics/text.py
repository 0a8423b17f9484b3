"""Text: how well real text is predicted, and what of its variety is still written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.laws.model import Predictor
from kellet.metrics.corpus import BANDS, Blocks, Texts, compressed, distinct_pairs, place, real_pairs, spread
from kellet.metrics.look import Look, Metric, Real

PROMPT, PROMPTS, FREE, PLACED = 8, 4, 4, 400
"""Tokens of a prompt; and to be shown: prompts that are continued, blocks that are written freely, and those of them
that are placed by their perplexity under generation 0.
"""


def written(look: Look) -> Blocks:
    """(R, n, L): what the model writes, for all metrics of text."""
    return _once(look, "_written", lambda: look.model.sample(look.size, look.rng).values)  # type: ignore[no-any-return]


def _once(look: Look, name: str, make: Callable[[], Any]) -> Any:
    if name not in look.__dict__:
        look.__dict__[name] = make()
    return look.__dict__[name]


def _each(look: Look, measure: Callable[[Texts, Blocks], float]) -> Array:
    return np.array([measure(look.real.text, blocks) for blocks in written(look)])


def _predicted(look: Look) -> Array:
    """(R, N): log-probabilities of the judging blocks."""
    return _once(look, "_predicted", lambda: look.model.log_probabilities(look.real.text.judging))  # type: ignore[no-any-return]


def _events(blocks: Blocks) -> NDArray[np.int64]:
    """Tokens of each block, and its end where it has one."""
    tokens = (blocks >= 0).sum(axis=-1)
    return np.asarray(tokens + (tokens < blocks.shape[-1]))


def perplexity(look: Look) -> Array:
    r""":math:`\exp(-\frac1T\sum\ln p)` over the T tokens and ends of held-out real blocks: how many tokens the model
    hesitates between.
    """
    with np.errstate(over="ignore"):
        return np.exp(-_predicted(look).sum(axis=1) / _events(look.real.text.judging).sum())  # type: ignore[no-any-return]


def bits_per_byte(look: Look) -> Array:
    r""":math:`-\sum\log_2 p` over the UTF-8 bytes of the same blocks: comparable between tokenisers, ends included."""
    return -_predicted(look).sum(axis=1) / np.log(2) / look.real.text.bytes  # type: ignore[no-any-return]


def _own(look: Look) -> Array:
    """(R, n): perplexities, under generation 0, of the blocks that are written."""

    def make() -> Array:
        judge = look.model if look.first is None else look.first
        blocks = written(look)
        with np.errstate(over="ignore"):
            return np.exp(-judge.log_probabilities(blocks) / _events(blocks))  # type: ignore[no-any-return]

    return _once(look, "_own", make)  # type: ignore[no-any-return]


def written_perplexity(look: Look) -> Array:
    r""":math:`\exp(-\frac1T\sum\ln p_0)` of all that is written, :math:`p_0` the model of generation 0.

    I. Shumailov et al., Nature 631:755 (2024), figure 1: it falls, as models write what generation 0 finds likely,
    while a tail of what it would never have written grows.
    """
    events = _events(written(look))
    with np.errstate(divide="ignore", over="ignore"):
        return np.exp((np.log(_own(look)) * events).sum(axis=1) / events.sum(axis=1))  # type: ignore[no-any-return]


def likely(look: Look) -> Array:
    """Perplexity under generation 0 that a twentieth of the written blocks stay below."""
    return np.quantile(_own(look), 0.05, axis=1)


def unlikely(look: Look) -> Array:
    """Perplexity under generation 0 that a twentieth of the written blocks exceed."""
    return np.quantile(_own(look), 0.95, axis=1)


def kept(n: int, band: str | None) -> Callable[[Look], Array]:
    """The share of held-out types of length n that are still written, against what as many real blocks would keep."""

    def measure(look: Look) -> Array:
        texts: Texts = look.real.text
        types = texts.types(n)

        def find() -> NDArray[np.bool_]:
            # As one look at keys that are sorted once.
            every = [np.unique(texts.grams(blocks, n)[0]) for blocks in written(look)]
            return np.stack([place(keys, types.keys) < len(keys) for keys in every])

        found: NDArray[np.bool_] = _once(look, f"_found_{n}", find)
        which = types.band(band)
        return found[:, which].sum(axis=1) / types.kept(len(texts.training), look.size)[which].sum()  # type: ignore[no-any-return]

    measure.__doc__ = kept.__doc__
    return measure


def missing_mass(look: Look) -> Array:
    """Share of written tokens that were written once: about the chance that the next one is new.

    I. Good, Biometrika 40:237 (1953).
    """

    def measure(texts: Texts, blocks: Blocks) -> float:
        counts = np.bincount(blocks[blocks >= 0])
        return float((counts == 1).sum() / max(1, counts.sum()))

    return _each(look, measure)


def token_entropy(look: Look) -> Array:
    r""":math:`-\sum p\ln p` of the tokens that are written, in nats."""

    def measure(texts: Texts, blocks: Blocks) -> float:
        counts = np.bincount(blocks[blocks >= 0])
        p = counts[counts > 0] / max(1, counts.sum())
        return float(-(p * np.log(p)).sum())

    return _each(look, measure)


def distinct(look: Look) -> Array:
    """Share of different pairs among as many tokens of what is written as of real text, divided by the real share.

    J. Li et al., NAACL 2016 (distinct-n); it depends on how much is read, so that all read the same amount: half of
    what as many real blocks hold.  An arm that writes less is measured on what there is.
    """
    tokens = max(2, int(look.real.text.tokens * look.size / 2))
    real = real_pairs(look.real.text, tokens)
    return _each(look, lambda texts, blocks: distinct_pairs(texts, blocks, tokens)) / real


def compression(look: Look) -> Array:
    """How small DEFLATE makes what is written, in blocks of 8 KiB, against real text: less is more repetitive."""
    return _each(look, compressed) / look.real.text.packed  # type: ignore[no-any-return]


def self_repetition(look: Look) -> Array:
    """Share of written 4-grams that another block of the same sample has too.

    After C. Shaib et al., Standardizing the Measurement of Text Diversity, arXiv:2403.00553 (2024).
    """

    def measure(texts: Texts, blocks: Blocks) -> float:
        key, block = texts.grams(blocks, 4)
        if not len(key):
            return 0.0
        pairs, times = np.unique(np.stack([key, block]), axis=1, return_counts=True)
        _, which, shared = np.unique(pairs[0], return_inverse=True, return_counts=True)
        return float(times[shared[which] > 1].sum() / len(key))

    return _each(look, measure)


def sentence_spread(look: Look) -> Array:
    """Standard deviation of sentence lengths, in tokens, against real text's."""
    return _each(look, spread) / look.real.text.sentences  # type: ignore[no-any-return]


def zipf_slope(look: Look) -> Array:
    """Slope of log frequency over log rank, by least squares over tokens written five times or more.

    G. Zipf, Human Behavior and the Principle of Least Effort (1949).
    """

    def measure(texts: Texts, blocks: Blocks) -> float:
        counts = np.sort(np.bincount(blocks[blocks >= 0]))[::-1]
        counts = counts[counts >= 5]
        if len(counts) < 3:
            return float("nan")
        return float(np.polyfit(np.log(np.arange(1, len(counts) + 1)), np.log(counts), 1)[0])

    return _each(look, measure)


def specimen(look: Look, rng: Generator) -> dict[str, Any]:
    """What the first replicate writes, to be shown: FREE blocks of its own, and continuations of real prompts.

    written: (FREE, L).  continued: (PROMPTS, L), the first PROMPT tokens of held-out documents and what follows.
    lost_1, lost_2, lost_3: (10,), which of the most frequent real n-grams are missing from what is written, by their
    place among them, -1 where fewer are.  lost: (3,), how many of them are missing.
    surprise: (PLACED,), the logarithms of the perplexities of written blocks under the first generation's model;
    where that is the model itself, real_surprise, those of as many held-out blocks.
    """
    texts: Texts = look.real.text
    if "_written" not in look.__dict__:
        # Not with the numbers that the metrics draw: those are the same whether anything is shown.
        look = replace(look, rng=rng)
    blocks = written(look)[0]
    kept = (
        {"written": blocks[:FREE]} if len(blocks) >= FREE else {"written": np.resize(blocks, (FREE, blocks.shape[1]))}
    )
    if (prompts := prompted(texts)) is not None:
        kept["continued"] = look.model.sample(len(prompts), rng, prompts=prompts).values[0]
    lost = []
    for n in (1, 2, 3):
        gone = texts.lost(blocks, n)
        lost.append(len(gone))
        kept[f"lost_{n}"] = np.concatenate([gone[:10], np.full(max(0, 10 - len(gone)), -1)])
    if isinstance(look.first, Predictor):
        kept["surprise"] = np.log(_own(look)[0, :PLACED]).astype(np.float32)
        if look.model is look.first:
            real = texts.heldout[:PLACED]
            kept["real_surprise"] = (-look.first.log_probabilities(real[None])[0] / _events(real)).astype(np.float32)
    return kept | {"lost": np.array(lost)}


def prompted(texts: Texts) -> Blocks | None:
    """The first tokens of the first held-out blocks that go on for as long again."""
    long = texts.heldout[texts.heldout[:, min(2 * PROMPT, texts.heldout.shape[1]) - 1] >= 0]
    return long[:PROMPTS, :PROMPT] if len(long) >= PROMPTS and long.shape[1] > PROMPT else None


def _readable(real: Real, model: Any) -> bool:
    return real.text is not None


def _predicts(real: Real, model: Any) -> bool:
    return _readable(real, model) and (model is None or isinstance(model, Predictor))


def _stops(real: Real, model: Any) -> bool:
    return _readable(real, model) and real.text.sentences > 0


def _has(n: int, band: str | None) -> Callable[[Real, Any], bool]:
    def suits(real: Real, model: Any) -> bool:
        if not _readable(real, model):
            return False
        types = real.text.types(n)
        return bool(types.blocks[types.band(band)].any())

    return suits


NAMES = {1: "tokens", 2: "pairs", 3: "triples"}


def _kept_metric(n: int, band: str | None) -> Metric:
    what = f"{band} {NAMES[n]}" if band else NAMES[n]
    low, high = BANDS[band] if band else (1, 2**62)
    often = (
        ""
        if band is None
        else f" that occur {low} to {high} times"
        if high < 2**62
        else f" that occur {low} times or more"
    )
    meaning = (
        f"Share of the {NAMES[n]} of tokens in held-out real text{often} that are still written, against what as much "
        "real text would have."
    )
    if n == 1:
        meaning = meaning.replace("tokens of tokens", "different tokens")
    return Metric(
        f"{NAMES[n]}_kept{f'_{band}' if band else ''}", f"{what} still written", meaning, kept(n, band), _has(n, band)
    )


KEPT = tuple(_kept_metric(n, band) for n in NAMES for band in (None, *BANDS))
PERPLEXITY = Metric(
    "perplexity",
    "perplexity of real text",
    "Between how many tokens, all equally likely, the model would hesitate as much as it does over held-out real text.",
    perplexity,
    _predicts,
    None,
    lower=True,
)
BITS = Metric(
    "bits_per_byte",
    "bits per byte of real text",
    "How many bits the model needs for a byte of held-out real text; comparable between tokenisers.",
    bits_per_byte,
    _predicts,
    None,
    lower=True,
)
WRITTEN = Metric(
    "written_perplexity",
    "perplexity of what is written",
    "How surprising what is written would be to generation 0: it falls where models write ever more of the likely.",
    written_perplexity,
    _predicts,
    None,
)
LIKELY = Metric(
    "written_perplexity_low",
    "the most likely twentieth",
    "Perplexity under generation 0 below which a twentieth of the written blocks lie.",
    likely,
    _predicts,
    None,
)
UNLIKELY = Metric(
    "written_perplexity_high",
    "the least likely twentieth",
    "Perplexity under generation 0 above which a twentieth of the written blocks lie.",
    unlikely,
    _predicts,
    None,
)
MISSING = Metric(
    "missing_mass",
    "chance of something new",
    "Share of written tokens that occur once: about how likely the next token is one that was not yet written.",
    missing_mass,
    _readable,
    None,
)
TOKEN_ENTROPY = Metric(
    "token_entropy",
    "entropy of tokens",
    "Entropy of the tokens that are written, in nats.",
    token_entropy,
    _readable,
    None,
)
DISTINCT = Metric(
    "distinct_pairs",
    "different pairs",
    "Share of different pairs of tokens in a fixed amount of what is written, against as much real text.",
    distinct,
    _readable,
)
COMPRESSION = Metric(
    "compression",
    "size when compressed",
    "How small what is written can be made, against real text: less is more repetitive.",
    compression,
    _readable,
)
REPETITION = Metric(
    "self_repetition",
    "repeats itself",
    "Share of written sequences of four tokens that stand in another block too.",
    self_repetition,
    _readable,
    None,
)
SENTENCES = Metric(
    "sentence_spread",
    "variety of sentence lengths",
    "Standard deviation of the lengths of sentences, against real text.",
    sentence_spread,
    _stops,
)
ZIPF = Metric(
    "zipf_slope",
    "slope of Zipf's law",
    "How fast frequency falls with rank, both as logarithms: about -1 in natural language.",
    zipf_slope,
    _readable,
    None,
)
ALL = (
    PERPLEXITY, BITS, DISTINCT, WRITTEN, LIKELY, UNLIKELY, *KEPT, MISSING, TOKEN_ENTROPY, COMPRESSION, REPETITION,
    SENTENCES, ZIPF,
)  # fmt: skip
