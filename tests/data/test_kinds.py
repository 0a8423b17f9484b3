"""What each column of a table is taken for, and why."""

import datetime as dt
import uuid

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet import InputError
from kellet.data.content import Rows
from kellet.data.kinds import read_columns

ROWS = 120
RNG = np.random.default_rng(0)
TEXT = "the quick brown fox jumps over a lazy dog and then it sleeps for a long while"


def look(words, name="c", **settings):
    beside = ["red", "blue"] * (len(words) // 2) + ["red"] * (len(words) % 2)
    found, _ = read_columns(Rows(pl.DataFrame({name: words, "beside": beside})), **settings)
    return found


def numbers(count, *others):
    return [str(i * 7 % 90 + 18) for i in range(count)] + list(others)


KINDS = {
    "number": [
        numbers(120), numbers(119, "unknown"), numbers(100, *["?"] * 20), ["1.5", "2.5", "-3"] * 40,
        ["9,2", "3,05"] * 60, ["12 %", "7 %", "8 %"] * 40, [f"${i + 1},{i:03}" for i in range(120)],
        [str(1900 + i) for i in range(120)], ["5", None, "6"] * 40, ["1", "2", "3", "4", "5"][1:] * 30,
        numbers(110, *["not asked"] * 10),
    ],
    "count": [["0", "1", "3"] * 40, ["1", "2", "7"] * 40],
    "category": [
        ["00501", "02139", "94105"] * 40, ["NA", "DE", "US"] * 40, ["a", "b", None] * 40, ["x", None] * 60,
        ["1", "2", "three", "four"] * 30, ["+49 170 1234567", "+49 170 7654321"] * 60, ["1-2", "3-4"] * 60,
        [f"{i % 70}.5" if i % 20 else f"V{i}" for i in range(200)], ["0", "1", "2", "3+"] * 30, ["M", "F"] * 60,
    ],
    "truth": [
        ["yes", "no"] * 60, ["Y", "N", "N"] * 40, ["TRUE", "FALSE"] * 60, ["0", "1"] * 60, ["yes", "no", "NA"] * 40,
        ["ja", "nein"] * 60,
    ],
    "date": [
        [f"2020-01-{i:02}" for i in range(1, 29)] * 5, ["3/4/2020", "13/4/2020"] * 60, ["10:30", "11:00"] * 60,
        ["2020-01-01 10:00", "2020-01-02 11:00", "NA"] * 40, ["20200131", "20210228"] * 60,
    ],
    "identifier": [
        list(map(str, range(120))), [str(10**30 + i) for i in range(120)], [f"Person {i}" for i in range(120)],
        [str(uuid.UUID(int=i)) for i in range(120)], [f"A{i:04}" for i in range(120)], [f"{i:05}" for i in range(120)],
    ],
    "constant": [["x"] * 120, ["3"] * 120, [None] * 120, ["2020-01-01"] * 120, ["1.0", "1"] * 60],
    "text": [[f"{TEXT} {i}" for i in range(120)]],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "words"), [(kind, words) for kind, each in KINDS.items() for words in each])
def test_words_are_taken_for_what_they_are(kind, words):
    found = look(pl.Series(words, dtype=pl.String))
    assert found.sight.kind == kind, found.sight.reason
    assert (found.role == "") == (kind in ("identifier", "constant", "text"))
    assert found.sight.use == (f"learnt as a {found.role}" if found.role else "left out")


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("customerId", RNG.permutation(9000)[:120], "identifier"), ("index", np.arange(120) * 3, "identifier"),
        ("zip code", np.arange(120) % 7 + 10_001, "category"), ("x", np.arange(120) * 3, "count"),
        ("x", RNG.normal(size=120), "number"), ("x", [True, False] * 60, "truth"), ("x", [True] * 120, "constant"),
        ("x", [dt.date(2020, 1, 1), None] * 60, "date"), ("x", [[1], [2]] * 60, "list"), ("x", [b"a"] * 120, "list"),
        ("x", [{"a": 1}] * 120, "list"), ("x", [dt.timedelta(1), dt.timedelta(2)] * 60, "number"),
        ("x", np.repeat([0, 1], 60), "truth"), ("x", np.repeat([0.5, 1], 60), "number"),
        ("x", [None] * 120, "constant"), ("year", np.arange(1900, 2020), "number"),
    ],
)  # fmt: skip
def test_values_that_have_a_type_keep_it(name, values, kind):
    assert look(values, name).sight.kind == kind


@pytest.mark.parametrize(
    ("words", "said", "missing"),
    [
        (numbers(119, "unknown"), "119 numbers and 1 other ('unknown'), taken for missing; whole", 1),
        (numbers(117, "NA", "?", "NA"), "117 numbers and 3 others ('NA', '?'), taken for missing; whole", 3),
        (["inf", *numbers(119)], "120 numbers; 1 infinite, taken for missing; whole", 1),
        (["1", "2", "3", "4"] * 30, "120 numbers; whole, only 4 different", 0),
        (
            numbers(118, "-999", "-999"),
            "120 numbers; whole; -999 stands 2 times far from the rest: if it means missing, --missing-words=-999", 0,
        ),
        (["x", None] * 60, "1 different value in 60 rows", 60),
        (["00501", "10001"] * 60, "leading zeros ('00501'); 2 different values in 120 rows", 0),
        (["1", "two"] * 60, "60 are numbers and 60 aren't ('two'); 2 different values in 120 rows", 0),
    ],
)  # fmt: skip
def test_reasons_are_told_in_plain_words(words, said, missing):
    sight = look(words).sight
    assert (sight.reason, sight.missing) == (said, missing)


def test_only_a_person_may_say_that_a_word_of_a_category_is_missing():
    words = ["NA", "DE", "?", None] * 30
    assert look(words).sight.missing == 30
    assert look(words, missing_words=("NA", "?")).sight.missing == 90
    assert look(numbers(118, "-9", "-9"), missing_words=("-9",)).sight.missing == 2
    assert look([1.5, -9.0] * 60, missing_words=("-9",)).sight.missing == 60


@pytest.mark.parametrize(
    ("words", "kind", "role"),
    [
        (["00501", "02139"] * 60, "number", "number"), (numbers(120), "category", "category"),
        ([f"P{i}" for i in range(120)], "category", "category"), (numbers(70, *["some"] * 50), "number", "number"),
        (["1", "2"] * 60, "truth", "category"), (["yes", "no"] * 60, "identifier", ""), (numbers(120), "text", ""),
        ([3] * 120, "number", "number"), ([20200131, 20200201] * 60, "date", "date"),
    ],
)  # fmt: skip
def test_what_a_person_says_wins(words, kind, role):
    found = look(words, kinds={"c": kind})
    assert (found.sight.kind, found.role) == (kind, role)
    assert found.sight.reason.startswith("as you say")


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        (
            ["1", "b", "c"] * 40,
            "number",
            r"numbers in \"c\", as you say; got 80 of 120 that can't be read so, first 'b'",
        ),
        (["1", "2", "3"] * 40, "truth", 'two values in a column of truth values; got 3 different ones in "c"'),
        (["a", "b"] * 60, "date", 'dates in "c", as you say'),
        ([0.5, 1.5] * 60, "date", 'dates in "c", as you say; got numbers'),
        ([dt.date(2020, 1, 1)] * 120, "number", 'numbers in "c", as you say; got dates'),
        ([[1], [2]] * 60, "category", 'columns of numbers, dates or categories; got lists in "c"'),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(words, kind, said):
    with pytest.raises(InputError, match=said) as told:
        look(words, kinds={"c": kind})
    assert "\n" not in str(told.value)


def test_what_is_named_is_learnt_whatever_it_is():
    frame = pl.DataFrame({"name": [f"P{i}" for i in range(50)], "id": range(50), "same": ["x"] * 50})
    plain = read_columns(Rows(frame.with_columns(pl.Series("hue", ["red", "blue"] * 25))))
    assert [found.role for found in plain] == ["", "", "", "category"]
    named = read_columns(Rows(frame), ("name", "id", "same"))
    assert [found.role for found in named] == ["category", "number", "category"]
    assert named[0].sight.use == "learnt as a category, since it is named"


def test_a_single_word_beside_many_numbers_is_none_of_them():
    found = look(["**" if i % 3 else str(i * 1.7) for i in range(60)])
    assert (found.sight.kind, found.sight.missing) == ("number", 40)
    assert look(["4", "6", "8", "rotary"] * 15).sight.kind == "category"


def test_what_names_rows_is_learnt_where_nothing_else_is_there():
    frame = pl.DataFrame({"name": [f"P{i}" for i in range(50)], "id": range(50), "same": ["x"] * 50})
    found = read_columns(Rows(frame))
    assert [(one.sight.kind, one.role) for one in found] == [
        ("identifier", "category"), ("identifier", "number"), ("constant", ""),
    ]  # fmt: skip
    assert found[1].sight.use == "learnt as a number, since nothing else is there"


def test_a_column_may_have_any_name():
    frame = pl.DataFrame(
        {"count": ["a", "b"] * 20, "_times": ["1", "2"] * 20, "": ["5", "7"] * 20, 'a "b"\n,': ["x"] * 40}
    )
    assert [found.sight.name for found in read_columns(Rows(frame))] == frame.columns


def test_decimal_commas_of_one_column_decide_what_another_means():
    frame = pl.DataFrame({"a": ["1,5", "2,25"] * 20, "b": ["1.234", "5.678"] * 20, "c": ["1,234", "5,678"] * 20})
    assert [found.values[0] for found in read_columns(Rows(frame))] == [1.5, 1234.0, 1.234]
    assert [found.values[0] for found in read_columns(Rows(frame.drop("a")))] == [1.234, 1234.0]
    # A decimal point elsewhere says that the table is of several minds.
    both = frame.with_columns(d=pl.Series(["0.5", "12.25"] * 20))
    assert [found.values[0] for found in read_columns(Rows(both))] == [1.5, 1.234, 1234.0, 0.5]


words = st.one_of(
    st.none(), st.text(max_size=12), st.integers().map(str), st.floats().map(str), st.dates().map(str),
    st.sampled_from(["", "NA", "?", "00501", "1,5", "12 %", "yes", "no", "-", "inf", "\N{MINUS SIGN}5", "1e400", "٣"]),
)  # fmt: skip


@given(st.lists(words, min_size=1, max_size=30), st.integers(1, 4))
def test_any_words_are_read_without_a_fault_and_counted(some, times):
    column = pl.Series("c", some * times, dtype=pl.String)
    found = look(column)
    assert len(found.values) == len(column)
    assert found.sight.missing == found.values.null_count() >= column.null_count()
    assert found.sight.distinct == found.values.drop_nulls().n_unique()
    if found.role == "category" and found.sight.kind != "truth":
        # As they are written.
        assert set(found.values.drop_nulls()) == {word for word in some if word}
