"""Losses that are planted are as large as they are said to be, and are found if they are large."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Finding, Measured
from kellet.audit.retention import RARE, sum_keys
from kellet.audit.selftest import KINDS, copy, move, plant, thin, try_out
from kellet.profile.hashes import hash_words
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import Tally


def draw(rng, many, size=400):
    p = 1 / np.arange(1, size + 1.0)
    return rng.choice(size, many, p=p / p.sum())


def table(rng, many=2000):
    names = [f"k{i}" if i else None for i in draw(rng, many)]
    return pl.DataFrame({"name": names, "height": rng.normal(size=many), "written": [f" {i}.5" for i in range(many)]})


def speak(rng, many=300, words=40):
    spelled = np.array(["W" + "".join(chr(97 + i // 26**k % 26) for k in range(3)) + "," for i in range(5000)])
    return tuple(" ".join(row) for row in spelled[draw(rng, (many, words), 5000)])


def rare_ones(values):
    return {value for value, count in Counter(values).items() if count <= RARE}


def words(texts):
    return [word for text in texts for word in text.lower().replace(",", "").split()]


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_a_share_of_rare_values_is_gone_and_little_else_has_changed(share):
    rng = np.random.default_rng(0)
    before = table(rng)
    after = plant(before, "rare", share, rng)
    rare = rare_ones(before["name"])
    gone = {*before["name"]} - {*after["name"]}
    assert gone <= rare
    assert len(gone) == round(share * len(rare))
    assert {*after["name"]} <= {*before["name"]}
    changed = before["name"].is_in(list(gone), nulls_equal=True)
    assert after["name"].filter(~changed).equals(before["name"].filter(~changed), null_equal=True)
    assert after["height"].equals(before["height"])
    assert after["written"].equals(before["written"])
    assert after.schema == before.schema


def test_a_share_of_rare_words_is_gone_and_signs_stay():
    rng = np.random.default_rng(1)
    before = speak(rng)
    after = plant(before, "rare", 0.5, rng)
    rare = rare_ones(words(before))
    gone = {*words(before)} - {*words(after)}
    assert gone <= rare
    assert len(gone) == round(0.5 * len(rare))
    assert [text.count(",") for text in after] == [40] * 300
    assert sum(one != other for one, other in zip(before, after, strict=True)) <= RARE * len(gone)


def test_what_is_rare_is_told_by_the_whole():
    rng = np.random.default_rng(2)
    half = pl.DataFrame({"name": ["often"] * 40 + ["seldom"] * 3 + ["crowd"] * 2 + ["once"]})
    rest = pl.DataFrame({"name": ["often"] * 33 + ["seldom"] * 3 + ["crowd"] * 10})
    lost = plant(half, "rare", 1.0, rng, pl.concat([half, rest]))
    assert set(lost["name"]) == {"often", "crowd"}
    assert set(plant(half, "rare", 1.0, rng)["name"]) == {"often"}


def test_a_cooled_law_is_the_one_of_that_temperature():
    rng = np.random.default_rng(3)
    codes, share, trials = draw(rng, 4000, 20), 0.2, 400
    counts = np.bincount(codes, minlength=20).astype(float)
    law = thin(counts, "cooled", share, rng, counts < 0)
    assert law == pytest.approx(counts ** (1 / 0.8) / (counts ** (1 / 0.8)).sum())
    moved = np.array([np.bincount(move(codes, law, rng), minlength=20) for _ in range(trials)])
    error = moved.std(axis=0) / np.sqrt(trials)
    assert (abs(moved.mean(axis=0) - 4000 * law) < 5.5 * error + 1e-9).all()
    # No more are moved than have to be.
    expected = 4000 * np.maximum(counts / 4000 - law, 0).sum()
    changed = [np.count_nonzero(move(codes, law, rng) != codes) for _ in range(trials)]
    assert abs(np.mean(changed) - expected) < 5.5 * np.std(changed) / np.sqrt(trials)


def test_numbers_end_at_their_quantiles_however_they_are_written():
    rng = np.random.default_rng(4)
    before = table(rng)
    after = plant(before, "cut", 0.2, rng)
    for name in ("height", "written"):
        old, new = (frame[name].cast(pl.String).str.strip_chars().cast(float).to_numpy() for frame in (before, after))
        low, high = np.quantile(old, (0.1, 0.9), method="nearest")
        assert new.min() >= low
        assert new.max() <= high
        inside = (old >= low) & (old <= high)
        assert (new[inside] == old[inside]).all()
        assert inside.mean() == pytest.approx(0.8, abs=0.002)
    assert after["name"].equals(before["name"])
    assert after.schema == before.schema


def test_texts_end_at_the_quantile_of_lengths():
    texts = tuple("word " * n for n in range(1, 101))
    cut = plant(texts, "cut", 0.5, np.random.default_rng(0))
    assert cut == (*texts[:50], *["word " * 49 + "word"] * 50)


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_copies_are_a_share_of_documents(share):
    places = copy(1000, share, np.random.default_rng(5))
    copies = places != np.arange(1000)
    assert np.count_nonzero(copies) == 1000 * share
    assert not copies[places].any()
    texts = tuple(f"t{i}" for i in range(1000))
    assert len({*plant(texts, "copies", share, np.random.default_rng(5))}) == 1000 * (1 - share)


@pytest.mark.parametrize("kind", KINDS)
def test_odd_data_stay_as_they_are(kind):
    rng = np.random.default_rng(6)
    odd = pl.DataFrame({"same": ["a"] * 9, "none": [None] * 9, "list": [[1]] * 9, "yes": [True] * 8 + [False]})
    assert plant(odd, kind, 0.5, rng).schema == odd.schema
    assert len(plant(("", " ", ""), kind, 0.5, rng)) == 3


def audit(reference, candidate):
    profiles = []
    for texts in (reference, candidate):
        groups, documents = deal(len(texts))
        each = np.repeat(groups, [len(text.split()) for text in texts])
        tally = Tally.of(hash_words([word for text in texts for word in text.split()], "s"), each)
        profiles.append(Profile(documents, {"words": tally}))
    exchange = Exchange.of(*profiles, np.random.default_rng(0), 199)
    yield Finding.of(Measured("rare", "words", "rare words", sum_keys(exchange, "words").rare_retention))


def test_great_losses_are_found_and_small_ones_are_not():
    texts = speak(np.random.default_rng(7), 960)
    trials = try_out(texts, audit, np.random.default_rng(8), ("rare",), (0.01, 0.9), 3)
    assert [(trial.kind, trial.share, trial.repeats) for trial in trials] == [
        (None, 0.0, 3), ("rare", 0.01, 3), ("rare", 0.9, 3)
    ]  # fmt: skip
    assert trials[2].found == 3
    assert trials[1].found <= 1
    assert [(one.measure, one.verdict) for one in trials[2].finders] == [("rare", "lost")]
