"""What the candidate teaches, against what as many real rows teach."""

import numpy as np
import polars as pl
import pytest

from kellet.audit.exchange import Zero
from kellet.audit.finding import Finding, judge
from kellet.audit.use import measure_use
from kellet.errors import InputError


def table(rng, n, strength=1.0, weaker="none"):
    """Rows whose answers depend on a number and a word, less so for one group; some values are missing."""
    group = rng.choice(["a", "b"], n)
    word = rng.choice(["red", "green", "blue", "teal"], n, p=[0.4, 0.35, 0.246, 0.004])
    x = rng.normal(size=n)
    push = 1.5 * (x + (word == "red") - (word == "teal")) * np.where(group == weaker, 0, strength)
    y = push + rng.normal(size=n)
    return pl.DataFrame(
        {
            "group": group,
            "word": pl.Series([None if lost else w for lost, w in zip(rng.random(n) < 0.05, word, strict=True)]),
            "x": pl.Series(np.where(rng.random(n) < 0.05, np.nan, x)).fill_nan(None),
            "yes": np.where(y > 0.7, "yes", "no"),
            "y": y,
        }
    )


def learn(reference, candidate, target, seed=0, many=99, by=()):
    dropped = "y" if target == "yes" else "yes"
    sides = ((reference.drop(dropped), None), (candidate.drop(dropped), None))
    return {one.about: one for one in measure_use(*sides, target, np.random.default_rng(seed), by, many)}


@pytest.mark.parametrize("target", ["yes", "y"])
def test_a_real_sample_teaches_as_much(target):
    rng = np.random.default_rng(1)
    finding = Finding.of(learn(table(rng, 800), table(rng, 800), target)[""])
    assert finding.verdict == "pass"
    assert finding.low < finding.fresh < finding.high
    assert finding.zero == pytest.approx(finding.fresh, abs=0.02)


@pytest.mark.parametrize("target", ["yes", "y"])
@pytest.mark.parametrize("size", [300, 800, 4000])
def test_what_was_weakened_teaches_less(target, size):
    rng = np.random.default_rng(2)
    finding = Finding.of(learn(table(rng, 800), table(rng, size, 0.0), target)[""])
    assert finding.verdict == "lost"
    assert finding.value < finding.zero_low


def test_it_says_whom_it_costs():
    rng = np.random.default_rng(3)
    found = learn(table(rng, 1500), table(rng, 1500, weaker="b"), "y", by=("group",))
    assert list(found) == ["", "group=a", "group=b"]
    assert Zero.of(found["group=b"].values).less <= 0.02
    costs = {about: one.fresh - one.values[0] for about, one in found.items()}
    assert costs["group=b"] > costs["group=a"]


def test_rows_that_hold_something_rare_are_scored_apart():
    rng = np.random.default_rng(4)
    found = learn(table(rng, 15_000), table(rng, 15_000), "yes", many=9)
    assert "rows that hold something rare" in found
    assert "rows that hold something rare" not in learn(table(rng, 900), table(rng, 900), "yes", many=9)


def test_a_better_teacher_is_no_alarm():
    rng = np.random.default_rng(5)
    noisy = table(rng, 600)
    clean = noisy.with_columns(y=1.5 * pl.col("x").fill_null(0) + 1.5 * (pl.col("word") == "red").fill_null(False))
    assert Finding.of(learn(noisy, clean, "y")[""]).verdict == "pass"
    above = Zero.of(np.array([0.9, *rng.normal(0.8, 0.01, 199)]))
    assert [judge(above, meaning, 0.1) for meaning in ("enough", "amount")] == ["pass", "more"]


def test_scores_are_those_of_plain_least_squares():
    from sklearn.linear_model import LinearRegression

    rng = np.random.default_rng(6)
    real, other = table(rng, 3000), table(rng, 3000)
    rows = pl.concat([real, other]).drop_nulls().to_dummies(["word", "group"]).select(pl.exclude("yes", "y"))
    answers = pl.concat([real, other]).drop_nulls()["y"]
    half = len(rows) // 2
    model = LinearRegression().fit(rows[half:], answers[half:])
    plain = model.score(rows[:half], answers[:half])
    # Bins of a normal number keep all but a few per cent of its variance; missing values cost the rest.
    assert learn(real, other, "y", many=9)[""].values[0] == pytest.approx(plain, abs=0.08)


@pytest.mark.parametrize("target", ["yes", "y"])
def test_false_alarms_are_as_many_as_they_should_be(target):
    rng, alarms = np.random.default_rng(7), []
    for seed in range(30):
        zero = Zero.of(learn(table(rng, 150), table(rng, 250), target, seed, 19)[""].values)
        alarms.append(min(zero.less, zero.more) <= 0.05)
    # 30 trials at 10 %: more than 13 have a chance below 1e-6.
    assert sum(alarms) <= 13


def test_rows_that_belong_together_are_exchanged_together():
    rng = np.random.default_rng(9)
    # A prime number of rows, so that copies dealt in turn come into different groups.
    sides = [pl.concat([table(rng, 307).drop("yes")] * 5) for _ in range(2)]
    clusters = np.tile(np.arange(307, dtype=np.uint64) * np.uint64(7919), 5)
    scatter = []
    for own in (None, clusters):
        found = next(measure_use((sides[0], own), (sides[1], own), "y", np.random.default_rng(0)))
        scatter.append(Zero.of(found.values).scatter)
    assert scatter[1] > 2 * scatter[0]


def test_bad_input_is_one_line():
    rows = table(np.random.default_rng(8), 100)
    with pytest.raises(InputError, match='a target among the columns; got "z"'):
        list(measure_use((rows, None), (rows, None), "z", np.random.default_rng(0)))
    with pytest.raises(InputError, match="at least 8 documents on either side"):
        list(measure_use((rows, None), (rows[:5], None), "y", np.random.default_rng(0)))
