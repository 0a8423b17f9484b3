"""Nine things that public bug reports about other tools say went wrong, each by name."""

import importlib.util
import json
import subprocess
import sys
from fractions import Fraction
from itertools import islice
from pathlib import Path

import polars as pl
import pytest

import kellet
from kellet.mix import loading
from kellet.mix import manifest as manifests
from kellet.mix.reading import open_mix

_spec = importlib.util.spec_from_file_location("made_mixes", Path(__file__).with_name("made.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)

BATCH, SIZE = 6, 105
GO_ON = """
import json, sys
from kellet import open_mix
folder, state, batch = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
reader = open_mix(folder, batch=batch, epochs=3)
reader.load_state_dict(state)
print(json.dumps([number for part in reader for number in part["number"].tolist()]))
"""


@pytest.fixture(scope="module")
def mix(tmp_path_factory):
    return made.build_mix(tmp_path_factory.mktemp("mix") / "out", 30, 55, 20)


@pytest.fixture(scope="module")
def whole(mix):
    """Three epochs as one reader reads them."""
    return [number for batch in open_mix(mix, batch=1, epochs=3) for number in batch["number"].tolist()]


def join(ranks):
    """The global order of several ranks' batches."""
    return [number for step in zip(*ranks, strict=True) for batch in step for number in batch["number"].tolist()]


def share(reader, k, monkeypatch):
    """What a DataLoader gives with k workers, without its processes: each has a copy, and they are asked in turn."""
    turn = [None]
    monkeypatch.setattr(loading, "find_worker", lambda: (turn[0], k))
    running = {worker: iter(loading.MixDataset(reader)) for worker in range(k)}
    found = []
    while running:
        for turn[0], one in list(running.items()):
            batch = next(one, None)
            if batch is None:
                del running[turn[0]]
            else:
                found.append(batch)
    monkeypatch.undo()
    return found


def test_save_in_epoch_2_and_go_on_in_a_new_process(mix, whole):
    reader = open_mix(mix, batch=BATCH, epochs=3)
    seen = [number for batch in islice(reader, 22) for number in batch["number"].tolist()]
    state = reader.state_dict()
    assert state["epoch"] == 1 and 0 < state["position"] - SIZE < SIZE
    told = subprocess.run(
        [sys.executable, "-c", GO_ON, str(mix), json.dumps(state), "4"], capture_output=True, text=True, check=True
    )
    assert seen + json.loads(told.stdout) == whole


def test_resume_twice(mix, whole):
    seen, state = [], None
    for steps in (20, 7, 99):
        reader = open_mix(mix, batch=BATCH, epochs=3)
        if state:
            reader.load_state_dict(state)
        seen += [number for batch in islice(reader, steps) for number in batch["number"].tolist()]
        state = reader.state_dict()
    assert seen == whole


@pytest.mark.parametrize("ranks", [1, 2, 3, 5])
def test_0_to_k_workers_and_1_to_n_ranks_give_the_same_global_order(mix, whole, ranks, monkeypatch):
    pytest.importorskip("torch")
    batch = {1: BATCH, 2: 3, 3: 3, 5: 7}[ranks]
    readers = [open_mix(mix, batch=batch, rank=rank, ranks=ranks, epochs=3) for rank in range(ranks)]
    assert join(readers) == whole
    for k in (1, 2, 3, 4):
        for reader in readers:
            reader.position = 0
        assert join([share(reader, k, monkeypatch) for reader in readers]) == whole
        assert join([loading.MixLoader(reader, workers=k) for reader in readers]) == whole


def test_other_ranks_and_workers_go_on_where_some_left_off(mix, whole, monkeypatch):
    pytest.importorskip("torch")
    two = [open_mix(mix, batch=5, rank=rank, ranks=2, epochs=3) for rank in range(2)]
    seen = join([list(islice(reader, 13)) for reader in two])
    state = two[0].state_dict()
    assert state == two[1].state_dict()
    four = [open_mix(mix, batch=5, rank=rank, ranks=4, epochs=3) for rank in range(4)]
    for reader in four:
        reader.load_state_dict(state)
    assert seen + join([share(reader, 3, monkeypatch) for reader in four]) == whole


def test_the_epoch_is_in_the_state(mix, whole):
    reader = open_mix(mix, batch=BATCH)
    for epoch in range(3):
        assert reader.state_dict()["epoch"] == epoch
        assert [n for batch in reader for n in batch["number"].tolist()] == whole[epoch * SIZE : (epoch + 1) * SIZE]
    again = open_mix(mix, batch=BATCH)
    again.load_state_dict({**reader.state_dict(), "epoch": 2, "position": 2 * SIZE})
    assert next(iter(again))["number"].tolist() == whole[2 * SIZE : 2 * SIZE + BATCH]


@pytest.mark.parametrize("prepare", [None, dict])
def test_prefetched_rows_are_neither_lost_nor_repeated(mix, whole, prepare, monkeypatch):
    """Whatever workers have ready, the state is what the consumer received."""
    data = pytest.importorskip("torch.utils.data")
    ahead = {}

    def read_ahead(dataset, **options):
        ahead["batches"] = list(dataset)
        return ahead["batches"]

    monkeypatch.setattr(data, "DataLoader", read_ahead)
    seen, state = [], None
    for steps in (20, 7, 99):
        loader = loading.load_mix(mix, batch=BATCH, epochs=3, prepare=prepare)
        if state:
            loader.load_state_dict(state)
        start = len(seen)
        seen += [number for batch in islice(loader, steps) for number in batch["number"].tolist()]
        state = loader.state_dict()
        assert sum(len(one if prepare is None else one["number"]) for one in ahead["batches"]) == 3 * SIZE - start
    assert seen == whole and not list(loader)


@pytest.fixture
def inputs(tmp_path):
    """Two files of rows by people and two by models, which say where they lie."""
    for name, many in (("real1", 700), ("real2", 700), ("ada", 1200), ("bert", 900)):
        pl.DataFrame({"where": [name] * many, "place": range(many)}).write_parquet(tmp_path / f"{name}.parquet")
    return tmp_path


def mix_inputs(folder, out="mix", **settings):
    real = [folder / "real1.parquet", folder / "real2.parquet"]
    synthetic = {name: folder / f"{name}.parquet" for name in ("ada", "bert")}
    found = kellet.mix(real, synthetic, out=folder / out, **settings)
    assert kellet.verify(found.folder, deep=True).faults == ()
    return found, pl.concat([pl.read_parquet(path) for path in sorted(found.folder.glob("data-*"))])


def test_a_weight_of_0_gives_no_row_and_says_so(inputs):
    found, rows = mix_inputs(inputs, size=1000, anchor="10%", weights={"ada": 0, "bert": 1})
    assert set(rows["where"]) == {"real1", "real2", "bert"}
    assert found.manifest.notes == ("Of ada nothing is mixed.",)
    assert {count.origin: count.rows for count in found.manifest.counts} == {"real": 100, "bert": 900}
    with pytest.raises(kellet.RefusalError, match=r'"ada" with its weight would have 0\.09 rows'):
        mix_inputs(inputs, "tiny", size=1000, anchor="10%", weights={"ada": 0.0001, "bert": 1})
    with pytest.raises(kellet.InputError, match="weights of 0"):
        mix_inputs(inputs, "none", size=1000, anchor="10%", weights={"ada": 0, "bert": 0})


def test_the_plan_is_printed_and_stored_as_asked_and_as_delivered(inputs):
    found, rows = mix_inputs(inputs, size=1003, anchor="12.5%", weights={"ada": 2, "bert": 1}, window=100)
    (table,) = found.answer().tables
    told = {row[0]: dict(zip(table.headings, row, strict=True)) for row in table.rows}
    stored = {count.origin: count for count in manifests.read(found.folder).counts}
    assert set(told) == set(stored) == {"real", "ada", "bert"}
    asked = {"real": 125.375, "ada": 877.625 * 2 / 3, "bert": 877.625 / 3}
    full = rows.head(1000).with_columns(window=pl.int_range(1000) // 100)
    for name, count in stored.items():
        assert count.asked == pytest.approx(asked[name])
        assert count.rows == (rows["_kellet_origin"] == name).sum()
        here = [(part["_kellet_origin"] == name).sum() for part in full.partition_by("window")]
        assert (count.least, count.most) == (min(here), max(here))
        assert told[name]["asked"] == f"{asked[name]:.6g}" and told[name]["rows"] == str(count.rows)
        assert (told[name]["least"], told[name]["most"]) == (str(count.least), str(count.most))


@pytest.mark.parametrize(("size", "window"), [(2000, 97), (1999, 100), (999, 7), (50, 1000)])
def test_145_to_1_holds_in_every_window_and_in_all_to_one_row(inputs, size, window):
    _, rows = mix_inputs(inputs, size=size, anchor="1.45:1", window=window)
    real = (rows["_kellet_origin"] == "real").to_numpy()
    assert abs(real.sum() - Fraction(145, 245) * size) < 1
    share = Fraction(int(real.sum()), size)
    for start in range(0, size - window + 1, window):
        assert abs(int(real[start : start + window].sum()) - share * window) < 1
        # What a window lacks a later one has more.
        assert abs(int(real[: start + window].sum()) - share * (start + window)) < 1


def test_rows_or_shards_are_what_is_shuffled(inputs):
    lying = {}
    for shuffle in ("rows", "shards"):
        _, rows = mix_inputs(inputs, shuffle, size=1000, anchor="40%", shuffle=shuffle)
        lying[shuffle] = rows.filter(pl.col("_kellet_origin") == "real")
    shards = lying["shards"]
    # One file after the other, and each in its order.
    assert (shards["where"] != shards["where"].shift()).sum() <= 1
    assert all(part["place"].is_sorted() for part in shards.partition_by("where"))
    assert (lying["rows"]["where"] != lying["rows"]["where"].shift()).sum() > 100
    assert not lying["rows"].filter(pl.col("where") == "real1")["place"].is_sorted()
