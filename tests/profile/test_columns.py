"""A table as tallies: whatever batches it comes in, it is counted as in one go."""

import datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kellet.errors import InputError
from kellet.profile.columns import BUCKETS, MOST_PAIRED, Column, choose_pairs, order, place
from kellet.profile.profile import deal
from kellet.profile.table import profile_table
from kellet.profile.tally import Tally

COLUMNS = (
    Column("sex", "category"),
    Column("age", "discrete", (20.0, 40.0)),
    Column("pay", "number", (0.0,)),
    Column("day", "date", (100.0,)),
    Column("id", "identifier"),
    Column("same", "constant"),
    Column("note", "text"),
)
WITHIN = {"sex": ("f", "m")}


def table(rng, n):
    some = rng.random(n) < 0.1
    return pl.DataFrame(
        {
            "sex": rng.choice(["f", "m", "x"], n),
            "age": pl.Series(rng.integers(0, 90, n).astype(float)).set(pl.Series(some), None),
            "pay": pl.Series(rng.standard_t(2, n)).set(pl.Series(some), None),
            "day": pl.Series(rng.integers(0, 300, n).astype(np.int32)).cast(pl.Date),
            "id": [str(i) for i in range(n)],
            "same": ["a"] * n,
            "note": ["some words"] * n,
        }
    )


def same(one, other):
    assert list(one.tallies) == list(other.tallies)
    assert (one.documents == other.documents).all()
    for kind, mine in one.tallies.items():
        theirs = other.tallies[kind]
        assert mine.rows.equals(theirs.rows), kind
        assert mine.names.equals(theirs.names), kind
        assert (mine.totals == theirs.totals).all(), kind
        assert (mine.level, mine.ordered) == (theirs.level, theirs.ordered), kind


@pytest.mark.parametrize("cuts", [(1,), (240,), (7, 300, 301, 555)])
def test_batches_add_up_to_the_whole(cuts):
    frame = table(np.random.default_rng(1), 600)
    parts = [frame[a:b] for a, b in zip((0, *cuts), (*cuts, 600), strict=True)]
    whole = profile_table(parts[0], COLUMNS, within=WITHIN)
    for part in parts[1:]:
        whole = whole + profile_table(part, COLUMNS, within=WITHIN)
    # The order of kinds is that in which they were met first.
    once = profile_table(frame, COLUMNS, within=WITHIN)
    assert set(whole.tallies) == set(once.tallies)
    whole = type(whole)(whole.documents, {kind: whole.tallies[kind] for kind in once.tallies})
    same(whole, once)


def test_each_value_is_counted_as_often_as_it_occurs():
    frame = table(np.random.default_rng(2), 500)
    tallies = profile_table(frame, COLUMNS, within=WITHIN).tallies
    for name in ("sex", "age", "same"):
        tally = tallies[f"value:{name}"]
        found = tally.rows.group_by("key").agg(pl.col("count").sum()).join(tally.names, "key")
        words = [str(value).removesuffix(".0") if value is not None else "(missing)" for value in frame[name]]
        names, counts = np.unique(words, return_counts=True)
        assert dict(zip(found["name"], found["count"], strict=True)) == dict(zip(names, counts, strict=True))
    assert tallies["value:pay"].names["name"].to_list() == ["(missing)"]
    assert not {kind for kind in tallies if kind.endswith((":id", ":note"))}
    women = frame.filter(pl.col("sex") == "f")
    assert tallies["value@sex=f:age"].totals.sum() == women.height
    assert tallies["number@sex=f:pay"].totals.sum() == women["pay"].count()


def test_pairs_are_counted_by_values_and_bins():
    frame = table(np.random.default_rng(3), 500)
    tally = profile_table(frame, COLUMNS).tallies["pair:sex|age"]
    found = tally.rows.group_by("key").agg(pl.col("count").sum()).join(tally.names, "key")
    counts = dict(zip(found["name"], found["count"], strict=True))
    assert counts["f, 20 to 40"] == frame.filter(sex="f").filter(pl.col("age").is_between(20, 40, closed="left")).height
    assert counts["m, 40 and more"] == frame.filter(sex="m").filter(pl.col("age") >= 40).height
    assert counts["x, (missing)"] == frame.filter(sex="x")["age"].null_count()
    assert sum(counts.values()) == 500


def test_of_many_columns_the_pairs_of_twelve_are_counted_categories_first():
    columns = [Column(f"n{i}", "number", (0.0,)) for i in range(9)] + [Column(f"c{i}", "category") for i in range(9)]
    chosen = choose_pairs([*columns, Column("alone", "number"), Column("id", "identifier")])
    assert [one.name for one in chosen] == [f"c{i}" for i in range(9)] + ["n0", "n1", "n2"]
    assert len(chosen) == MOST_PAIRED


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_buckets_are_in_the_order_of_numbers(numbers):
    values = np.sort(np.array(numbers))
    buckets = order(values)
    assert (np.diff(buckets.astype(object)) >= 0).all()
    assert (place(buckets) == values).all()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=300), st.data())
def test_too_many_buckets_become_larger_ones_alike_in_parts(numbers, data):
    cut = data.draw(st.integers(1, len(numbers) - 1))

    def tally(part, start):
        groups = deal(start + len(part))[0][start:]
        return Tally.of(order(np.array(part)), groups, most=20, ordered=True)

    whole, parts = tally(numbers, 0), tally(numbers[:cut], 0) + tally(numbers[cut:], cut)
    assert whole.rows.equals(parts.rows)
    assert whole.level == parts.level
    assert len(whole.keys) <= 20
    assert whole.totals.sum() == whole.rows["count"].sum() == len(numbers)


def test_whole_numbers_are_exact_and_others_near():
    rng = np.random.default_rng(4)
    whole = pl.DataFrame({"x": rng.permutation(np.arange(BUCKETS) * 50.0)})
    tally = profile_table(whole, [Column("x", "number")]).tallies["number:x"]
    assert (place(tally.keys) == np.sort(whole["x"].to_numpy())).all()
    frame = pl.DataFrame({"x": rng.normal(size=100_000)})
    tally = profile_table(frame, [Column("x", "number")]).tallies["number:x"]
    assert BUCKETS / 2 < len(tally.keys) <= BUCKETS
    assert tally.share == 1
    near = np.repeat(place(tally.keys), tally.rows.group_by("key").agg(pl.col("count").sum()).sort("key")["count"])
    assert np.allclose(near, np.sort(frame["x"].to_numpy()), rtol=1e-2)


def test_rows_of_one_cluster_go_into_one_group():
    frame = table(np.random.default_rng(5), 300).with_columns(user=pl.Series(np.arange(300) % 40).cast(pl.String))
    profile = profile_table(frame, [Column("user", "category")], clusters="user")
    assert profile.dealing == "by cluster"
    assert profile.tallies["value:user"].rows["key"].n_unique() == profile.tallies["value:user"].rows.height == 40
    with pytest.raises(InputError, match="profiles of one dealing"):
        profile.check(profile_table(frame, [Column("user", "category")]))


def test_profiles_of_other_columns_do_not_add():
    frame = table(np.random.default_rng(6), 50)
    with pytest.raises(InputError, match="tables that were read alike"):
        profile_table(frame, [Column("age", "number")]) + profile_table(frame, [Column("age", "discrete")])


def test_numbers_that_are_none_and_dates():
    day = datetime.datetime(2020, 1, 1, 12)
    frame = pl.DataFrame({"x": [np.inf, np.nan, None, -0.0], "day": [day, None, None, day]})
    tallies = profile_table(frame, [Column("x", "number"), Column("day", "date")]).tallies
    assert place(tallies["number:x"].keys).tolist() == [0.0]
    assert place(tallies["number:day"].keys).tolist() == [18262.5]
