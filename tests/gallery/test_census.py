"""The census's tables: what is shipped, and what shuffling leaves."""

import numpy as np
import polars as pl

from kellet.gallery.papers import census


def test_three_tables_are_shipped_with_the_same_columns():
    tables = [census.read(f"census-{name}") for name in ("train", "holdout", "synthetic")]
    assert {table.shape for table in tables} == {(2000, 14)}
    assert len({tuple(table.columns) for table in tables}) == 1


def test_shuffling_changes_three_tenths_at_most_and_keeps_every_value():
    table = pl.DataFrame({"a": np.arange(1000)})
    shuffled = census.shuffle(table, np.random.default_rng(0))
    assert sorted(shuffled["a"]) == sorted(table["a"])
    assert 0.28 < (shuffled["a"] != table["a"]).mean() <= 0.3


def test_kept_are_the_values_that_both_have():
    counts, kept = census.find_kept(pl.DataFrame({"a": ["x", "x", "y"]}), pl.DataFrame({"a": ["x", "z"]}))
    assert counts.tolist() == [2, 1]
    assert kept.tolist() == [1, 0]
