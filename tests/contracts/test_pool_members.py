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
            amount = pool.before or pool.written if t == 0 else pool.humans.amount(t, pool.written) if pool.humans else 0
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


@pytest.mark.parametrize("reading", ["laws", "documents"])
@pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)
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
            both = [writer for writer in (who, 3) if writer == who or who == 2]
            assert is_near((values == who) & (origins == t), sum(chances.get((one, t), 0.0) for one in both))
        people = sum(chance for (who, _), chance in chances.items() if who == 4)
        assert is_near(origins == 0, people)
        assert last.model_share == pytest.approx(share, rel=1e-9)
        # What is told beside it is what is to be expected, or what there was.
        assert is_near(np.broadcast_to(last.read[name], 100), 1 - people)
        if pool.by_points:
            assert last.read[name] == pytest.approx((origins > 0).mean(axis=1))
