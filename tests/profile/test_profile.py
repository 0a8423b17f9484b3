"""Profiles of parts add up to that of the whole, bit for bit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kellet.errors import InputError
from kellet.profile.hashes import hash_words
from kellet.profile.profile import Profile, deal
from kellet.profile.tally import Tally


def profile(words, most=50):
    groups, documents = deal(len(words))
    return Profile(documents, {"words": Tally.of(hash_words(map(str, words), "s"), groups, most=most)}, salt="s")


def same(one, other):
    mine, theirs = one.tallies["words"], other.tallies["words"]
    assert mine.rows.equals(theirs.rows)
    assert mine.level == theirs.level
    assert (mine.totals == theirs.totals).all()
    assert (one.documents == other.documents).all()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 300), min_size=2, max_size=900), st.data())
def test_parts_add_up_to_the_whole(words, data):
    cut = data.draw(st.integers(1, len(words) - 1))
    again = data.draw(st.integers(cut, len(words)))
    parts = [profile(part) for part in (words[:cut], words[cut:again], words[again:]) if part]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    same(whole, profile(words))


def test_too_many_keys_are_sampled_alike_everywhere():
    one, other = profile(range(1000)), profile(range(500, 1500))
    assert 0 < len(one.tallies["words"].keys) <= 50
    kept = set(one.tallies["words"].keys.tolist()), set(other.tallies["words"].keys.tolist())
    level = max(one.tallies["words"].level, other.tallies["words"].level)
    both = {k for k in kept[0] | kept[1] if k < 2 ** (64 - level)}
    shared = set(hash_words(map(str, range(500, 1000)), "s").tolist())
    assert both & shared == {k for k in kept[0] & kept[1] if k < 2 ** (64 - level)}


def test_profiles_of_other_salt_do_not_add():
    with pytest.raises(InputError, match="profiles of one salt, 's'; got 't'"):
        profile([1, 2]) + Profile(deal(2)[1], {}, salt="t")
