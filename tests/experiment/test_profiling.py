"""Whoever counts, in whatever order and however files are cut, the profile is that of one pass, bit for bit."""

import multiprocessing
import random
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar
from weakref import WeakSet

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kellet
from kellet import InputError
from kellet.experiment import profiling
from kellet.experiment.parts import cut
from kellet.experiment.running import engines
from kellet.profile import tally
from kellet.profile import text as counting
from kellet.profile.file import write

WORDS = [f"w{i}" for i in range(40)] + ["naïve", "我用", "don't"]


class Shuffled(Executor):
    """Computes at once, and when it was given everything says so in an order of chance; deaths: of its workers."""

    def __init__(self, seed=0, deaths=()):
        self.random, self.deaths = random.Random(seed), list(deaths)
        self.futures, self.told = [], []

    def submit(self, work, /, task):
        future = Future()
        if task.place in self.deaths:
            self.deaths.remove(task.place)
            future.set_exception(BrokenProcessPool("gone"))
        else:
            future.set_result(work(task))
        future.add_done_callback = lambda tell: self.tell(future, tell)
        self.futures.append(future)
        return future

    def tell(self, future, tell):
        self.told.append((future, tell))
        if len(self.told) == len(self.futures):
            self.random.shuffle(self.told)
            for one, say in self.told:
                say(one)


def fill(folder, sizes, seed=0):
    """Files of so many documents."""
    rng = random.Random(seed)
    for i, size in enumerate(sizes):
        texts = [" ".join(rng.choices(WORDS, k=rng.randint(0, 12))) for _ in range(size)]
        pl.DataFrame({"text": texts}).write_parquet(f"{folder}/{i:02}.parquet")
    return f"{folder}/*.parquet"


def raw(profile, folder):
    write(profile, f"{folder}/some.kprof")
    return Path(folder, "some.kprof").read_bytes()


@pytest.fixture(params=[1 << 20, 600], ids=["all keys", "few keys"], scope="module")
def rows(request):
    """How many rows are kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally, "ROWS", request.param)
        patch.setattr(counting, "NAMES", 20)
        yield request.param


@settings(max_examples=6)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=5), st.data())
def test_parts_counted_apart_are_one_pass(rows, sizes, data):
    with TemporaryDirectory() as folder:
        glob = fill(folder, sizes)
        found = kellet.profile(glob)
        assert rows > 600 or sum(sizes) < 200 or found.tallies["3-grams"].level > 0
        whole = raw(found, folder)
        # By as many people with --shard, merged.
        n = data.draw(st.integers(1, len(sizes)))
        for i in range(n):
            write(kellet.profile(glob, shard=f"{i + 1}/{n}"), f"{folder}/{i}.kprof")
        assert raw(kellet.profile(f"{folder}/[0-9].kprof", merge=True), folder) == whole
        # By workers that end in any order.
        assert raw(kellet.profile(glob, executor=Shuffled(data.draw(st.integers(0, 99)))), folder) == whole


@pytest.mark.slow
def test_processes_of_which_some_die_give_the_profile_of_one_pass(tmp_path):
    glob = fill(tmp_path, [200] * 8)
    deaths = []

    class Deadly(Executor):
        """Kills all processes when the first result is there."""

        def __init__(self, pool):
            self.pool, self.killed = pool, False

        def submit(self, work, /, task):
            future = self.pool.submit(work, task)
            future.add_done_callback(self.look)
            return future

        def look(self, future):
            deaths.append(isinstance(future.exception(), BrokenProcessPool))
            if not self.killed:
                self.killed = True
                for child in multiprocessing.active_children():
                    child.kill()

    shares = []
    with engines.local(2) as pool:
        found = kellet.profile(glob, executor=Deadly(pool), progress=lambda name, share: shares.append(share))
    assert any(deaths)
    assert raw(found, tmp_path) == raw(kellet.profile(glob), tmp_path)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1], len(shares)) == (0, 1, 9)


def test_a_part_that_always_kills_is_told_by_its_file(tmp_path):
    glob = fill(tmp_path, [20] * 3)
    once = kellet.profile(glob, executor=Shuffled(deaths=[1, 1]))
    assert raw(once, tmp_path) == raw(kellet.profile(glob), tmp_path)
    with pytest.raises(InputError, match=r"its worker died 3 times: gone, from .*01\.parquet on\. Try fewer --jobs"):
        kellet.profile(glob, executor=Shuffled(deaths=[1] * 3))


def test_parts_are_neighbouring_files_of_about_as_many_bytes(tmp_path):
    for i, size in enumerate([10, 10, 10, 1000, 10, 500, 500, 1]):
        (tmp_path / f"{i}.txt").write_text("a b\n" * size)
    whole = profiling.survey([f"{tmp_path}/*.txt"])
    for many, sizes in ((1, [8]), (2, [4, 4]), (4, [4, 2, 2]), (64, [1] * 8)):
        parts = cut(whole.shards, many)
        assert len(parts) <= many
        assert tuple(shard for part in parts for shard in part) == whole.shards
        if many < 64:
            assert list(map(len, parts)) == sizes


class Span:
    """Stands for the profile of some parts."""

    alive: ClassVar = WeakSet()

    def __init__(self, start, stop):
        self.start, self.stop = start, stop
        self.alive.add(self)

    def __add__(self, other):
        assert self.stop == other.start
        return Span(self.start, other.stop)


def test_few_parts_lie_about():
    parts = [profiling.Pass(((Path(f"{i}.txt"), None),), None) for i in range(200)]
    many, rng = [], random.Random(1)

    def count():
        # Four workers: whichever ends next is one of the first four that have not.
        waiting = list(range(len(parts)))
        while waiting:
            place = waiting.pop(rng.randrange(min(4, len(waiting))))
            yield place, Span(place, place + 1)
            many.append(len(Span.alive))

    whole = profiling._join(count(), parts)
    assert (whole.start, whole.stop) == (0, 200)
    assert max(many) <= 6


@pytest.mark.parametrize("form", [pl.DataFrame, dict, lambda columns: pl.DataFrame(columns).to_arrow()])
def test_what_a_program_has_in_its_hands_is_profiled_too(tmp_path, form):
    if form not in (pl.DataFrame, dict):
        pytest.importorskip("pyarrow")
    texts = ["to be", "or not to be", ""] * 90
    pl.DataFrame({"text": texts}).write_ndjson(tmp_path / "a.jsonl")
    expected = raw(kellet.profile(tmp_path / "a.jsonl"), tmp_path)
    assert raw(kellet.profile(form({"text": texts})), tmp_path) == expected


def test_errors_of_workers_are_told_in_one_line(tmp_path):
    glob = fill(tmp_path, [20] * 3)
    (tmp_path / "01.parquet").write_bytes((tmp_path / "01.parquet").read_bytes()[:-20])
    with pytest.raises(InputError, match=r"01\.parquet"):
        kellet.profile(glob, executor=Shuffled())
    with pytest.raises(InputError, match="1 to 1,024 jobs"):
        kellet.profile(glob, jobs=0)
    with pytest.raises(InputError, match="an object that holds data"):
        kellet.profile(3)
