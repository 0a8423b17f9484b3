"""Tables with a label, from the file to the page."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kellet import InputError, families, read, worlds
from kellet import run as compute
from kellet.data.labelled import LabelledSet

ROWS = 300
SMALL = ("--generations", "2", "--replicates", "2", "--size", "60", "--jobs", "1")


@pytest.fixture
def path(tmp_path):
    rng = np.random.default_rng(0)
    age = rng.normal(50, 10, ROWS)
    job = rng.choice(["baker", "smith", "falconer"], ROWS)
    pay = 3 * age + 20 * (job == "smith") + rng.normal(0, 5, ROWS)
    risk = np.where(age + rng.normal(0, 5, ROWS) > 50, "high", "low").tolist()
    frame = pl.DataFrame({"age": age, "job": job, "pay": pay, "risk": risk, "fixed": ["x"] * ROWS})
    frame = frame.with_columns(
        pl.when(pl.int_range(pl.len()) % 20 == 3).then(None).otherwise(pl.col("age")).alias("age"),
        pl.when(pl.int_range(pl.len()) % 30 == 7).then(None).otherwise(pl.col("risk")).alias("risk"),
    )
    frame.write_csv(tmp_path / "people.csv")
    return str(tmp_path / "people.csv")


def test_features_are_seen_as_the_codebook_sees_them_and_the_label_is_last(path):
    source = worlds.Labelled(path, "pay", ("age", "job")).open(2)
    assert isinstance(source, LabelledSet)
    # The age, three jobs, whether the age is missing, and the pay.
    assert source.training.shape == (180, 6)
    assert source.labels == ()
    assert source.names == ("age", "job", "pay")
    np.testing.assert_allclose(source.training[:, [0, -1]].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(source.training[:, -1].std(), 1)
    assert (source.training[:, 1:4].sum(axis=1) == 1).all()
    assert source.features.sample(7, np.random.default_rng(0)).values.shape == (2, 7, 5)


def test_rows_without_a_label_are_left_out_and_said_to_be(path):
    world = worlds.Labelled(path, "risk")
    source = world.open()
    assert len(source.training) + len(source.reserve) + len(source.heldout) == 290
    assert set(np.unique(source.training[:, -1])) == {0, 1}
    assert set(source.labels) == {"high", "low"}
    assert '10 of 300 rows have no "risk", and are left out.' in world.sight().notes
    assert [column.use for column in world.sight().columns if column.name == "risk"] == ["the label, a category"]


@pytest.mark.parametrize(
    ("label", "kinds", "said"),
    [
        ("risc", {}, r'one of the columns .*; got "risc". Try --label risk'),
        ("fixed", {}, "a label of numbers or categories"),
        ("risk", {"risk": "number"}, 'numbers in "risk", as you say'),
    ],
)
def test_a_label_that_says_nothing_is_refused(path, label, kinds, said):
    with pytest.raises(InputError, match=said):
        worlds.Labelled(path, label, kinds=kinds).open()


def test_what_learns_a_label_follows_from_what_it_is(path):
    number, category = (read(path, label=label).experiment for label in ("pay", "risk"))
    assert isinstance(number.family, families.Regression)
    assert isinstance(category.family, families.Classification)
    assert "“pay” from the other columns" in read(path, label="pay").answer().sentences[-1]
    few = read(path, label="risk", family=families.Classification("GaussianNB"))
    assert compute(few.experiment, generations=1, replicates=2, size=60).values("replace", "skill").shape == (2, 2)


@pytest.mark.parametrize(
    "which",
    [
        ("--label", "pay"),
        ("--label", "pay", "--family", "regression:ridge=2"),
        ("--label", "pay", "--family", "regression:KNeighborsRegressor,n_neighbors=3", "--columns", "age"),
        ("--label", "risk"),
        ("--label", "risk", "--family", "classification:RandomForestClassifier,max_depth=3,n_estimators=3"),
    ],
    ids=" ".join,
)
def test_a_label_is_learnt_from_the_command_line_to_the_page(kellet, path, which):
    told = kellet("run", path, *which, *SMALL, "--out", "here")
    assert told.code == 0, told.err
    assert "of perfect skill on real rows" in told.out
    page = Path("here/report.html").read_text(encoding="utf-8")
    assert "for features that stay real" in page
    assert "the label, a" in page
    again = kellet("run", "here", "--quiet")
    assert again.code == 0, again.err


@pytest.mark.parametrize(
    ("which", "said"),
    [
        (("--family", "regression"), "a column of labels"),
        (("--label", "pay", "--family", "classification"), "a label of categories for the classification family; got"),
        (("--label", "risk", "--family", "regression"), "a label of numbers for the regression family"),
        (("--label", "risk", "--family", "classification:Nope"), "a classifier of scikit-learn's"),
        (("--label", "risk", "--family", "classification:LinearSVC"), "a classifier with predict_proba"),
    ],
)
def test_a_wrong_kind_of_label_is_refused_with_what_to_try(kellet, path, which, said):
    told = kellet("run", path, *which, *SMALL)
    assert told.code == 2
    assert said in told.err
    assert told.err.count("\n") == 1 + told.err.startswith("people.csv")


def test_few_different_numbers_are_classes_where_somebody_says_so(kellet, path):
    pl.read_csv(path).with_columns(floor=pl.int_range(pl.len()) % 3).write_csv("floors.csv")
    told = kellet("run", "floors.csv", "--label", "floor", "--family", "classification", *SMALL, "--dry-run")
    assert 'kinds = {floor = "category"}' in told.out or 'floor = "category"' in told.out


def test_a_plan_keeps_skill(kellet, path):
    told = kellet("plan", path, "--label", "pay", "--generations", "2", "--budget-minutes", "0.02", "--jobs", "1")
    assert told.code in (0, 3), told.err
    assert "skill" in told.out
