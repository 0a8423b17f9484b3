"""Nothing left and absorbed: kept in files, counted, said, and left out of what is counted of the others."""

import io
import json

import msgspec
import numpy as np
import polars as pl
import pytest

import kellet
from kellet import Arm, curation, worlds
from kellet.experiment.run import Run
from kellet.experiment.running.blocks import MARKS, decode, encode
from kellet.experiment.verdict.quantiles import over
from kellet.experiment.verdict.summary import summarise
from kellet.families import Bernoulli, Gaussian
from kellet.report.compare import compare
from kellet.report.page import html

# Of ten points of a standard normal law each lies below -1.2 with chance 0.115: some replicates are left without any.
ARMS = {
    "all": Arm(),
    "few": Arm(curation=curation.Verifier(-9.0, -1.2)),
    "none": Arm(curation=curation.Verifier(8.0, 9.0)),
}
SETTINGS = {"world": worlds.Normal(), "family": Gaussian(), "arms": ARMS, "size": 10, "generations": 4, "block": 5}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return kellet.run(out=tmp_path_factory.mktemp("runs") / "mine", replicates=16, seed=1, **SETTINGS)


def test_what_is_left_without_points_is_kept_by_replicate(run):
    few, none = run.emptied("few"), run.emptied("none")
    assert (run.emptied("all") == -1).all()
    assert (none == 1).all()
    assert 0 < (few >= 0).sum() < 16
    values = run.values("few", "variance_ratio")
    for r, since in enumerate(few):
        assert np.isnan(values[r, since:]).all() == (since >= 0)
        assert np.isfinite(values[r, : since if since >= 0 else None]).all()
    assert (run.collapsed("few")[few >= 0] == -1).all()
    again = Run.read(run.folder.path)
    for mark in MARKS:
        for arm in ARMS:
            np.testing.assert_array_equal(getattr(again, mark)(arm), getattr(run, mark)(arm))
            np.testing.assert_array_equal(again.data[mark].sel(arm=arm), getattr(run, mark)(arm))


def test_medians_are_of_the_survivors_and_the_verdict_says_so(run):
    outcomes = {outcome.arm: outcome for outcome in summarise(run).outcomes}
    few, none = outcomes["few"], outcomes["none"]
    gone = run.emptied("few")
    assert (few.emptied, few.first, few.counted) == ((gone >= 0).sum(), gone[gone >= 0].min(), (gone < 0).sum())
    assert (none.kind, none.emptied, none.counted) == ("nothing left", 16, 0)
    assert few.kind == ("nothing left" if 2 * few.emptied >= 16 else few.level.word or "can't tell")
    assert len(over(run, "few", run.metrics[0])) == few.counted
    answer = run.answer()
    told = " ".join(answer.sentences)
    assert "“none”: nothing was left to learn from in 16 of 16 replicates, from generation 1 on" in told
    assert f"“few”: nothing was left to learn from in {few.emptied} of 16 replicates" in told
    assert f"those of the other {few.counted}." in told
    assert any("survivors" in note for note in answer.notes)
    cells = {row[0]: row[1] for row in answer.tables[0].rows}
    assert "nothing left in 16 of 16, from generation 1 on" in cells["none"]
    assert "nothing left" not in cells["all"]


def test_programs_read_it_too(run):
    arm = json.loads(msgspec.json.encode(run.answer().document()))["arms"]["none"]
    assert (arm["verdict"], arm["emptied"], arm["emptied_since"], arm["survival"]) == ("nothing left", 16, 1, None)
    assert "nothing left in 16 of 16" in html(run)
    (now,) = kellet.watch(run.folder.path)
    assert now.emptied == {arm: int((run.emptied(arm) >= 0).sum()) for arm in ARMS}
    assert any("16 with nothing left" in row[1] for row in now.table().rows)
    compared = compare({"mine": run})
    assert "In mine, “none”: nothing was left to learn from in 16 of 16 replicates" in " ".join(compared.sentences)
    assert compared.runs["mine"].arms["none"].emptied == 16


def test_blocks_that_older_versions_wrote_are_read_beside_new_ones(run):
    block = run.blocks["few"][0]
    rows, told = pl.read_parquet(io.BytesIO(encode(block))), io.BytesIO()
    rows.drop("emptied", "absorbed", "still").write_parquet(told, metadata={"kellet.reason": "", "kellet.failure": ""})
    old, new = sorted(decode({("a", 0): told.getvalue(), ("b", 0): encode(block)}), key=lambda one: one.cell)
    assert (old.mark("emptied") == -1).all()
    assert (old.mark("still") == 0).all()
    np.testing.assert_array_equal(new.mark("emptied"), block.mark("emptied"))
    np.testing.assert_array_equal(old.values["variance_ratio"], block.values["variance_ratio"])


def test_what_moves_no_more_is_told_with_its_curve(tmp_path):
    settings = {"size": 5, "generations": 60, "replicates": 40, "out": tmp_path / "run"}
    run = kellet.run(world=worlds.Bernoulli(0.5), family=Bernoulli(), **settings)
    (outcome,) = summarise(run).outcomes
    found = outcome.absorption
    since = run.absorbed("replace")
    assert (found.replicates, found.since) == ((since >= 0).sum(), np.median(since[since >= 0]))
    answer = run.answer()
    many = f"{found.replicates} of 40 replicates can write one thing only and move no more"
    assert many in " ".join(answer.sentences)
    assert f"absorbed: {found.replicates} of 40, median generation {found.since:g}" in answer.tables[0].rows[0][1]
    arm = json.loads(msgspec.json.encode(answer.document()))["arms"]["replace"]
    assert arm["absorption"]["replicates"] == found.replicates
    assert len(arm["survival"]["share"]) == len(arm["survival"]["theory"]) == 61
    early = ((since >= 0) & (since <= 5)).mean()
    assert run.survival("replace").share[5] == 1 - early > 0.1
    page = html(run)
    assert "How many can still move" in page
    assert f"absorbed: {found.replicates} of 40" in page


def test_no_survival_is_told_of_an_arm_that_there_is_not():
    run = kellet.run(world=worlds.Normal(), family=Gaussian(), size=5, generations=1, replicates=2)
    assert (run.survival("replace").share == 1).all()
    with pytest.raises(kellet.InputError, match="an arm of this run"):
        run.survival("fresh")
