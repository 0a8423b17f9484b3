"""`kellet data`, and the first run of somebody's own file."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kellet.experiment.running.folder import Folder

RNG = np.random.default_rng(0)
ROWS = 200


@pytest.fixture
def people(kellet):
    """A table as people have them, in the empty folder that the command is called in."""
    income = np.exp(RNG.normal(9, 0.5, ROWS)).round().astype(int).astype(object)
    income[RNG.random(ROWS) < 0.2] = None
    town = np.where(np.arange(ROWS) < 6, "Isny", RNG.choice(["Ulm", "Bonn"], ROWS))
    pl.DataFrame(
        {
            "name": [f"Person {i}" for i in range(ROWS)],
            "born": [f"{1950 + i % 50}-0{1 + i % 9}-1{i % 9}" for i in range(ROWS)],
            "town": RNG.permutation(town), "zip, code": [f"0{1000 + i % 7}" for i in range(ROWS)],
            "income": pl.Series(income.tolist()), "age": [*map(str, RNG.integers(18, 90, ROWS - 1)), "unknown"],
        }
    ).write_csv("people.csv")  # fmt: skip


def test_columns_are_shown_with_their_kinds_and_reasons(kellet, people):
    told = kellet("data", "people.csv", "--json")
    assert (told.code, told.err) == (0, "")
    columns = {column["name"]: column for column in json.loads(told.out)["data"]["columns"]}
    assert {name: column["kind"] for name, column in columns.items()} == {
        "name": "identifier", "born": "date", "town": "category", "zip, code": "category", "income": "number",
        "age": "number",
    }  # fmt: skip
    assert "1 other ('unknown')" in columns["age"]["reason"]
    assert columns["zip, code"]["examples"][0] == "01000"
    assert columns["income"]["missing"] > 20
    plain = kellet("data", "people.csv", "--out", "page.html").out
    assert 'Left out: "name".' in plain.replace("\n", " ")
    assert "leading zeros" in Path("page.html").read_text(encoding="utf-8")


def test_what_a_person_says_of_columns_wins(kellet, people):
    told = kellet(
        "data", "people.csv", "--columns", '"zip, code",age', "--kinds", '"zip, code=number",age=category', "--json",
        "--missing-words", "?,unknown",
    )  # fmt: skip
    assert told.code == 0, told.err
    columns = json.loads(told.out)["data"]["columns"]
    assert [(c["name"], c["kind"], c["missing"]) for c in columns] == [
        ("zip, code", "number", 0),
        ("age", "category", 1),
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--columns", "sex"), 'one of the columns "name", "born", "town"'),
        (("--kinds", "town"), "COLUMN=KIND, of the kinds number, count"),
        (("--kinds", "town=colour"), "COLUMN=KIND"), (("--kinds", "town=number"), 'numbers in "town", as you say'),
    ],
)  # fmt: skip
def test_what_can_not_be_meant_is_one_line(kellet, people, options, said):
    told = kellet("run", "people.csv", *options)
    assert (told.code, told.out) == (2, "")
    assert said in told.err
    assert len(told.err.splitlines()) == 1


def test_a_first_run_says_what_was_read_and_how_much_fits_and_goes_on_as_it_was(kellet, people, monkeypatch):
    monkeypatch.setattr("kellet.experiment.budget.LEAST", 0.0)
    monkeypatch.setattr("kellet.experiment.budget.SECONDS", 0.0)
    told = kellet("run", "people.csv", "--jobs", "1", "--json")
    assert told.code == 0, told.err
    read, fits = told.err.splitlines()
    assert read.startswith('people.csv: 200 rows, separated by ",". ')
    assert 'left out: "name"' in read
    assert fits.startswith("5 arms x 2 replicates x 3 generations, about ")
    (folder,) = Path("runs").iterdir()
    document = json.loads(told.out)
    assert document["data"]["columns"][0]["name"] == "name"
    assert "gaps_kept" in document["metrics"]
    again = kellet("run", "people.csv", "--jobs", "1", "--json")
    assert (again.code, again.err, json.loads(again.out)["arms"]) == (0, "", document["arms"])
    assert kellet("run", "people.csv", "--replicates", "3", "--jobs", "1", "--quiet").code == 0
    assert [path.name for path in Path("runs").iterdir()] == [folder.name]
    assert (Folder(folder).experiment().replicates, Folder(folder).experiment().generations) == (3, 3)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "What was read" in page
    assert "Isny" in page


def test_a_plan_names_what_it_promises_nothing_of(kellet, people):
    told = kellet("plan", "people.csv", "--generations", "2", "--budget-minutes", "0.1", "--jobs", "1", "--json")
    assert told.code in (0, 3), told.err
    document = json.loads(told.out)
    assert "rare_levels" not in document["keep"]
    assert "Nothing is promised of “rare categories kept”" in " ".join(document["notes"])
    assert document["data"]["columns"][0]["name"] == "name"
