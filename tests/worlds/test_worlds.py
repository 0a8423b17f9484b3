"""Worlds: true laws, real data split once and for good, and files that people have."""

import os

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kellet import InputError, worlds
from kellet.data import files, reading
from kellet.data.source import DataSet, draw, split
from kellet.laws import Frequencies, MultivariateNormal, Normal


@given(st.integers(10, 500), st.integers(0, 5))
def test_a_split_gives_every_row_to_one_part(n, seed):
    parts = split(n, seed)
    assert sorted(np.concatenate(parts)) == list(range(n))
    training, reserve, heldout = map(len, parts)
    assert reserve == heldout == round(0.2 * n)
    assert training >= 0.5 * n


def test_a_split_is_the_same_for_ever_and_another_for_another_seed():
    # If these change, so do everybody's held-out points.
    assert [part.tolist() for part in split(10, seed=0)] == SPLIT
    assert [part.tolist() for part in split(10, seed=1)] != SPLIT


SPLIT = [[3, 5, 9, 0, 8, 1], [4, 6], [2, 7]]


@pytest.mark.parametrize("n", [1, 2, 7])
def test_points_are_drawn_without_repetition_and_all_equally_often(n):
    bank = np.arange(7.0)
    drawn = draw(bank, n, 14_000, np.random.default_rng(0), "training").values
    assert drawn.shape == (14_000, n)
    assert all(len(set(row)) == n for row in drawn[:200])
    seen = np.bincount(drawn.astype(int).ravel(), minlength=7)
    expected = 14_000 * n / 7
    # Seven comparisons at five standard errors.
    assert (abs(seen - expected) <= 5 * np.sqrt(expected * (1 - n / 7)) + 1e-9).all()


def test_more_points_than_there_are_cannot_be_drawn():
    with pytest.raises(InputError, match="at most the 7 training points that there are; got 8"):
        draw(np.arange(7.0), 8, 2, np.random.default_rng(0), "training")


def test_a_data_set_has_no_known_law():
    source = DataSet(np.zeros(6), np.ones(2), np.ones(2), 3)
    assert source.truth is None
    assert (source.first(4, np.random.default_rng(0)).values == 0).all()
    assert (source.fresh(2, np.random.default_rng(0)).values == 1).all()


@pytest.mark.parametrize(
    ("world", "law"),
    [
        (worlds.Normal(mean=2, variance=9), Normal),
        (worlds.multivariate_normal([0, 1], np.eye(2)), MultivariateNormal),
        (worlds.categorical([3, 1], ["a", "b"]), Frequencies),
        (worlds.Zipf(30, 1.2), Frequencies),
        (worlds.Words(), Frequencies),
    ],
)
def test_a_world_that_is_a_law_says_so_and_never_runs_out(world, law):
    source = world.open(4)
    assert isinstance(source.truth, law)
    assert source.replicates == 4
    assert source.once(np.random.default_rng(0)) is source
    assert source.first(5, np.random.default_rng(0)).values.shape[:2] == (4, 5)
    assert source.fresh(5, np.random.default_rng(0)).values.shape[:2] == (4, 5)


def test_worlds_have_the_parameters_they_were_given():
    normal = worlds.Normal(mean=2, variance=9).open(1).truth
    assert (normal.mean, normal.sd) == (2, 3)
    plane = worlds.multivariate_normal([1, 2], [[4, 1], [1, 3]]).open(2).truth
    np.testing.assert_allclose(plane.covariance, [[[4, 1], [1, 3]]] * 2)
    np.testing.assert_allclose(worlds.categorical([3, 1]).open(2).truth.probabilities, [[0.75, 0.25]] * 2)
    zipf = worlds.Zipf(4, 1.0).open(1).truth.probabilities[0]
    np.testing.assert_allclose(zipf, np.array([12, 6, 4, 3]) / 25)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: worlds.Normal(mean=0, variance=0), "a finite variance > 0; got 0"),
        (lambda: worlds.Normal(mean=0, variance=float("nan")), "a finite variance > 0; got nan"),
        (lambda: worlds.multivariate_normal([0, 0], [[1, 2], [2, 1]]), "positive definite"),
        (lambda: worlds.multivariate_normal([0, 0], [[1, 1], [0, 1]]), "symmetric"),
        (lambda: worlds.multivariate_normal([0, 0], [[1]]), r"shape \(2, 2\)"),
        (lambda: worlds.categorical([1]), "two or more probabilities"),
        (lambda: worlds.categorical([1, -1]), "two or more probabilities"),
        (lambda: worlds.categorical([0, 0]), "positive sum"),
        (lambda: worlds.categorical([1, float("nan")]), "two or more probabilities"),
        (lambda: worlds.categorical([1, 1], ["a"]), "2 labels"),
        (lambda: worlds.Zipf(1), "at least 2 categories"),
        (lambda: worlds.Zipf(10, -1.0), "exponent >= 0"),
        (lambda: worlds.Digits(-1), "between 0 and 64"),
        (lambda: worlds.Digits(65), "between 0 and 64"),
    ],
)
def test_a_world_that_cannot_be_is_refused(make, said):
    with pytest.raises(InputError, match=said):
        make()


# Digits.


def test_digits_are_split_once_and_read_by_a_frozen_reader():
    source = worlds.Digits().open(2)
    parts = (source.training, source.reserve, source.heldout)
    assert [len(part) for part in parts] == [1079, 359, 359]
    assert len({tuple(point) for part in parts for point in part}) == 1797
    # Eight pixels by eight through 24 components: a reader that knew them less well could not judge models.
    assert source.classes.accuracy > 0.95
    assert source.classes.names == tuple("0123456789")
    assert worlds.Digits().open(7).training is source.training


def test_digits_turn_back_into_pictures():
    source = worlds.Digits(64).open(1)
    pictures = worlds.Digits(64).pictures(source.training[:5])
    assert pictures.shape == (5, 8, 8)
    assert pictures.dtype == np.uint8
    from sklearn.datasets import load_digits

    # With all components nothing is lost but rounding: each picture is one of the originals.
    originals = np.asarray(255 * (1 - load_digits().images / 16), dtype=int)
    for picture in pictures.astype(int):
        assert abs(originals - picture).max(axis=(1, 2)).min() <= 1
    blurred = worlds.Digits(8).pictures(worlds.Digits(8).open(1).training[:5])
    assert blurred.min() >= 0


# Words.


def test_words_are_counted_without_regard_to_case_and_ranked(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("Don't stop: THE cat's the Cat. 3 cats, über-cat! _x_ naïve", encoding="utf-8")
    world = worlds.Words(str(path))
    found = dict(zip(world.labels, world.counts.tolist(), strict=True))
    assert found == {
        **{"the": 2, "cat": 2, "don't": 1, "stop": 1, "cat's": 1, "cats": 1, "über": 1, "x": 1, "naïve": 1},
    }
    assert world.labels[:2] == ("cat", "the")
    assert list(world.counts) == sorted(world.counts, reverse=True)
    np.testing.assert_allclose(world.open(1).truth.probabilities[0].sum(), 1.0)


def test_the_built_in_text_is_long_and_english():
    world = worlds.Words()
    assert world.labels[0] == "the"
    assert world.counts.sum() > 50_000
    assert len(world.labels) > 3000


def test_a_mark_at_the_beginning_of_a_file_is_no_word(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("\N{ZERO WIDTH NO-BREAK SPACE}one two".encode())
    assert set(worlds.Words(str(path)).labels) == {"one", "two"}


# Tables.

ROWS = np.random.default_rng(1).normal([5.0, -2.0], [3.0, 0.5], size=(50, 2))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    pl.DataFrame(ROWS, schema=["a", "b"]).write_csv(path)
    return worlds.Table(str(path))


def test_a_table_is_seen_in_units_of_its_training_part(table):
    source = table.open(1)
    np.testing.assert_allclose(source.training.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(source.training.std(axis=0), 1)
    every = np.concatenate([source.training, source.reserve, source.heldout])
    back = source.original(every)
    order = np.concatenate(split(50, 0))
    np.testing.assert_allclose(back, ROWS[order])
    assert source.names == ("a", "b")


def test_a_column_that_never_changes_is_left_out_and_no_division_by_zero_where_it_is_named(tmp_path):
    path = tmp_path / "table.csv"
    pl.DataFrame({"a": np.arange(20) % 7, "b": [7.0] * 20}).write_csv(path)
    assert worlds.Table(str(path)).open(1).names == ("a",)
    source = worlds.Table(str(path), ("a", "b")).open(1)
    assert np.isfinite(source.training).all()
    assert (source.training[:, 1] == 0).all()


def test_truth_values_whole_numbers_and_dates_are_numbers(tmp_path):
    path = tmp_path / "table.parquet"
    columns = {"yes": [True, False] * 10, "n": np.arange(20) % 7, "x": np.arange(20) / 3}
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 1, 20), eager=True)
    pl.DataFrame(columns | {"day": days}).write_parquet(path)
    source = worlds.Table(str(path)).open(1)
    assert source.training.shape == (12, 4)
    assert source.spell("day", 18262.0) == "2020-01-01"
    assert set(source.original(source.training)[:, 0].round(9)) == {0, 1}


def test_a_file_that_changed_is_read_again_in_the_same_session(tmp_path):
    path = tmp_path / "table.csv"
    for shift in (0.0, 10.0):
        pl.DataFrame(ROWS + shift, schema=["a", "b"]).write_csv(path)
        assert worlds.Table(str(path)).open().original(np.zeros((1, 2)))[0, 0] == pytest.approx(5 + shift, abs=2)
        np.testing.assert_allclose(worlds.Table(str(path)).open(1).training.mean(axis=0), 0, atol=1e-12)
        path.with_name("text.txt").write_text("one two two" if shift else "three four four")
        assert worlds.Words(str(path.with_name("text.txt"))).labels[0] == ("two" if shift else "four")
        pl.DataFrame({"c": ["x", "y", "y"] if shift else ["u", "v", "v"]}).write_csv(path.with_name("c.csv"))
        assert worlds.Column(str(path.with_name("c.csv")), "c").labels[0] == ("y" if shift else "v")


# Files.


def test_a_digest_knows_what_is_in_files_and_not_where_or_when(tmp_path):
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a.csv").write_text("1,2\n")
        (tmp_path / place / "b.csv").write_text("3,4\n")
    os.utime(tmp_path / "there" / "a.csv", (1, 1))
    here, there = (files.digest(str(tmp_path / place)) for place in ("here", "there"))
    assert here == there
    assert files.digest(str(tmp_path / "here" / "*.csv")) == here
    (tmp_path / "there" / "b.csv").write_text("3,5\n")
    assert files.digest(str(tmp_path / "there")) != here
    # Moving a row from one file to the other is a change too.
    (tmp_path / "there" / "a.csv").write_text("1,2\n3,4\n")
    (tmp_path / "there" / "b.csv").unlink()
    assert files.digest(str(tmp_path / "there")) != here


def test_files_come_in_a_fixed_order(tmp_path):
    for name in ("b.csv", "a.csv", "deep/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n1\n")
    found = [path.name for path in files.files(str(tmp_path))]
    assert found == ["a.csv", "b.csv", "c.csv"]
    (tmp_path / ".hidden").write_text("no table")
    assert [path.name for path in files.files(str(tmp_path))] == found


def test_arrays_of_more_than_two_axes_become_columns(tmp_path):
    np.savez(tmp_path / "a.npz", pictures=np.arange(24.0).reshape(4, 2, 3), label=np.arange(4))
    found = reading.read_rows(str(tmp_path / "a.npz")).frame
    assert found.columns == [f"pictures{i}" for i in range(6)] + ["label"]
    assert found.height == 4


@pytest.mark.parametrize("separator", [",", "\t"])
def test_quotes_gaps_and_other_letters_are_read(tmp_path, separator):
    path = tmp_path / ("t.csv" if separator == "," else "t.tsv")
    path.write_text(f'"näme, x"{separator}b\n"é, 1"{separator}2\n{separator}NA\n', encoding="utf-8")
    found = reading.read_rows(str(path)).frame
    assert found.columns == ["näme, x", "b"]
    assert found.rows() == [("é, 1", "2"), (None, "NA")]
