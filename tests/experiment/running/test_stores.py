"""Where runs lie: the same answers from a disk and from stores, one holder of a claim, and errors in one line."""

import builtins
import multiprocessing
import os
import pickle
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from itertools import count
from pathlib import Path

import fsspec
import msgspec
import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, Experiment, InputError, resolve, worlds
from kellet.experiment.run import Run
from kellet.experiment.running import claims
from kellet.experiment.running import stores as places
from kellet.experiment.running.blocks import Block
from kellet.experiment.running.claims import Holder
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.stores import Local, Remote
from kellet.families import Gaussian

STUDY = Experiment(
    worlds.Normal(),
    Gaussian(),
    10,
    {"replace": Arm(), "fresh": Arm(anchor=Anchor(1))},
    generations=3,
    replicates=5,
    block=2,
)
NUMBER = count()


@pytest.fixture(params=["disk", "file", "memory"])
def where(request, tmp_path):
    """A folder that is not there yet, as somebody would name it."""
    return {
        "disk": str(tmp_path / "run"),
        "file": f"file://{tmp_path}/run",
        "memory": f"memory://places/{next(NUMBER)}",
    }[request.param]


def test_files_are_written_replaced_listed_and_removed(where):
    place = places.place(where)
    assert place.names() == {}
    assert place.read(["a.txt"]) == {}
    before = time.time() - 60
    place.write("cells/a.txt", b"1")
    place.write("cells/a.txt", b"22")
    place.write("b.txt", b"")
    assert place.read(["cells/a.txt", "b.txt", "nothing"]) == {"cells/a.txt": b"22", "b.txt": b""}
    assert set(place.names()) == {"cells", "b.txt"}
    ((name, written),) = place.names("cells").items()
    assert name == "a.txt"
    assert before < written < time.time() + 60
    place.remove("cells/a.txt")
    place.remove("cells/a.txt")
    assert place.names("cells") == {}


def test_a_run_is_the_same_wherever_it_lies(where):
    run = kellet.run(STUDY, out=where)
    alone = kellet.run(STUDY)
    assert run.data.equals(alone.data)
    again = Run.read(where)
    assert again.data.equals(alone.data)
    for arm in STUDY.arms:
        assert {k: v.tobytes() for k, v in again.specimens(arm).items()} == {
            k: v.tobytes() for k, v in alone.specimens(arm).items()
        }
    assert Folder(where).status().status == "finished"
    more = kellet.run(STUDY, replicates=6, out=where)
    assert more.data.equals(kellet.run(STUDY, replicates=6).data)
    # The block that had been cut short went when the run was done.
    assert len([name for name in Folder(where).place.names("cells") if name.endswith(".parquet")]) == 6
    with pytest.raises(InputError, match=r"the experiment that .* holds; got another seed"):
        kellet.run(STUDY, seed=9, out=where)


def test_a_folder_with_other_files_and_one_without_a_run_are_refused(where):
    with pytest.raises(InputError, match="nothing there"):
        Folder.open(where)
    places.place(where).write("letter.txt", b"dear")
    with pytest.raises(InputError, match="which holds other files"):
        kellet.run(STUDY, out=where)
    with pytest.raises(InputError, match=r"a folder without experiment\.toml"):
        Run.read(where)


def test_a_place_travels_to_workers(where):
    folder = pickle.loads(pickle.dumps(Folder(where)))
    assert folder.place == places.place(where)


def test_two_processes_may_write_into_a_store_at_once(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.starmap(Remote(f"file://{tmp_path}").write, [("a", bytes([i]) * 10_000) for i in range(20)])
    assert len(set((tmp_path / "a").read_bytes())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_programs_print_is_carried_to_a_store(tmp_path):
    folder = Folder(f"file://{tmp_path}/run")
    block = Folder(tmp_path / "other")
    kellet.run(STUDY, out=block.path)
    (key, *_) = block.done()
    log = folder.log(*key)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("hello", encoding="utf-8")
    folder.write(block.load([key])[0][key])
    assert (tmp_path / "run" / "logs" / f"{key[0]}-{key[1]}.txt").read_text() == "hello"
    assert not log.exists()


def test_of_many_who_claim_one_gets_it(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: Local(tmp_path).claim("block-0"), range(40)))
    assert sum(got) == 1
    Local(tmp_path).release("block-0")
    assert Local(tmp_path).claim("block-0")
    assert not Local(tmp_path).claim("block-0")


def claimed_by_another(folder, then=""):
    """A process claims a block, and ends."""
    code = (
        f"from kellet.experiment.running.stores import *; assert Local(Path({str(folder)!r})).claim('block-0'); {then}"
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE)


def test_the_claim_of_a_dead_process_is_taken_over_by_exactly_one_and_that_of_a_living_one_never(tmp_path):
    place = Local(tmp_path)
    alive = claimed_by_another(tmp_path, "print(flush=True); input()")
    alive.stdout.readline()
    assert not place.claim("block-0")
    assert place.holders()
    alive.kill()
    # Even before anybody asks how it ended.
    while place_held := place.holders():
        time.sleep(0.01)
    assert not place_held
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: place.claim("block-0"), range(40))) == 1
    place.release("block-0")
    assert not list((tmp_path / "claims").iterdir())
    alive.communicate()


@pytest.mark.parametrize(("age", "held"), [(60, True), (7200, False)])
def test_claims_of_other_machines_last_an_hour(tmp_path, monkeypatch, age, held):
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("kellet.experiment.running.claims._process", lambda pid: Holder("elsewhere", pid, "1"))
        assert Local(tmp_path).claim("block-0")
    (path,) = (tmp_path / "claims").iterdir()
    os.utime(path, (time.time() - age, time.time() - age))
    assert Local(tmp_path).claim("block-0") is not held


@pytest.mark.parametrize(("age", "held"), [(0, True), (60, False)])
def test_a_claim_without_words_is_somebodys_for_a_moment(tmp_path, age, held):
    assert Local(tmp_path).claim("block-0")
    (path,) = (tmp_path / "claims").iterdir()
    path.write_text("")
    os.utime(path, (time.time() - age, time.time() - age))
    assert Local(tmp_path).claim("block-0") is not held


def test_a_process_number_that_was_given_again_is_not_its_first_bearer(tmp_path, monkeypatch):
    with monkeypatch.context() as before:
        myself = claims._process(os.getpid())
        before.setattr(
            "kellet.experiment.running.claims._process", lambda _: msgspec.structs.replace(myself, born="long ago")
        )
        assert Local(tmp_path).claim("block-0")
    assert Local(tmp_path).claim("block-0")


def test_in_a_store_everybody_may():
    folder = Folder("memory://claims")
    assert folder.claim("a", 0)
    assert folder.claim("a", 0)
    folder.release("a", 0)


def test_a_full_disk_is_told_in_a_line_and_nothing_is_half_written(tmp_path, monkeypatch):
    folder = Folder(tmp_path / "run")
    folder.begin(resolve(STUDY).experiment)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def write(self, _):
            raise OSError(28, "No space left on device")

    def full(handle, *_):
        os.close(handle)
        return Full()

    monkeypatch.setattr("kellet.experiment.running.stores.os.fdopen", full)
    with pytest.raises(InputError, match=r"expected a folder to write to; got .*: No space left on device\. Try"):
        folder.write_text("experiment.toml", "new")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@contextmanager
def nobody():
    """Root may write anywhere: as somebody who may not."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders of Windows have other rights")
def test_a_folder_that_is_read_only_is_told_in_a_line(tmp_path):
    # Once before, since nobody may not read all that Python imports on its way.
    kellet.run(STUDY, out=tmp_path / "run")
    # Not in pytest's folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        with nobody(), pytest.raises(InputError, match=r"expected a folder to write to; got .*: Permission denied"):
            kellet.run(STUDY, out=folder / "run")
        assert not list(folder.iterdir())
        folder.chmod(0o755)


def test_a_store_that_refuses_is_told_in_a_line(monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("Access Denied")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "pipe_file", refuse)
    with pytest.raises(InputError, match=r"expected a folder to write to; got memory://refused: Access Denied"):
        kellet.run(STUDY, out="memory://refused")


@pytest.mark.parametrize("method", ["cat", "ls", "pipe_file"])
def test_a_store_that_does_not_answer_is_told_in_a_line(monkeypatch, method):
    class NoCredentialsError(Exception):
        """No OSError: stores have errors of their own kinds."""

    def fail(*_, **__):
        raise NoCredentialsError("Unable to locate credentials.\nMore.")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), method, fail)
    with pytest.raises(InputError, match=r"a store that answers; got memory://mute: Unable to locate credentials\."):
        kellet.run(STUDY, out="memory://mute")


def test_a_move_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    place = Remote(f"file://{tmp_path}")
    place.write("a", b"before")
    monkeypatch.setattr(type(fsspec.filesystem("file")), "mv", refuse)
    with pytest.raises(InputError, match="No space left"):
        place.write("a", b"after")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"


def test_stores_that_are_unknown_or_whose_package_is_missing_are_told(monkeypatch):
    with pytest.raises(InputError, match="a store that fsspec knows; got nonsense://x"):
        Folder("nonsense://x")
    imports = builtins.__import__

    def without(name, *rest, **named):
        if name == "fsspec":
            raise ImportError(name)
        return imports(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install '\.\[cluster\]' in a checkout"):
        Folder("memory://x")


@pytest.mark.parametrize("kind", ["parquet", "npz"])
@pytest.mark.parametrize("damage", [b"", b"PAR1 and then nothing", "one bit"])
def test_files_whose_bytes_changed_are_named_and_not_read(tmp_path, kind, damage):
    folder = Folder(tmp_path / "run")
    run = kellet.run(STUDY, out=folder.path)
    path = min((tmp_path / "run" / "cells").glob(f"*.{kind}"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data) if damage == "one bit" else damage)
    blocks, corrupt = folder.load(folder.done())
    assert corrupt == {path.name: "was spoilt"}
    assert len(blocks) == 5
    with pytest.warns(UserWarning, match=path.name):
        again = kellet.run(STUDY, out=folder.path)
    assert again.data.equals(run.data)
    assert folder.load(folder.done())[1] == {}


def test_blocks_of_different_columns_are_read_together(tmp_path):
    folder = Folder(tmp_path)
    written = {}
    for i in range(60):
        shape = (1 + i % 3, 1 + i % 4)
        names = ("a", "b") if i % 2 else ("b", "c", "d")
        values = {name: np.random.default_rng(i).normal(size=shape) for name in names}
        gone = np.where(np.arange(shape[0]) == i % 5, 0, -1)
        block = Block(f"cell{i % 7}", i, np.arange(shape[1]), values, gone, f"reason {i}", {})
        folder.write(block)
        written[block.cell, i] = block
    read, corrupt = folder.load(written)
    assert corrupt == {}
    assert set(read) == set(written)
    for key, block in read.items():
        before = written[key]
        assert {n: v.tobytes() for n, v in block.values.items()} == {n: v.tobytes() for n, v in before.values.items()}
        assert (block.collapsed == before.collapsed).all()
        assert (block.generations == before.generations).all()
        assert block.reason == (before.reason if (before.collapsed >= 0).any() else "")


def test_a_temporary_file_is_left_behind_where_its_writer_is_dead(tmp_path):
    ours = places.claims.sign()
    machine, pid, _ = ours.split("-")
    now = time.time()
    assert not places.claims.is_abandoned(f".{ours}-x.tmp", now - 7200)
    assert places.claims.is_abandoned(f".{machine}-{pid}-1-x.tmp", now)
    for other in (".deadbeef-1-1-x.tmp", ".x.tmp"):
        assert [places.claims.is_abandoned(other, at) for at in (now, now - 7200, now + 7200)] == [False, True, True]
    dead = tmp_path / "run" / "cells" / f".{machine}-{pid}-1-abcd_123.tmp"
    dead.parent.mkdir(parents=True)
    (tmp_path / "run" / "experiment.toml").write_text(resolve(STUDY).experiment.to_toml(), encoding="utf-8")
    dead.touch()
    kellet.run(STUDY, out=tmp_path / "run")
    assert not dead.exists()


def half(data):
    return data[: len(data) // 2]


def one_bit(data):
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize("spoil", [half, one_bit])
@pytest.mark.parametrize("method", ["pipe_file", "cat"])
def test_a_store_that_lies_is_told_in_a_line_and_the_run_goes_on_when_it_does_not(monkeypatch, method, spoil):
    where = f"memory://lies/{next(NUMBER)}"
    kind = type(fsspec.filesystem("memory"))
    honest = getattr(kind, method)

    def write(self, path, data, *rest, **named):
        return honest(self, path, spoil(data) if path.endswith(".parquet") else data, *rest, **named)

    def read(self, paths, *rest, **named):
        found = honest(self, paths, *rest, **named)
        return {path: spoil(data) if path.endswith(".parquet") else data for path, data in found.items()}

    with monkeypatch.context() as lying:
        lying.setattr(kind, method, write if method == "pipe_file" else read)
        with pytest.warns(UserWarning, match="was spoilt"), pytest.raises(InputError, match="gone from memory://lies"):
            kellet.run(STUDY, out=where)
    with pytest.warns(UserWarning, match="was spoilt") if method == "pipe_file" else nullcontext():
        run = kellet.run(STUDY, out=where)
    assert run.data.equals(kellet.run(STUDY).data)


def test_a_store_whose_list_is_of_yesterday_is_told_in_a_line(monkeypatch):
    where = f"memory://stale/{next(NUMBER)}"
    with monkeypatch.context() as lying:
        lying.setattr(type(fsspec.filesystem("memory")), "ls", lambda *_, **__: [])
        with pytest.raises(InputError, match="gone from memory://stale"):
            kellet.run(STUDY, out=where)
    assert kellet.run(STUDY, out=where).data.equals(kellet.run(STUDY).data)
