"""Tables of numbers and categories: what the codes stand for, and what can't be read."""

import numpy as np
import polars as pl
import pytest

from kellet import InputError, worlds

COLOURS = ["red"] * 60 + ["blue"] * 30 + ["green"] * 9 + ["mauve"]


@pytest.fixture
def file(tmp_path):
    """Write a table and give its path."""

    def write(**columns):
        frame = pl.DataFrame({"age": np.arange(100) % 40, "colour": COLOURS} | columns)
        path = tmp_path / "table.parquet"
        frame.write_parquet(path)
        return str(path)

    return write


def rows(world):
    source = world.open(1)
    return np.concatenate([source.training, source.reserve, source.heldout])


def test_every_row_is_there_once_with_numbers_as_they_are_and_categories_as_codes(file):
    world = worlds.Mixed(file(weight=np.linspace(50, 90, 100)))
    source = world.open(2)
    assert [len(part) for part in (source.training, source.reserve, source.heldout)] == [60, 20, 20]
    every = rows(world)
    assert sorted(every[:, 0]) == sorted(np.arange(100) % 40)
    np.testing.assert_allclose(np.sort(every[:, 2]), np.linspace(50, 90, 100))
    assert np.bincount(every[:, 1].astype(int)).tolist() == [60, 30, 9, 1]
    assert source.levels == {"colour": ("red", "blue", "green", "mauve")}
    assert source.codebook.categorical == (1,)
    assert source.codebook.numeric == (0, 2)
    assert source.names == ("age", "colour", "weight")
    assert source.first(5, np.random.default_rng(0)).values.shape == (2, 5, 3)


def test_the_view_counts_numbers_in_standard_deviations_and_levels_as_ones(file):
    source = worlds.Mixed(file()).open(1)
    codebook = source.codebook
    seen = codebook(source.training)
    assert seen.shape == (60, 5)
    np.testing.assert_allclose([seen[:, 0].mean(), seen[:, 0].std()], [0, 1], atol=1e-12)
    assert (seen[:, 1:].sum(axis=1) == 1).all()
    assert (seen[:, 1:].argmax(axis=1) == source.training[:, 1]).all()
    assert codebook.names == tuple(("colour", level) for level in ("red", "blue", "green", "mauve"))
    np.testing.assert_allclose(codebook.shares, [0.6, 0.3, 0.09, 0.01])
    # What another family writes may be no code at all.
    assert (codebook(np.array([[[3.0, 0.5], [3.0, np.nan], [3.0, 9.0]]]))[..., 1:] == 0).all()


def test_missing_categories_are_a_category_and_missing_numbers_an_error(file):
    colours = [None, *COLOURS[1:]]
    levels = worlds.Mixed(file(colour=colours)).open(1).levels["colour"]
    assert set(levels) == {"red", "blue", "green", "mauve", "(missing)"}
    for bad in (None, float("nan"), float("inf")):
        with pytest.raises(InputError, match="1 rows with missing or infinite values, first in column 'age'"):
            worlds.Mixed(file(age=[bad, *range(99)])).open(1)


def test_what_is_not_a_number_is_a_category_and_so_is_what_is_named(file):
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 4, 9), eager=True)
    path = file(day=days, member=[True, False] * 50, code=[1, 2, 3, 10] * 25)
    book = worlds.Mixed(path, categorical=("code",)).open(1).codebook
    assert book.columns == ("age", "colour", "day", "member", "code")
    assert book.numeric == (0,)
    assert book.levels["member"] == ("false", "true")
    assert book.levels["code"] == ("1", "10", "2", "3")
    assert len(book.levels["day"]) == 100


def test_constant_columns_of_either_kind_work(file):
    source = worlds.Mixed(file(age=[5] * 100, colour=["red"] * 100)).open(1)
    assert (source.codebook(source.training) == [0.0, 1.0]).all()


def test_only_numbers_or_only_categories_work(file):
    assert worlds.Mixed(file(), columns=("age",)).open(1).levels == {}
    source = worlds.Mixed(file(), columns=("colour",)).open(1)
    assert source.codebook(source.training).shape == (60, 4)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"columns": ("age", "hue")}, 'one of the columns "age", "colour"; got "hue"'),
        ({"categorical": ("hue",)}, 'one of the columns "age", "colour"; got "hue"'),
        ({"columns": ("age", "age")}, "every column once"),
        ({"columns": ("colour",), "categorical": ("age",)}, "categorical columns among the chosen ones; got age"),
    ],
)
def test_columns_that_cannot_be(file, settings, said):
    with pytest.raises(InputError, match=said):
        worlds.Mixed(file(), **settings).open(1)


def test_too_many_categories_lists_and_too_few_rows_are_refused(file, tmp_path):
    path = str(tmp_path / "names.csv")
    pl.DataFrame({"name": [f"person {i}" for i in range(600)], "age": range(600)}).write_csv(path)
    with pytest.raises(InputError, match="at most 500 different values in a categorical column; got 600 in 'name'"):
        worlds.Mixed(path).open(1)
    assert len(worlds.Mixed(path, columns=("age",)).open(1).training) == 360
    with pytest.raises(InputError, match="lists in 'tags'"):
        worlds.Mixed(file(tags=[[1, 2]] * 100)).open(1)
    few = str(tmp_path / "few.csv")
    pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}).write_csv(few)
    with pytest.raises(InputError, match="at least 10 rows"):
        worlds.Mixed(few).open(1)
    empty = tmp_path / "empty.csv"
    empty.write_text("a,b\n")
    with pytest.raises(InputError, match="a table with rows and columns"):
        worlds.Mixed(str(empty)).open(1)


def test_a_file_that_changed_is_refused(file):
    path = file()
    with pytest.raises(InputError, match="as it was when the experiment was made"):
        worlds.Mixed(path, digest="0" * 16).open(1)
