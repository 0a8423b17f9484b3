"""The same numbers, bit for bit, wherever and in whatever company a block is computed."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import msgspec
import numpy as np
import pytest

import kellet
from kellet import Accumulate, Anchor, Arm, Experiment, InputError, Prior, Subsample, resolve, worlds
from kellet.experiment.run import Run
from kellet.experiment.running import engines
from kellet.families import VAE, Adapter, Categorical, Gaussian, Mixture
from kellet.loop.pool.settings import Humans, Pool, Writer

ARMS = {
    "replace": Arm(),
    "fresh": Arm(anchor=Anchor(2)),
    "fixed": Arm(anchor=Anchor(share=0.1, draw="fixed")),
    "bank": Arm(anchor=Anchor(2, draw="bank", bank=5, weight=2.0)),
    "accumulate": Arm(regime=Accumulate()),
    "subsample": Arm(regime=Subsample(), anchor=Anchor(1)),
}
WEB = Pool(humans=Humans(share=0.2, halving=2.0), pools=2, migration=0.1)
WRITERS = {"small": Writer(size=10, every=2), "": Writer(many=2)}
EXPERIMENTS = {
    "gaussian": Experiment(worlds.Normal(), Gaussian(), 20, ARMS, generations=4, replicates=10, seed=3, block=4),
    "plane": Experiment(
        worlds.multivariate_normal([0, 1], [[1, 0], [0, 2]]), Gaussian(), 20, ARMS, generations=4, replicates=6, block=4
    ),
    "categorical": Experiment(worlds.Zipf(30), Categorical(), 40, ARMS, generations=4, replicates=6, block=4),
    "mixture": Experiment(worlds.Digits(dims=3), Mixture(2), 40, ARMS, generations=2, replicates=3, block=2, judged=20),
    "adapter": Experiment(
        worlds.Digits(dims=3),
        Adapter("sklearn.neighbors:KernelDensity", {"bandwidth": 2.0}),
        40,
        {key: ARMS[key] for key in ("replace", "fresh")},
        generations=2,
        replicates=3,
        judged=20,
    ),
}
EXPERIMENTS["web"] = Experiment(
    worlds.Normal(), Gaussian(), 20, {"replace": Arm(), "fresh": Arm(pool=WEB, writers=WRITERS, anchor=Anchor(2)),
    "fixed": Arm(pool=Pool(reading="documents", bias=2.0), writers=WRITERS)}, generations=3, replicates=6, block=4,
    judged=20,
)  # fmt: skip
every_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=list(EXPERIMENTS))


def assert_same(one: Run, other: Run, arms=None, replicates=None):
    """Every value, every collapse and every picture, bit for bit."""
    for arm in arms or one.experiment.arms:
        assert [*one.blocks[arm][0].values] == [*other.blocks[arm][0].values]
        for name in one.blocks[arm][0].values:
            a, b = (run.values(arm, name)[:replicates] for run in (one, other))
            assert a.tobytes() == b.tobytes(), (arm, name)
        a, b = (np.concatenate([block.collapsed for block in run.blocks[arm]])[:replicates] for run in (one, other))
        assert (a == b).all()
        for key, shown in one.specimens(arm).items():
            assert shown.tobytes() == other.specimens(arm)[key].tobytes()


@pytest.fixture(scope="module")
def alone():
    """Each experiment run in this process, without a folder."""
    return {key: kellet.run(experiment) for key, experiment in EXPERIMENTS.items()}


class Backwards(Executor):
    """Computes the tasks it was given last first, when somebody waits for them."""

    def submit(self, work, /, *args, **settings):
        future = Future()
        future.set_result(work(*args, **settings))
        return future


@pytest.mark.parametrize("key", ["gaussian", "categorical", "adapter", pytest.param("web", marks=pytest.mark.slow)])
def test_two_processes_give_the_numbers_of_one(alone, key):
    assert_same(alone[key], kellet.run(EXPERIMENTS[key], jobs=2))


@pytest.mark.parametrize("key", ["gaussian", "plane", "categorical", "mixture", "web"])
def test_threads_give_the_numbers_of_one(alone, key):
    with ThreadPoolExecutor(3) as executor:
        assert_same(alone[key], kellet.run(EXPERIMENTS[key], executor=executor))


@pytest.mark.parametrize("key", list(EXPERIMENTS))
def test_any_executor_and_a_folder_give_the_same_numbers(alone, key, tmp_path):
    run = kellet.run(EXPERIMENTS[key], executor=Backwards(), out=tmp_path / "run")
    assert_same(alone[key], run)
    assert_same(alone[key], Run.read(tmp_path / "run"))


@every_experiment
def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(experiment, alone):
    key = next(key for key, value in EXPERIMENTS.items() if value is experiment)
    assert_same(alone[key], kellet.run(experiment))
    other = kellet.run(experiment, seed=99)
    for metric in alone[key].metrics:
        a, b = (run.values("fresh", metric.name) for run in (alone[key], other))
        if np.unique(a).size > 3:
            assert not np.array_equal(a, b)


@pytest.mark.parametrize("key", ["gaussian", "categorical", "mixture"])
def test_adding_renaming_and_reordering_arms_changes_no_other_arms_numbers(alone, key):
    arms = dict(reversed(EXPERIMENTS[key].arms.items()))
    arms["new"] = Arm(anchor=Anchor(3))
    arms["another name"] = arms.pop("fixed")
    other = kellet.run(EXPERIMENTS[key], arms=arms)
    assert_same(alone[key], other, [arm for arm in EXPERIMENTS[key].arms if arm != "fixed"])
    for metric in other.metrics:
        a, b = alone[key].values("fixed", metric.name), other.values("another name", metric.name)
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("key", list(EXPERIMENTS))
def test_more_replicates_keep_the_numbers_of_the_blocks_before(alone, key):
    block = resolve(EXPERIMENTS[key]).block
    whole = EXPERIMENTS[key].replicates // block * block
    more = kellet.run(EXPERIMENTS[key], replicates=2 * EXPERIMENTS[key].replicates + 1)
    assert_same(alone[key], more, replicates=whole)
    assert len(more.values("replace", more.metrics[0].name)) == 2 * EXPERIMENTS[key].replicates + 1


@pytest.mark.parametrize("key", ["gaussian", "mixture"])
def test_watching_changes_nothing(alone, key):
    for metric in alone[key].metrics:
        run = kellet.run(EXPERIMENTS[key], metrics=(metric.name,))
        for arm in run.experiment.arms:
            assert run.values(arm, metric.name).tobytes() == alone[key].values(arm, metric.name).tobytes()
            for name, shown in run.specimens(arm).items():
                assert shown.tobytes() == alone[key].specimens(arm)[name].tobytes()


def test_two_arms_with_the_same_settings_are_one_cell():
    run = kellet.run(EXPERIMENTS["gaussian"], arms={"one": Arm(), "other": Arm(anchor=None)})
    assert (run.values("one", "variance_ratio") == run.values("other", "variance_ratio")).all()


def test_no_two_cells_or_blocks_share_a_stream():
    base = EXPERIMENTS["gaussian"]
    varied = [
        base,
        msgspec.structs.replace(base, size=21),
        msgspec.structs.replace(base, size=(20, 21)),
        msgspec.structs.replace(base, generations=5),
        msgspec.structs.replace(base, block=5),
        msgspec.structs.replace(base, world=worlds.Normal(mean=0, variance=2)),
        msgspec.structs.replace(base, family=Gaussian("unbiased")),
        EXPERIMENTS["plane"],
        EXPERIMENTS["categorical"],
        msgspec.structs.replace(base, arms={"prior": Arm(prior=Prior(2.0))}),
        msgspec.structs.replace(base, arms={"prior": Arm(prior=Prior(2.0, mean=1.0))}),
        msgspec.structs.replace(base, arms={"once": Arm(anchor=Anchor(2, once=True))}),
    ]
    cells = {cell.id: cell for experiment in varied for cell in resolve(experiment).cells.values()}
    assert len(cells) == 6 * 9 + 3
    drawn = [
        np.random.Generator(
            np.random.PCG64DXSM(np.random.SeedSequence(seed, spawn_key=cell.spawn_key(block)))
        ).integers(2**63)
        for cell in cells.values()
        for block in range(4)
        for seed in (0, 1)
    ]
    assert len(set(drawn)) == len(drawn)
    for cell in cells.values():
        first, second, block = cell.spawn_key(5)
        assert (f"{first:08x}{second:08x}", block) == (cell.id, 5)


def test_five_and_five_point_zero_are_the_same_setting():
    ids = [
        next(iter(resolve(Experiment(world, Gaussian(), 10, {"a": arm}, generations=1)).cells.values())).id
        for world, arm in (
            (worlds.Normal(mean=0, variance=1), Arm(anchor=Anchor(1, weight=2))),
            (worlds.Normal(mean=0.0, variance=1.0), Arm(anchor=Anchor(1, weight=2.0))),
        )
    ]
    assert ids[0] == ids[1]


def test_a_cells_address_stays_what_it_was():
    """Numbers that people published must come back: a change here changes them all, and needs a good reason."""
    cells = resolve(EXPERIMENTS["gaussian"]).cells
    assert {arm: cell.id for arm, cell in cells.items()} == {
        "replace": "2f8236051f79a953",
        "fresh": "bc087a6cab0c5fb7",
        "fixed": "b42d46da75e5f73e",
        "bank": "ef3a920b78818df8",
        "accumulate": "ba3e2797e02cfa19",
        "subsample": "21ed5ff42c957d2e",
    }


def failing(task):
    raise InputError("something else", task, "another")


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_task_raises_arrives_in_one_piece(jobs):
    with pytest.raises(InputError, match=r"^expected something else; got 1\. Try another\.$"):
        list(engines.compute(failing, [1, 1, 1], jobs))


def double(task):
    return 2 * task


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_computed_once(jobs):
    assert sorted(engines.compute(double, range(5), jobs)) == [0, 2, 4, 6, 8]


def test_a_machine_has_cores():
    assert engines.cores() >= 1


def test_progress_is_told_from_nothing_to_all():
    told = []
    kellet.run(EXPERIMENTS["gaussian"], progress=lambda done, total: told.append((done, total)))
    assert told == [(i, 18) for i in range(19)]


def test_a_gpu_gets_one_process_and_processors_one_each(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(engines, "cores", lambda: 7)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [engines.processes(f) for f in (Gaussian(), VAE(), VAE(device="cpu"))] == [7, 7, 7]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert [engines.processes(f) for f in (Gaussian(), VAE(), VAE(device="cpu"), VAE(device="cuda"))] == [7, 1, 7, 1]


def test_a_few_long_blocks_end_together(monkeypatch):
    monkeypatch.setattr(engines, "cores", lambda: 2)
    alone = kellet.families.Language(device="cpu")
    assert [engines.processes(alone, blocks) for blocks in (1, 2, 3, 4, 5, 7, 16, 17)] == [2, 2, 3, 2, 3, 3, 2, 2]
    assert engines.processes(Gaussian(), 3) == 2
    assert engines.processes(kellet.families.Language(device="cuda"), 3) == 1
