"""Run folders: whole or absent files, and the same numbers after `kill -9` as without it."""

import io
import os
import shutil
import subprocess
import sys
import time
import zlib
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

import kellet
from kellet import Anchor, Arm, Experiment, InputError, resolve, worlds
from kellet.experiment.run import Run
from kellet.experiment.running import folder as store
from kellet.experiment.running.blocks import Block
from kellet.experiment.running.folder import Folder
from kellet.families import Gaussian
from kellet.loop.pool.settings import Humans, Pool, Writer

STUDY = Experiment(
    worlds.Normal(),
    Gaussian(),
    10,
    {"replace": Arm(), "fresh": Arm(anchor=Anchor(1))},
    generations=3,
    replicates=5,
    block=2,
)
# Many small blocks: enough for a kill to come in between, wherever it comes.
LONG = Experiment(
    worlds.Normal(),
    Gaussian(),
    50,
    {"replace": Arm(), "fresh": Arm(anchor=Anchor(1)), "accumulate": Arm(regime=kellet.Accumulate())},
    generations=100,
    replicates=80,
    seed=4,
    block=2,
)


WEB = Arm(pool=Pool(Humans(share=0.1), window=2), writers={"small": Writer(size=20), "large": Writer(every=2)})


def values(folder):
    """Every number of a finished run, by arm and metric."""
    run = Run.read(folder)
    columns = [(arm, name) for arm in run.experiment.arms for name in run.blocks[arm][0].values]
    found = {(arm, name): run.values(arm, name).tobytes() for arm, name in columns}
    shown = {(arm, name): a.tobytes() for arm in run.experiment.arms for name, a in run.specimens(arm).items()}
    return found | shown


def done(folder):
    return sorted(path.name for path in Path(folder, "cells").glob("[!.]*.parquet"))


def children(process):
    """The processes that a process started, as long as both live."""
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []


def alive(process):
    try:
        # A process that ended and that nobody asked about yet is a zombie, Z.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def killed_in_the_middle(command, folder, blocks, rest):
    """Start a command, and kill it with signal 9 once that many blocks are there; how many there were at its end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while process.poll() is None and len(done(folder)) < blocks:
            time.sleep(0.002)
        assert process.poll() is None, f"it ended by itself: {process.stderr.read().decode()}"
        workers = children(process.pid)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    # Those that worked for it end by themselves, be it with the block that they are at.
    while any(map(alive, workers)):
        time.sleep(0.01)
    assert len(done(folder)) < rest
    return len(done(folder))


LONGS = {"plain": LONG, "web": msgspec.structs.replace(LONG, arms={**LONG.arms, "accumulate": WEB})}


@pytest.fixture(scope="module", params=["plain", pytest.param("web", marks=pytest.mark.slow)])
def undisturbed(request, tmp_path_factory):
    """A study, and what it gives where nobody kills it."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    kellet.run(LONGS[request.param], out=folder)
    return LONGS[request.param], values(folder)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_killed_twice_ends_with_the_numbers_of_an_undisturbed_one(tmp_path, undisturbed, jobs):
    study, numbers = undisturbed
    (tmp_path / "experiment.toml").write_text(study.to_toml(), encoding="utf-8")
    folder = tmp_path / "run"
    program = Path(sys.executable).parent / "kellet"
    command = [program, "run", tmp_path / "experiment.toml", "--out", folder, "--jobs", str(jobs), "--quiet"]
    first = killed_in_the_middle(command, folder, 5, 120)
    # What a writer leaves behind when it is killed between opening and renaming.
    for name in (".a1234567.tmp", ".abcdef_h.tmp"):
        (folder / "cells" / name).write_bytes(b"PAR1 half a block")
    with pytest.raises(InputError, match=r"a finished run; got .* blocks still missing"):
        Run.read(folder)
    second = killed_in_the_middle(command, folder, first + 15, 120)
    assert 5 <= first < second < 120
    before = {name: (folder / "cells" / name).stat().st_mtime_ns for name in done(folder)}
    run = kellet.run(Folder(folder).experiment(), out=folder, jobs=jobs)
    assert len(done(folder)) == 120
    # What was whole was kept, not computed again.
    assert all((folder / "cells" / name).stat().st_mtime_ns == at for name, at in before.items())
    assert values(folder) == numbers
    assert run.data.sizes == {"arm": 3, "replicate": 80, "generation": 101}


def test_temporary_files_are_never_taken_for_blocks(tmp_path):
    kellet.run(STUDY, out=tmp_path / "run")
    (cell, *_) = done(tmp_path / "run")
    block = tmp_path / "run" / "cells" / cell
    block.rename(block.with_name(f".{cell}.tmp"))
    with pytest.raises(InputError, match="1 of 6 blocks still missing"):
        Run.read(tmp_path / "run")


def test_old_temporary_files_are_cleared_and_young_ones_are_left_to_their_writer(tmp_path):
    kellet.run(STUDY, out=tmp_path / "run")
    old, young = (tmp_path / "run" / "cells" / name for name in (".old00000.tmp", ".young000.tmp"))
    for stray in (old, young):
        stray.touch()
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    kellet.run(STUDY, out=tmp_path / "run")
    assert not old.exists()
    assert young.exists()


def test_a_folder_killed_before_its_first_word_can_be_used(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / ".a1234567.tmp").write_text("size =")
    assert kellet.run(STUDY, out=folder).data.sizes["arm"] == 2


def test_two_writers_in_one_folder_end_with_the_same_run(tmp_path):
    study = msgspec.structs.replace(LONG, replicates=20)
    (tmp_path / "experiment.toml").write_text(study.to_toml(), encoding="utf-8")
    command = [
        Path(sys.executable).parent / "kellet",
        *("run", tmp_path / "experiment.toml", "--out", tmp_path / "run", "--jobs", "1", "--quiet"),
    ]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    for process in both:
        _, told = process.communicate()
        assert process.returncode == 0, told.decode()
    kellet.run(study, out=tmp_path / "alone")
    assert values(tmp_path / "run") == values(tmp_path / "alone")
    assert not list((tmp_path / "run").rglob("*.tmp"))


def test_a_block_is_read_as_it_was_written(tmp_path):
    folder = Folder(tmp_path / "run")
    folder.begin(resolve(STUDY).experiment)
    cell = next(iter(resolve(STUDY).cells.values()))
    numbers = {"a": np.arange(8.0).reshape(2, 4), "b": np.array([[np.nan, np.inf, -0.0, 5e-324]] * 2)}
    shown = {"points": np.arange(6.0).reshape(3, 2, 1)}
    for number in (0, 1):
        written = Block(
            cell=cell.id,
            number=number,
            generations=np.array([0, 1, 5, 9]),
            values=numbers,
            collapsed=np.array([-1, 2]),
            reason="it broke",
            specimens={} if number else shown,
        )
        folder.write(written)
        read = folder.load([(cell.id, number)])[0][cell.id, number]
        assert {name: array.tobytes() for name, array in read.values.items()} == {
            name: array.tobytes() for name, array in numbers.items()
        }
        assert (read.generations == [0, 1, 5, 9]).all()
        assert (read.collapsed == [-1, 2]).all()
        assert read.reason == "it broke"
        assert {name: array.tobytes() for name, array in read.specimens.items()} == {
            name: array.tobytes() for name, array in ({} if number else shown).items()
        }
    assert folder.done().keys() == {(cell.id, 0), (cell.id, 1)}


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """A finished run of six blocks, which are packed, and another that isn't."""
    monkeypatch.setattr(store, "MANY", 6)
    kellet.run(STUDY, out=tmp_path / "run")
    shutil.copytree(tmp_path / "run", tmp_path / "loose", ignore=shutil.ignore_patterns("packs"))
    assert len(list((tmp_path / "run" / "packs").iterdir())) == 1
    return tmp_path / "run"


def opened_one_by_one(folder, monkeypatch):
    """How many blocks had to be read from files of their own."""
    seen = []
    real = store.decode
    monkeypatch.setattr(store, "decode", lambda tables, *rest: seen.extend(tables) or real(tables, *rest))
    found = values(folder)
    return len(seen), found


def test_packed_blocks_are_those_that_were_written(packed, monkeypatch):
    assert opened_one_by_one(packed, monkeypatch) == (0, values(packed.with_name("loose")))


def test_blocks_of_pools_are_packed_beside_others_and_computed_again_where_one_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MANY", 6)
    study = msgspec.structs.replace(STUDY, arms={"replace": Arm(), "web": WEB})
    kellet.run(study, out=tmp_path / "run")
    shutil.copytree(tmp_path / "run", tmp_path / "loose", ignore=shutil.ignore_patterns("packs"))
    assert list((tmp_path / "run" / "packs").iterdir())
    seen, found = opened_one_by_one(tmp_path / "run", monkeypatch)
    assert seen == 0 and found == values(tmp_path / "loose")
    assert {name for arm, name in found if arm == "web"} > {
        "model_share",
        "variance_ratio@small",
        "variance_ratio@large",
    }
    for name in done(tmp_path / "run")[::2]:
        (tmp_path / "run" / "cells" / name).unlink()
    kellet.run(study, out=tmp_path / "run")
    assert values(tmp_path / "run") == found


def test_a_pack_that_changed_is_not_believed(packed, monkeypatch):
    pack = next((packed / "packs").iterdir())
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    pack.write_bytes(data)
    assert opened_one_by_one(packed, monkeypatch) == (6, values(packed.with_name("loose")))


@pytest.mark.parametrize("told", [None, "[]", "[1]", "{"])
def test_a_pack_of_another_kind_is_not_believed(packed, monkeypatch, told):
    pack = next((packed / "packs").iterdir())
    other = io.BytesIO()
    pl.read_parquet(pack).write_parquet(other, metadata={"kellet.files": told} if told else None)
    pack.unlink()
    (packed / "packs" / f"pack-0-{zlib.crc32(other.getvalue()):08x}.parquet").write_bytes(other.getvalue())
    assert opened_one_by_one(packed, monkeypatch) == (6, values(packed.with_name("loose")))


def test_a_packed_block_whose_file_changed_is_computed_again(packed):
    before = values(packed)
    spoilt = packed / "cells" / done(packed)[2]
    spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"!")
    with pytest.raises(InputError, match=spoilt.name):
        Run.read(packed)
    with pytest.warns(UserWarning, match=f"{spoilt.name} was spoilt"):
        kellet.run(STUDY, out=packed)
    assert values(packed) == before


def test_a_packed_block_whose_file_is_gone_is_computed_again(packed):
    before = values(packed)
    (packed / "cells" / done(packed)[2]).unlink()
    with pytest.raises(InputError, match="1 of 6 blocks"):
        Run.read(packed)
    kellet.run(STUDY, out=packed)
    assert values(packed) == before


def test_a_newer_block_replaces_a_packed_one(packed):
    folder = Folder(packed)
    key = next(iter(folder.done()))
    old = folder.load(folder.done())[0][key]
    time.sleep(0.01)
    folder.write(msgspec.structs.replace(old, values={name: a + 1 for name, a in old.values.items()}, specimens={}))
    new = folder.load(folder.done())[0][key]
    assert all((new.values[name] == old.values[name] + 1).all() for name in old.values)


def test_packs_keep_blocks_of_different_columns_and_why_they_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MANY", 1)
    folder = Folder(tmp_path)
    for i in range(12):
        shape = (1 + i % 3, 1 + i % 4)
        written = {name: np.random.default_rng(i).normal(size=shape) for name in ("ab" if i % 2 else "bcd")}
        died, broke = (np.where(np.arange(shape[0]) == i % k, 0, -1) for k in (3, 4))
        folder.write(Block(f"cell{i % 5}", i, np.arange(shape[1]), written, died, f"reason {i}", {}, broke, f"why {i}"))
    loose, _ = folder.load(folder.done())
    folder.pack(loose)
    assert len(list((tmp_path / "packs").iterdir())) == 2
    again = Folder(tmp_path)
    read, _ = again.load(folder.done())
    assert again.loose == 0
    assert repr(sorted(read.items())) == repr(sorted(loose.items()))
    assert any(block.reason for block in read.values())
    assert any(block.failure for block in read.values())


def test_rows_are_tidy_and_any_tool_reads_them(tmp_path):
    run = kellet.run(STUDY, out=tmp_path / "run")
    rows = pl.read_parquet(tmp_path / "run" / "cells" / "*.parquet")
    assert {"replicate", "generation", "collapsed", "variance_ratio"} <= set(rows.columns)
    assert len(rows) == 2 * 5 * 4
    assert rows["variance_ratio"].sum() == pytest.approx(float(run.data["variance_ratio"].sum()))


def test_a_run_folder_can_be_read_by_others_of_the_group(tmp_path):
    kellet.run(STUDY, out=tmp_path / "run")
    for path in (tmp_path / "run").rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o044 == 0o044, path.name


def test_another_numpy_is_warned_of(tmp_path):
    kellet.run(STUDY, out=tmp_path / "run")
    status = (tmp_path / "run" / "run.json").read_text().replace(f'"numpy": "{np.__version__}"', '"numpy": "1.0"')
    (tmp_path / "run" / "run.json").write_text(status)
    with pytest.warns(UserWarning, match=r"begun under NumPy 1\.0"):
        kellet.run(STUDY, out=tmp_path / "run")


def test_seconds_add_up_over_sessions(tmp_path):
    folder = Folder(tmp_path / "run")
    kellet.run(STUDY, out=tmp_path / "run")
    first = folder.status().seconds
    kellet.run(STUDY, replicates=9, out=tmp_path / "run")
    assert folder.status().seconds > first
    assert folder.status().status == "finished"
