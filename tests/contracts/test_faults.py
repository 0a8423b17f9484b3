"""Workers die, drivers die, files spoil, and the numbers are those of one undisturbed process, bit for bit."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

import kellet
from kellet import Accumulate, Arm, Experiment, InputError, Sweep, cli, resolve, worlds
from kellet.experiment.run import Run
from kellet.experiment.running import engines
from kellet.experiment.running.folder import Folder
from kellet.families import Adapter

KELLET = Path(sys.executable).parent / "kellet"
WORK = import_module("kellet.experiment.running.schedule")
TASK = import_module("kellet.experiment.running.task")
DEADLY = '''
import os, pathlib, signal
import numpy as np

class Deadly:
    """A normal distribution that kills its process: once, when a file is armed and five blocks are there, or always.

    With its parent, if that is asked for.
    """

    def __init__(self, armed="", folder="", points=0, parent=False):
        self.armed, self.folder, self.points, self.parent = armed, folder, points, parent

    def kill(self):
        if self.parent:
            os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    def fit(self, X):
        if len(X) == self.points:
            self.kill()
        if self.armed and len(list(pathlib.Path(self.folder, "cells").glob("*.parquet"))) >= 5:
            try:
                # Only one process can.
                os.rename(self.armed, self.armed + ".spent")
                self.kill()
            except FileNotFoundError:
                pass
        self.mean, self.width = X.mean(0), X.std(0)
        return self

    def sample(self, n):
        return np.random.normal(self.mean, self.width, (n, len(self.mean)))
'''
ARMS = {"replace": Arm(), "accumulate": Arm(regime=Accumulate())}
SOURCE = Path(kellet.__file__).parents[1]
"""Other processes import the Kellet that is tested."""


@pytest.fixture
def deadly(tmp_path, monkeypatch):
    """An experiment with somebody's class that can kill, and the folder of its run."""
    (tmp_path / "deadly.py").write_text(DEADLY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{SOURCE}")

    def experiment(**options):
        return Experiment(
            worlds.multivariate_normal([0, 1], [[1, 0], [0, 2]]), Adapter("deadly:Deadly", options), 20, ARMS,
            generations=3, replicates=8, seed=5, judged=20,
        )  # fmt: skip

    yield experiment
    sys.modules.pop("deadly", None)


def values(run):
    """Every value of a run, in bytes."""
    return {(arm, m.name): run.values(arm, m.name).tobytes() for arm in run.blocks for m in run.metrics}


def armed(tmp_path, deadly, **options):
    """The experiment whose class kills one process in the middle, and the numbers it has without that."""
    marker = tmp_path / "armed"
    experiment = deadly(armed=str(marker), folder=str(tmp_path / "run"), **options)
    undisturbed = values(kellet.run(experiment))
    marker.touch()
    return experiment, undisturbed


def test_a_worker_that_is_killed_changes_nothing(tmp_path, deadly):
    experiment, undisturbed = armed(tmp_path, deadly)
    run = kellet.run(experiment, out=tmp_path / "run", jobs=2)
    assert (tmp_path / "armed.spent").exists()
    assert values(run) == values(Run.read(tmp_path / "run")) == undisturbed
    assert not run.failures()
    assert not list((tmp_path / "run" / "claims").iterdir())


def test_a_cell_that_always_kills_is_given_up_and_the_others_are_finished(tmp_path, deadly, monkeypatch, capsys):
    # An arm that accumulates learns from 40 points in its second generation.
    experiment = msgspec.structs.replace(deadly(points=40), replicates=1)
    (tmp_path / "experiment.toml").write_text(experiment.to_toml())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="1"):
        cli.main(["run", "experiment.toml", "--trust", "--out", "run", "--jobs", "2", "--json"])
    told = capsys.readouterr().err
    assert "“accumulate” failed: generation 0: its worker died 3 times" in told
    run = Run.read(tmp_path / "run")
    assert list(run.failures()) == ["accumulate"]
    alone = kellet.run(msgspec.structs.replace(experiment, arms={"replace": Arm()}))
    assert values(alone).items() <= values(run).items()


def test_a_point_of_a_sweep_that_always_kills_is_told_and_tried_again(tmp_path, deadly):
    study = msgspec.structs.replace(deadly(points=21), replicates=1, arms={"replace": Arm()}, generations=1)
    found = kellet.sweep(study, grid={"size": (20, 21, 22)}, out=tmp_path / "run", jobs=2)
    assert list(found.failures()) == ["replace at size 21"]
    # It is tried again, since there may be more memory now; in a process of its own, though it is the only one.
    told = []
    kellet.work(found.experiment, tmp_path / "run", jobs=2, progress=lambda *at: told.append(at))
    assert told[0] == (2, 3)
    data = Sweep.read(tmp_path / "run").data
    assert data["failed"].values.ravel().tolist() == [-1, 0, -1]
    assert data["variance_ratio"].isnull().any("generation").values.ravel().tolist() == [False, True, False]


class Scripted(Executor):
    """Each task's deaths stand in a list: an exception, or None for a result."""

    def __init__(self, script):
        self.script, self.calls = script, []

    def submit(self, work, /, task):
        self.calls.append(task)
        future = Future()
        if (error := self.script[task].pop(0) if self.script[task] else None) is None:
            future.set_result(work(task))
        else:
            future.set_exception(error)
        return future


class KilledWorker(Exception):  # noqa: N818
    """What Dask says."""


def test_what_was_lost_with_a_worker_is_computed_again_alone_and_last():
    broken = BrokenProcessPool("gone")
    executor = Scripted({1: [broken], 2: [broken, broken], 3: [], 4: [broken] * 9})
    lost = []
    found = list(
        engines.compute(abs, [1, 2, 3, 4], executor=executor, instead=lambda one: lost.append(one) or -one.task)
    )
    assert found[0] == 3
    assert sorted(found) == [-4, 1, 2, 3]
    assert sorted(executor.calls[4:]) == [1, 2, 2, 4, 4]
    assert [one.task for one in lost] == [4]
    assert lost[0].reason == "its worker died 3 times: gone"


def test_whom_dask_blames_by_mistake_gets_another_chance_and_a_killer_one_only():
    executor = Scripted({1: [KilledWorker()], 2: [KilledWorker()] * 9})
    assert sorted(engines.compute(abs, [1, 2], executor=executor, instead=lambda one: -one.task)) == [-2, 1]
    assert sorted(executor.calls) == [1, 1, 2, 2]


def test_without_a_stand_in_a_lost_task_is_an_error():
    with pytest.raises(InputError, match=r"work that its workers survive; got its worker died 3 times: gone"):
        list(engines.compute(abs, [1], executor=Scripted({1: [BrokenProcessPool("gone")] * 9})))


def test_lost_contact_is_an_error_in_one_line():
    class Cancelling(Executor):
        def submit(self, work, /, task):
            future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    with pytest.raises(InputError, match="lost contact"):
        list(engines.compute(abs, [1], executor=Cancelling()))


def kill(task):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_plain_pool_does_not_survive_a_death_and_says_so():
    import multiprocessing

    with (
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool,
        pytest.raises(InputError, match="an executor that outlives its workers"),
    ):
        list(engines.compute(kill, [1], executor=pool))


def test_a_script_without_a_guard_is_told_what_to_do(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("from kellet import engines\nprint(sorted(engines.compute(abs, range(50), jobs=2)))\n")
    told = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 1
    assert told.stderr.rstrip().endswith("Try calling from under `if __name__ == '__main__':`, or jobs=1.")
    assert told.stderr.count("expected processes that can start") == 1


def test_three_shards_in_any_order_are_read_together(tmp_path, deadly, capsys):
    experiment = msgspec.structs.replace(deadly(), grid={"size": (20, 22)})
    out = tmp_path / "run"
    (tmp_path / "experiment.toml").write_text(experiment.to_toml())
    assert kellet.work(experiment, out, shard="3/3") > 0
    first = {path.name for path in (out / "cells").iterdir()}
    with pytest.raises(InputError, match=r"a finished run; got \d+ of 32 blocks still missing"):
        Sweep.read(out)
    cli.main(["run", str(tmp_path / "experiment.toml"), "--trust", "--out", str(out), "--shard", "1/3", "--jobs", "1"])
    assert "blocks of other shards are missing" in capsys.readouterr().out
    second = {path.name for path in (out / "cells").iterdir()}
    assert first < second
    assert Folder(out).status().status == "running"
    assert kellet.work(experiment, out, shard="2/3") == 0
    assert Folder(out).status().status == "finished"
    assert Sweep.read(out).data.identical(kellet.sweep(experiment).data)


def test_every_block_belongs_to_one_shard():
    keys = [(f"{cell * 0x9E3779B97F4A7C15 % 2**64:016x}", block) for cell in range(1, 200) for block in range(3)]
    shards = [WORK.Shard.parse(f"{i}/5") for i in range(1, 6)]
    assert {sum(shard.holds(key) for shard in shards) for key in keys} == {1}
    assert all(60 < sum(shard.holds(key) for key in keys) < 180 for shard in shards)


def test_a_cell_whose_bytes_changed_is_computed_again_and_reported(tmp_path, deadly):
    experiment = deadly()
    run = kellet.run(experiment, out=tmp_path / "run")
    spoilt = sorted((tmp_path / "run" / "cells").glob("*.parquet"))[3]
    whole = spoilt.read_bytes()
    spoilt.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(InputError, match=f"{spoilt.name}, which was spoilt"):
        Run.read(tmp_path / "run")
    with pytest.warns(UserWarning, match=rf"^{spoilt.name} was spoilt; its block is computed again$"):
        again = kellet.run(experiment, out=tmp_path / "run")
    assert values(again) == values(run)
    assert spoilt.read_bytes() == whole


def test_what_another_process_has_written_meanwhile_is_not_computed_again(tmp_path, deadly):
    resolved = resolve(deadly())
    kellet.run(resolved.experiment, out=tmp_path / "run")
    folder = Folder(tmp_path / "run")
    task, *_ = WORK.make_tasks(resolved, folder, ("variance_ratio",))
    task = replace(task, session="a new one")
    at = {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "cells").iterdir()}
    assert TASK.compute(task) == task.key
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "cells").iterdir()} == at
    folder.claim(*task.key)
    assert TASK.compute(task) is None
    folder.release(*task.key)


def test_the_claim_of_a_worker_lost_on_another_machine_is_taken_over_in_its_session_only(tmp_path):
    folder = Folder(tmp_path)
    assert folder.claim("cell", 0, "ours")
    (claim,) = (tmp_path / "claims").iterdir()
    claim.write_bytes(msgspec.json.encode(msgspec.json.decode(claim.read_bytes()) | {"host": "elsewhere"}))
    assert not folder.claim("cell", 0, "another")
    assert not folder.claim("cell", 0)
    assert folder.claim("cell", 0, "ours")
    # Now a process of this machine that lives holds it.
    assert not folder.claim("cell", 0, "ours")


def test_a_scheduler_that_is_not_there_is_one_line(tmp_path, monkeypatch, capsys):
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kellet.experiment.running.contact.CONTACT", 0.5)
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(SystemExit, match="2"):
            cli.main(["run", "normal", "--engine", "dask", "--address", address])
        told = capsys.readouterr().err
        assert told.startswith("kellet: expected the address of a Dask scheduler that answers; got " + address)
        assert told.count("\n") == 1


class Cluster:
    """A scheduler and workers of Dask, each a process of its own."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []
        self.file = folder / "scheduler.json"
        self.start("scheduler", "--port", "0", "--scheduler-file", self.file)
        deadline = time.monotonic() + 60
        while not self.file.exists():
            assert time.monotonic() < deadline, (folder / "scheduler.log").read_text()
            time.sleep(0.05)
        self.address = msgspec.json.decode(self.file.read_bytes())["address"]

    def start(self, kind, *options):
        environment = os.environ | {
            "PYTHONPATH": f"{self.folder}{os.pathsep}{SOURCE}",
            "OMP_NUM_THREADS": "1",
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        }
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1", "--no-dashboard"]
        with (self.folder / f"{kind}.log").open("ab") as log:
            self.processes.append(
                subprocess.Popen([*command, *options], cwd=self.folder, env=environment, stdout=log, stderr=log)
            )

    def add(self, workers, *options):
        for _ in range(workers):
            self.start("worker", "--scheduler-file", self.file, "--nthreads", "1", "--no-nanny", *options)

    def wait(self, workers):
        """Until so many workers are there."""
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)

    def alive(self):
        return sum(process.poll() is None for process in self.processes[1:])

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "deadly.py").write_text(DEADLY)
    cluster = Cluster(folder)
    try:
        cluster.add(4)
        cluster.wait(4)
        yield cluster
    finally:
        cluster.end()


@pytest.mark.parametrize(("parent", "left"), [(False, 4), (True, 3)], ids=["its process", "the worker"])
def test_one_worker_of_four_in_a_dask_cluster_is_killed_and_nothing_changes(tmp_path, deadly, cluster, parent, left):
    experiment, undisturbed = armed(tmp_path, deadly, parent=parent)
    with engines.dask(cluster.address) as executor:
        run = kellet.run(experiment, out=tmp_path / "run", executor=executor)
    assert (tmp_path / "armed.spent").exists()
    assert cluster.alive() == left
    assert values(run) == values(Run.read(tmp_path / "run")) == undisturbed
    assert not run.failures()


def test_the_command_line_computes_on_dask(tmp_path, deadly, cluster, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiment.toml").write_text(deadly().to_toml())
    # A relative folder, though the workers were started in another.
    dask = ["--engine", "dask", "--address", cluster.address]
    cli.main(["run", "experiment.toml", "--trust", "--out", "run", *dask, "--quiet"])
    assert capsys.readouterr() == ("", "")
    assert values(Run.read(tmp_path / "run")) == values(kellet.run(deadly()))


def test_a_profile_is_counted_on_dask(tmp_path, cluster, monkeypatch):
    for i in range(5):
        (tmp_path / f"{i}.txt").write_text("".join("the old " * (j % 3 + 1) + f"sea{i * j}.\n" for j in range(20 + i)))
    monkeypatch.chdir(tmp_path)
    dask = ["--engine", "dask", "--address", cluster.address]
    cli.main(["profile", "*.txt", "-o", "many.kprof", *dask, "--quiet"])
    cli.main(["profile", "*.txt", "-o", "one.kprof", "--quiet"])
    assert (tmp_path / "many.kprof").read_bytes() == (tmp_path / "one.kprof").read_bytes()


def test_workers_are_asked_for_what_a_family_needs_where_they_say_what_they_have(cluster):
    cluster.add(1, "--resources", "GPU=2")
    cluster.wait(cluster.alive())
    with engines.dask(cluster.address, {"GPU": 1}) as executor:
        assert executor._cluster._kwargs["resources"] == {"GPU": 1}
        assert list(engines.compute(abs, [-1, -2], executor=executor)) in ([1, 2], [2, 1])
    with engines.dask(cluster.address, {"TPU": 1}) as executor:
        assert "resources" not in executor._cluster._kwargs
        assert list(engines.compute(abs, [-1], executor=executor)) == [1]


def test_a_driver_on_dask_dies_and_is_started_again(tmp_path, deadly, cluster, monkeypatch):
    monkeypatch.chdir(tmp_path)
    experiment = msgspec.structs.replace(deadly(), replicates=30)
    (tmp_path / "experiment.toml").write_text(experiment.to_toml())
    command = [KELLET, "run", "experiment.toml", "--trust", "--out", "run"]
    command += ["--engine", "dask", "--address", cluster.address]
    process = subprocess.Popen([*command, "--quiet"], stderr=subprocess.PIPE)
    while len(list((tmp_path / "run" / "cells").glob("*.parquet"))) < 5:
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.01)
    process.kill()
    process.communicate()
    told = subprocess.run([*command, "--quiet"], capture_output=True, timeout=120, check=False)
    assert (told.returncode, told.stderr) == (0, b"")
    assert values(Run.read(tmp_path / "run")) == values(kellet.run(experiment))


@pytest.mark.parametrize(("parent", "lost"), [(False, 0), (True, 7)], ids=["its process", "its worker"])
def test_what_always_kills_on_dask_is_given_up(tmp_path, deadly, cluster, parent, lost):
    # It costs two workers in company and two alone, a few more where the machine is busy, and one has to be left.
    cluster.add(max(0, 8 - cluster.alive()))
    cluster.wait(8)
    experiment = msgspec.structs.replace(deadly(points=40, parent=parent), replicates=1)
    with engines.dask(cluster.address) as executor:
        run = kellet.run(experiment, out=tmp_path / "run", executor=executor)
    (reason,) = run.failures()["accumulate"]
    assert "its worker died" in reason
    assert list(run.failures()) == ["accumulate"]
    assert cluster.alive() >= 8 - lost
    alone = kellet.run(msgspec.structs.replace(experiment, arms={"replace": Arm()}))
    assert values(alone).items() <= values(run).items()


def test_a_worker_with_a_nanny_has_a_process_beside_it_that_ends_with_it(tmp_path):
    pytest.importorskip("distributed")
    cluster = Cluster(tmp_path)
    try:
        cluster.start("worker", "--scheduler-file", cluster.file, "--nthreads", "1")
        cluster.wait(1)
        with engines.dask(cluster.address) as executor:
            beside = executor.submit(os.getpid).result(timeout=60)
            assert executor.submit(os.getpid).result(timeout=60) == beside
        os.kill(beside, 0)
        cluster.processes[1].terminate()
        cluster.processes[1].wait(60)
        deadline = time.monotonic() + 10
        with pytest.raises(ProcessLookupError):
            while time.monotonic() < deadline:
                os.kill(beside, 0)
                time.sleep(0.05)
    finally:
        cluster.end()
