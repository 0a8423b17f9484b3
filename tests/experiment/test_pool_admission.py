"""What pools and their writers ask of data, memory and families, told before anything runs."""

import msgspec
import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, Detector, Experiment, Humans, InputError, Pool, Writer, families, worlds
from kellet.experiment import budget, extent
from kellet.experiment.block import HELD
from kellet.experiment.budget import count_writers, fit_into
from kellet.experiment.cell import Cell
from kellet.experiment.experiment import Untrusted
from kellet.experiment.programs import find_programs
from kellet.experiment.reserve import count_people
from kellet.experiment.running.members import list_columns
from kellet.experiment.spelling import parse_arm
from kellet.loop.pool.flow import Flow
from kellet.loop.pool.settings import spread
from kellet.loop.pool.web import weave

ALONE = np.ones(1), Anchor(0), 30, 0
ZIPF, NORMAL = (worlds.Zipf(50), families.Categorical()), (worlds.Normal(), families.Gaussian())


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """A world of 100 points: 60 for training, 20 in reserve."""
    path = tmp_path_factory.mktemp("rows") / "rows.npy"
    np.save(path, np.random.default_rng(0).normal(size=(100, 1)))
    return worlds.Table(str(path)), families.Gaussian()


def resolve(arm, where, size=20, generations=5, **settings):
    arm = parse_arm(arm)[1] if isinstance(arm, str) else arm
    return kellet.resolve(Experiment(*where, size, {"a": arm}, generations=generations, replicates=3, **settings))


def pool(*writers, **settings):
    return Arm(pool=Pool(**settings), writers=dict(zip("bcd", writers, strict=False)))


NOTHING = "always holds something to read in the arm 'a'; got none"
REFUSED = {
    "a filter that lets nothing pass": ("pool+window:1+filter:1", NORMAL, {}, NOTHING),
    "the same of documents": ("pool+documents+window:1+filter:1", NORMAL, {}, NOTHING),
    "a pool into which nobody writes": (
        pool(Writer(share=0.0), Writer(), pools=2, window=1), NORMAL, {}, NOTHING,
    ),
    "a vault smaller than what is drawn from it": (
        "pool+bank:6/5", NORMAL, {}, "at most the 5 points of its bank, in the arm 'a'; got 6",
    ),
    "a vault of one writer": (
        pool(Writer(), Writer(size=100, anchor=Anchor(share=0.1, draw="bank", bank=5))), NORMAL, {},
        "at most the 5 points of its bank, in the writer 'c' of the arm 'a'; got 10",
    ),
    "more real points than there is room": (
        "pool+private:15+fresh:6", NORMAL, {}, "fit into the 20 of a training set, .*; got 15 private ones and 6",
    ),
    "the same in a later generation": ("pool+private:8", NORMAL, {"size": (20, 9, 7)}, "fit into the 7 "),
    "a minority of nothing": ("pool+filter:0.9,0.05,0.1,0.2", NORMAL, {}, "the minority of the arm 'a'"),
    "copies of categories": ("pool+documents+dedup:exact", ZIPF, {}, "can be copies, for the dedup of the arm 'a'"),
    "less before than is read": ("pool+documents+writers:2+before:39", NORMAL, {}, "at least the 40 documents before"),
    "documents that nobody counts": (
        "pool+documents+humans:1e17 doubling every 1 generations", NORMAL, {}, "at most 10.18 documents",
    ),
    "counts that NumPy doesn't draw": ("pool+documents", ZIPF, {"size": 2 * 10**8}, "fewer than 10.9 documents"),
    "counts of strangers": (
        "pool+documents+writers:4+pools:4+migration:1%", ZIPF, {"size": 5 * 10**7}, "fewer than 10.9 documents",
    ),
    "a vault of counts": ("pool+bank:1/1e9", ZIPF, {}, "a bank of fewer than 10.9 points"),
    "categories among numbers": (
        pool(Writer(), Writer(families.Categorical())), NORMAL, {}, "a world of categories .*, in the writer 'c'",
    ),
    "text among numbers": (
        pool(Writer(families.NGram(order=2))), NORMAL, {}, "a world of text for the ngram family, in the writer 'b'",
    ),
    "a prior that a writer doesn't take": (
        msgspec.structs.replace(pool(Writer(families.Bootstrap()), Writer()), prior=kellet.Prior(2.0)), NORMAL, {},
        "a family that takes a prior",
    ),
}  # fmt: skip
OF_DATA = {
    "people": ("pool+documents+humans:25", 20, "at least 25 real points in the reserve for the arm 'a'; got 20"),
    "people before": ("pool+documents+before:50", 20, "at least 30 real points"),
    "people who are read": ("pool", 40, "at least 40 real points"),
    "people who are more and more": ("pool+humans:1 doubling every 1 generations+window:1", 25, "at least 25 real"),
    "a vault": ("pool+bank:5/50", 20, "at least 50 real points"),
    "private points": ("pool+private:30", 60, "at least 30 real points"),
    "a writer's first points": (
        pool(Writer(), Writer(size=70)), 20, "60 training points as the first size, in the writer 'c' .*; got 70",
    ),
    "points that never come back": (
        Arm(anchor=Anchor(2, once=True), pool=Pool(window=1), writers={"b": Writer(many=3)}), 20,
        "at least 30 real points .* Try once = false",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_told_before_anything_runs(what):
    arm, where, settings, said = REFUSED[what]
    with pytest.raises(InputError, match=said) as told:
        resolve(arm, where, **settings)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("what", OF_DATA)
def test_data_must_have_what_people_and_vaults_give(what, rows):
    arm, size, said = OF_DATA[what]
    with pytest.raises(InputError, match=said):
        resolve(arm, rows, size)


@pytest.mark.parametrize(
    "spec",
    [
        "pool+documents+humans:20", "pool+documents+before:40", "pool+bank:5/20+private:10", "pool+window:1+private:20",
        "pool+filter:1", "pool+writers:3+pools:3+migration:1%+humans:30%+halving:2+bias:2",
        "pool+fresh:2+once+window:1",
    ],
)  # fmt: skip
def test_what_just_fits_runs(spec, rows):
    resolved = resolve(spec, rows, 20)
    run = kellet.run(resolved.experiment)
    assert np.isfinite(run.values("a", "variance_ratio")[:, 0]).all()


def test_what_categories_can_do_they_may():
    for spec, size in (("pool+documents", 10**8), ("pool+documents+whole", 10**15), ("pool", 10**17)):
        assert resolve(spec, ZIPF, size)
    assert resolve("pool+documents+writers:4+pools:4", ZIPF, 5 * 10**7)
    assert resolve("pool+filter:0.9,0.05,0.1,0.2", ZIPF)


FLOWS = [
    Pool(), Pool(window=1), Pool(window=0, humans=Humans(30.0)), Pool(window=3, humans=Humans(share=0.2, halving=2.0)),
    Pool(halving=1.5, before=10.0, humans=Humans(5.0, halving=-3.0), filter=Detector(0.9, 0.05), bias=3.0),
    Pool(pools=2, migration=0.1, window=2, written=500.0, humans=Humans(50.0)), Pool(pools=3, migration=1.0),
]  # fmt: skip


@pytest.mark.parametrize("settings", FLOWS, ids=repr)
def test_whose_text_is_read_is_reckoned_as_it_happens(settings):
    writers = {"small": Writer(many=2), "large": Writer(size=(40, 70), share=0.5), "late": Writer(size=5)}
    loop = weave(*NORMAL, size=20, settings=settings, writers=writers, rng=np.random.default_rng(0))
    flow = Flow.of(settings, [(20, 2), ((40, 70), 1), (5, 1)], 6)
    known, homes = spread(writers), np.zeros(settings.pools)
    for i, writer in enumerate(known.values()):
        homes[i % settings.pools] += writer.share
    share = flow.share_of_people(homes)
    next(loop)
    for t, web in zip(range(6), loop, strict=False):
        for i, read in enumerate(web.read.values()):
            assert 1 - read == pytest.approx(share[i % settings.pools, t], abs=1e-12)


def test_what_lies_in_a_pool_is_counted_however_long_it_goes_on():
    for settings in (*FLOWS[:4], Pool(humans=Humans(5.0, halving=-5000.0))):
        few, many = (Flow.of(settings, [(100, 2)], last) for last in (2000, 2100))
        # The same as adding up all generations, which nobody does for a million.
        models = [few.models[0]] * 2100
        people = [few.people_at(t) for t in range(1, 2101)]
        each = np.array([many.before, *np.add(models, people)])
        kept = len(each) if settings.window is None else max(1, settings.window)
        most = max(each[max(0, t - kept + 1) : t + 1].sum() for t in (*range(10), 2100))
        assert many.count() == pytest.approx(most)
    assert Flow.of(Pool(), [(100, 1)], 10**12).count() == pytest.approx(1e14)


def test_people_who_are_more_and_more_are_all_that_is_read_in_the_end():
    ever = [
        count_people(Flow.of(Pool(window=1, humans=Humans(1.0, halving=-1000.0)), [(30, 1)], last), *ALONE).max()
        for last in (2000, 10**6)
    ]
    assert ever[0] < 30
    assert ever[1] == 30


def test_what_people_write_never_leaves_the_numbers():
    assert 0 < Humans(1.0, halving=0.5).amount(10**9, 1.0) < 1e-100
    assert 1e100 < Humans(1e18, halving=-0.5).amount(10**12, 1.0) < 1e300


def test_a_block_has_room_for_all_writers_and_is_as_before_without_them(tmp_path):
    plain = resolve("replace", NORMAL, generations=1000).block
    assert resolve("pool", NORMAL, generations=1000, record="log").block == HELD // 1001
    assert resolve("pool+writers:10+window:1", NORMAL, generations=1000).block < plain / 3
    assert resolve("pool+documents", NORMAL, 10**6).block == 1
    assert resolve("pool+documents+whole", NORMAL, 10**6).block == 10_000
    # The pool of categories doesn't grow; one that forgets keeps what it has not forgotten.
    assert resolve("pool+writers:10", (worlds.Zipf(50_000), families.Categorical()), 10**6).block == 1
    long = {"generations": 1000, "record": "log"}
    assert resolve("pool+window:100", ZIPF, **long).block < resolve("pool", ZIPF, **long).block
    # A writer who learns one by one has all others wait.
    assert resolve(pool(Writer(families.Mixture(2)), Writer()), NORMAL).block < 10_000


def test_an_arm_that_is_added_leaves_what_is_there(tmp_path):
    common = {"size": 20, "generations": 2, "replicates": 3, "out": tmp_path / "run"}
    world, family = NORMAL
    first = kellet.run(world=world, family=family, arms={"replace": Arm()}, **common)
    web = parse_arm("web=pool+documents+before:1e5")[1]
    alone = kellet.resolve(Experiment(world, family, 20, {"web": web}, 2)).block
    assert alone != first.resolved.block
    both = kellet.run(world=world, family=family, arms={"replace": Arm(), "web": web}, **common)
    assert both.resolved.block == first.resolved.block
    assert (both.values("replace", "variance_ratio") == first.values("replace", "variance_ratio")).all()


def test_room_is_made_for_every_column(monkeypatch):
    asked = []
    monkeypatch.setattr("kellet.experiment.run.check_room", lambda experiments, columns, out: asked.append(columns))
    arms = {"replace": Arm(), "web": parse_arm("pool+writers:3")[1]}
    run = kellet.run(world=NORMAL[0], family=NORMAL[1], size=20, arms=arms, generations=2, replicates=2)
    assert asked == [[sum(len(blocks[0].values) for blocks in run.blocks.values())]]


def test_a_pool_of_points_must_fit_into_memory(monkeypatch):
    monkeypatch.setattr(extent, "budget", lambda: 10**6)
    for spec, size, said in (
        ("pool+documents", 10**5, "a pool that fits into the memory, .* Try window=3"), ("pool+documents", 10**3, ""),
        ("pool+documents+whole", 10**5, ""), ("pool", 10**5, ""), ("pool+fresh:1+quantile:50%", 10**6, "fits into"),
    ):  # fmt: skip
        point = resolve(spec, NORMAL, size)
        if said:
            with pytest.raises(InputError, match=said):
                extent.check_points(point)
        else:
            extent.check_points(point)


def test_what_a_pool_costs_grows_with_its_writers_and_with_what_they_remember(monkeypatch):
    monkeypatch.setattr(budget, "_time", lambda _: (1e-3, 1e-3))
    arms = {name: parse_arm(name)[1] for name in ("replace", "pool+writers:5+replace", "pool+writers:5")}
    seconds = {}
    for name, arm in arms.items():
        experiment = Experiment(*NORMAL, 20, {name: arm}, generations=10, replicates=10)
        seconds[name] = fit_into(experiment, 1, 1e9).seconds
    assert [count_writers(arm) for arm in arms.values()] == [1, 5, 5]
    plain, newest, everything = seconds.values()
    assert newest == pytest.approx(5 * plain)
    # One batch more for each generation, of five who read from five.
    assert everything == pytest.approx(5 * plain + 25 * 1e-2 * sum(range(10)))
    cells = [Cell(*NORMAL, 20, 10, arm.regime, None, 1, None, arm.pool, arm.writers) for arm in arms.values()]
    assert [cell.batches for cell in cells] == [1, 25, 250]


def test_it_is_timed_what_a_pool_costs():
    arms = {"replace": Arm(), "web": parse_arm("pool+writers:2")[1]}
    assert budget._time(Experiment(*NORMAL, 20, arms, generations=10, replicates=10))[0] > 0
    assert budget._time(Experiment(*NORMAL, 20, {"web": arms["web"]}, generations=10, replicates=10))[0] > 0


def test_programs_of_writers_run_only_if_somebody_asked_for_them():
    arms = {"web": pool(Writer(families.Adapter("somebody.else:Thing")), Writer())}
    experiment = Experiment(*NORMAL, 20, arms, generations=2)
    assert list(find_programs(experiment)) == ["somebody.else:Thing"]
    read = Experiment.from_toml(experiment.to_toml())
    assert isinstance(read, Untrusted)
    with pytest.raises(InputError, match=r"no programs or classes that only a file names; got .*somebody"):
        kellet.resolve(read)


def test_writers_of_two_families_have_what_each_can_have():
    arms = {"web": pool(Writer(families.Mixture(2)), Writer(size=30))}
    run = kellet.run(world=NORMAL[0], family=NORMAL[1], size=20, arms=arms, generations=1, replicates=2)
    assert list_columns(run.resolved.cells["web"], ["tail_reach"])[-1] == "tail_reach@c"
    assert np.isnan(run.values("web", "tail_reach@b")).all()
    assert np.isfinite(run.values("web", "tail_reach@c")).all()
    np.testing.assert_array_equal(run.values("web", "tail_reach"), run.values("web", "tail_reach@c"))
