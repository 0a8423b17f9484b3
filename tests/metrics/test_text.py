"""Metrics of text, against what can be computed by hand."""

import itertools
import zlib
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from kellet import Points, generations, metrics, worlds
from kellet.data.source import Corpus, draw
from kellet.data.tokens import Pieces
from kellet.families import NGram
from kellet.metrics import Look, real_of
from kellet.metrics.catalogue import find_metric
from kellet.metrics.corpus import BLOCK, RealText, compress, distinct_pairs, spread
from kellet.metrics.ngrams import KEPT as NGRAMS
from kellet.metrics.perplexity import BITS, LIKELY, PERPLEXITY, UNLIKELY, WRITTEN
from kellet.metrics.specimen import PROMPT, PROMPTS, specimen
from kellet.metrics.variety import COMPRESSION, DISTINCT, MISSING, REPETITION, SENTENCES, TOKEN_ENTROPY, ZIPF
from kellet.worlds.text import cut

LETTERS = Pieces.learn(["aaaabbbccd."], words=False)
RNG = np.random.default_rng(0)


def made(n, length=12, seed=0):
    """Blocks of letters, frequent ones first."""
    rng = np.random.default_rng(seed)
    values = rng.choice(LETTERS.size, p=[0.0, 0.4, 0.3, 0.15, 0.1, 0.05], size=(n, length)).astype(np.int32)
    values[np.arange(length) >= rng.integers(2, length + 2, (n, 1))] = -1
    return values


SOURCE = Corpus(made(60), made(30, seed=1), made(30, seed=2), 1, tokeniser=LETTERS)
REAL = real_of(SOURCE)
ALL = {
    *(PERPLEXITY, BITS, LIKELY, UNLIKELY, WRITTEN, COMPRESSION, DISTINCT, MISSING, REPETITION, SENTENCES),
    *(TOKEN_ENTROPY, ZIPF, *NGRAMS),
}


class Writes:
    """A model that writes these blocks (R, n, L), and gives every token and end the same probability."""

    def __init__(self, blocks, chance=0.25):
        self.blocks, self.chance = blocks, chance

    def sample(self, n, rng, prompts=None):
        return Points(self.blocks[:, : n if prompts is None else len(prompts)])

    def log_probabilities(self, blocks):
        told = (blocks >= 0).sum(axis=-1)
        return np.broadcast_to(
            (told + (told < blocks.shape[-1])) * np.log(self.chance), (len(self.blocks), blocks.shape[-2])
        )


def measured(name, blocks, size=None, first=None):
    blocks = np.asarray(blocks)
    look = Look(Writes(blocks), REAL, blocks.shape[1] if size is None else size, np.random.default_rng(0), first)
    value = find_metric(name).measure(look)
    assert value.shape == (len(blocks),)
    return value


def test_a_world_of_text_has_metrics_of_text_and_no_others():
    assert {metric.name for metric in metrics.suitable(REAL, Writes(SOURCE.training[None]))} <= {m.name for m in ALL}
    suited = {metric.name for metric in metrics.suitable(REAL, None)}
    assert {"perplexity", "bits_per_byte", "pairs_kept", "pairs_kept_rare", "compression"} <= suited
    assert not {m.name for m in metrics.suitable(real_of(worlds.Normal().open(1)), None)} & {m.name for m in ALL}


def test_a_model_that_cannot_predict_has_no_perplexity():
    suited = {m.name for m in metrics.suitable(REAL, SimpleNamespace(sample=None))}
    assert "perplexity" not in suited
    assert "pairs_kept" in suited


def test_every_metric_measures_every_model_as_a_number_a_replicate():
    family = NGram(2, vocabulary=LETTERS.size)
    model = family.fit(family.summarise(Points(np.stack([SOURCE.training, SOURCE.training]))))
    look = Look(model, REAL, 40, np.random.default_rng(0), model)
    for metric in metrics.suitable(REAL, model):
        value = metric.measure(look)
        assert value.shape == (2,)
        assert np.isfinite(value).all() or metric.name == "zipf_slope", metric.name


def test_perplexity_of_an_even_chance_is_the_number_of_choices():
    np.testing.assert_allclose(measured("perplexity", SOURCE.training[None]), 4.0, rtol=1e-12)
    heldout = SOURCE.heldout
    tokens, ends = (heldout >= 0).sum(), (heldout[:, -1] < 0).sum()
    np.testing.assert_allclose(measured("bits_per_byte", SOURCE.training[None]), 2 * (tokens + ends) / tokens)


def test_bits_per_byte_count_the_bytes_of_words_and_their_spaces():
    words = Pieces.learn(["été on"], words=True)
    source = Corpus(*(cut([words.encode("été on été")] * 3, 5) for _ in range(3)), 1, tokeniser=words)
    assert real_of(source).bytes == 3 * len("été on été ".encode())


def kept_by_hand(blocks, n, band, size):
    """Share of held-out types that are there, over the average over all draws of ``size`` training blocks."""

    def grams(rows):
        return [tuple(r[i : i + n]) for r in rows for i in range(len(r) - n + 1) if min(r[i : i + n]) >= 0]

    rows = {key: [r.tolist() for r in part] for key, part in (("t", SOURCE.training), ("h", SOURCE.heldout))}
    often = Counter(grams(rows["t"]) + grams(rows["h"]))
    low, high = {"rare": (1, 3), "middling": (4, 31), "frequent": (32, 10**9), None: (0, 10**9)}[band]
    types = {g for g in set(grams(rows["h"])) if low <= often[g] <= high}
    rng = np.random.default_rng(3)
    found = []
    for _ in range(800):
        chosen = rng.permutation(60)[:size]
        found.append(len(types & set(grams([rows["t"][i] for i in chosen]))))
    error = np.std(found) / np.sqrt(len(found))
    return len(types & set(grams([b.tolist() for b in blocks]))), np.mean(found), error


KEPT = {
    f"{what}_kept" + (f"_{band}" if band else ""): (n, band)
    for n, what in ((1, "tokens"), (2, "pairs"), (3, "triples"))
    for band in (None, "rare", "middling", "frequent")
}


def test_bands_without_types_have_no_metric():
    assert sum(find_metric(name).suits(REAL, None) for name in KEPT) == 9


@pytest.mark.parametrize("name", [name for name in KEPT if find_metric(name).suits(REAL, None)])
def test_types_kept_are_counted_against_what_as_much_real_text_keeps(name):
    n, band = KEPT[name]
    written = made(20, seed=5)
    there, mean, error = kept_by_hand(written, n, band, 20)
    seen = measured(name, written[None])[0]
    # A type that every one of 800 draws had may still be missing from one in 200.
    assert abs(seen * mean - there) < 5 * error * max(seen, 1) + 0.005 * mean


def test_fresh_real_text_keeps_as_much_as_real_text_does():
    seen = []
    rng = np.random.default_rng(0)
    for _ in range(400):
        blocks = draw(SOURCE.training, 25, 1, rng, "training").values
        seen.append([measured(name, blocks)[0] for name in ("pairs_kept", "triples_kept", "triples_kept_rare")])
    seen = np.array(seen)
    assert (abs(seen.mean(axis=0) - 1) < 5 * seen.std(axis=0) / np.sqrt(len(seen)) + 1e-12).all()


def test_writing_everything_is_keeping_everything():
    all_letters = np.array(list(itertools.product(range(1, 6), repeat=3)), dtype=np.int32)[None]
    look = Look(Writes(all_letters), REAL, 125, RNG)
    assert find_metric("triples_kept").measure(look)[0] >= 1


def test_missing_mass_entropy_and_zipf_on_known_counts():
    counts = np.array([1, 1, 2, 4, 0, 0])
    row = np.repeat(np.arange(6), counts)[None, None]
    np.testing.assert_allclose(measured("missing_mass", row), 2 / 8)
    p = counts[counts > 0] / 8
    np.testing.assert_allclose(measured("token_entropy", row), -(p * np.log(p)).sum())
    zipf = np.repeat(np.arange(5), np.round(6000 / np.arange(1, 6)).astype(int))[None, None]
    np.testing.assert_allclose(measured("zipf_slope", zipf), -1.0, atol=1e-3)


def test_a_model_that_writes_nothing_is_measured_all_the_same():
    nothing = np.full((1, 9, 12), -1)
    for name in ("distinct_pairs", "pairs_kept", "missing_mass", "token_entropy", "self_repetition", "sentence_spread"):
        assert measured(name, nothing)[0] == 0, name
    assert np.isnan(measured("zipf_slope", nothing)[0])
    assert np.isfinite(measured("compression", nothing)[0])
    np.testing.assert_allclose(measured("written_perplexity", nothing), 4.0)


def test_different_pairs_are_counted_in_the_same_amount_of_text():
    blocks = np.array([[1, 2, 1, 2], [1, 2, 3, -1], [4, 5, 4, 1]])
    assert distinct_pairs(REAL, blocks, 4) == 2 / 3
    assert distinct_pairs(REAL, blocks, 5) == 3 / 5
    assert distinct_pairs(REAL, blocks, 100) == 6 / 8
    same = measured("distinct_pairs", np.ones((1, 30, 12), dtype=int))[0]
    assert same < measured("distinct_pairs", made(30, seed=9)[None])[0]


def test_compression_is_that_of_zlib_in_fixed_blocks():
    blocks = made(3000, seed=4)
    raw = "\n".join(LETTERS.decode(b[b >= 0].tolist()) for b in blocks).encode()
    whole = [raw[i : i + BLOCK] for i in range(0, len(raw) - BLOCK + 1, BLOCK)]
    assert len(whole) > 1
    assert compress(REAL, blocks) == sum(len(zlib.compress(w)) for w in whole) / (BLOCK * len(whole))
    assert measured("compression", np.ones((1, 300, 12), dtype=int))[0] < 0.3


def test_self_repetition_counts_what_stands_in_other_blocks():
    blocks = np.array([[[1, 2, 3, 4, 5], [1, 2, 3, 4, 1], [5, 5, 5, 5, 5]]])
    np.testing.assert_allclose(measured("self_repetition", blocks), 2 / 6)


def test_sentences_run_from_stop_to_stop():
    stop = int(np.flatnonzero(LETTERS.stops)[0])
    blocks = np.array([[1, stop, 1, stop, 1, 1, 1, stop], [stop, 1, 1, -1, -1, -1, -1, -1]])
    assert spread(REAL, blocks) == 1.0


def test_what_is_written_is_judged_by_generation_0():
    blocks = SOURCE.training[None]
    even = Writes(blocks, 1 / 16)
    np.testing.assert_allclose(measured("written_perplexity", blocks, first=even), 16.0, rtol=1e-12)
    for name in ("written_perplexity_low", "written_perplexity_high"):
        np.testing.assert_allclose(measured(name, blocks, first=even), 16.0, rtol=1e-12)


def test_a_loop_left_alone_predicts_ever_worse_and_one_that_accumulates_hardly():
    from kellet import Accumulate, Replace

    ends = {}
    for regime in (Replace(), Accumulate()):
        loop = generations(
            worlds.Text(), NGram(2, vocabulary=worlds.Text().open(1).tokeniser.size), size=300, regime=regime,
            replicates=2, rng=np.random.default_rng(0),
        )  # fmt: skip
        real = real_of(worlds.Text().open(1))
        seen = [find_metric("perplexity").measure(Look(next(loop).model, real, 50, RNG)) for _ in range(4)]
        assert (np.diff(seen, axis=0) > 0).all()
        ends[type(regime)] = seen[-1] / seen[0]
    # By how much depends on the text, which is another one with every Python; loops of one kind scatter far less (the
    # range of two values is 1.1 standard deviations on average).
    assert ends[Replace].min() > ends[Accumulate].max() + 3 * max(np.ptp(ratio) for ratio in ends.values())


def test_specimens_hold_what_a_page_shows():
    source = Corpus(*(made(80, 40, s) for s in range(3)), 1, tokeniser=LETTERS)
    real = real_of(source)
    family = NGram(2, vocabulary=LETTERS.size)
    model = family.fit(family.summarise(Points(source.training[None])))
    shown = specimen(Look(model, real, 30, RNG), np.random.default_rng(0))
    assert shown["written"].shape == (30, 40)
    assert shown["continued"].shape == (PROMPTS, 40)
    real_start = {tuple(row[:PROMPT]) for row in source.heldout.tolist()}
    assert {tuple(row[:PROMPT]) for row in shown["continued"].tolist()} <= real_start
    for n, gone in zip((1, 2, 3), shown["lost"], strict=True):
        first = shown[f"lost_{n}"]
        assert first.shape == (10,)
        assert (first >= 0).sum() == min(10, gone)


def test_lost_ngrams_come_most_frequent_first():
    texts = RealText(LETTERS, SOURCE.training, SOURCE.reserve, SOURCE.heldout)
    times = texts.types(2).times
    assert (np.diff(times) <= 0).all()
    without = SOURCE.training[~(SOURCE.training == 1).any(axis=1)]
    lost = texts.find_missing(without, 2)
    gone = [texts.spell_gram(int(texts.types(2).common[i]), 2) for i in lost]
    assert (np.diff(lost) > 0).all()
    assert "a" in gone[0]
    assert "aa" in gone
    there = {pair for row in without for pair in itertools.pairwise(LETTERS.decode(row.tolist()))}
    assert not {tuple(pair) for pair in gone} & there


def test_specimens_are_placed_by_their_perplexity_under_generation_0():
    first, later = Writes(made(40)[None], chance=0.5), Writes(made(40, seed=5)[None], chance=0.1)
    shown = specimen(Look(first, REAL, 40, RNG, first), np.random.default_rng(0))
    assert np.allclose(shown["surprise"], np.log(2)), "all that is written costs a bit a token"
    assert shown["real_surprise"].shape == (len(REAL.heldout),)
    shown = specimen(Look(later, REAL, 40, RNG, first), np.random.default_rng(0))
    assert np.allclose(shown["surprise"], np.log(2)), "generation 0 judges, not the model itself"
    assert "real_surprise" not in shown
