"""Tables of numbers and categories: what the codes stand for, and what can't be read."""

import numpy as np
import polars as pl
import pytest

from kellet import Arm, Experiment, InputError, worlds
from kellet.families import Copula
from kellet.worlds.world import identify, open_world

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


def test_missing_values_are_levels_of_their_own(file):
    colours = [None, *COLOURS[1:]]
    source = worlds.Mixed(file(colour=colours)).open(1)
    assert set(source.levels["colour"]) == {"red", "blue", "green", "mauve", "(missing)"}
    assert source.codebook.gaps == ()
    for bad in (None, float("nan"), float("inf")):
        source = worlds.Mixed(file(age=[bad, *(np.arange(99) % 40)])).open(1)
        every = np.concatenate([source.training, source.reserve, source.heldout])
        assert source.codebook.gaps == (0,)
        assert np.isnan(every[:, 0]).sum() == 1
        seen = source.codebook(every)
        assert seen.shape == (100, 6)
        assert np.isfinite(seen).all()
        # It stands at the mean, and has a level of its own, which comes last.
        assert (seen[np.isnan(every[:, 0])][:, [0, 5]] == [0, 1]).all()
        assert source.codebook.names[-1] == ("age", "(missing)")
        assert source.codebook.shares[-1] == 0.01


def test_what_is_no_number_is_a_category_or_a_date_and_what_is_named_is_what_it_is_said_to_be(file):
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 4, 9), eager=True)
    path = file(day=days, member=[True, False] * 50, code=[1, 2, 3, 10] * 25)
    book = worlds.Mixed(path, kinds={"code": "category"}).open(1).codebook
    assert book.columns == ("age", "colour", "day", "member", "code")
    assert book.numeric == (0, 2)
    assert book.levels["member"] == ("false", "true")
    assert book.levels["code"] == ("1", "10", "2", "3")


def test_constant_columns_are_left_out_unless_they_are_named(file):
    path = file(age=[5] * 100, colour=["red"] * 100, x=np.arange(100) % 7)
    assert worlds.Mixed(path).open(1).names == ("x",)
    age, colour, _ = worlds.Mixed(path).sight().columns
    assert (age.use, age.reason) == ("left out", "the same number in every row, 5")
    assert (colour.use, colour.reason) == ("left out", "the same in every row, 'red'")
    source = worlds.Mixed(path, ("age", "colour")).open(1)
    assert (source.codebook(source.training) == [0.0, 1.0]).all()


def test_only_numbers_or_only_categories_work(file):
    assert worlds.Mixed(file(), columns=("age",)).open(1).levels == {}
    source = worlds.Mixed(file(), columns=("colour",)).open(1)
    assert source.codebook(source.training).shape == (60, 4)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"columns": ("age", "hue")}, 'one of the columns "age", "colour"; got "hue"'),
        ({"kinds": {"hue": "number"}}, 'one of the columns "age", "colour"; got "hue"'),
        ({"columns": ("age", "age")}, "every column once"),
        ({"columns": ("colour",), "kinds": {"age": "category"}}, 'kinds of the chosen columns; got "age"'),
        ({"kinds": {"colour": "number"}}, "numbers in \"colour\", as you say; got 100 of 100 .* first 'red'"),
        ({"kinds": {"colour": "truth"}}, 'two values in a column of truth values; got 4 different ones in "colour"'),
    ],
)
def test_columns_that_cannot_be(file, settings, said):
    with pytest.raises(InputError, match=said):
        worlds.Mixed(file(), **settings).open(1)


def test_names_lists_and_too_few_rows(file, tmp_path):
    path = str(tmp_path / "names.csv")
    pl.DataFrame({"name": [f"person {i}" for i in range(600)], "age": np.arange(600) % 70}).write_csv(path)
    assert worlds.Mixed(path).open(1).names == ("age",)
    assert "it names rows" in worlds.Mixed(path).sight().columns[0].reason
    assert len(worlds.Mixed(path, columns=("name",)).open(1).levels["name"]) == 600
    lists = file(tags=[[1, 2]] * 100)
    assert worlds.Mixed(lists).open(1).names == ("age", "colour")
    with pytest.raises(InputError, match='got lists in "tags"'):
        worlds.Mixed(lists, ("age", "tags")).open(1)
    few = str(tmp_path / "few.csv")
    pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}).write_csv(few)
    with pytest.raises(InputError, match="at least 10 rows"):
        worlds.Mixed(few).open(1)
    pl.DataFrame({"id": range(20)}).write_csv(few)
    assert worlds.Mixed(few).open(1).names == ("id",)
    pl.DataFrame({"same": ["x"] * 20}).write_csv(few)
    with pytest.raises(InputError, match=r'"same" is left out \(the same in every row, \'x\'\). Try --columns same'):
        worlds.Mixed(few).open(1)
    empty = tmp_path / "empty.csv"
    empty.write_text("a,b\n")
    with pytest.raises(InputError):
        worlds.Mixed(str(empty)).open(1)


def test_a_world_that_says_what_columns_are_is_opened_once_and_goes_through_a_file(file):
    world = identify(worlds.Mixed(file(), kinds={"age": "category"}, missing_words=("red",)))
    assert open_world(world, 2).training is open_world(world, 3).training
    told = Experiment(world, Copula(), 20, {"replace": Arm()}, generations=1, replicates=2).to_toml()
    assert Experiment.from_toml(told).world == world
    assert "(missing)" in world.open(1).levels["colour"]


def test_a_file_that_changed_is_refused(file):
    path = file()
    with pytest.raises(InputError, match="as it was when the experiment was made"):
        worlds.Mixed(path, digest="0" * 16).open(1)
