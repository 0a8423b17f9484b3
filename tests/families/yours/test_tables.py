"""Tables as somebody's own models know them: what goes out comes back, whatever kind of table it is."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.families.yours.guarded import Failure
from kellet.families.yours.tables import Layout

pd = pytest.importorskip("pandas")

PEOPLE = Layout(("age", "job", "pay"), {"job": ("cook", "smith", "(missing)")}, gaps=(2,))
ROWS = np.array([[31.0, 0.0, 1200.5], [42.0, 2.0, np.nan], [27.0, 1.0, 900.0]])


class Arrow:
    """What Arrow's tables have: columns without names, their names, and values by name."""

    def __init__(self, frame):
        self.frame, self.column_names, self.columns = frame, frame.columns, frame.get_columns()

    def __getitem__(self, name):
        return Chunked(self.frame[name])


class Chunked:
    def __init__(self, series):
        self.to_pylist = series.to_list

    def __array__(self, dtype=None, copy=None):
        raise TypeError("to_pylist alone")


WAYS = {
    "pandas": lambda frame: PEOPLE.make(ROWS, "pandas"),
    "pandas with NA": lambda frame: PEOPLE.make(ROWS, "pandas").convert_dtypes(),
    "polars": lambda frame: frame,
    "other order": lambda frame: frame.select("pay", "job", "age"),
    "one more": lambda frame: frame.with_columns(number=1),
    "arrow": Arrow,
    "columns": lambda frame: frame.to_dict(as_series=False),
    "records": lambda frame: frame.to_dicts(),
    "rows": lambda frame: frame.rows(),
    "lists": lambda frame: [list(row) for row in frame.rows()],
    "array of objects": lambda frame: np.array(frame.rows(), dtype=object),
    "decimals": lambda frame: [(Decimal(str(age)), job, pay) for age, job, pay in frame.rows()],
}


@pytest.mark.parametrize("way", WAYS)
def test_what_a_model_was_given_comes_back_as_the_same_numbers(way):
    written = WAYS[way](PEOPLE.make(ROWS, "polars"))
    np.testing.assert_array_equal(PEOPLE.read(written, 3), ROWS)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_what_is_missing_is_nothing_and_no_word(kind):
    frame = PEOPLE.make(ROWS, kind)
    assert list(frame.columns) == ["age", "job", "pay"]
    jobs, pays = list(frame["job"]), list(frame["pay"])
    assert jobs[::2] == ["cook", "smith"]
    assert pd.isna(jobs[1])
    assert pays[::2] == [1200.5, 900.0]
    assert pays[1] is None if kind == "polars" else np.isnan(pays[1])


def test_an_array_is_given_as_it_is_and_a_table_of_numbers_under_its_names():
    numbers = Layout(("age", "pay"))
    assert numbers.make(ROWS[:, ::2], "array") is not None
    assert list(numbers.make(ROWS[:, ::2], "pandas").columns) == ["age", "pay"]
    assert Layout().make(ROWS[:, :2], "polars").columns == ["x0", "x1"]


def test_a_frame_without_names_goes_by_place():
    frame = pd.DataFrame(ROWS[:, ::2])
    np.testing.assert_array_equal(Layout(("age", "pay"), gaps=(1,)).read(frame, 2), ROWS[:, ::2])


WRONG = {
    "no such column": (lambda f: f.drop("job"), "sample wrote no column 'job'"),
    "no such category": (lambda f: f.with_columns(job=pl.lit("king")), "sample wrote 'king' in column 'job'"),
    "a word for a number": (lambda f: f.with_columns(age=pl.lit("old")), "no number in column 'age': 'old'"),
    "a word in a row": (lambda f: [[1.0, "cook", "much"]], "no number in column 'pay': 'much'"),
    "a short row": (lambda f: [[1.0, "cook"]], "rows of 2 values where it learnt from rows of 3"),
    "nothing": (lambda f: None, "sample wrote NoneType, which is no table"),
    "ragged columns": (lambda f: {"age": [1.0], "job": ["cook"] * 2, "pay": [1.0]}, "columns of different lengths"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_none_of_these_columns_is_told_in_words(what):
    make, told = WRONG[what]
    with pytest.raises(Failure, match=told):
        PEOPLE.read(make(PEOPLE.make(ROWS, "polars")), 3)


def test_nothing_is_no_category_where_none_is_missing():
    jobs = Layout(("job",), {"job": ("cook", "smith")})
    for nothing in (None, np.nan, pd.NA):
        with pytest.raises(Failure, match=r"sample wrote nothing in column 'job', which has no such category"):
            jobs.read([[nothing]], 1)
    # What a file has as an empty word is one.
    assert Layout(("job",), {"job": ("cook", "")}).read([[None]], 1).tolist() == [[1.0]]


def test_words_that_look_like_numbers_are_none():
    with pytest.raises(Failure, match="no number in column 'x0': '12'"):
        Layout().read([["12"], ["13"]], 1)


cells = st.tuples(
    st.floats(-1e300, 1e300), st.integers(0, 2), st.one_of(st.just(np.nan), st.floats(-1e300, 1e300, width=64))
)


@given(st.lists(cells, min_size=1, max_size=8), st.sampled_from(["pandas", "polars"]))
def test_any_rows_survive_there_and_back(rows, kind):
    values = np.array(rows, dtype=np.float64)
    np.testing.assert_array_equal(PEOPLE.read(PEOPLE.make(values, kind), 3), values)
