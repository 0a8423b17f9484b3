"""What is found in a corpus depends on its documents, and on nothing else: not on files, their order, or who counts."""

import gzip
import random
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kellet import InputError
from kellet.audit.rule import make_rule
from kellet.estimate import gathering, sample, slicing
from kellet.estimate.slices import pool
from kellet.experiment.documents import are_texts
from kellet.experiment.estimating import estimate
from kellet.experiment.running.engines import local

DATA = Path(__file__).parents[1] / "estimate"


def load(name):
    return gzip.decompress((DATA / f"raid_{name}.txt.gz").read_bytes()).decode().splitlines()


HUMAN, CHAT, LLAMA = map(load, ("human", "chatgpt", "llama-chat"))
MODEL = {"chatgpt": CHAT[:40], "llama": LLAMA[:40]}
CORPUS = HUMAN[70:] + CHAT[40:] + LLAMA[40:]
TRUTH = 40 / 90


def ask(corpus=CORPUS, human=HUMAN[:70], model=MODEL, **settings):
    return estimate(corpus, human=human, model=model, **settings)


@pytest.fixture(scope="module")
def found():
    return ask()


def same(one, other):
    return replace(one, corpus="") == replace(other, corpus="")


def test_the_share_of_real_text_is_found(found):
    assert found.whole.verdict != "not identifiable"
    assert 0.2 < found.whole.low <= TRUTH <= (found.whole.high or 1)
    assert all(abs(one.share - TRUTH) < 0.15 for one in found.whole.readings)
    assert (found.whole.documents, found.human_documents, found.things) == (90, 70, "documents")
    assert [(one.name, one.documents) for one in found.writers] == [("chatgpt", 40), ("llama", 40)]
    assert min(one.detected for one in found.writers) > 0.8
    assert ask(bound_only=True).whole.verdict == "bound only"


def test_files_their_order_and_who_counts_change_nothing(found, tmp_path):
    mixed = random.Random(0).sample(CORPUS, len(CORPUS))
    for place in range(6):
        pl.DataFrame({"text": mixed[place::6]}).write_ndjson(tmp_path / f"{place}.jsonl")
    (tmp_path / "human").mkdir()
    for place in range(2):
        (tmp_path / "human" / f"{place}.txt").write_text("\n".join(HUMAN[place:70:2]))
    human = str(tmp_path / "human" / "*.txt")
    assert same(ask(str(tmp_path / "*.jsonl"), human), found)
    files = [tmp_path / f"{place}.jsonl" for place in (3, 1, 0, 2, 5, 4)]
    shares = []
    model = {name: pl.DataFrame({"prose": texts}) for name, texts in MODEL.items()}
    both = ask(files, tmp_path / "human", model, jobs=2, progress=lambda name, share: shares.append(share))
    assert same(both, found)
    assert shares[-1] == 1
    with local(1) as pool:
        assert same(ask(files, executor=pool), found)


def test_documents_of_references_repeated_and_empty_ones_are_told():
    corpus = [*CORPUS, *HUMAN[:3], CHAT[0].upper(), CORPUS[0], CORPUS[0], "Too short.", ""]
    human = [*HUMAN[:70], HUMAN[5], CHAT[0], "Too short, too."]
    some = ask(corpus, human)
    removed = some.removed
    assert (removed.known, removed.both, removed.repeated, removed.empty) == (3, 1, 1, 3)
    assert some.whole.documents == 93
    assert any(note.startswith("2 documents of the corpus are there for another time") for note in some.notes)


def test_slices_add_up_and_are_pooled():
    frame = pl.DataFrame({"text": CORPUS, "source": ["web"] * 45 + ["books"] * 45, "day": ["2020-01-05"] * 90})
    some = ask(frame, by="source")
    assert {one.value: one.finding.documents for one in some.slices} == {"web": 45, "books": 45}
    answered = [one for one in some.slices if one.finding.verdict == "answered"]
    assert answered
    assert all((one.pooled is not None) == (one in answered) for one in some.slices)
    assert [(one.value, one.finding.documents) for one in ask(frame, by="day").slices] == [("2020-01", 90)]
    assert sum(one.finding.documents for one in ask(frame, by="length").slices) == 90
    assert [one.value for one in ask(frame, by="script").slices] == ["Latin"]
    assert [one.finding.documents for one in ask(frame, by="file").slices] == [90]


def test_slices_beyond_the_largest_are_the_others(monkeypatch):
    monkeypatch.setattr(slicing, "MOST", 2)
    frame = {"text": CORPUS, "source": ["a"] * 40 + ["b"] * 30 + ["c"] * 15 + [None] * 5}
    assert [(one.value, one.finding.documents) for one in ask(frame, by="source").slices] == [
        ("a", 40),
        ("b", 30),
        ("(others)", 20),
    ]


def write(signs, seed, many, size=60):
    """Documents of signs, of which each author has their own habits."""
    rng = np.random.default_rng(seed)
    rate = rng.dirichlet(np.full(len(signs), 0.3), len(signs))
    documents = []
    for _ in range(many):
        place, text = 0, []
        for _ in range(size):
            place = rng.choice(len(signs), p=0.5 * rate[place] + 0.5 / len(signs))
            text.append(signs[place])
        documents.append("".join(text))
    return documents


def test_a_language_without_spaces_and_one_that_references_do_not_speak():
    signs = [chr(0x4E00 + i) for i in range(40)]
    human, model = write(signs, 1, 120), write(signs, 2, 80)
    corpus = human[80:] + model[60:]
    some = ask(corpus, human[:80], {"a": model[:60]})
    assert some.whole.verdict == "answered"
    assert some.whole.low <= 1 / 3 <= some.whole.high
    foreign = ask(corpus, HUMAN[:70], MODEL)
    assert foreign.whole.verdict == "not identifiable"
    assert "another language" in foreign.whole.reasons[0]
    assert (foreign.phrases, foreign.exit_code) == ((), 3)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"corpus": CORPUS[:1]}, "a corpus of 20 documents or more; got 1. Try"),
        ({"corpus": ["", "short"]}, "got 0, besides 0 that are in the references and 2 of fewer than 20 words"),
        ({"human": HUMAN[:49]}, 'at least 50 different human documents of 20 words or more; got 49. Try 1 more'),
        ({"model": {"x": CHAT[:29] + CHAT[:5]}}, 'at least 30 different "x" documents of 20 words or more; got 29'),
        ({"model": {"x": HUMAN[:40]}}, "human and model text that differ; got references of which 100 % are the same"),
        ({"model": {"x": CHAT[:40], "y": HUMAN[:25] + CHAT[40:60]}}, "of which 56 % are the same"),
        ({"model": None}, "100 human documents or more of one period; got 70"),
        ({"model": {}, "human": None}, "or the column of its dates; got neither"),
        ({"human": None}, "text that people wrote; got none. Try --human FILE"),
        ({"by": "colour"}, "\"length\", \"script\" or \"file\" to divide by; got 'colour'"),
        ({"corpus": {"text": CORPUS, "a": list(range(90))}, "by": "b"}, 'one of the columns "text", "a", or'),
        ({"corpus": {"a": list(range(90))}}, "only one column of text"),
        ({"corpus": "nowhere.txt"}, "nowhere.txt, where nothing is"),
        ({"corpus": ["nowhere.txt"]}, "nowhere.txt, where nothing is"),
        ({"corpus": {"text": CORPUS}, "text": "body"}, "'body'"),
        ({"jobs": 0}, "jobs"),
        ({"seed": "x"}, "seed"),
        ({"seed": -1}, "a seed from 0"),
        ({"seed": 10**12}, "a seed from 0"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_one_line(settings, told):
    with pytest.raises(InputError) as error:
        ask(**settings)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_few_documents_are_no_answer():
    assert ask(CORPUS[:19]).whole.verdict == "not identifiable"


def test_as_many_references_are_used_as_there_is_room_for(monkeypatch):
    monkeypatch.setattr(gathering, "MOST", 60)
    some = ask()
    assert some.human_documents == 60
    assert [one.documents for one in some.writers] == [30, 30]
    assert some.notes[0] == "Of 70 different human documents 60 were used, chosen by their hashes."
    assert len(some.notes) == 3


def test_documents_of_a_writer_are_the_same_in_any_order(monkeypatch):
    monkeypatch.setattr(gathering, "MOST", 10)
    for room in (1 << 20, 12_000):
        kept = []
        for seed in range(3):
            one = gathering.Gathering(make_rule(), room)
            mixed = random.Random(seed).sample(HUMAN, 120)
            for start in range(0, 120, 17 + seed):
                one.add(pl.Series(mixed[start : start + 17 + seed]))
            kept.append(one.kept)
        assert kept[0].equals(kept[1])
        assert kept[0].equals(kept[2])
        assert 0 < len(kept[0]) <= 20


def test_long_references_are_cut_and_still_known():
    long = " ".join(HUMAN[:60])
    short = gathering._shorten(pl.Series("text", [long, HUMAN[0], "字" * 20_000]))
    assert short.str.len_chars().to_list() == [12_003, len(HUMAN[0]), 12_003]
    assert short[0].endswith(long[-3000:])


def test_samples_add_in_any_order(monkeypatch):
    monkeypatch.setattr(sample, "ROOM", 100)
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**64, 5000, np.uint64)
    hashes = np.concatenate([hashes, hashes[:2500]])
    whole = sample.Sample.of(hashes)
    parts = [sample.Sample.of(part) for part in np.array_split(rng.permutation(hashes), 7)]
    added = sum(parts[1:], parts[0])
    assert added.level == whole.level
    assert (added.hashes == whole.hashes).all()
    assert (added.counts == whole.counts).all()
    # 50 to 100 are looked at: five standard deviations.
    assert abs(whole.different / 5000 - 1) < 0.7
    assert abs(whole.share_in(sample.Sample.of(hashes[:2500])) - 0.5) < 0.36


def test_lists_are_texts_unless_they_may_be_paths(tmp_path):
    (tmp_path / "some words").write_text("x")
    assert are_texts(CORPUS)
    assert are_texts(["我们去看看" * 99])
    assert not are_texts([f"{tmp_path}/some words", "a.txt"])
    assert not are_texts(["a.txt", "b/*.txt", "s3://x/y"])
    assert not are_texts([])


def test_dates_are_months_or_where_there_are_many_years():
    values = pl.Series([f"{2010 + i // 12}-{1 + i % 12:02}-03" for i in range(60)] + [None])
    few, many = values[:30], values
    for some, form, names in ((few, "%Y-%m", 30), (many, "%Y", 6)):
        one = slicing.choose("day", some, ["day"], [], np.array([1]))
        counts = Counter()
        slicing.count_values(counts, one.read(some.to_frame("day")))
        settled = one.settle(counts)
        assert (settled.form, len(settled.names)) == (form, names)
        found = settled.find(some.to_frame("day"), some, np.ones(len(some)), "")
        assert (np.bincount(found, minlength=settled.many)[:-1] > 0).all()
        assert settled.find(pl.DataFrame({"day": ["1850-01-01"]}), some[:1], np.ones(1), "").tolist() == [names]
    assert slicing.choose("year", pl.Series([2019, 2020]), ["year"], [], np.array([1])).style is None
    assert slicing.choose("day", pl.Series([date(2020, 1, 1)]), ["day"], [], np.array([1])).style == ""


def test_scripts_are_told():
    texts = ["A few words", "Несколько слов", "これは本です", "我们去看看", "ภาษาไทย", "123 !", "بضع كلمات"]
    sliced = slicing.choose("script", None, [], [], np.array([1]))
    names = [*sliced.names, "(others)"]
    found = sliced.find(None, pl.Series(texts), np.ones(7), "")
    assert [names[i] for i in found] == ["Latin", "Cyrillic", "Japanese", "Chinese", "Thai", "(others)", "Arabic"]


def test_pooling_draws_slices_that_say_little_to_the_others():
    alike = pool([0.1, 0.1, 0.4], [0.08, 0.05, 0.0], [0.12, 0.15, 0.9])
    assert alike.chance > 0.1
    assert alike.spread == 0
    assert np.allclose(alike.shares, alike.mean)
    differ = pool([0.1, 0.5, 0.4], [0.08, 0.48, 0.0], [0.12, 0.52, 0.9])
    assert differ.chance < 1e-6
    assert abs(differ.shares[:2] - [0.1, 0.5]).max() < 0.01
    assert differ.mean < differ.shares[2] < 0.4 or 0.4 < differ.shares[2] < differ.mean
    assert pool([0.3], [0.2], [0.4]).shares.tolist() == [0.3]


def test_a_phrase_stands_for_its_words_and_its_evidence(found):
    names = [one.text for one in found.phrases]
    assert 0 < len(names) <= 20
    assert all(one.corpus > one.human and one.model > one.human for one in found.phrases)
    assert not [one for one in names for other in names if one != other and one in other.split()]
