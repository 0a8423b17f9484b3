"""Copies, openings, lengths, repetition and compression: what one law allows, and what it doesn't."""

import numpy as np
import pytest

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Finding
from kellet.audit.texts import (
    Side,
    average,
    find_repeated,
    measure_compression,
    measure_texts,
    name_shared,
    read_words,
)
from kellet.profile.profile import Profile, deal
from kellet.profile.prose import tally_prose


def write(rng, many, size=3000):
    """Documents of a Zipf law that have their own favourite words, and lengths of their own."""
    p = 1 / np.arange(1, size + 1.0)
    lengths = rng.poisson(rng.gamma(6, 10, many)) + 5
    first = np.cumsum(lengths) - lengths
    favourites = rng.choice(size, lengths.sum(), p=p / p.sum())
    chosen = np.repeat(first, lengths) + rng.integers(np.repeat(lengths, lengths))
    words = np.array([f"w{i}" for i in range(size)])[favourites[chosen]]
    return [" ".join(words[start : start + n]) for start, n in zip(first, lengths, strict=True)]


def profile(texts, groups=None):
    groups, documents = deal(len(texts)) if groups is None else groups
    return Profile(documents, tally_prose(read_words(texts), groups, texts))


def audit(reference, candidate, many=199, seed=0):
    exchange = Exchange.of(profile(reference), profile(candidate), np.random.default_rng(seed), many)
    sides = [Side(texts, deal(len(texts))[0]) for texts in (reference, candidate)]
    return exchange, {m.measure: m for m in (*measure_texts(exchange), *measure_compression(exchange, *sides))}


def judge(measures):
    return {name: Finding.of(measured).verdict for name, measured in measures.items()}


RNG = np.random.default_rng(0)
REAL, OTHER = write(RNG, 480), write(RNG, 480)


def test_the_first_assignment_is_the_observed_one():
    candidate = [*OTHER[:460], *OTHER[:5], *REAL[:7], *("we show that it is so " + text for text in OTHER[:8])]
    exchange, measures = audit(REAL, candidate, 19)
    seen = {name: float(measured.values[0]) for name, measured in measures.items()}
    assert exchange.documents[1][0] == 480
    assert seen["duplicates"] == 10 / 480
    assert seen["duplicates_of_reference"] == 7 / 480
    assert seen["shared_openings"] == 8 / 480
    assert seen["near_duplicates"] >= 10 / 480
    quantiles = [np.quantile(read_words(side).lengths, (0.1, 0.5, 0.9)) for side in (REAL, candidate)]
    assert seen["length"] == pytest.approx(quantiles[1][1] / quantiles[0][1], rel=0.03)
    assert seen["length_spread"] == pytest.approx(np.ptp(quantiles[1]) / np.ptp(quantiles[0]), rel=0.05)
    assert 0.005 < seen["short_documents"] < 0.05
    assert 0.005 < seen["long_documents"] < 0.05


@pytest.mark.parametrize("sizes", [(240, 240), pytest.param((240, 480), marks=pytest.mark.slow)])
def test_false_alarms_are_as_many_as_they_should_be(sizes):
    rng, alarms, trials = np.random.default_rng(3), {}, 30
    for i in range(trials):
        # One in four stands there more than once, or begins or ends or goes on like others, as real texts do.
        pool = write(rng, 40)
        pool += [f"so it is {a} {b} {'and on and on ' * 9} that was it {b}" for a in "abcd" for b in "vwxyz"]
        mine, theirs = ([text if rng.random() < 0.75 else rng.choice(pool) for text in write(rng, n)] for n in sizes)
        for name, verdict in judge(audit(mine, theirs, 99, i)[1]).items():
            alarms[name] = alarms.get(name, 0) + (verdict not in ("pass", "inconclusive"))
    # 30 trials at 5 %: 13 or more, of any of 13 measures, have a chance below 1e-7.
    assert len(alarms) == 13
    assert max(alarms.values()) < 13, alarms


def test_copies_are_found():
    verdicts = judge(audit(REAL, [*OTHER[:430], *OTHER[:50]])[1])
    assert verdicts["duplicates"] == verdicts["near_duplicates"] == "more"
    assert verdicts["duplicates_of_reference"] == "pass"
    verdicts = judge(audit(REAL, [*OTHER[:430], *REAL[:50]])[1])
    assert verdicts["duplicates_of_reference"] == verdicts["near_duplicates_of_reference"] == "copied"
    assert verdicts["duplicates"] == "pass"


def test_near_copies_are_found():
    near = [text + " and so on" for text in OTHER[:60]]
    verdicts = judge(audit(REAL, [*OTHER[:420], *near])[1])
    assert verdicts["near_duplicates"] == "more"
    assert verdicts["duplicates"] == "pass"


def test_openings_that_return_are_found_and_named():
    candidate = [("As an AI language model, " if i % 8 == 0 else "") + text for i, text in enumerate(OTHER)]
    exchange, measures = audit(REAL, candidate)
    assert judge(measures)["shared_openings"] == "more"
    assert judge(measures)["shared_closings"] == "pass"
    (loss,) = name_shared(exchange, "opening")
    assert (loss.name, loss.reference, loss.candidate, loss.expected) == ("As an AI language model,", 0, 60, 0)
    assert not name_shared(exchange, "closing")


def test_lengths_that_change_are_found():
    cut = [" ".join(text.split()[:80]) for text in OTHER]
    verdicts = judge(audit(REAL, cut)[1])
    assert verdicts["length_spread"] == verdicts["long_documents"] == "lost"
    assert judge(audit(REAL, [f"{text} {text[::-1]}" for text in OTHER])[1])["length"] == "more"


def test_repetition_is_found_and_its_documents_named():
    banana = "So: " + "Eat a  banana! " * 300
    candidate = [banana if i % 16 == 3 else text for i, text in enumerate(OTHER)]
    verdicts = judge(audit(REAL, candidate)[1])
    assert verdicts["repetition"] == verdicts["repetitive_documents"] == "more"
    worst = find_repeated([*OTHER[:4], banana, "Ha ha ha ha ha ha ha ha. ", ""])
    assert [(one.document, one.times, one.excerpt) for one in worst] == [
        (5, 300, "Eat a banana!"),
        (6, 5, "Ha ha ha ha"),
    ]
    assert worst[0].share > 0.99
    assert not find_repeated(OTHER[:20])


def test_less_variety_compresses_better_at_any_size():
    poor = write(np.random.default_rng(5), 1440, 60)
    exchange, measures = audit(REAL, poor)
    assert exchange.documents[1][0] > 2 * exchange.documents[0][0]
    assert judge(measures)["compression"] == "lost"
    rich = measures["compression"]
    assert rich.values[0] < rich.fresh


def test_compression_does_not_depend_on_the_order_inside_a_group():
    exchange, measures = audit(REAL, OTHER, 19)
    groups = deal(480)[0]
    order = np.random.default_rng(0).permutation(480)
    shuffled = Side([REAL[i] for i in order], groups[order])
    (again,) = measure_compression(exchange, shuffled, Side(OTHER, groups))
    assert (again.values == measures["compression"].values).all()


def test_compression_is_the_size_of_blocks():
    rng = np.random.default_rng(0)
    noise = ["".join(chr(97 + i) for i in rng.integers(26, size=4096)) for _ in range(480)]
    measures = audit(noise, noise, 19)[1]
    # 26 letters need log2(26) of 8 bits; codes of whole bits somewhat more.
    assert np.log2(26) / 8 < measures["compression"].values[0] < 1.1 * np.log2(26) / 8


def test_too_little_to_compress_gives_nothing():
    short = ["yes", "no"] * 120
    measures = audit(short, short, 19)[1]
    assert "compression" not in measures
    assert set(judge(measures).values()) <= {"pass", "inconclusive"}


def test_means_of_groups_are_those_of_the_candidate():
    exchange = Exchange.of(profile(REAL), profile(OTHER), np.random.default_rng(0), 9)
    mine, theirs = exchange.grouping.many
    values = np.arange(mine + theirs, dtype=float)
    values[-1] = np.nan
    assert average(exchange, values)[0] == np.arange(mine, mine + theirs - 1).mean()
    assert np.isnan(average(exchange, np.full(mine + theirs, np.nan))).all()


def test_texts_without_any_word_are_measured_as_nothing():
    empty = [""] * 240
    exchange = Exchange.of(profile(empty), profile(empty), np.random.default_rng(0), 19)
    assert {Finding.of(m).verdict for m in measure_texts(exchange)} <= {"pass", "inconclusive"}
