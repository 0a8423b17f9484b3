"""Columns as points, and back."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.data.codebook import Form, encode
from kellet.data.content import Rows
from kellet.data.kinds import read_columns

COLUMNS = {
    "number": st.none() | st.floats(-1e9, 1e9),
    "whole": st.none() | st.integers(-(10**9), 10**9),
    "huge": st.none() | st.integers(10**18, 10**18 + 1000),
    "larger": st.none() | st.integers(10**30, 10**30 + 1000),
    "day": st.none() | st.dates(),
    "moment": st.none() | st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)),
    "time": st.none() | st.times(),
    "word": st.none() | st.sampled_from(["a", "b", "00501", "NA", "long word"]),
}
TYPES = {"larger": pl.Int128, "number": pl.Float64, "word": pl.String, "time": pl.Time}


def book_of(frame):
    readings = read_columns(Rows(frame), tuple(frame.columns))
    return encode(readings, (np.arange(frame.height), np.arange(frame.height)[::-1]))


@pytest.mark.parametrize("kind", COLUMNS)
@given(data=st.data())
def test_rows_come_back_as_they_were(kind, data):
    values = data.draw(
        st.lists(COLUMNS[kind], min_size=1, max_size=30).filter(lambda every: any(v is not None for v in every))
    )
    frame = pl.DataFrame({"c": pl.Series(values, dtype=TYPES.get(kind))})
    (points, turned), book = book_of(frame)
    np.testing.assert_array_equal(points[::-1], turned)
    assert book.rows(points)["c"].to_list() == values
    missing = [value is None for value in values]
    assert np.isnan(points[:, 0]).tolist() == (missing if kind != "word" else [False] * len(values))
    assert book.gaps == ((0,) if any(missing) and kind != "word" else ())


def test_words_of_a_file_come_back_as_a_person_would_write_them():
    frame = pl.DataFrame(
        {
            "zip": ["00501", "02139"] * 10, "price": ["$1,200", "$950"] * 10, "day": ["3.4.2020", "14.4.2020"] * 10,
            "age": ["17", "?", *["20", "31"] * 9], "job": ["cook", None] * 10,
        }
    )  # fmt: skip
    (points, _), book = book_of(frame)
    back = book.rows(points).row(1, named=True)
    assert back == {"zip": "02139", "price": 950, "day": dt.date(2020, 4, 14), "age": None, "job": None}
    assert book.incomplete == (3, 4)
    assert book.find_missing(points).sum(axis=0).tolist() == [1, 10]
    # What no person wrote is rounded to what one could have.
    assert book.rows(np.array([[0.0, 950.4, 18365.4, 17.6, 7.0]])).row(0) == (
        "00501",
        950,
        dt.date(2020, 4, 13),
        18,
        None,
    )


def test_standard_deviations_are_those_of_what_is_there():
    frame = pl.DataFrame({"x": [1.0, None, 3.0, None], "y": [1.0, 2.0, 3.0, 5.5]})
    _, book = book_of(frame)
    np.testing.assert_allclose(book.mean, [2, 2.875])
    np.testing.assert_allclose(book.sd, [1, np.std([1, 2, 3, 5.5])])


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=6))
def test_the_view_stays_narrow_and_tells_frequent_levels_apart(sizes):
    rows = max(sizes) * 2
    frame = pl.DataFrame({f"c{i}": [f"w{row % size}" for row in range(rows)] for i, size in enumerate(sizes)})
    (points, _), book = book_of(frame)
    seen = book(points[: min(rows, 3000)])
    assert seen.shape[1] <= 128
    assert (seen.sum(axis=1) == len(sizes)).all()
    if sum(sizes) <= 128:
        assert seen.shape[1] == sum(sizes)
    shown = min(round(0.8 * book.places), *sizes)
    firsts = book(np.repeat(np.arange(shown, dtype=float)[:, None], len(sizes), axis=1))
    assert len(np.unique(firsts, axis=0)) == shown


def test_a_hundred_thousand_levels_are_told_apart_where_they_are_counted():
    frame = pl.DataFrame({"c": [f"w{i % 100_000}" for i in range(120_000)]})
    (points, _), book = book_of(frame)
    assert len(book.levels["c"]) == 100_000
    written = book.find_written(points[None, :500])
    assert written.shape == (1, 100_000)
    assert written.sum() == len(np.unique(points[:500]))


@pytest.mark.parametrize(
    ("form", "value", "said"),
    [
        (Form(), 1234.5, "1,230"), (Form("date"), 18262.3, "2020-01-01"), (Form("time"), 3600.0, "01:00:00"),
        (Form("moment", "UTC"), 0.0, "1970-01-01 00:00+00:00"), (Form("whole", origin=10**6), 1.0, "1,000,000"),
    ],
)  # fmt: skip
def test_numbers_are_spelt_as_what_they_stand_for(form, value, said):
    assert form.spell(value) == said
