"""People's tables of numbers, and columns of categories: what is left out, and what that biases."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kellet import InputError, worlds
from kellet.data import reading
from kellet.worlds import rows
from kellet.worlds.world import identify, open_world


def write(path, **columns):
    pl.DataFrame(columns).write_csv(path)
    return str(path)


@pytest.fixture
def people(tmp_path):
    """Old people have no income, here."""
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, 500)
    income = [None if a > 70 else str(i) for a, i in zip(age, rng.integers(900, 9000, 500), strict=True)]
    return write(tmp_path / "people.csv", age=age, income=income, name=[f"P{i}" for i in range(500)])


def test_complete_rows_are_taken_and_what_that_biases_is_told(people):
    world = worlds.Table(people)
    source = world.open(1)
    kept = sum(len(part) for part in (source.training, source.reserve, source.heldout))
    frame = pl.read_csv(people)
    whole = frame.drop_nulls()
    assert kept == whole.height
    left, gap = frame.filter(pl.col("income").is_null()), len(frame) - kept
    higher = left["age"].mean() - whole["age"].mean()
    (gaps,) = world.sight().notes
    assert world.sight().columns[2].use == "left out"
    many = f'{gap} of 500 rows ({gap / 500:.0%}) have gaps, most of them in "income", and are left out'
    assert gaps == f'{many}, which biases what is learnt: among them "age" is {higher:.3g} higher on average.'


def test_gaps_by_chance_bias_nothing(tmp_path):
    rng = np.random.default_rng(1)
    x = [None if rng.random() < 0.2 else str(v) for v in rng.normal(size=500)]
    world = worlds.Table(write(tmp_path / "t.csv", x=x, y=rng.normal(size=500)))
    gap = x.count(None)
    many = f'{gap} of 500 rows ({gap / 500:.0%}) have gaps, most of them in "x"'
    assert world.sight().notes == (f"{many}, and are left out.",)


def test_too_few_complete_rows_are_refused_with_the_column_that_lacks_most(tmp_path):
    path = write(tmp_path / "t.csv", x=np.arange(60) % 7, y=[None] * 55 + ["1", "2", "3", "4", "5"])
    with pytest.raises(
        InputError, match=r'at least 10 rows without gaps; got 5 of 60; 55 have no "y"\. Try --family copula'
    ):
        worlds.Table(path).open(1)


def test_categories_are_no_numbers_and_the_refusal_says_what_to_do(people, tmp_path):
    path = write(tmp_path / "t.csv", x=np.arange(60) % 7, job=["cook", "smith", "nurse"] * 20)
    said = "columns of numbers; got 1 that are not, \"job\" first (e.g. 'cook'). Try --columns x, or --family copula"
    with pytest.raises(InputError) as told:
        worlds.Table(path).open(1)
    assert said in str(told.value)
    with pytest.raises(InputError, match='one of the columns "x", "job"; got "y"'):
        worlds.Table(path, label="y").open(1)


def test_words_for_truth_are_numbers_and_numbers_what_they_are_said_to_be(tmp_path):
    path = write(tmp_path / "t.csv", ok=["yes", "no", "no"] * 20, zip=["00501", "02139", "10001"] * 20)
    source = worlds.Table(path, kinds={"zip": "number"}, scale="raw").open(1)
    every = np.concatenate([source.training, source.reserve, source.heldout])
    assert {tuple(row) for row in every} == {(1, 501), (0, 2139), (0, 10001)}


def test_large_whole_numbers_keep_their_differences(tmp_path):
    numbers = 10**18 + np.arange(100) % 13
    source = worlds.Table(write(tmp_path / "t.csv", x=numbers)).open(1)
    assert len(np.unique(source.training.round(9))) == 13
    book = worlds.Mixed(str(tmp_path / "t.csv")).open(1)
    assert set(book.codebook.rows(book.training)["x"].to_list()) == set(numbers.tolist())


def test_a_label_is_read_where_it_names_classes(tmp_path):
    rng = np.random.default_rng(0)
    kind = np.arange(90) % 3
    columns = {"x": rng.normal(kind * 9, 1), "y": rng.normal(size=90), "kind": kind, "id": range(90)}
    path = write(tmp_path / "t.csv", **columns)
    source = worlds.Table(path, ("x", "y"), label="kind").open(1)
    assert source.classes.names == ("0", "1", "2")
    assert source.classes.accuracy > 0.9
    with pytest.raises(InputError, match="a label of 2 to 200 classes, at least two of them with two points"):
        worlds.Table(path, ("x", "y"), label="id").open(1)


def test_a_column_of_categories_is_checked_once_and_refused_where_the_file_changed(tmp_path):
    path = write(tmp_path / "t.csv", count=["b", "a", "a"] * 10, other=range(30))
    world = identify(worlds.Column(path, "count"))
    law = open_world(world, 3)
    assert world.labels == ("a", "b")
    write(tmp_path / "t.csv", count=["z", "y", "y"] * 10, other=range(30))
    # What was opened stays as it was, however many replicates see it.
    assert law.repeat(7).truth.probabilities.shape == (7, 2)
    with pytest.raises(InputError, match="as it was when the experiment was made"):
        _ = world.labels


def test_what_is_missing_in_a_column_is_a_value_and_a_person_says_which_words_are(tmp_path):
    path = write(tmp_path / "t.csv", land=["NA", "DE", "?", None] * 10, other=range(40))
    assert set(worlds.Column(path, "land").labels) == {"NA", "DE", "?", "(missing)"}
    world = worlds.Column(path, "land", missing_words=("?",))
    assert dict(zip(world.labels, world.counts.tolist(), strict=True)) == {"(missing)": 20, "DE": 10, "NA": 10}
    assert world.sight().columns[0].missing == 20


def test_a_table_is_read_once_under_whatever_path_it_is_asked_for(people, monkeypatch):
    path = Path(people)
    monkeypatch.chdir(path.parent)
    assert reading.read(path.name) is reading.read(people)
    assert rows.read_rows(path.name, None, (), ())[1] is rows.read_rows(people, None, (), ())[1]
