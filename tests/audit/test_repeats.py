"""Repeats: rows that stand there twice, and copies of the reference's, against an exact zero."""

import numpy as np
import polars as pl

from kellet.audit.comparing import compare
from kellet.audit.exchange import Exchange, Zero
from kellet.audit.pairing import Question, Side
from kellet.audit.repeats import measure_rows
from kellet.data.content import Rows
from kellet.profile.columns import Column
from kellet.profile.table import profile_table


def draw(seed, n, values=1000):
    rng = np.random.default_rng(seed)
    return pl.DataFrame({"a": rng.integers(0, values, n).astype(str), "b": rng.integers(0, values, n).astype(str)})


def judge(mine, theirs):
    found = compare(Side("r", Rows(mine)), Side("c", Rows(theirs)), Question()).look.findings
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
    columns, rng, p = [Column("a", "category"), Column("b", "category")], np.random.default_rng(0), []
    for i in range(100):
        sides = (profile_table(draw(2 * i + j, 200, 6), columns) for j in range(2))
        p += [Zero.of(one.values).more for one in measure_rows(Exchange.of(*sides, rng, 99))]
    # 10 of each are expected at 5 % both, which depend on each other: 22 are beyond four standard deviations.
    assert len(p) == 200
    assert sum(one <= 0.05 for one in p) <= 22


def test_names_of_rows_are_no_part_of_them():
    mine = draw(0, 300).with_columns(id=pl.Series(range(300)).cast(pl.String) + "-x")
    theirs = mine.with_columns(id=pl.Series(range(300, 600)).cast(pl.String) + "-x")
    found = judge(mine, theirs)["duplicates_of_reference"]
    assert (found.value, found.verdict) == (1.0, "copied")
