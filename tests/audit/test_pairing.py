"""Pairing: clusters stay together in tables, texts and vectors, and each column of texts is read."""

import numpy as np
import polars as pl
import pytest

from kellet.audit.comparing import compare
from kellet.audit.exchange import Exchange, Zero
from kellet.audit.pairing import Question, Side, pair
from kellet.audit.retention import sum_keys
from kellet.data.content import Rows
from kellet.errors import InputError

WORDS = np.array([f"w{i}" for i in range(2000)])
LAW = np.arange(1, 2001.0) ** -1.1


def write(rng, size, power=1.0):
    p = LAW**power
    return " ".join(rng.choice(WORDS, size, p=p / p.sum()))


def talk(seed, users=40, power=1.0, name="u"):
    """Answers of users, each of whom has a few words of their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        own = write(rng, 8, power)
        rows += [(f"{name}{user}", f"{write(rng, 12, power)} {own}") for _ in range(rng.geometric(0.25))]
    return pl.DataFrame(rows, ["user", "answer"], orient="row")


def look(mine, theirs, **asked):
    return compare(Side("r", Rows(mine)), Side("c", Rows(theirs)), Question(**asked))


def verdicts(found, measure="rare"):
    return {one.about: one.verdict for one in found.look.findings if one.measure == measure}


def test_answers_of_a_user_stay_in_one_group():
    mine, theirs = talk(0), talk(1, name="v")
    both = pair(Side("r", Rows(mine)), Side("c", Rows(theirs)), Question(cluster="user"), np.random.default_rng(0))
    assert both.reference.clusters.sum() == both.candidate.clusters.sum() == 40
    assert both.reference.clusters.max() == 1
    assert both.reference.height == mine.height
    assert set(both.reference.tallies) >= {"words", "2-grams", "3-grams", "document"}
    assert any('"user" says what belongs together (40 and 40' in note for note in both.notes)


def test_what_belongs_together_is_no_copy_and_no_loss():
    # Five answers of each user share eight words: as documents by themselves they would say more than they can.
    assert look(talk(0), talk(1, name="v"), cluster="user").look.verdict == "pass"
    assert look(talk(0), talk(2, power=1.4, name="v"), cluster="user").look.verdict == "lost"


def test_the_zero_of_clusters_is_exact_at_other_sizes():
    low = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        frames = []
        for users, name in ((40, "u"), (160, "v")):
            each = rng.geometric(0.3, users)
            owner = np.repeat(np.arange(users), each)
            own = rng.zipf(1.5, users).clip(0, 999)[owner]
            value = np.where(rng.random(len(owner)) < 0.7, own, rng.zipf(1.5, len(owner)).clip(0, 999))
            frames.append(pl.DataFrame({"user": [f"{name}{i}" for i in owner], "value": [f"x{v}" for v in value]}))
        both = pair(*(Side("", Rows(frame)) for frame in frames), Question(cluster="user"), rng)
        exchange = Exchange.of(both.reference, both.candidate, rng, 99)
        low.append(Zero.of(sum_keys(exchange, "value:value").rare_retention).both <= 0.1)
    # 6 are expected; 13 or more come in less than 1 of 200 times.  By hashes of users it would be 20.
    assert 1 <= sum(low) <= 12


def test_a_row_whose_user_is_not_known_belongs_to_no_other():
    frame = talk(0).with_columns(user=pl.when(pl.int_range(pl.len()) % 2 == 0).then("user"))
    both = pair(Side("r", Rows(frame)), Side("c", Rows(frame)), Question(cluster="user"), np.random.default_rng(0))
    known = frame["user"].drop_nulls().n_unique()
    assert both.reference.clusters.sum() == known + frame["user"].null_count()


def test_clusters_are_those_of_vectors_too():
    rng = np.random.default_rng(0)
    frames = []
    for name in "uv":
        vectors = (rng.standard_normal((40, 3))[:, None] + 0.1 * rng.standard_normal((40, 5, 3))).reshape(200, 3)
        users = np.repeat([f"{name}{i}" for i in range(40)], 5)
        frames.append(pl.DataFrame({"user": users, "kind": rng.choice(list("ab"), 200), "vector": list(vectors)}))
    both = pair(
        *(Side("", Rows(frame)) for frame in frames),
        Question(cluster="user", embedding="vector"),
        np.random.default_rng(0),
    )
    assert both.columns["vector"].candidate.clusters.sum() == 40
    assert verdicts(look(*frames, cluster="user", embedding="vector"), "coverage")["vector"] in ("pass", "inconclusive")


def test_each_column_of_texts_is_read():
    def table(seed, power):
        rng = np.random.default_rng(seed)
        return pl.DataFrame(
            {
                "lang": rng.choice(["en", "de", "fr"], 80),
                "question": [write(rng, 25) for _ in range(80)],
                "answer": [write(rng, 25, power) for _ in range(80)],
            }
        )

    mine, theirs = table(0, 1.0), table(1, 1.4)
    found = look(mine, theirs)
    seen = verdicts(found)
    assert (seen["answer"], seen["question"]) == ("lost", "pass")
    assert "2-grams of answer" in seen
    # A lost answer is a lost table.
    assert found.look.verdict == "lost"
    assert verdicts(found, "rare words")[""] == "lost"
    assert "answer" in {one.about for one in found.look.losses}
    only = look(mine, theirs, text="question")
    assert "answer" not in verdicts(only)
    assert only.look.verdict == "pass"
    assert any('only "question" is read' in note for note in only.look.notes)


def test_a_closer_look_at_one_group_leaves_others_alone():
    rng = np.random.default_rng(0)
    mine, theirs = (
        pl.DataFrame({"sex": rng.choice(["f", "m"], 600), "job": [f"j{v}" for v in rng.zipf(1.6, 600).clip(0, 200)]})
        for _ in range(2)
    )
    # Of women nothing but the most frequent job is left, and so few assignments are looked at again.
    theirs = theirs.with_columns(job=pl.when(pl.col("sex") == "f").then(pl.lit("j1")).otherwise("job"))
    found = look(mine, theirs, group=("sex",), many=199)
    assert verdicts(found)["sex=f"] == "lost"
    assert verdicts(found)["sex=m"] != "lost"


def test_what_belongs_together_must_be_a_column():
    with pytest.raises(InputError, match="one of the columns"):
        look(talk(0), talk(1), cluster="owner")
