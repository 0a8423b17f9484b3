"""Words are those of the rest of Kellet, and however a corpus is cut, its profile is the same."""

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kellet.audit.rule import make_rule
from kellet.data.segmentation import compile_words, segment
from kellet.profile import collector, tally
from kellet.profile import text as counting
from kellet.profile import words as finding
from kellet.profile.text import Text
from kellet.profile.words import LONGEST, find_words

TEXTS = (
    "It's “café”, 3.14! rock'n'roll ''quoted'' 'tis don’t stop_it x1",
    "我用 Python 写。これは本です", "ภาษาไทย กำ", "हिन्दी isn't 中文", "ПРИВЕТ, мир; Ελλάς ΣΟΦΟΣ",
    "col·lecció l·l·l a·b", 'צה"ל רמטכ״ל ב"ב"ב "שלום"',
    "a\u0301b \u0301x naïve ½ x² Ⅷ",
    "😀 emoji 👩‍👩‍👧 \ufdd2 a\ufdd2b",
    "Straße İstanbul ǅ ﬁn", "", " ... ", "a\nb\n\nc", "ཀ་ཁ ລາວ မြန်မာ ខ្មែរ", "می‌خواهم", "one",
)  # fmt: skip


def expect(text):
    """The words of `segment`, in lower case, without its single signs."""
    # Signs that stand beside words are taken by the last parts of the rule.
    signs = compile_words().pattern
    words = signs[: signs.rindex("|[\U0001f1e6")]
    import re

    return re.findall(words, text.lower())


def words_of(texts, by):
    found = {}
    for places, words in by(pl.Series(texts, dtype=pl.String), make_rule(), "s"):
        spelt = words.spell(np.arange(len(words.starts)))
        stops = np.cumsum(words.counts)
        for place, start, stop in zip(places.tolist(), stops - words.counts, stops, strict=True):
            found[place] = spelt[start:stop], words.hashes[start:stop].tolist()
    return found


def test_words_are_those_of_segmentation():
    found = words_of(TEXTS, find_words)
    for place, text in enumerate(TEXTS):
        assert found[place][0] == expect(text), text
        assert {*expect(text)} <= {*segment(text.lower())}


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.text(st.sampled_from("aZé'’·l\"״אבกำ我の\u0301\u200d1_ .\n😀ßĿ"), max_size=12), min_size=1, max_size=8)
)
def test_words_of_any_text_are_those_of_segmentation(texts):
    found = words_of(texts, find_words)
    for place, text in enumerate(texts):
        assert found[place][0] == expect(text), text


def test_a_word_has_one_hash_wherever_it_stands():
    texts = ["the sea", "the 我 sea", "naïve: the sea", "x " * 40_000 + "the sea"]
    hashes = [set(found[1]) for found in words_of(texts, find_words).values()]
    assert len(set.intersection(*hashes)) == 2
    assert len(set.union(*hashes)) == 5


def test_hashes_stay_what_they_are():
    # Profiles that lie on disks have them.
    text = Text(make_rule(), "kellet")
    text.add(pl.Series(["To be, 我"]), np.array([0]))
    found = {kind: dict(zip(one.names["name"], one.names["key"], strict=True)) for kind, one in text.take().items()}
    assert found["words"] == {"be": 1157873197430358016, "to": 6067122268116124160, "我": 9609642665022422016}
    assert found["2-grams"] == {"to be": 12119437261591639552, "be 我": 13268377577188264704}


def count(texts, cuts, most=1 << 20, start=0):
    text = Text(make_rule(), "s", most)
    for low, high in zip([0, *cuts], [*cuts, len(texts)], strict=True):
        text.add(pl.Series(texts[low:high], dtype=pl.String), (start + np.arange(low, high)) % 240)
    return text.take()


def assert_same(one, other):
    for kind, mine in one.items():
        theirs = other[kind]
        assert mine.rows.equals(theirs.rows), kind
        assert mine.names.equals(theirs.names), kind
        assert (mine.totals == theirs.totals).all()
        assert (mine.level, mine.most, mine.spelt) == (theirs.level, theirs.most, theirs.spelt)


def make(rng, documents=700):
    return [
        " ".join(f"w{i}" for i in rng.zipf(1.4, int(rng.integers(0, 40)))) + ("é" if rng.random() < 0.3 else "")
        for _ in range(documents)
    ]


@pytest.mark.parametrize("most", [1 << 20, 300])
def test_it_does_not_matter_how_a_corpus_is_cut(monkeypatch, most):
    texts = make(np.random.default_rng(3))
    whole = count(texts, [], most)
    assert (whole["3-grams"].level > 0) == (most == 300)
    assert_same(whole, count(texts, [1, 77, 78, 500], most))
    for name, value in (("BUFFER", 100), ("WAITING", 50), ("SLOTS", 16)):
        monkeypatch.setattr(collector, name, value)
    assert_same(whole, count(texts, list(range(1, 700, 9)), most))
    monkeypatch.setattr(counting, "STEP", 1000)
    monkeypatch.setattr(finding, "PIECE", 300)
    assert_same(whole, count(texts, [], most))


@pytest.mark.parametrize("most", [1 << 20, 300])
def test_parts_add_up_to_the_whole(monkeypatch, most):
    monkeypatch.setattr(tally, "ROWS", 2000)
    monkeypatch.setattr(counting, "NAMES", 200)
    texts = make(np.random.default_rng(4))
    whole = count(texts, [], most)
    assert whole["2-grams"].names.height <= 200 < count(texts, [])["words"].names.height
    first, second, third = (
        count(texts[:50], [], most),
        count(texts[50:600], [], most, 50),
        count(texts[600:], [], most, 600),
    )
    assert_same(whole, {kind: first[kind] + (second[kind] + third[kind]) for kind in whole})
    assert_same(whole, {kind: third[kind] + first[kind] + second[kind] for kind in whole})


def test_counts_are_those_of_counting():
    texts = make(np.random.default_rng(5), 300)
    found = count(texts, [100])
    for width, kind in enumerate(("words", "2-grams", "3-grams"), 1):
        expected = Counter()
        for i, text in enumerate(texts):
            words = expect(text)
            expected.update((" ".join(words[j : j + width]), i % 240) for j in range(len(words) - width + 1))
        names = dict(found[kind].names.rows())
        seen = {(names[key], group): n for key, group, n in found[kind].rows.rows() if key in names}
        if width == 1:
            assert seen == expected
        assert seen.items() <= expected.items()
        assert found[kind].rows.height == len(expected)
        assert found[kind].totals.sum() == expected.total()
    lengths = Counter(length for text in texts if 0 < (length := len(expect(text))) < 64)
    seen = found["length"].rows.group_by(pl.col("key") // 256).agg(pl.col("count").sum())
    assert {length: n for length, n in seen.rows() if length < 64} == lengths


def test_endless_words_end():
    found = words_of(["a" * 100_000 + " " + "a" * 100_001, "我" + "b" * 1000], find_words)
    assert [len(word) for word in found[0][0]] == [LONGEST, LONGEST]
    assert found[0][1][0] == found[0][1][1]
    assert len(found[1][0][1]) == LONGEST
