"""Who disappears: shares of groups, and what is rare and far out within each."""

import numpy as np
import polars as pl
import pytest

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Finding
from kellet.audit.groups import choose_groups, measure_groups
from kellet.errors import InputError
from kellet.profile.columns import Column
from kellet.profile.table import profile_table

COLUMNS = (Column("sex", "category"), Column("job", "category"), Column("pay", "number"))


def people(rng, n, cooled=False):
    """cooled: rare jobs of women, and their highest pay, are gone."""
    women = rng.random(n) < 0.4
    p = 1 / np.arange(1, 101)
    job, pay = rng.choice(100, n, p=p / p.sum()), rng.normal(size=n)
    if cooled:
        job, pay = np.where(women, job % 40, job), np.where(women, np.clip(pay, -1.5, 1.5), pay)
    return pl.DataFrame({"sex": np.where(women, "f", "m"), "job": job.astype(str), "pay": pay})


def measure(mine, theirs, many=199):
    groups = choose_groups(mine, ("sex",))
    mine, theirs = (profile_table(frame, COLUMNS, within=groups) for frame in (mine, theirs))
    exchange = Exchange.of(mine, theirs, np.random.default_rng(1), many)
    return {(m.measure, m.about): Finding.of(m) for m in measure_groups(exchange, groups)}


def test_what_one_group_lost_is_told_of_that_group():
    rng = np.random.default_rng(2)
    found = measure(people(rng, 2000), people(rng, 2000, cooled=True))
    assert found["rare", "sex=f"].verdict == found["tails", "sex=f"].verdict == "lost"
    assert {found["rare", "sex=m"].verdict, found["tails", "sex=m"].verdict} <= {"pass", "inconclusive"}
    assert found["share", "sex=f"].verdict == "pass"


def test_a_group_that_disappears_is_told():
    rng = np.random.default_rng(3)
    theirs = people(rng, 3000).filter((pl.col("sex") == "m") | (pl.Series(rng.random(3000)) < 0.5))
    found = measure(people(rng, 2000), theirs)
    assert found["share", "sex=f"].value == pytest.approx((theirs["sex"] == "f").mean(), abs=0.01)
    assert found["share", "sex=f"].verdict == "lost"
    assert found["share", "sex=m"].verdict == "more"


def test_a_group_that_is_gone_has_nothing_left():
    rng = np.random.default_rng(4)
    found = measure(people(rng, 800), people(rng, 800).filter(sex="m"))
    assert found["share", "sex=f"].value == found["rare", "sex=f"].value == 0
    assert found["rare", "sex=f"].verdict == "lost"


def test_columns_that_are_not_there_are_refused():
    with pytest.raises(InputError, match='got "race"'):
        choose_groups(people(np.random.default_rng(5), 10), ("race",))


def test_samples_of_one_law_alarm_as_often_as_they_should():
    rng, found = np.random.default_rng(6), []
    for _ in range(100):
        findings = measure(people(rng, 300), people(rng, 300), many=39)
        found.append([findings[name, "sex=f"].p <= 0.1 for name in ("share", "rare", "tails")])
    # 100 trials at 10 %: more than 29 have a chance below 1e-6.
    assert (np.sum(found, axis=0) <= 29).all()
    assert (np.sum(found, axis=0) >= 1).all()
