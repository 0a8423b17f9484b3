"""Before any score two tables are read alike, and whatever differs in writing is said."""

import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kellet.audit.alignment import align
from kellet.data.content import Rows
from kellet.data.reading import read_rows
from kellet.errors import InputError

DATA = Path(__file__).parent / "data"
N = 60


def both(mine, theirs, **options):
    return align(Rows(pl.DataFrame(mine)), Rows(pl.DataFrame(theirs)), **options)


def repeat(*values):
    return list(values) * (N // len(values))


def test_census_rows_are_what_they_are():
    found = align(*(read_rows(str(DATA / f"census-{name}.csv.gz")) for name in ("trn", "hol")))
    assert found.roles["fnlwgt"] == "number"
    assert found.roles["age"] == found.roles["capital_gain"] == "discrete"
    assert found.roles["native_country"] == "category"
    assert found.reference.schema == found.candidate.schema
    assert "\"workclass\" has '?' on both sides: a value like any other." in found.notes


def test_columns_of_one_side_are_told_and_names_are_matched():
    found = both({"Age": repeat("1", "2"), "a": repeat("x", "y")}, {"age ": repeat("1", "3"), "b": repeat("x", "y")})
    assert found.reference.columns == found.candidate.columns == ["Age"]
    assert found.notes[:3] == (
        'Names of columns are written otherwise in the candidate ("age " for "Age"), and were matched.',
        '1 column is in the reference alone, left out: "a".',
        '1 column is in the candidate alone, left out: "b".',
    )


def test_nothing_in_common_is_refused():
    with pytest.raises(InputError, match='columns that both tables have; got "a" against "b"'):
        both({"a": ["x"]}, {"b": ["x"]})
    with pytest.raises(InputError, match="a candidate without any"):
        both({"a": ["x"]}, {"a": pl.Series([], dtype=pl.String)})


@pytest.mark.parametrize(
    ("mine", "theirs", "values", "note"),
    [
        (
            repeat("00501", "10001"), repeat(501, 10001), ["00501", "10001"],
            '"x" lacks leading zeros in 30 rows of the candidate: put back.',
        ),
        (
            repeat("1.5", "2.5"), repeat("1,5", "2,25"), [1.5, 2.25],
            '"x" has decimal commas in the candidate alone: read as numbers.',
        ),
        (
            repeat(datetime.date(2020, 1, 2), datetime.date(2021, 1, 2)), repeat("2020-01-02", "2022-01-02"),
            [datetime.date(2020, 1, 2), datetime.date(2022, 1, 2)],
            '"x" is of dates in the reference and of words in the candidate: read as dates.',
        ),
        (
            repeat(1.0, 2.0, 3.0), repeat("1", "?", "3"), [1.0, None, 3.0],
            "\"x\" has '?' in 20 rows of the candidate, no numbers: taken for missing.",
        ),
        (
            repeat("a", "b", None), repeat("a", "b", "NA"), ["a", "b", None],
            "\"x\" has 'NA' in 20 rows of the candidate alone: taken for missing.",
        ),
        (
            repeat("a", "b"), repeat("a", "NA"), ["a", "NA"],
            "\"x\" has 'NA' in 30 rows of the candidate alone: words like any other.",
        ),
        (
            repeat("a", "b"), repeat(" a", "b"), ["a", "b"],
            '"x" has blanks in front or behind in 30 rows of the candidate: taken off.',
        ),
        (
            repeat("White", "Black"), repeat("white", "Black"), ["White", "Black"],
            "\"x\" differs in upper and lower case in 30 rows of the candidate ('white for White'): read alike.",
        ),
        (
            repeat("a", "b"), [None] * N, [None, None],
            '"x" is missing in all 60 rows of the candidate.',
        ),
        (repeat("a"), repeat("a", "b"), ["a", "b"], "\"x\" has one value in the reference, 'a'."),
    ],
)  # fmt: skip
def test_what_is_written_otherwise_is_read_alike(mine, theirs, values, note):
    found = both({"x": mine}, {"x": theirs})
    assert found.candidate["x"][: len(values)].to_list() == values
    assert note in found.notes
    assert found.reference.schema == found.candidate.schema


def test_what_cannot_be_read_alike_is_left_out():
    found = both({"x": repeat(1, 2, 3), "y": repeat("a", "b")}, {"x": repeat("low", "high"), "y": repeat("a", "b")})
    assert found.reference.columns == ["y"]
    assert found.notes[0].startswith('"x" is left out: numbers in the reference, in the candidate 60 of 60')
    with pytest.raises(InputError, match="columns that can be read alike"):
        both({"x": repeat(1, 2, 3)}, {"x": repeat("low", "high")})


def test_names_of_rows_and_rows_that_repeat_are_told():
    ids = [f"u{i}" for i in range(N)]
    found = both(
        {"id": ids, "x": repeat("a", "b")}, {"id": ids[:30] + [f"v{i}" for i in range(30)], "x": repeat("a", "c")}
    )
    assert found.roles == {"id": "identifier", "x": "category"}
    assert found.notes[0].startswith('"id" names rows (60 different values; 30 of them are the candidate\'s too)')
    assert (
        found.notes[1]
        == "Rows that stand there once more, and stay: 58 of 60 in the reference, 58 of 60 in the candidate."
    )
    assert found.notes[2] == "30 of 60 rows of the candidate are rows of the reference as well."


def test_lists_and_texts_are_no_values():
    texts = [f"a long text about number {i} which nobody has ever read before today" for i in range(N)]
    found = both({"x": texts, "l": [[1, 2]] * N}, {"x": texts, "l": [[1, 2]] * N})
    assert found.roles == {"x": "text"}
    assert any(note.startswith('"l" is left out: lists') for note in found.notes)
    said = both(
        {"x": repeat("1", "2"), "y": repeat("a", "b")}, {"x": repeat("1", "2"), "y": repeat("a", "b")}, text=["x"]
    )
    assert said.roles == {"x": "text", "y": "category"}
    assert said.candidate["x"][:2].to_list() == ["1", "2"]


def test_numbers_get_bins_from_the_reference():
    numbers = np.random.default_rng(1).normal(size=400)
    found = both({"x": numbers}, {"x": numbers * 9})
    [column] = found.columns
    assert column.role == "number"
    assert column.edges[3] == pytest.approx(np.median(numbers), rel=1e-5)


def test_moments_and_days_are_compared_as_moments():
    day = [datetime.date(2020, 1, 1 + i % 20) for i in range(N)]
    found = both({"x": day}, {"x": [datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.UTC)] * N})
    assert found.reference["x"].dtype == found.candidate["x"].dtype == pl.Datetime("us")
    assert found.candidate["x"][0] == datetime.datetime(2020, 1, 1, 12)
