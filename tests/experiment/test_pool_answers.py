"""What comes out of a run in which an arm has a pool: labelled arrays, the answer, documents, comparisons, curves."""

import json

import msgspec
import numpy as np
import pytest

import kellet
from kellet import InputError, worlds
from kellet.cli.main import main
from kellet.experiment.verdict.quantiles import over
from kellet.families import Categorical, Gaussian, Mixture, NGram
from kellet.loop.pool.settings import Humans, Pool, Writer
from kellet.metrics import find_metric
from kellet.page.wording import percent
from kellet.report.trackers import scalars

BETWEEN = (
    "model_share", "model_share_read", "differentiation", "writers_apart", "writers_distance", "exclusive_kept",
    "exclusive_anywhere", "tail_anywhere",
)  # fmt: skip
WORLD = worlds.Zipf(60)
POOL = Pool(humans=Humans(share=0.01), window=1, pools=3, migration=0.02)
ARMS = {
    "replace": kellet.Arm(),
    "web": kellet.Arm(pool=POOL, writers={"small": Writer(size=30), "large": Writer(many=2)}),
    "two": kellet.Arm(pool=msgspec.structs.replace(POOL, pools=2), writers={"small": Writer(), "other": Writer()}),
}
MEMBERS = ("small", "large 1", "large 2")
SETTINGS = {"world": WORLD, "family": Categorical(), "size": 200, "arms": ARMS, "generations": 25, "replicates": 20}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pool") / "run"


@pytest.fixture(scope="module")
def run(folder):
    return kellet.run(**SETTINGS, out=folder)


def test_labelled_arrays_hold_what_is_between_writers_and_nothing_for_others(run):
    assert tuple(metric.name for metric in run.between) == BETWEEN
    assert not {metric.name for metric in run.metrics} & set(BETWEEN)
    for name in BETWEEN:
        assert run.data[name].dims == ("arm", "replicate", "generation")
        assert np.isnan(run.data[name].sel(arm="replace")).all()
        np.testing.assert_array_equal(run.data[name].sel(arm="web"), run.values("web", name))
    assert float(run.data["model_share"].sel(arm="web", generation=1)[0]) == pytest.approx(0.99)


def test_each_writer_has_arrays_of_its_own_by_name(run):
    found = run.by_writer
    assert dict(found.sizes) == {"arm": 2, "writer": 4, "replicate": 20, "generation": 26}
    assert set(found.data_vars) == {*(metric.name for metric in run.metrics), "model_share_read"}
    np.testing.assert_array_equal(
        found["tail_kept"].sel(arm="web", writer="large 2"), run.values("web", "tail_kept@large 2")
    )
    assert np.isnan(found["tail_kept"].sel(arm="two", writer="large 1")).all()
    whole = found["tail_kept"].sel(arm="web", writer=list(MEMBERS)).mean("writer")
    np.testing.assert_allclose(whole, run.data["tail_kept"].sel(arm="web"))
    assert not kellet.run(world=WORLD, family=Categorical(), size=9, generations=1, replicates=1).by_writer.data_vars


def test_the_answer_has_a_part_for_arms_with_a_pool(run):
    answer = run.answer()
    told = json.loads(answer.json())
    assert told["arms"]["replace"]["web"] is None
    assert set(told["between"]) == set(BETWEEN)
    web = told["arms"]["web"]["web"]
    assert tuple(web["writers"]) == tuple(web["by_writer"]) == tuple(web["half_lost"]) == MEMBERS
    assert web["between"]["model_share"]["start"]["median"] == 0
    for name in BETWEEN:
        values = run.values("web", name)
        for end, column in (("start", 0), ("end", -1)):
            known = values[:, column][~np.isnan(values[:, column])]
            assert web["between"][name][end]["median"] == pytest.approx(np.median(known))
        assert web["between"][name]["mean"] == pytest.approx(known.mean())
    small = over(run, "web", find_metric("tail_kept@small"))
    assert web["by_writer"]["small"]["tail_kept"]["end"]["median"] == pytest.approx(np.median(small[:, -1]))
    medians = np.median(small, axis=0)
    assert web["half_lost"]["small"] == 1 + np.flatnonzero(medians >= medians[0] / 2)[-1]


def test_an_arm_is_held_against_its_own_beginning_where_others_have_other_writers(run):
    arms = run.answer().data.arms
    for name in ARMS:
        left = arms[name].left["rare"]
        assert left.start.median == np.median(run.values(name, left.metric)[:, 0])
    assert run.survival("web").theory is None


def test_the_answer_says_what_was_read_how_writers_differ_and_who_lost_first(run):
    (web,) = (sentence for sentence in run.answer().sentences if sentence.startswith("Of what the 3 writers of “web”"))
    read, share = (run.values("web", name) for name in ("model_share_read", "differentiation"))
    assert f"models wrote {percent(np.median(read[:, -1]))}" in web
    assert f"{percent(np.median(share[:, -1]))} lies between writers" in web
    lost = run.answer().data.arms["web"].web.half_lost
    assert lost["small"] < min(t for name, t in lost.items() if t is not None and name != "small")
    first = f"“small” has less than half of its own from generation {lost['small']} on"
    assert any(first in sentence for sentence in run.answer().sentences)


def test_a_run_that_is_resumed_has_the_same_columns_and_numbers(run, folder):
    before = {arm: {name: run.values(arm, name) for name in run.blocks[arm][0].values} for arm in ARMS}
    for cell in (folder / "cells").glob(f"{run.resolved.cells['web'].id}-*.parquet"):
        cell.unlink()
    again = kellet.run(**SETTINGS, out=folder)
    for found in (again, kellet.Run.read(folder)):
        assert {arm: tuple(found.blocks[arm][0].values) for arm in ARMS} == {a: tuple(v) for a, v in before.items()}
        for arm, columns in before.items():
            for name, values in columns.items():
                np.testing.assert_array_equal(found.values(arm, name), values)


def test_it_is_shown_and_compared_and_tracked(run, folder, capsys):
    main(["show", str(folder), "--json"])
    assert json.loads(capsys.readouterr().out)["arms"]["web"]["web"]["writers"] == list(MEMBERS)
    main(["show", str(folder)])
    assert "lies between writers" in " ".join(capsys.readouterr().out.split())
    found = kellet.compare({"one": run, "other": folder}, metric="writers_distance")
    assert set(found.runs["one"].arms) == {"web", "two"}
    start, end = (np.median(run.values("web", "writers_distance")[:, t]) for t in (0, -1))
    assert found.left["web"]["other"].median == pytest.approx(end / start)
    lines = dict(scalars(run))
    assert lines["web"][25]["model_share"] == pytest.approx(np.median(run.values("web", "model_share")[:, -1]))
    assert "model_share" not in lines["replace"][25]


def test_a_sweep_tabulates_what_is_between_writers():
    sweep = kellet.sweep(**SETTINGS | {"generations": 3, "replicates": 5}, grid={"size": (50, 200)})
    rows = sweep.table("size", "differentiation")
    assert [(row.arm, row.value) for row in rows] == [("web", 50), ("web", 200), ("two", 50), ("two", 200)]
    assert rows[2].median == pytest.approx(np.median(sweep.runs[0].values("two", "differentiation")[:, -1]))
    assert rows[2].median > rows[3].median
    assert sweep.data["differentiation"].dims == ("arm", "size", "replicate", "generation")
    assert np.isnan(sweep.data["differentiation"].sel(arm="replace")).all()
    assert "differences between writers" in sweep.answer("size", "differentiation").sentences[0].lower()


def test_what_is_between_writers_is_watched_of_every_pool_and_not_by_name():
    with pytest.raises(InputError, match="differentiation, which is watched of every pool"):
        kellet.run(**SETTINGS | {"metrics": ("tail_kept", "differentiation")})
    named = kellet.run(**SETTINGS | {"metrics": ("tail_kept",), "generations": 1, "replicates": 2})
    assert tuple(named.blocks["two"][0].values)[:3] == ("tail_kept", "model_share", "model_share_read")


def test_writers_who_have_nothing_between_them_are_left_out_and_none_is_null():
    # With one point each, whoever wrote it, all writers soon write the same one: nothing varies.
    arm = kellet.Arm(pool=Pool(window=1), writers={"": Writer(many=2, size=2)})
    run = kellet.run(world=WORLD, family=Categorical(), size=2, arms={"tiny": arm}, generations=40, replicates=6)
    share = run.values("tiny", "differentiation")
    assert np.isnan(share[:, -1]).all()
    told = json.loads(run.answer().json())["arms"]["tiny"]["web"]["between"]
    assert told["differentiation"]["end"] == {"median": None, "low": None, "high": None}
    assert told["writers_apart"]["end"]["median"] == 0
    assert any("of all that varies nothing lies between writers" in one for one in run.answer().sentences)
    assert np.isfinite(over(run, "tiny", find_metric("tail_kept@1"))).all()


def test_a_writer_of_another_kind_has_no_number_where_its_kind_has_none():
    arm = kellet.Arm(pool=Pool(), writers={"normal": Writer(), "mixture": Writer(family=Mixture(2))})
    settings = {"arms": {"web": arm}, "generations": 2, "replicates": 3, "judged": 100}
    run = kellet.run(world=worlds.Normal(), family=Gaussian(), size=40, **settings)
    assert np.isnan(run.values("web", "kl@mixture")).all()
    np.testing.assert_array_equal(run.values("web", "kl@normal"), run.values("web", "kl"))
    assert np.isfinite(run.values("web", "variance_ratio@mixture")).all()
    assert (run.values("web", "differentiation") >= 0).all()


def test_of_text_is_watched_on_which_inventions_writers_agree(tmp_path):
    lines = ["the cat sat on the mat and the dog sat on the log", "a dog and a cat saw the mat on the log"]
    (tmp_path / "text.txt").write_text("\n".join(lines * 60))
    arm = kellet.Arm(pool=Pool(window=1), writers={"": Writer(many=2)})
    settings = {"arms": {"web": arm}, "generations": 2, "replicates": 2, "metrics": ("pairs_kept",)}
    run = kellet.run(world=worlds.Text(str(tmp_path / "text.txt"), length=8), family=NGram(2), size=40, **settings)
    assert tuple(metric.name for metric in run.between) == ("model_share", "model_share_read", "shared_inventions")
    found = run.values("web", "shared_inventions")
    assert ((found > 0) & (found < 1)).all()


def test_where_all_writers_have_families_of_their_own_what_these_have_is_watched():
    arm = kellet.Arm(pool=Pool(), writers={"one": Writer(family=Mixture(2)), "other": Writer(family=Mixture(3))})
    settings = {"arms": {"web": arm}, "generations": 1, "replicates": 2, "judged": 50}
    run = kellet.run(world=worlds.Normal(), family=Gaussian(), size=30, **settings)
    assert all(np.isfinite(run.values("web", name)).all() for name in run.blocks["web"][0].values)
