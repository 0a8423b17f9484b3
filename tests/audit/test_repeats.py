"""Repeats: rows that stand there twice, and copies of the reference's, against an exact zero."""

import numpy as np
import polars as pl

from kellet.audit.comparing import compare
from kellet.audit.pairing import Question, Side
from kellet.data.content import Rows


def draw(seed, n, values=1000):
    rng = np.random.default_rng(seed)
    return pl.DataFrame({"a": rng.integers(0, values, n).astype(str), "b": rng.integers(0, values, n).astype(str)})


def judge(mine, theirs, seed=0):
    found = compare(Side("r", Rows(mine)), Side("c", Rows(theirs)), Question(many=199, seed=seed)).look.findings
    return {one.measure: one for one in found if not one.about and one.measure.startswith("duplicates")}


def test_rows_of_the_reference_are_copies():
    mine, theirs = draw(0, 400), draw(1, 400)
    found = judge(mine, pl.concat([theirs[:370], mine[:30]]))
    assert found["duplicates_of_reference"].verdict == "copied"
    assert found["duplicates_of_reference"].value == 30 / 400
    assert found["duplicates"].verdict == "pass"


def test_rows_that_return_are_more_than_there_should_be():
    theirs = draw(1, 400)
    found = judge(draw(0, 400), pl.concat([theirs[:360], theirs[:40]]))
    assert found["duplicates"].verdict == "more"
    assert found["duplicates"].value == 80 / 400


def test_a_table_of_few_different_rows_does_not_alarm():
    alarms = sum(
        one.verdict != "pass" for i in range(40) for one in judge(draw(2 * i, 200, 6), draw(2 * i + 1, 200, 6)).values()
    )
    # 80 at 2.5 % each before they share a level: more than 7 come in 1 of 500 times.
    assert alarms <= 7


def test_names_of_rows_are_no_part_of_them():
    mine = draw(0, 300).with_columns(id=pl.Series(range(300)).cast(pl.String) + "-x")
    theirs = mine.with_columns(id=pl.Series(range(300, 600)).cast(pl.String) + "-x")
    found = judge(mine, theirs)["duplicates_of_reference"]
    assert (found.value, found.verdict) == (1.0, "copied")
