"""Sweeps: one experiment at every point of a grid, each cell computed once ever."""

import json
from itertools import pairwise

import msgspec
import numpy as np
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, Experiment, InputError, Sweep, cli, worlds
from kellet.experiment.experiment import Span
from kellet.experiment.grid import points
from kellet.experiment.resolution import complete
from kellet.experiment.running.folder import Folder
from kellet.families import Adapter, Categorical, Gaussian, Mixture
from kellet.loop.pool.settings import Humans, Pool, Writer

ARMS = {"replace": Arm(), "fresh": Arm(anchor=Anchor(1)), "fixed": Arm(anchor=Anchor(2, draw="fixed"))}
STUDY = Experiment(worlds.Normal(), Gaussian(), 20, ARMS, generations=3, replicates=5, seed=2)


def gridded(**grid):
    return msgspec.structs.replace(STUDY, grid={name.replace("__", "."): values for name, values in grid.items()})


def swept(**grid):
    return [point.experiment for _, point in points(gridded(**grid))]


def cells(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / "cells").glob("*.parquet")}


def test_a_grid_is_every_combination_and_its_last_field_is_the_fastest():
    found = swept(size=(10, 20), anchor__count=(1, 2, 3))
    assert [(p.size, p.arms["fresh"].anchor.count) for p in found] == [(n, k) for n in (10, 20) for k in (1, 2, 3)]
    assert all(p.arms["fixed"].anchor == Anchor(p.arms["fresh"].anchor.count, draw="fixed") for p in found)
    assert all(p.arms["replace"] == Arm() and p.grid == {} for p in found)


@pytest.mark.parametrize(
    ("field", "values", "read"),
    [
        ("generations", (2, 5), lambda p: p.generations),
        ("size", ((20, 30), (40,)), lambda p: p.size),
        ("family.estimator", ("mle", "unbiased"), lambda p: p.family.estimator),
        ("world.mean", (1.0, 2.0), lambda p: p.world.mean),
        ("arms.fixed.anchor.count", (3, 4), lambda p: p.arms["fixed"].anchor.count),
        ("regime", (Accumulate(),), lambda p: p.arms["fresh"].regime),
        ("regime", ({"kind": "replace"},), lambda p: msgspec.to_builtins(p.arms["fixed"].regime)),
    ],
)  # fmt: skip
def test_any_field_can_be_swept(field, values, read):
    assert tuple(read(p) for p in swept(**{field: values})) == values


def test_a_count_is_for_the_arms_that_have_a_count():
    study = msgspec.structs.replace(gridded(anchor__count=(3,)), arms={**ARMS, "share": Arm(anchor=Anchor(share=0.1))})
    ((_, resolved),) = points(study)
    point = resolved.experiment
    assert point.arms["share"].anchor == Anchor(share=0.1)
    assert point.arms["fixed"].anchor.count == point.arms["fresh"].anchor.count == 3


def test_a_field_of_one_arm_leaves_the_others():
    for point in swept(**{"arms.fixed.anchor.count": (3, 4)}):
        assert point.arms["fresh"] == ARMS["fresh"]


def test_a_point_of_a_sweep_is_the_experiment_that_has_its_settings():
    found = kellet.sweep(gridded(size=(10, 20), anchor__count=(1, 3)))
    for where, run in found.points():
        arms = {
            name: arm if arm.anchor is None else Arm(anchor=Anchor(where["anchor.count"], draw=arm.anchor.draw))
            for name, arm in ARMS.items()
        }
        alone = kellet.run(STUDY, size=where["size"], arms=arms)
        for arm in ARMS:
            for metric in alone.metrics:
                ours = found.data[metric.name].sel(arm=arm, **where).values
                assert ours.tobytes() == run.values(arm, metric.name).tobytes()
                assert ours.tobytes() == alone.values(arm, metric.name).tobytes()


def test_how_many_replicates_are_computed_together_is_for_each_point_to_say():
    study = msgspec.structs.replace(STUDY, family=Mixture(2), grid={"size": (10, 20_000)})
    assert complete(study).block is None
    assert [point.block for _, point in points(study)] == [2**16 // 10, 2**16 // 20_000]
    fixed = msgspec.structs.replace(study, block=4)
    assert [point.block for _, point in points(fixed)] == [4, 4]


def test_five_and_five_point_zero_are_the_same_point():
    ids = [
        {cell.id for _, point in points(gridded(anchor__weight=values)) for cell in point.cells.values()}
        for values in ((1, 2), (1.0, 2.0))
    ]
    assert ids[0] == ids[1]


def test_numbers_of_numpy_are_numbers(tmp_path):
    study = gridded(size=np.array([10, 20]), anchor__weight=list(np.array([1.0, 2.0])))
    found = kellet.sweep(study, out=tmp_path / "run")
    assert found.axes == Sweep.read(tmp_path / "run").axes == {"size": (10, 20), "anchor.weight": (1.0, 2.0)}


def test_a_span_is_even_in_the_logarithm_or_linear_and_whole_between_whole_ends():
    assert Span(1, 10, 4).values == (1, 2, 5, 10)
    assert Span(1, 3, 20).values == (1, 2, 3)
    assert Span(0, 10, 3, "linear").values == (0, 5, 10)
    values = Span(0.1, 10.0, 5).values
    assert values[0] == pytest.approx(0.1)
    assert values[-1] == pytest.approx(10)
    assert {round(b / a, 9) for a, b in pairwise(values)} == {round(10**0.5, 9)}
    for wrong in ((0, 10, 3), (1, 10, 1), (-1, 10, 3)):
        with pytest.raises(InputError, match="at least 2 steps"):
            Span(*wrong)


@pytest.mark.parametrize(
    ("grid", "told"),
    [
        ({"replicates": (5, 6)}, "expected a grid of values for size, generations"),
        ({"size": ()}, r"got size = \[\]"),
        ({"size": (10, 10)}, "each value of the grid's size once"),
        ({"size": (5, 5.0)}, "each value of the grid's size once"),
        ({"size": ("many",)}, "expected a value that size can have"),
        ({"size": (0,)}, "a size of at least 1 point"),
        ({"size": (2.5,)}, "expected a value that size can have"),
        ({"size.of": (1,)}, "in the grid's size.of"),
        ({"generations": (None,)}, "values in the grid's generations; got None"),
        ({"prior.strength": (1.0,)}, "expected an arm with prior"),
        ({"anchor.number": (1,)}, "in the grid's anchor.number; got 'number'"),
        ({"anchor.count": ("x",)}, "expected a value that anchor.count can have"),
        ({"anchor.share": (0.1,)}, "share"),
        ({"family.estimator": ("none",)}, "expected a value that family.estimator can have"),
        ({"arms.nobody.anchor.count": (1,)}, "got 'nobody'"),
        ({"arms.replace.anchor.count": (1,)}, "in the grid's arms.replace.anchor.count"),
        ({"regime": ({"kind": "nonsense"},)}, "expected a value that regime can have"),
    ],
)
def test_what_cannot_be_swept_is_told_before_anything_is_computed(tmp_path, grid, told):
    with pytest.raises(InputError, match=told) as error:
        kellet.sweep(gridded(**grid), out=tmp_path / "run")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "grid",
    [
        {"size": (10, 20), "anchor.count": Span(1, 10, 3)},
        {"size": ((10, 20), (30,)), "generations": (2,)},
        {"world.mean": Span(0.5, 1.5, 3, "linear"), "family.estimator": ("mle", "unbiased")},
        {"anchor": (Anchor(1), Anchor(share=0.1, draw="bank", bank=9))},
    ],
)
def test_a_sweep_is_written_down_and_read_again(grid):
    study = complete(msgspec.structs.replace(STUDY, grid=grid))
    again = Experiment.from_toml(study.to_toml())
    assert again.to_toml() == study.to_toml()
    assert complete(again) == study
    ids, others = ([c.id for _, p in points(e) for c in p.cells.values()] for e in (study, again))
    # In the same order too: it is the order of the dimensions.
    assert ids == others


def test_a_grid_is_written_as_a_person_writes_it():
    text = gridded(size=(10, 20), anchor__count=Span(1, 9, 2)).to_toml()
    assert "[grid]\nsize = [10, 20]" in text
    assert '"anchor.count" = {from = 1, to = 9, steps = 2, scale = "log"}' in text


def test_values_that_are_added_cost_only_themselves(tmp_path):
    out = tmp_path / "run"
    kellet.sweep(gridded(size=(10, 20), anchor__count=(1, 2)), out=out)
    first = cells(out)
    # The arm without an anchor is the same for all counts.
    assert len(first) == 2 * (1 + 2 + 2)
    kellet.sweep(gridded(size=(10, 20), anchor__count=(1, 2)), out=out)
    assert cells(out) == first
    told = []
    more = kellet.sweep(
        gridded(size=(10, 15, 20), anchor__count=(2, 1)),
        out=out,
        progress=lambda done, total: told.append((done, total)),
    )
    second = cells(out)
    assert {name: at for name, at in second.items() if name in first} == first
    assert len(second) == 3 * (1 + 2 + 2)
    assert told == [(done, 15) for done in range(10, 16)]
    assert more.data.sizes["size"] == 3
    fewer = kellet.sweep(gridded(size=(15,)), out=out)
    assert cells(out) == second | {name: at for name, at in cells(out).items() if name not in second}
    assert fewer.data.sizes["size"] == 1


def test_a_sweep_is_read_back_as_it_was(tmp_path):
    found = kellet.sweep(gridded(size=(10, 20), generations=(2, 4)), out=tmp_path / "run")
    again = Sweep.read(tmp_path / "run")
    assert again.data.identical(found.data)
    assert again.data.identical(kellet.sweep(gridded(size=(10, 20), generations=(2, 4))).data)


def test_data_have_a_dimension_for_each_field_and_nan_where_a_point_has_no_generation():
    data = kellet.sweep(gridded(size=(10, 20), generations=(2, 5, 3))).data
    assert dict(data.sizes) == {"arm": 3, "size": 2, "generations": 3, "replicate": 5, "generation": 6}
    assert data["variance_ratio"].dims == ("arm", "size", "generations", "replicate", "generation")
    assert data["collapsed"].dims == data["failed"].dims == ("arm", "size", "generations", "replicate")
    assert (data["failed"] == -1).all()
    there = data["variance_ratio"].notnull().all(("arm", "size", "replicate"))
    assert there.values.tolist() == [[t <= last for t in range(6)] for last in (2, 5, 3)]
    assert Experiment.from_toml(data.attrs["experiment"]).grid["generations"] == (2, 5, 3)


def test_generations_recorded_ever_more_rarely_stand_where_they_belong():
    study = msgspec.structs.replace(gridded(generations=(50, 200)), record="log")
    found = kellet.sweep(study)
    (_, short), (_, long) = found.points()
    for where, run in (({"generations": 50}, short), ({"generations": 200}, long)):
        ours = found.data["variance_ratio"].sel(arm="fresh", generation=run.generations, **where).values
        assert ours.tobytes() == run.values("fresh", "variance_ratio").tobytes()


def test_a_field_of_tables_is_labelled_in_words():
    data = kellet.sweep(gridded(anchor=(Anchor(1), Anchor(2)))).data
    assert data["anchor"].dtype.kind == "U"
    assert data.sizes["anchor"] == 2


def test_what_is_watched_is_what_every_point_has():
    study = Experiment(
        worlds.multivariate_normal([0, 0], [[1, 0], [0, 1]]), Gaussian(), 20, {"replace": Arm()}, generations=2,
        replicates=3, grid={"world": (worlds.Normal(), worlds.multivariate_normal([0, 0], [[1, 0], [0, 1]]))},
    )  # fmt: skip
    found = kellet.sweep(study)
    single = {m.name for m in kellet.run(study, grid={}, world=worlds.Normal()).metrics}
    plane = {m.name for m in kellet.run(study, grid={}).metrics}
    assert {m.name for m in found.metrics} == single & plane
    assert single & plane < single | plane


def test_the_table_pools_all_that_is_not_named():
    found = kellet.sweep(gridded(size=(10, 20), anchor__count=(1, 2, 3), generations=(2, 3)))
    rows = found.table("anchor.count", "variance_ratio")
    assert [(row.arm, row.value) for row in rows] == [(arm, value) for arm in ARMS for value in (1, 2, 3)]
    for row in rows:
        there = [run for where, run in found.points() if where["anchor.count"] == row.value]
        last = [run.values(row.arm, "variance_ratio")[:, -1] for run in there]
        assert len(last) == 4
        assert [row.low, row.median, row.high] == pytest.approx(
            np.quantile(np.concatenate(last), (0.05, 0.5, 0.95)).tolist()
        )
    told = json.loads(found.answer("size", "variance_ratio").json())
    assert told["zero"] == {"median": 1.0, "low": 1.0, "high": 1.0} and len(told["rows"]) == 2 * len(ARMS)
    with pytest.raises(
        InputError, match=r"expected one of the grid's fields, size, anchor\.count, generations; got seed"
    ):
        found.table("seed")
    with pytest.raises(InputError, match="expected a metric"):
        found.table("size", "perplexity")


def test_categories_are_swept_too():
    study = Experiment(
        worlds.Zipf(30), Categorical(), 20, {"replace": Arm()}, generations=2, replicates=3, grid={"size": (10, 40)}
    )
    assert kellet.sweep(study).data.sizes["size"] == 2


def test_arms_with_pools_are_swept_beside_others(tmp_path):
    web = Arm(pool=Pool(Humans(share=0.1)), writers={"large": Writer(), "small": Writer(size=5)})
    grid = {"size": (10, 20), "arms.web.pool.bias": (1.0, 3.0)}
    study = msgspec.structs.replace(STUDY, arms={"replace": Arm(), "web": web}, grid=grid)
    found = kellet.sweep(study, out=tmp_path / "run")
    assert Sweep.read(tmp_path / "run").data.identical(found.data)
    # The arm without a pool is the same for all biases.
    assert len(cells(tmp_path / "run")) == 2 * (1 + 2)
    for where, point in found.points():
        alone = kellet.run(point.experiment)
        assert alone.experiment.arms["web"].pool.bias == where["arms.web.pool.bias"]
        for name in ("variance_ratio", "model_share_read", "variance_ratio@small"):
            assert alone.values("web", name).tobytes() == point.values("web", name).tobytes()
    read = [run.values("web", "model_share_read")[:, -1].mean() for _, run in found.points()]
    assert read[1] > read[0] and read[3] > read[2]


def test_options_of_anybodys_own_model_are_fields():
    study = Experiment(
        worlds.Digits(dims=2), Adapter("sklearn.neighbors:KernelDensity", {"bandwidth": 1.0}), 20, {"replace": Arm()},
        generations=1, replicates=1, judged=10, grid={"family.options.bandwidth": (0.1, 5.0)},
    )  # fmt: skip
    assert [p.experiment.family.options["bandwidth"] for _, p in points(study)] == [0.1, 5.0]
    data = kellet.sweep(study).data["variance_ratio"].sel(replicate=0, generation=1, arm="replace")
    narrow, wide = data.values
    assert wide > narrow + 0.5


def test_runs_and_sweeps_know_each_other(tmp_path):
    with pytest.raises(InputError, match=r"without a grid; got a grid of size\. Try kellet\.sweep"):
        kellet.run(gridded(size=(10,)))
    with pytest.raises(InputError, match="expected an experiment with a grid; got none"):
        kellet.sweep(STUDY)
    kellet.sweep(gridded(size=(10, 20)), out=tmp_path / "sweep")
    kellet.run(STUDY, out=tmp_path / "run")
    with pytest.raises(InputError, match="a run without a grid"):
        kellet.Run.read(tmp_path / "sweep")
    with pytest.raises(InputError, match="a run with a grid"):
        Sweep.read(tmp_path / "run")
    with pytest.raises(InputError, match="got one without a grid"):
        kellet.run(STUDY, out=tmp_path / "sweep")
    with pytest.raises(InputError, match="got one with a grid"):
        kellet.sweep(gridded(size=(10, 20)), out=tmp_path / "run")


def lines(told):
    """What the lines of a table begin with."""
    return [line.split()[0] for line in told.splitlines() if "–" in line]


def test_on_the_command_line_more_values_go_into_the_same_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    common = ("run", "normal", "--replicates", "5", "--generations", "3", "--jobs", "1", "--arm", "ours=fresh:1")
    cli.main([*common, "--grid", "size=10,20", "--grid", "anchor.count=1..4:3"])
    told = capsys.readouterr().out
    assert lines(told) == ["10", "20"]
    (folder,) = (tmp_path / "runs").iterdir()
    first = cells(folder)
    assert len(first) == 2 * 3
    cli.main([*common, "--grid", "size=10,20,30", "--grid", "anchor.count=1,2,4", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert list((tmp_path / "runs").iterdir()) == [folder]
    assert first.items() < cells(folder).items()
    assert document["axes"] == {"size": [10, 20, 30], "anchor.count": [1, 2, 4]}
    assert [row["value"] for row in document["rows"]] == [10, 20, 30]
    cli.main(["show", str(folder), "--by", "anchor.count", "--metric", "variance_ratio"])
    assert lines(capsys.readouterr().out) == ["1", "2", "4"]
    # Resuming a folder computes nothing, and shows the same.
    before = cells(folder)
    cli.main(["run", str(folder), "--json"])
    assert json.loads(capsys.readouterr().out) == document
    assert cells(folder) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "normal", "--grid", "size"], "FIELD=VALUES"),
        (["run", "normal", "--grid", "size=many"], "a value that size can have"),
        (["run", "normal", "--grid", "seeds=1,2"], "a grid of values for"),
        (["run", "normal", "--grid", "size=1..x:3"], "a number"),
        (["run", "normal", "--grid", "size=0..10:3"], "at least 2 steps"),
        (["run", "normal", "--shard", "3/2"], "a shard as i/n"),
        (["run", "normal", "--shard", "half"], "a shard as i/n"),
        (["run", "normal", "--engine", "dask"], "--engine dask together with --address"),
        (["run", "normal", "--address", "tcp://127.0.0.1:1"], "--engine dask together with --address"),
    ],
)
def test_a_grid_or_engine_that_cannot_be_is_one_line(tmp_path, monkeypatch, capsys, arguments, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert told in error


def test_only_a_sweep_is_shown_by_a_field(tmp_path, capsys):
    kellet.run(STUDY, out=tmp_path / "run")
    with pytest.raises(SystemExit, match="2"):
        cli.main(["show", str(tmp_path / "run"), "--by", "size"])
    assert "a sweep for --by and --metric" in capsys.readouterr().err
    assert Folder.open(tmp_path / "run").experiment().grid == {}


def test_a_replicate_that_degenerated_counts_in_the_table_of_a_sweep(monkeypatch):
    """As the worst: left out, an arm would look the better the more of its replicates die."""
    found = kellet.sweep(gridded(size=(10, 20)))
    for run in found.runs:
        for block in run.blocks["fresh"]:
            block.values["variance_ratio"][1:, -1] = np.nan
    rows = {row.value: row for row in found.table("size", "variance_ratio") if row.arm == "fresh"}
    assert [row.median for row in rows.values()] == [0.0, 0.0]
    assert all(row.high > 0 for row in rows.values())
