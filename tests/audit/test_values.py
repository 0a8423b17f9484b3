"""What of a table's values is kept, lost and invented: of census rows a hold-out passes, a synthesizer lost, a copy was
copied.
"""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kellet.audit.alignment import align
from kellet.audit.exchange import Exchange
from kellet.audit.finding import Finding
from kellet.audit.values import list_invented, list_losses, measure_values
from kellet.data.reading import read_rows
from kellet.profile.columns import Column
from kellet.profile.table import profile_table

DATA = Path(__file__).parent / "data"


@cache
def census(name):
    """The exchange of the training part with another, and its findings by measure and column."""
    found = align(*(read_rows(str(DATA / f"census-{one}.csv.gz")) for one in ("trn", name)))
    mine, theirs = (profile_table(frame, found.columns) for frame in (found.reference, found.candidate))
    exchange = Exchange.of(mine, theirs, np.random.default_rng(1), 199)
    return exchange, {(m.measure, m.about): Finding.of(m) for m in measure_values(exchange)}


def exchange(mine, theirs, *columns, many=199):
    frames = (pl.DataFrame(mine), pl.DataFrame(theirs))
    return Exchange.of(*(profile_table(one, columns) for one in frames), np.random.default_rng(2), many)


@pytest.mark.parametrize(("name", "verdict"), [("hol", "pass"), ("syn_mostly", "lost"), ("syn_flip30", "copied")])
def test_census_tables_get_their_verdicts(name, verdict):
    assert census(name)[1]["rare", ""].verdict == verdict


def test_pairs_of_a_copy_were_copied():
    assert census("hol")[1]["rare pairs", ""].verdict == "pass"
    assert census("syn_flip30")[1]["rare pairs", ""].verdict == "copied"


def test_all_columns_together_are_counted_as_by_hand():
    mine, theirs = (read_rows(str(DATA / f"census-{one}.csv.gz")).frame for one in ("trn", "syn_mostly"))
    rare = kept = 0
    for name in mine.drop("fnlwgt").columns:
        few = mine[name].value_counts(name="times").filter(pl.col("times") <= 3)[name]
        rare, kept = rare + len(few), kept + few.is_in(theirs[name].unique().implode()).sum()
    assert census("syn_mostly")[1]["rare", ""].value == pytest.approx(kept / rare)


def test_losses_and_inventions_are_named():
    real, _ = census("syn_mostly")
    losses = list_losses(real)
    assert ("capital_gain", "15024") in [(one.about, one.name) for one in losses[:10]]
    assert all(one.candidate < one.expected for one in losses)
    invented = list_invented(real)
    assert (invented[0].about, invented[0].name, invented[0].reference) == ("native_country", "_RARE_", 0)
    assert not any(one.reference for one in invented)
    assert census("syn_mostly")[1]["invented", ""].verdict == "more"
    assert census("syn_flip30")[1]["invented", ""].verdict == "pass"


def test_the_most_surprising_loss_comes_first():
    words = ["a"] * 200 + ["b"] * 40 + ["c"] * 5 + ["d"] * 1
    other = ["a"] * 218 + ["b"] * 28
    losses = list_losses(exchange({"x": words}, {"x": other}, Column("x", "category")))
    # exp(-surprise) is the chance that all five are the reference's: 1/32; of the others more.
    assert [one.name for one in losses] == ["c", "b", "d"]
    assert [(one.reference, one.candidate, one.expected) for one in losses[:1]] == [(5, 0, 5.0)]
    assert [one.name for one in list_losses(exchange({"x": words}, {"x": other}, Column("x", "category")), most=1)] == [
        "c"
    ]


def test_redacted_profiles_name_nothing():
    profile = profile_table(pl.DataFrame({"x": ["a", "b"] * 100}), [Column("x", "category")]).redact()
    other = profile_table(pl.DataFrame({"x": ["a"] * 200}), [Column("x", "category")]).redact()
    [loss] = list_losses(Exchange.of(profile, other, np.random.default_rng(3), 19))
    assert (loss.name, loss.reference, loss.candidate) == (None, 100, 0)


def test_missing_values_are_values_and_their_share_is_measured():
    rng = np.random.default_rng(4)
    full = pl.Series(rng.normal(size=800))
    gone = full.set(pl.Series(rng.random(800) < 0.1), None)
    found = {m.measure: Finding.of(m) for m in measure_values(exchange({"x": full}, {"x": gone}, Column("x", "number")))
             if m.about}  # fmt: skip
    assert found["missing"].value == pytest.approx(gone.null_count() / 800)
    assert found["missing"].verdict == found["invented"].verdict == "more"
    [new] = list_invented(exchange({"x": full}, {"x": gone}, Column("x", "number")))
    assert new.name == "(missing)"


def test_lost_pairs_are_found_where_no_value_is_lost():
    rng = np.random.default_rng(5)
    a, b = (rng.choice(30, 900, p=(p := 1 / np.arange(1, 31)) / p.sum()).astype(str) for _ in range(2))
    columns = (Column("a", "category"), Column("b", "category"))
    found = exchange({"a": a[:450], "b": b[:450]}, {"a": a[450:], "b": a[450:]}, *columns)
    findings = {(m.measure, m.about): Finding.of(m).verdict for m in measure_values(found)}
    assert findings["rare pairs", ""] == findings["rare pairs", "a and b"] == "lost"


def test_samples_of_one_law_alarm_as_often_as_they_should():
    rng, low = np.random.default_rng(6), []
    columns = (Column("a", "category"), Column("b", "category"))
    p = 1 / np.arange(1, 201)
    for _ in range(100):
        a = rng.choice(200, 600, p=p / p.sum())
        b = (a + rng.integers(0, 3, 600)).astype(str)
        frame = pl.DataFrame({"a": a.astype(str), "b": b})
        found = exchange(frame[:300], frame[300:], *columns, many=39)
        low.append(
            [Finding.of(m).p <= 0.1 for m in measure_values(found) if m.measure.startswith("rare") and not m.about]
        )
    # 100 trials at 10 %, two measures: more than 29 of either has a chance below 1e-6.
    assert (np.sum(low, axis=0) <= 29).all()
    assert np.sum(low) >= 1


def test_a_column_that_one_side_lacks_wholly_is_no_error():
    found = exchange({"x": [None] * 100}, {"x": [1.0, 2.0] * 50}, Column("x", "number"))
    assert {m.measure for m in measure_values(found)} >= {"missing"}
