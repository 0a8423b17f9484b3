"""A profile's file is what it was, and whatever else is refused in one line."""

import hashlib
import json

import numpy as np
import polars as pl
import pytest

from kellet.errors import InputError
from kellet.profile.file import DIGEST, read, write
from kellet.profile.hashes import hash_words
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import Tally


def make(n=3000, most=500):
    rng = np.random.default_rng(1)
    words = [f"wört {i}" for i in rng.zipf(1.3, n)]
    groups, documents = deal(n)
    keys = hash_words(words, "kellet")
    names = pl.DataFrame({"key": keys, "name": words})
    tallies = {
        "value:a": Tally.of(keys, groups, rng.integers(1, 1000, n), names, most),
        "b": Tally.of(keys[:0], groups[:0]),
    }
    return Profile(documents, tallies, settings={"z": 1, "a": 0.5, "m": "x"})


def assert_same(one, other):
    assert (one.things, one.dealing, one.salt, one.settings) == (
        other.things,
        other.dealing,
        other.salt,
        other.settings,
    )
    assert (one.documents == other.documents).all()
    assert list(one.tallies) == list(other.tallies)
    for kind, mine in one.tallies.items():
        theirs = other.tallies[kind]
        assert mine.rows.equals(theirs.rows)
        assert mine.rows.schema == theirs.rows.schema
        assert mine.names.equals(theirs.names)
        assert (mine.totals == theirs.totals).all()
        assert (mine.level, mine.most, mine.spelt) == (theirs.level, theirs.most, theirs.spelt)


def test_a_profile_comes_back_bit_for_bit_and_gives_the_same_bytes(tmp_path):
    profile = make()
    write(profile, tmp_path / "a.kprof")
    again = read(tmp_path / "a.kprof")
    assert profile.tallies["value:a"].level > 0
    assert_same(profile, again)
    write(again, tmp_path / "b.kprof")
    assert (tmp_path / "a.kprof").read_bytes() == (tmp_path / "b.kprof").read_bytes()
    assert_same(profile + profile, again + again)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_bytes_are_those_that_are_documented(tmp_path):
    tally = Tally.of(np.array([7, 7, 300], np.uint64), np.array([1, 2, 1]), np.array([1, 256, 2]))
    documents = np.zeros(240, np.int64)
    documents[1:3] = 1
    write(Profile(documents, {"words": tally}), tmp_path / "a.kprof")
    raw = (tmp_path / "a.kprof").read_bytes()
    length = int.from_bytes(raw[12:16], "little")
    assert raw[:12] == b"\x89kprof\r\n\2\0\0\0"
    assert json.loads(raw[16 : 16 + length])["tallies"][0] == {
        "kind": "words", "keys": 2, "rows": 3, "large": 1, "names": 0, "letters": 0, "level": 0, "most": 1048576,
        "spelt": 1048576,
        "ordered": False,
    }  # fmt: skip
    rest = raw[16 + length + 2 * 240 * 8 : -DIGEST]
    assert rest == bytes([7, *[0] * 7, 44, 1, *[0] * 6, 2, 1, 1, 2, 1, 1, 0, 2, 0, 1, *[0] * 6])
    assert raw[-DIGEST:] == hashlib.blake2b(raw[:-DIGEST], digest_size=DIGEST).digest()


def test_what_is_cut_or_damaged_is_refused_in_one_line(tmp_path):
    write(make(200), tmp_path / "a.kprof")
    raw = (tmp_path / "a.kprof").read_bytes()
    damaged = tmp_path / "b.kprof"
    rng = np.random.default_rng(2)
    for cut in [*range(40), *rng.integers(40, len(raw), 30)]:
        damaged.write_bytes(raw[:cut])
        with pytest.raises(InputError) as told:
            read(damaged)
        assert "\n" not in str(told.value)
    for place in [*range(200), *rng.integers(0, len(raw), 200)]:
        other = bytearray(raw)
        other[place] ^= 1 << int(rng.integers(8))
        damaged.write_bytes(other)
        with pytest.raises(InputError):
            read(damaged)
    damaged.write_bytes(raw + b"x")
    with pytest.raises(InputError, match="not as long as it says"):
        read(damaged)


def forge(path, raw, change):
    """A file with a right checksum whose header or data are others."""
    length = int.from_bytes(raw[12:16], "little")
    header, data = json.loads(raw[16 : 16 + length]), bytearray(raw[16 + length : -DIGEST])
    change(header, data)
    front = json.dumps(header).encode()
    whole = raw[:12] + len(front).to_bytes(4, "little") + front + bytes(data)
    path.write_bytes(whole + hashlib.blake2b(whole, digest_size=DIGEST).digest())


FORGERIES = {
    "it is not as long as it says": lambda header, data: header["tallies"][0].update(keys=1 << 50),
    "a part of less than nothing": lambda header, data: header["tallies"][0].update(keys=-1),
    "the level 64": lambda header, data: header["tallies"][0].update(level=64),
    "keys out of order": lambda header, data: data.__setitem__(slice(3840, 3848), b"\xff" * 8),
    "rows that belong to no key": lambda header, data: data.__setitem__(3856, 3),
    "groups out of order": lambda header, data: data.__setitem__(3858, 9),
    "groups that are none": lambda header, data: data.__setitem__(3860, 240),
    "counts that are missing": lambda header, data: data.__setitem__(3861, 0),
    "counts that can't be": lambda header, data: data.__setitem__(3865, 0),
    "totals that are too small": lambda header, data: data.__setitem__(1928, 1),
    "numbers of documents that can't be": lambda header, data: data.__setitem__(7, 255),
    "Expected `str`, got `int`": lambda header, data: header.update(salt=1),
    "unknown field `more`": lambda header, data: header.update(more=1),
    "utf-8": lambda header, data: data.__setitem__(-1, 255),
    "names of another length": lambda header, data: data.__setitem__(3882, 9),
}


@pytest.mark.parametrize("said", FORGERIES)
def test_hostile_files_are_refused(tmp_path, said):
    keys, groups = np.array([7, 7, 300], np.uint64), np.array([1, 2, 1])
    names = pl.DataFrame({"key": [7], "name": ["a"]}, {"key": pl.UInt64, "name": pl.String})
    tally = Tally.of(keys, groups, np.array([1, 256, 2]), names)
    write(Profile(np.ones(240, np.int64), {"words": tally}), tmp_path / "a.kprof")
    forge(tmp_path / "b.kprof", (tmp_path / "a.kprof").read_bytes(), lambda header, data: None)
    read(tmp_path / "b.kprof")
    forge(tmp_path / "b.kprof", (tmp_path / "a.kprof").read_bytes(), FORGERIES[said])
    with pytest.raises(InputError) as told:
        read(tmp_path / "b.kprof")
    assert said in str(told.value)


def test_another_version_and_what_is_no_profile_are_named(tmp_path):
    write(make(20), tmp_path / "a.kprof")
    raw = bytearray((tmp_path / "a.kprof").read_bytes())
    raw[8] = 3
    (tmp_path / "a.kprof").write_bytes(raw)
    with pytest.raises(InputError, match=r"expected a profile of version 2; got one of version 3 in .*a\.kprof"):
        read(tmp_path / "a.kprof")
    (tmp_path / "b.kprof").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"which is none\. Try making one by `kellet profile`"):
        read(tmp_path / "b.kprof")
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "c.kprof")
    with pytest.raises(InputError, match="a path to which a profile can be written"):
        write(make(20), tmp_path / "none" / "a.kprof")
