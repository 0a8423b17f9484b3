"""Words that stand for numbers."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet.data.numerals import read_numbers

finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)


def spell(value, point, group, front, unit):
    """A number as a person would write it."""
    whole, _, rest = f"{abs(value):,.3f}".partition(".")
    return f"{'-' if value < 0 else ''}{front}{whole.replace(',', group)}{point}{rest}{unit}"


@pytest.mark.parametrize(("point", "groups"), [(".", ["", ",", "'", " ", "\u00a0"]), (",", ["", ".", " ", "\u202f"])])
@given(data=st.data())
def test_numbers_come_back_however_they_are_written(point, groups, data):
    values = data.draw(
        st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20).map(lambda v: np.array(v) / 1000)
    )
    group = data.draw(st.sampled_from(groups))
    front, unit = data.draw(st.sampled_from([("", ""), ("$", ""), ("", " %"), ("", "%"), ("", " kg"), ("€", "")]))
    # Three decimals after a sign that could set thousands apart are thousands, unless another word says otherwise.
    words = [spell(value, point, group, front, unit) for value in values] + [f"{front}0{point}5{unit}"]
    found = read_numbers(pl.Series(words)).values.to_list()
    np.testing.assert_allclose(found, [*values, 0.5], rtol=1e-12)


@given(st.lists(finite, min_size=1, max_size=20))
def test_what_python_writes_is_read_exactly(values):
    assert read_numbers(pl.Series([repr(value) for value in values])).values.to_list() == values


@given(st.lists(st.integers(-(10**37), 10**37), min_size=1, max_size=20))
def test_whole_numbers_are_exact_however_large(values):
    found = read_numbers(pl.Series(list(map(str, values)))).values.to_list()
    assert [int(value) for value in found] == values


@given(st.lists(st.text(st.characters(exclude_categories=("Nd", "Cs")), min_size=1), min_size=1))
def test_words_without_figures_are_no_numbers(words):
    found = read_numbers(pl.Series(words)).values.drop_nulls().to_list()
    assert all(math.isinf(value) for value in found)


@pytest.mark.parametrize(
    ("words", "values", "how"),
    [
        (["$1,200", "$950.5"], [1200, 950.5], ("with thousands set apart", 'with "$"')),
        (["9,2", "3,05"], [9.2, 3.05], ("with a decimal comma",)),
        (["1,234", "2,345"], [1234, 2345], ("with thousands set apart",)),
        (["0,123", "0,125"], [0.123, 0.125], ("with a decimal comma",)),
        (["12 kg", "13 g", "14 kg"], [12, None, 14], ('with "kg"',)),
        (["-5", "−3", "+2"], [-5, -3, 2], ()),
        (["-$5", "$-3"], [-5, -3], ('with "$"',)),
        (["(5)", "7", "(x)"], [-5, 7, None], ()),
        (["$1.5M", "$0.2M"], [1.5, 0.2], ('with "$"', 'with "M"')),
        (["192.168.1.1", "10.0.0.1"], [None, None], ()),
        (["1_000", "0x10", "nan", "1,5,3", "Q1"], [None] * 5, ()),
    ],
)
def test_words_by_hand(words, values, how):
    found = read_numbers(pl.Series(words))
    assert found.values.to_list() == values
    assert found.how == how


def test_what_may_be_either_is_read_as_another_column_is_written():
    assert read_numbers(pl.Series(["1,234", "2,345"]), comma=True).values.to_list() == [1.234, 2.345]
    assert read_numbers(pl.Series(["1.234", "2.345"]), comma=True).values.to_list() == [1234, 2345]
    assert read_numbers(pl.Series(["1.234", "2.34"]), comma=True).values.to_list() == [1.234, 2.34]
