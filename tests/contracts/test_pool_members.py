"""Who reads what of whom in a pool, told by marks that writers leave, against the shares that settings ask for.

Tolerance: 5.5 standard errors, and what a finite pool is off by.
"""

from dataclasses import dataclass
from itertools import islice, product

import msgspec
import numpy as np
import pytest
from scipy.stats import ks_2samp

from kellet import Anchor, Points, Prior, worlds
from kellet.data.source import DataSet
from kellet.families import Bernoulli, Bootstrap, Categorical, Exponential, Gaussian, Kernel, Mixture, NGram, Poisson
from kellet.loop.curation import Dedup
from kellet.loop.curation.curation import Filter
from kellet.loop.pool.settings import Detector, Humans, Pool, Writer, spread
from kellet.loop.pool.web import weave

FAR = worlds.Normal(mean=-1e6, variance=1.0)
"""People whom nobody takes for a writer."""
PLANE = worlds.multivariate_normal([0, 1], [[1, 0.3], [0.3, 2]])


@dataclass(frozen=True)
class Stamp:
    """Learns nothing, and writes its own number."""

    number: int

    def fit(self, evidence, rng, previous=None):
        return Stamped(self.number, evidence.replicates)


@dataclass(frozen=True)
class Stamped:
    number: int
    replicates: int

    def sample(self, n, rng):
        return Points(np.full((self.replicates, n), float(self.number)))


def web(world, family, pool, writers, steps, seed=0, **settings):
    loop = weave(
        world, family, settings=pool, writers=writers, rng=np.random.default_rng(seed),
        **{"size": 10, "replicates": 100} | settings,
    )  # fmt: skip
    return list(islice(loop, steps))


# Shares ---------------------------------------------------------------------------------------------------------------

MARKET = {
    "large": Writer(Stamp(0), share=0.5),
    "silent": Writer(Stamp(1), share=0.0),
    "": Writer(Stamp(2), many=2),
}
PEOPLE = Humans(count=200.0, halving=2.0)
FILTER = Detector(0.7, 0.2)
POOLS = {
    "nobody else": Pool(),
    "the newest": Pool(window=1),
    "two generations": Pool(window=2, humans=PEOPLE),
    "people alone": Pool(window=0, humans=PEOPLE),
    "old text is read less": Pool(halving=1.0, humans=Humans(share=0.2)),
    "models are found more often": Pool(bias=3.0, humans=PEOPLE),
    "people are found more often": Pool(bias=0.2, before=2400.0),
    "a filter": Pool(filter=FILTER, humans=PEOPLE, window=2),
    "two pools": Pool(pools=2, humans=PEOPLE),
    "two pools that mix": Pool(pools=2, migration=0.3, humans=PEOPLE),
    "many pools that are one": Pool(pools=3, migration=1.0, humans=PEOPLE, window=2),
    "everything": Pool(PEOPLE, 3000.0, 800.0, 3, 0.7, 2.0, FILTER, pools=2, migration=0.5),
}
LAST = 3


def expect(pool, reader):
    """What is to be read in generation LAST, spelt out anew: (writer, generation) -> chance, of each document; people
    being the last writer.  Last, the share of model text in the pool."""
    shares = [writer.share for writer in spread(MARKET).values()]
    home = np.arange(len(shares)) % pool.pools
    passes = [pool.bias * (1 - pool.filter.caught), 1 - pool.filter.mistaken] if pool.filter else [pool.bias, 1.0]
    lies, read = {}, {}
    for t, who in product(range(LAST + 1), range(len(shares) + 1)):
        people, age = who == len(shares), LAST - t
        window = LAST + 1 if pool.window is None else max(pool.window, people)
        if people:
            amount = (
                pool.before or pool.written if t == 0 else pool.humans.amount(t, pool.written) if pool.humans else 0
            )
        else:
            amount = pool.written * shares[who] if t else 0
        if age < window:
            lies[who, t] = amount
            read[who, t] = amount * passes[people] * (2.0 ** (-age / pool.halving) if pool.halving else 1.0)
    near = {
        (who, t): weight * (1 / pool.pools if who == len(shares) else home[who] == home[reader])
        for (who, t), weight in read.items()
    }
    here, everywhere, m = sum(near.values()), sum(read.values()), pool.migration
    chances = {key: (1 - m) * near[key] / here + m * read[key] / everywhere for key in read}
    models = sum(amount for (who, _), amount in lies.items() if who < len(shares))
    return chances, models / sum(lies.values())


READ = [
    pytest.param(
        pool, reading, id=f"{name}, {reading}", marks=pytest.mark.slow if reading == "documents" and i % 3 else ()
    )
    for reading in ("laws", "documents")
    for i, (name, pool) in enumerate(reversed(POOLS.items()))
]


@pytest.mark.parametrize(("pool", "reading"), READ)
def test_everybody_is_read_as_much_as_settings_say(pool, reading):
    pool = msgspec.structs.replace(pool, written=pool.written or 600.0, reading=reading)
    last = web(FAR, Stamp(9), pool, MARKET, LAST + 1)[-1]
    for reader, (name, g) in enumerate(last.writers.items()):
        chances, share = expect(pool, reader)
        there = g.evidence.weighed > 0
        values, origins = (part[there].reshape(100, 10) for part in (g.evidence.values, g.evidence.origins))
        assert ((values < 0) == (origins == 0)).all()

        def is_near(seen, expected):
            off = 5.5 * np.sqrt(max(expected * (1 - expected), 1e-6) / 1000) + 0.01 * expected
            return abs(seen.mean() - expected) <= off

        for who, t in product(range(3), range(1, LAST + 1)):
            # The last two are stamped alike.
            both = [writer for writer in (who, 3) if who in (writer, 2)]
            assert is_near((values == who) & (origins == t), sum(chances.get((one, t), 0.0) for one in both))
        people = sum(chance for (who, _), chance in chances.items() if who == 4)
        assert is_near(origins == 0, people)
        assert last.model_share == pytest.approx(share, rel=1e-9)
        # What is told beside it is what is to be expected, or what there was.
        assert is_near(np.broadcast_to(last.read[name], 100), 1 - people)
        if pool.by_points:
            assert last.read[name] == pytest.approx((origins > 0).mean(axis=1))


def test_whole_documents_are_written_however_little_somebody_writes():
    """A third of a document a generation is one in three of them."""
    pool = Pool(humans=Humans(count=1.0), pools=3, window=1, reading="documents", whole=True)
    steps = web(FAR, Stamp(0), pool, {"": Writer(Stamp(0), many=3)}, 10, size=2)[1:]
    for name in steps[0].writers:
        people = [(w.writers[name].evidence.origins == 0).sum(axis=1).max() for w in steps]
        assert sorted(people) == [0] * 6 + [1] * 3
    seldom = Pool(window=1, reading="documents", whole=True, written=4.0)
    steps = web(FAR, Stamp(0), seldom, {"a": Writer(Stamp(1), share=0.125), "b": Writer(Stamp(2))}, 9, size=2)[1:]
    assert sum((w.writers["b"].evidence.values == 1).sum(axis=1).max() for w in steps) == 4


def test_pools_that_nobody_migrates_between_know_nothing_of_each_other():
    """Their writers read alike, each of the other's pool."""
    for reading in ("laws", "documents"):
        pool = Pool(humans=Humans(share=0.02), window=1, pools=2, reading=reading)
        settings = {"size": 20, "replicates": 1500}
        last = web(worlds.Bernoulli(0.5), Bernoulli(), pool, {"": Writer(many=2)}, 30, **settings)[-1]
        one, other = (g.model.mean for g in last.writers.values())
        assert abs(np.corrcoef(one, other)[0, 1]) < 5.5 / np.sqrt(1500)
        assert one.std() > 0.2


# Each writer's own ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Numbered:
    """Training points 0 to 59, and a reserve of points 100 to 199."""

    def open(self, replicates):
        return DataSet(np.arange(60.0), np.arange(100.0, 200.0), np.arange(300.0, 340.0), replicates)


def find_real(g):
    """(R, k): the points of the reserve in what somebody learns from, in order."""
    real = (g.evidence.values >= 100) & (g.evidence.weighed > 0)
    return np.array([np.sort(row[there]) for row, there in zip(g.evidence.values, real, strict=True)])


OWN = {
    "one": Writer(Stamp(-1), size=7),
    "fixed": Writer(Stamp(-2), anchor=Anchor(3, draw="fixed")),
    "bank": Writer(Stamp(-3), anchor=Anchor(4, draw="bank", bank=9)),
    "same bank": Writer(Stamp(-4), anchor=Anchor(5, draw="bank", bank=9), size=20),
    "fresh": Writer(Stamp(-5), anchor=Anchor(2, weight=3.0), private=2),
    "rare": Writer(Stamp(-6), every=3, anchor=Anchor(share=0.2, every=2)),
}


@pytest.mark.parametrize("reading", ["laws", "documents"])
def test_each_writer_has_its_own_size_and_real_points(reading):
    steps = web(Numbered(), Stamp(0), Pool(window=1, reading=reading), OWN, 9, size=15, replicates=5)
    real = {name: [find_real(w.writers[name]) for w in steps] for name in OWN}
    for w in steps:
        counts = {name: np.max(g.evidence.count) for name, g in w.writers.items()}
        assert counts == {"one": 7, "fixed": 15, "bank": 15, "same bank": 20, "fresh": 19 if w.t else 15, "rare": 15}
    for name, many in {"one": 0, "fixed": 3, "bank": 4, "same bank": 5, "fresh": 4}.items():
        assert all(rows.shape == (5, many) for rows in real[name][1:])
    assert all((rows == real["fixed"][0]).all() for rows in real["fixed"])
    # Banks of one size are one vault.
    for row in range(5):
        vault = {x for name in ("bank", "same bank") for rows in real[name] for x in rows[row]}
        assert len(vault) == 9
    # What is private stays, what is fresh does not.
    for row in range(5):
        always = set.intersection(*(set(rows[row]) for rows in real["fresh"]))
        assert len(always) == 2
    for w in steps[1:]:
        assert np.sort(w.writers["fresh"].evidence.weighed, axis=1)[:, -2:].tolist() == [[3.0, 3.0]] * 5


def test_a_writer_that_learns_seldom_writes_on_as_it_is():
    steps = web(Numbered(), Stamp(0), Pool(window=1), OWN, 9, size=15, replicates=5)
    rare = [w.writers["rare"] for w in steps]
    assert [g.t for g in rare] == list(range(9))
    for t, g in enumerate(rare):
        assert g.model is rare[t - t % 3].model and g.evidence is rare[t - t % 3].evidence
    assert len({id(g.model) for g in rare}) == 3
    # Of the generations in which it learns each second has an anchor.
    assert [find_real(g).shape[1] for g in rare[3::3]] == [0, 3]
    assert all((w.writers["one"].evidence.values == -6).any() for w in steps[1:])


@pytest.mark.parametrize("reading", ["laws", "documents"])
def test_a_writer_whom_nobody_reads_reads_all_others(reading):
    steps = web(FAR, Stamp(0), Pool(window=1, reading=reading), MARKET, 4)
    for w in steps[1:]:
        values = {name: set(np.unique(g.evidence.values[g.evidence.weighed > 0])) for name, g in w.writers.items()}
        assert set.union(*values.values()) == values["silent"] == {0.0, 2.0}


@pytest.mark.parametrize("reading", ["laws", "documents"])
@pytest.mark.parametrize(
    ("world", "family"), [(worlds.Normal(), Gaussian()), (worlds.Zipf(5), Categorical(size=5))], ids=["normal", "kinds"]
)
def test_twenty_writers_that_are_alike_are_alike(world, family, reading):
    last = web(world, family, Pool(humans=Humans(share=0.1), reading=reading), {"": Writer(many=20)}, 3)[-1]
    means = np.array([np.ravel(numbers_of(g.model)[0]) for g in last.writers.values()])
    assert len(means) == 20 and len(np.unique(means, axis=0)) == 20
    error = means.std() / np.sqrt(100)
    assert (abs(means.mean(axis=1) - means.mean()) < 5.5 * error).all()


MIXED = {
    "space": (worlds.Normal(), [Gaussian(), Mixture(2), Kernel(0.3), Bootstrap()]),
    "plane": (
        worlds.multivariate_normal([0, 1], [[1, 0], [0, 2]]),
        [Gaussian(), Gaussian(covariance="diagonal"), Mixture(2)],
    ),
    "text": ("text", [NGram(1, None, 4), NGram(2, 0.1, 4), NGram(3, None, 4)]),
    "kinds": (worlds.Zipf(5), [Categorical(size=5), Categorical(size=5, prior=Prior(2.0)), Bootstrap()]),
    "waits": (worlds.Exponential(2.0), [Exponential(), Exponential(unbiased_for="rate"), Gaussian()]),
}


@dataclass(frozen=True)
class Text:
    """Made-up blocks of five tokens."""

    def open(self, replicates):
        blocks = np.random.default_rng(0).integers(0, 4, (600, 5)).astype(np.int32)
        return DataSet(blocks[:300], blocks[300:500], blocks[500:], replicates)


@pytest.mark.parametrize("reading", ["laws", "documents"])
@pytest.mark.parametrize("kind", MIXED)
def test_writers_of_different_families_learn_from_one_pool(kind, reading):
    world, families = MIXED[kind]
    world = Text() if world == "text" else world
    writers = {str(i): Writer(family) for i, family in enumerate(families)}
    pool = Pool(humans=Humans(share=0.2), reading=reading, halving=2.0)
    last = web(world, families[0], pool, writers, 4, size=20, replicates=3)[-1]
    for family, g in zip(families, last.writers.values(), strict=True):
        assert type(g.model) is type(web(world, family, pool, {}, 1, replicates=3)[0].writers["writer"].model)
        assert np.isfinite(g.model.sample(5, np.random.default_rng(0)).values).all()
        assert isinstance(g.evidence, Points)
        assert 0.5 < np.mean(last.read[str(families.index(family))]) < 1


# Laws -----------------------------------------------------------------------------------------------------------------


def numbers_of(model):
    """Numbers (R,) that see a model from two sides."""
    if hasattr(model, "dense"):
        law = model.dense()
        return law[:, 0], (law**2).sum(axis=1)
    mean = model.mean.reshape(len(model.mean), -1)[:, 0]
    spread = model.covariance.reshape(len(mean), -1)[:, 0] if hasattr(model, "covariance") else model.variance
    return mean, np.log(np.maximum(spread, 1e-12))


def moments(world, family, pool, curation=None, seed=0, replicates=1500, **settings):
    writers = {"a": Writer(size=6, share=0.6), "b": Writer(private=2, anchor=Anchor(1)), "c": Writer(every=2)}
    last = web(
        world, family, pool, writers, 4, seed, size=9, replicates=replicates, curation=curation, **settings
    )[-1]  # fmt: skip
    return [side for g in last.writers.values() for side in numbers_of(g.model)]


def assert_same_moments(one, other, most=5.5):
    for a, b in zip(one, other, strict=True):
        for x, y in ((a, b), ((a - a.mean()) ** 2, (b - b.mean()) ** 2)):
            error = np.sqrt(x.var() / len(x) + y.var() / len(y))
            assert abs(x.mean() - y.mean()) <= most * error + 1e-12
        assert ks_2samp(a, b, method="asymp").pvalue > 1e-8


KINDS = {
    "normal": (worlds.Normal(), Gaussian()),
    "plane": (PLANE, Gaussian()),
    "kinds": (worlds.categorical([0.5, 0.3, 0.15, 0.05]), Categorical(size=4)),
    "yes or no": (worlds.Bernoulli(0.3), Bernoulli()),
    "counts": (worlds.Poisson(3.0), Poisson()),
    "waits": (worlds.Exponential(2.0), Exponential()),
}
TENTH = Humans(share=0.1)
PATHS = {
    "all": Pool(TENTH, halving=2.0, bias=2.0, filter=FILTER, pools=2, migration=0.3),
    "newest": Pool(window=1),
    "window": Pool(TENTH, window=2, before=50.0),
    "whole documents": Pool(TENTH, window=2, reading="documents", whole=True),
    "whole after a filter": Pool(TENTH, reading="documents", whole=True, filter=Detector(0.5, 0.2)),
}
COUNTED = {
    "documents": Pool(TENTH, reading="documents"),
    "documents of several pools": Pool(TENTH, reading="documents", pools=2, migration=0.4, filter=FILTER, window=2),
}
COMPARED = [
    pytest.param(kind, pool, marks=() if (i + j) % 5 == 0 else pytest.mark.slow, id=f"{kind}, {name}")
    for j, (name, pool) in enumerate((PATHS | COUNTED).items())
    for i, kind in enumerate(KINDS)
    if name in PATHS or kind == "kinds"
]


@pytest.mark.parametrize(("kind", "pool"), COMPARED)
def test_statistics_and_points_have_the_same_law(kind, pool):
    """A curation that keeps everything still has to look at points."""
    keep = Filter(lambda points, rng: points)
    assert_same_moments(moments(*KINDS[kind], pool), moments(*KINDS[kind], pool, keep, seed=1))


ONCE = list(product(("normal", "kinds"), (PATHS["all"], COUNTED["documents of several pools"])))


@pytest.mark.parametrize(("kind", "pool"), [ONCE[0], *(pytest.param(*one, marks=pytest.mark.slow) for one in ONCE[1:])])
def test_what_a_replicate_learns_does_not_depend_on_the_others(kind, pool):
    together = moments(*KINDS[kind], pool)
    apart = [moments(*KINDS[kind], pool, seed=1 + i, replicates=4) for i in range(40)]
    assert_same_moments(together, [np.concatenate(sides) for sides in zip(*apart, strict=True)])


def test_ten_to_the_twelfth_documents_are_all_counted():
    writers = {"": Writer(many=3), "a": Writer(size=10**11, private=10**9, anchor=Anchor(share=0.1))}
    for world, family in KINDS.values():
        pool = Pool(TENTH, halving=3.0, filter=FILTER, pools=2, migration=0.1)
        for w in web(world, family, pool, writers, 4, size=10**12, replicates=2):
            for name, g in w.writers.items():
                assert (np.asarray(g.evidence.count) == (10**11 if name == "a" else 10**12)).all()


@pytest.mark.parametrize("more", [{"whole": True}, {}, {"pools": 2, "migration": 0.5}], ids=repr)
def test_copies_in_what_somebody_reads_count_once(more):
    """Also those that two writers wrote, and in two pools; by the whole pool and by a sample."""
    pool = Pool(Humans(count=3.0), reading="documents", dedup=Dedup(), window=1, **more)
    writers = {"a": Writer(Stamp(1)), "b": Writer(Stamp(2))}
    for w in web(FAR, Stamp(9), pool, writers, 3, replicates=20)[1:]:
        for name, g in w.writers.items():
            for row, there, share in zip(g.evidence.values, g.evidence.weighed, w.read[name], strict=True):
                kept = row[there > 0]
                assert len(set(kept)) == len(kept)
                assert ({{"a": 1.0, "b": 2.0}[name]} if "pools" in more else {1.0, 2.0}) <= set(kept)
                assert share == pytest.approx((kept > 0).mean())


def test_what_is_not_there_is_no_original_of_a_copy():
    given = Points(np.array([[3, 5, 3, 5, 3]]), np.array([[0.0, 1.0, 2.0, 1.0, 1.0]]))
    assert Dedup().points(given, 5, np.random.default_rng(0)).weighed.tolist() == [[0, 1, 2, 0, 0]]
    near = Dedup("minhash", 0.8)
    blocks = Points(np.tile(np.arange(9), (1, 3, 1)), np.array([[0.0, 1.0, 1.0]]))
    assert near.points(blocks, 3, np.random.default_rng(0)).weighed.tolist() == [[0, 1, 0]]


def test_what_nobody_can_tell_apart_costs_no_more_memory():
    """Of kinds, and of yes and no, one law stands for all that somebody ever wrote."""
    import tracemalloc

    for world, family in ((worlds.Zipf(500), Categorical(size=500)), (worlds.Bernoulli(0.3), Bernoulli())):
        loop = weave(
            world, family, size=10**12, settings=Pool(TENTH, halving=5.0), writers={"": Writer(many=2)},
            replicates=20, rng=np.random.default_rng(0),
        )  # fmt: skip
        tracemalloc.start()
        try:
            next(islice(loop, 5, 5), None)
            before = tracemalloc.get_traced_memory()[0]
            next(islice(loop, 30, 30), None)
            assert tracemalloc.get_traced_memory()[0] - before < 200_000
        finally:
            tracemalloc.stop()
