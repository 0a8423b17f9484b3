"""What is counted of texts beside their words."""

import numpy as np
import pytest

from kellet.audit.texts import read_words
from kellet.profile.profile import SALT, Profile, deal
from kellet.profile.prose import BAND, BINS, Words, bucket, fold, read_number, repeat, sign, tally_prose, widen


def write(rng, many, words=200, size=5000):
    """Documents of made-up words."""
    return [" ".join(f"w{i}" for i in rng.integers(size, size=words)) for _ in range(many)]


def profile(texts):
    groups, documents = deal(len(texts))
    return Profile(documents, tally_prose(read_words(texts), groups, texts))


def test_parts_add_up_to_the_whole():
    rng = np.random.default_rng(0)
    texts = [*write(rng, 20), "", *write(rng, 10, 3), "w1 w2", *write(rng, 3), "  ", "!"]
    whole = profile(texts)
    parts = profile(texts[:7]) + profile(texts[7:26]) + profile(texts[26:])
    assert whole.tallies.keys() == parts.tallies.keys()
    for kind, tally in whole.tallies.items():
        other = parts.tallies[kind]
        assert tally.rows.equals(other.rows), kind
        assert tally.names.equals(other.names), kind
        assert (tally.totals == other.totals).all()


def test_copies_are_the_same_key_whatever_their_case_and_space():
    keys = fold(read_words(["It is so.", "it  IS\nso.", "so is it.", "It is so", "It is so. It is so."]))
    assert keys[0] == keys[1]
    assert len(set(keys[1:].tolist())) == 4


def test_openings_and_closings_are_the_first_and_the_last_words():
    words = read_words(["a b c d e f g", "a b c d e z g", "x b c d e f g", "a b"])
    first, last = fold(words, 5), fold(words, 5, -1)
    assert (first == first[0]).tolist() == [True, True, False, False]
    assert (last == last[0]).tolist() == [True, False, True, False]


def test_names_are_what_is_written_there():
    tallies = profile(["As an  AI\nlanguage model, I can't.", "One two three four five six"]).tallies
    assert set(tallies["opening"].names["name"]) == {"As an AI language model,", "One two three four five"}
    assert set(tallies["closing"].names["name"]) == {"AI language model, I can't.", "two three four five six"}


def test_lengths_lie_in_narrow_buckets():
    values = np.arange(100_000)
    low = bucket(values).astype(int)
    width = widen(bucket(values)).astype(int)
    assert (np.diff(low) >= 0).all()
    assert ((low <= values) & (values < low + width)).all()
    assert (width <= np.maximum(values / 32, 1)).all()
    assert (low[:64] == values[:64]).all()


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("a b c d e f g h", 0.0),
        ("a b c d a b c d", 0.5),
        ("a b c x a b c y", 0.0),
        ("Eat a banana! " * 100, 1 - 4 / 400),
        ("no", 0.0),
        ("a b c d z a b c d", 4 / 9),
    ],
)
def test_what_was_said_before_is_repetition(text, share):
    # Another document that says the same doesn't count.
    assert repeat(read_words(["a b c d e f g h", text, text])).tolist() == pytest.approx([0, share, share])


def test_signatures_agree_as_often_as_documents_are_alike():
    rng = np.random.default_rng(1)
    length, pairs = 400, 300
    texts, similar = [], []
    for _ in range(pairs):
        one = rng.integers(10**9, size=length)
        other = one.copy()
        other[rng.choice(length, 5, replace=False)] = rng.integers(10**9, size=5)
        runs = [{tuple(words[i : i + 5]) for i in range(length - 4)} for words in (one, other)]
        similar.append(len(runs[0] & runs[1]) / len(runs[0] | runs[1]))
        texts += [one, other]
    keys = sign(Words(np.concatenate(texts).astype(np.uint64), np.arange(0, length * 2 * pairs + 1, length)))
    agree = (keys[::2] == keys[1::2]).mean(axis=1)
    expected = np.array(similar) ** BAND
    # Keys of one pair may lean on each other: the error is that of pairs.
    assert abs(agree.mean() - expected.mean()) < 5 * agree.std() / np.sqrt(pairs) + 0.01
    assert 0.4 < expected.mean() < 0.7


def test_short_documents_are_near_only_if_they_are_alike():
    keys = sign(read_words(["yes", "no", "yes it is", "a b c d e f", "a b c d e g", "YES"]))
    assert keys.shape == (6, BINS // BAND)
    same = (keys[:, None] == keys[None]).mean(axis=2)
    assert same[0, 5] == 1
    assert same[np.triu_indices(5, 1)].max() < 0.5


def test_texts_without_words_are_left_out():
    tallies = profile(["", "   ", "word"]).tallies
    assert {kind: int(tally.totals.sum()) for kind, tally in tallies.items()} == {
        "length": 1, "repetition": 1, "document": 1, "opening": 1, "closing": 1, "near": BINS // BAND,
    }  # fmt: skip
    assert all(tally.totals.sum() == 0 for tally in profile(["", " "]).tallies.values())


def test_salts_keep_keys_apart():
    assert not np.isin(read_words(["a b c"]).hashes, read_words(["a b c"], SALT + "!").hashes).any()


def test_numbers_leave_the_last_bits_of_a_key_alone():
    tallies = profile(["a b c d e", "a b c d a b c d"]).tallies
    for kind, expected in (("length", [5, 8]), ("repetition", [0, 50])):
        assert (tallies[kind].keys % 256 == 0).all()
        assert read_number(tallies[kind].keys).tolist() == expected
