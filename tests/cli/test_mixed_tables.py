"""A table of numbers and categories from the command line to the page."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

SMALL = ("--generations", "3", "--replicates", "2", "--size", "60", "--jobs", "1")


@pytest.fixture
def table(kellet):
    """Called in the empty folder that the command is called in."""
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, 400)
    job = np.where(age > 65, "retired", rng.choice(["baker", "smith"], 400)).astype(object)
    job[:3] = "falconer"
    job[3:6] = None
    pl.DataFrame(
        {"age": age, "job": job.tolist(), "income": rng.integers(0, 5, 400), "name": [f"n{i}" for i in range(400)]}
    ).write_csv("people.csv")


def test_a_mixed_table_runs_and_the_page_names_what_was_lost(kellet, table):
    told = kellet("run", "people.csv", "--family", "copula", "--columns", "age,job", *SMALL, "--out", "here")
    assert told.code == 0, told.err
    assert "categories" in told.out
    page = Path("here/report.html").read_text(encoding="utf-8")
    assert "What the tables lost" in page
    assert "job: falconer" in page
    assert "What the models write" in page
    assert "lacks" in page


def test_the_same_experiment_comes_out_of_its_file(kellet, table):
    told = kellet("run", "people.csv", "--family", "copula:floor=0.001", "--columns", "age,job", *SMALL, "--dry-run")
    assert 'kind = "mixed"' in told.out
    Path("e.toml").write_text(told.out, encoding="utf-8")
    first, second = (
        json.loads(kellet("run", *which, "--out", folder, "--json").out)
        for which, folder in (
            (("people.csv", "--family", "copula:floor=0.001", "--columns", "age,job", *SMALL), "one"),
            (("e.toml", "--jobs", "1"), "two"),
        )
    )
    assert first["arms"] == second["arms"]
    assert first["headlines"]["diversity"] == "surviving_levels"


def test_a_label_is_a_column_of_categories(kellet, table):
    told = kellet(
        "run", "people.csv", "--family", "copula", "--columns", "age", "--label", "income", *SMALL, "--dry-run"
    )
    assert 'columns = ["age", "income"]' in told.out
    assert 'kinds.income = "category"' in told.out or 'income = "category"' in told.out


def test_numbers_alone_need_no_categories(kellet, table):
    told = kellet("run", "people.csv", "--family", "copula", "--columns", "age,income", *SMALL, "--out", "here")
    assert told.code == 0, told.err
    assert "What the tables lost" not in Path("here/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--columns", "age,jobs"), 'one of the columns "age", "job", "income", "name"; got "jobs"'),
        (("--columns", "age,age"), "every column once"),
    ],
)
def test_columns_that_cannot_be_are_refused_in_one_line(kellet, table, here, arguments, said):
    before = here()
    told = kellet("run", "people.csv", "--family", "copula", *arguments, *SMALL)
    assert told.code == 2
    assert told.err.startswith("kellet: expected ")
    assert said in told.err
    assert len(told.err.strip().splitlines()) == 1
    assert here() == before


def test_a_machine_learns_a_table_of_bits_and_says_what_range_it_needs(kellet):
    bits = (np.random.default_rng(0).random((80, 5)) < 0.3).astype(int)
    np.save("bits.npy", bits)
    np.save("grey.npy", 16 * bits)
    family = "rbm:hidden=4,epochs=3,burn=3"
    assert kellet("run", "bits.npy", "--family", family, *SMALL[:4], "--size", "20", "--jobs", "1").code == 0
    told = kellet("run", "grey.npy", "--family", family, *SMALL[:4], "--size", "20")
    assert told.code == 2
    assert "--family rbm:top=16" in told.err
    assert (
        kellet("run", "grey.npy", "--family", f"{family},top=16", *SMALL[:4], "--size", "20", "--jobs", "1").code == 0
    )


def test_a_table_with_gaps_and_dates_is_learnt_as_it_is_and_the_page_says_whether_gaps_are_kept(kellet):
    rng = np.random.default_rng(0)
    old = rng.random(300) < 0.3
    pl.DataFrame(
        {
            "name": [f"Person {i}" for i in range(300)],
            "joined": [f"{i % 28 + 1:02}.{i % 12 + 1:02}.2015" for i in range(300)],
            "income": [None if gone else f"${value:,}" for gone, value in zip(old, range(1000, 1300), strict=True)],
            "job": [None if gone else "cook" for gone in old],
        }
    ).write_csv("people.csv")
    told = kellet("run", "people.csv", "--family", "copula", *SMALL, "--out", "here", "--json")
    assert told.code == 0, told.err
    assert "gaps_kept" in json.dumps(json.loads(told.out))
    page = Path("here/report.html").read_text(encoding="utf-8")
    assert "Gaps kept" in page
    # Dates stand at the ends of their picture.
    assert "2014-" in page
    assert "Person 1" not in page
