"""Batches of a table: whatever they are, and whether there is room for all keys or not, the tallies are the same."""

import numpy as np
import polars as pl
import pytest

from kellet.errors import InputError
from kellet.profile import buckets, coding, counter, table
from kellet.profile.buckets import Buckets
from kellet.profile.columns import Column, order
from kellet.profile.file import read, write
from kellet.profile.profile import Pending, Profile
from kellet.profile.table import Table, profile_table
from kellet.profile.tally import FINE, Tally

COLUMNS = (
    Column("word", "category"),
    Column("other", "category"),
    Column("count", "discrete", (3.0, 9.0)),
    Column("size", "number", (0.0,)),
)


def make(n=900):
    rng = np.random.default_rng(3)
    gaps = pl.Series(rng.random(n) < 0.1)
    return pl.DataFrame(
        {
            "word": pl.Series(rng.zipf(1.4, n).clip(0, 400).astype(str)).set(gaps, None),
            "other": rng.choice(list("abc"), n),
            "count": pl.Series(rng.zipf(1.5, n).clip(0, 300).astype(float)).set(gaps, None),
            "size": rng.normal(size=n),
        }
    )


def count(frame, step):
    found, groups = Table(COLUMNS), np.arange(frame.height) % FINE
    for start in range(0, frame.height, step):
        found.add(frame[start : start + step], groups[start : start + step])
    return {kind: make() for kind, make in found.take().items()}


def assert_same(one, other):
    assert set(one) == set(other)
    for kind, mine in one.items():
        assert mine.rows.equals(other[kind].rows), kind
        assert mine.names.equals(other[kind].names), kind
        assert (mine.totals == other[kind].totals).all()
        assert (mine.level, mine.most, mine.spelt) == (other[kind].level, other[kind].most, other[kind].spelt)


@pytest.mark.parametrize("step", [1000, 240, 77])
def test_neither_batches_nor_room_matter(monkeypatch, step):
    frame = make()
    whole = count(frame, 900)
    assert whole["value:word"].names.height > 40
    assert_same(whole, count(frame, step))
    # From some batch on, keys are held by their hash alone.
    monkeypatch.setattr(counter, "WIDE", 20)
    monkeypatch.setattr(counter, "CELLS", 30)
    monkeypatch.setattr(coding, "WIDE", 20)
    monkeypatch.setattr(counter, "WAITING", 100)
    assert_same(whole, count(frame, step))


@pytest.mark.parametrize("step", [900, 77])
def test_too_many_numbers_share_buckets_alike(monkeypatch, step):
    frame = make()
    whole = count(frame, 900)
    for module in (buckets, table):
        monkeypatch.setattr(module, "BUCKETS", 32)
    found = count(frame, step)
    for kind in ("value:count", "pair:word|count"):
        assert found[kind].rows.equals(whole[kind].rows), kind
        assert found[kind].names.equals(whole[kind].names), kind
    for name in ("count", "size"):
        numbers = frame[name].drop_nulls().to_numpy()
        groups = np.flatnonzero(frame[name].is_not_null().to_numpy()) % FINE
        expected = Tally.of(order(numbers), groups, most=32, ordered=True)
        assert found[f"number:{name}"].rows.equals(expected.rows)
        assert 0 < found[f"number:{name}"].level == expected.level


def test_buckets_are_looked_up_in_a_table_or_searched(monkeypatch):
    numbers = np.random.default_rng(0).normal(size=3000)
    found = []
    for largest in (1 << 20, 0):
        monkeypatch.setattr(buckets, "LARGEST", largest)
        one = Buckets()
        for part in np.split(numbers, 10):
            one.add(part, np.arange(len(part)) % FINE, one.find_new(part))
        found.append(one.take())
    assert found[0].rows.equals(found[1].rows)
    assert found[0].totals.sum() == 3000


def test_columns_stand_in_the_file_and_are_not_believed(tmp_path):
    profile = profile_table(make(), COLUMNS)
    write(profile, tmp_path / "a.kprof")
    assert read(tmp_path / "a.kprof").columns == COLUMNS
    odd = {
        "a column that is there twice": (COLUMNS[0], COLUMNS[0]),
        "edges of 'x' that can't be": (Column("x", "number", (3.0, 1.0)),),
        "Invalid enum value": (Column("x", "emperor"),),
    }
    for said, columns in odd.items():
        write(Profile(profile.documents, {}, columns=columns), tmp_path / "b.kprof")
        with pytest.raises(InputError, match=said):
            read(tmp_path / "b.kprof")


def test_kinds_stand_in_one_order_whichever_was_met_first():
    frame = pl.DataFrame({"size": [1.0, 2.0, None, None], "count": [1.0, None, 2.0, None]})
    columns = (Column("size", "number"), Column("count", "number"))
    parts = [profile_table(frame[i : i + 2], columns) for i in (0, 2)]
    whole = profile_table(frame, columns)
    assert list((parts[0] + parts[1]).tallies) == list(whole.tallies)
    assert list((parts[1] + parts[0]).tallies) == list(whole.tallies)


def test_tallies_are_made_when_they_are_asked_for():
    made = []
    pending = Pending({"a": lambda: made.append(1)})
    assert (list(pending), len(pending), made) == (["a"], 1, [])
    assert pending["a"] is None
    assert made == [1]
