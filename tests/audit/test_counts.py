"""What others counted is, bit for bit, the profile that Kellet makes of the same documents."""

import random
from collections import Counter

import polars as pl
import pytest

import kellet
from kellet import InputError
from kellet.audit.rule import make_rule
from kellet.profile.file import write
from kellet.profile.profile import Profile
from kellet.profile.words import find_words

WORDS = [f"w{i}" for i in range(60)] + ["naïve", "don't", "it’s", "我", "straße", "0"]
KINDS = ("words", "2-grams", "3-grams", "length")


@pytest.fixture(scope="module")
def documents():
    rng = random.Random(0)
    return [rng.choices(WORDS, k=rng.choice([0, 1, 2, 5, 9, 70])) for _ in range(500)]


def count(documents):
    """As a database would."""
    found = Counter(("documents", None, i % 240) for i in range(len(documents)))
    for i, words in enumerate(documents):
        for n in (1, 2, 3):
            found.update((KINDS[n - 1], " ".join(words[j : j + n]), i % 240) for j in range(len(words) - n + 1))
        found["length", str(len(words)), i % 240] += 1
    rows = [(*key, many) for key, many in found.items()]
    columns = dict(zip(("kind", "name", "group", "count"), zip(*rows, strict=True), strict=True))
    return pl.DataFrame(columns).sample(fraction=1, shuffle=True, seed=1)


def expect(documents):
    whole = kellet.profile({"text": [" ".join(words) for words in documents]})
    tallies = {kind: tally for kind, tally in whole.tallies.items() if kind in KINDS}
    return Profile(whole.documents, tallies, whole.things, settings=whole.settings)


def raw(profile, folder):
    write(profile, folder / "some.kprof")
    return (folder / "some.kprof").read_bytes()


def sign(counts):
    """With keys as engines without unsigned numbers have them."""
    counts = counts.filter((pl.col("kind") != "length") | (pl.col("name") != "0"))
    hashes = {}
    for places, words in find_words(pl.Series(WORDS), make_rule(), "kellet"):
        hashes |= {WORDS[place]: key for place, key in zip(places.tolist(), words.hashes.tolist(), strict=True)}

    def hash_name(kind, name):
        if kind not in KINDS[:3]:
            return None if name is None else int(name) << 8
        first, *others = map(hashes.get, name.split())
        for other in others:
            first = mix((first * 0x9E3779B97F4A7C15 + other) % 2**64)
        return first

    keys = [hash_name(*row) for row in counts.select("kind", "name").iter_rows()]
    return counts.with_columns(pl.Series("key", keys, pl.UInt64).reinterpret(signed=True))


def mix(x):
    """SplitMix64, with Python's numbers."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        x = (x ^ (x >> shift)) * factor % 2**64
    return x


def test_counts_by_names_are_the_profile(documents, tmp_path):
    counts = count(documents)
    expected = raw(expect(documents), tmp_path)
    assert raw(kellet.profile_counts(counts), tmp_path) == expected
    # The same in several rows, and from a file.
    twice = pl.concat([counts.with_columns(pl.col("count") - 1), counts.with_columns(count=pl.lit(1, pl.Int64))])
    twice.write_parquet(tmp_path / "counts.parquet")
    assert raw(kellet.profile_counts(tmp_path / "counts.parquet"), tmp_path) == expected


def test_counts_by_keys_have_no_names(documents, tmp_path):
    counts = sign(count([[word for word in words if len(words) < 64] for words in documents]))
    found = kellet.profile_counts(counts.drop("name"))
    expected = expect([words if len(words) < 64 else [] for words in documents])
    assert raw(found, tmp_path) == raw(expected.redact(), tmp_path)
    assert raw(kellet.profile_counts(counts), tmp_path) == raw(expected, tmp_path)


def test_what_a_filter_left_out_is_counted_and_not_kept(documents, tmp_path):
    counts = sign(count(documents)).filter(pl.col("kind") != "length")
    low = (pl.col("key") >= 0) & (pl.col("key") < 2**62)
    kept = counts.with_columns(pl.when(low).then(pl.col("key", "name")))
    grouped = kept.group_by("kind", "key", "name", "group").agg(pl.col("count").sum())
    found = kellet.profile_counts(grouped, level=2)
    whole = expect(documents)
    raised = {kind: whole.tallies[kind].raise_to(2) for kind in KINDS[:3]}
    assert raw(found, tmp_path) == raw(Profile(whole.documents, raised, "rows", settings=whole.settings), tmp_path)
    with pytest.raises(InputError, match=r"keys below 2\^61, of level 3; got 2\^6[12]"):
        kellet.profile_counts(grouped, level=3)


def test_it_is_audited_against_a_profile_of_kellets(documents):
    found = kellet.profile_counts(count(documents))
    other = kellet.profile({"text": [" ".join(reversed(words)) for words in documents]})
    (look,) = kellet.audit(other, found).looks
    assert {"rare", "length"} <= {one.measure for one in look.findings} or look.findings


DOCUMENT = pl.DataFrame({"kind": ["documents"], "group": [0], "count": [1]})
ROW = {"kind": ["words"], "name": ["sea"], "group": [0], "count": [1]}
BAD = {
    "whole numbers as key; got those of type Float64": {"key": [0.5]},
    "whole numbers as group": {"group": ["a"]},
    "columns kind, key or name, group and count": {"name": None},
    "kinds of what is counted, ": {"kind": ["values"]},
    "got 'The'": {"name": ["The"]},
    "got 'the sea'": {"name": ["the sea"]},
    "got 'sea,'": {"name": ["sea,"]},
    "got '我用'": {"name": ["我用"]},
    "got 'e\u0301'": {"name": ["e\u0301"]},
    "2-grams in lower case": {"kind": ["2-grams"]},
    "got 'the, sea'": {"kind": ["2-grams"], "name": ["the, sea"]},
    "lengths of 1 or more words; got '-1'": {"kind": ["length"], "name": ["-1"]},
    "lengths of 1 or more words; got 'one'": {"kind": ["length"], "name": ["one"]},
    "keys as docs/profiles.md has them; got another one for 'sea'": {"key": [3]},
    "groups from 0 to 239": {"group": [240]},
    "got groups from 0 to 300": {"kind": ["documents"], "group": [300]},
    "counts of 0 or more": {"count": [-1]},
}


@pytest.mark.parametrize("said", BAD)
def test_what_is_none_is_told(said):
    row = {key: value for key, value in (ROW | BAD[said]).items() if value is not None}
    with pytest.raises(InputError) as told:
        kellet.profile_counts(pl.concat([pl.DataFrame(row), DOCUMENT], how="diagonal_relaxed"))
    assert said in str(told.value)


def test_more_that_is_none_is_told():
    with pytest.raises(InputError, match="how many documents there are in each group; got none"):
        kellet.profile_counts(ROW)
    with pytest.raises(InputError, match="a level from 0 to 63"):
        kellet.profile_counts(ROW, level=64)
