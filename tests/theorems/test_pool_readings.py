"""Two meanings of reading: documents of a finite pool, which several read, and laws, of which nobody reads the same.

As n over the size P of the pool grows, readers of documents share more of what they read: what lies between two of them
falls with 1/n - 1/P in place of 1/n, down to nothing where all read all, and all together go the farther astray. Where
P is far larger than n both are one.  Tolerance: 5 standard errors.
"""

from functools import cache
from itertools import islice

import numpy as np
import pytest

from kellet import worlds
from kellet.families import Bernoulli, Poisson
from kellet.loop.pool.settings import Humans, Pool, Writer
from kellet.loop.pool.web import weave
from kellet.theory.islands import Islands

N, WRITERS, PEOPLE, REPLICATES = 20, 3, 0.4, 1500
# The start is forgotten: 0.6^10 of it is left.
SETTLED = 5
FAMILIES = {
    -1: (worlds.Bernoulli(0.3), Bernoulli(), 0.3, 0.21),
    0: (worlds.Poisson(3.0), Poisson(), 3.0, 3.0),
}
RATIOS = [1.0, 1.5, 4.0, 40.0]
CASES = [(-1, ratio) for ratio in RATIOS] + [(0, 1.5)]


@cache
def read(a, ratio, reading):
    """(R,) each, in units of the truth's variance: what lies between two writers, and the way of all together."""
    world, family, truth, variance = FAMILIES[a]
    pool = Pool(humans=Humans(count=PEOPLE * ratio * N), written=(1 - PEOPLE) * ratio * N, window=1, reading=reading)
    loop = weave(
        world, family, size=N, settings=pool, writers={"": Writer(many=WRITERS)}, replicates=REPLICATES,
        rng=np.random.default_rng([round(2 * ratio), a + 1]),
    )  # fmt: skip
    last = next(islice(loop, SETTLED, None))
    off = np.stack([g.model.mean for g in last.writers.values()]) - truth
    return off.var(axis=0, ddof=1) / variance, off.mean(axis=0) ** 2 / variance


def theory(a, documents=np.inf):
    settled = Islands(WRITERS, N, a, people=PEOPLE, documents=documents).settled
    return settled.within - settled.between, settled.pooled


def error(numbers):
    return numbers.std() / np.sqrt(len(numbers))


@pytest.mark.parametrize(("a", "ratio"), CASES)
@pytest.mark.parametrize("reading", ["laws", "documents"])
def test_each_reading_is_as_its_own_theory_says(a, ratio, reading):
    expected = theory(a, ratio * N if reading == "documents" else np.inf)
    for seen, known in zip(read(a, ratio, reading), expected, strict=True):
        assert abs(seen.mean() - known) <= 5 * error(seen) + 1e-12


@pytest.mark.parametrize(("a", "ratio"), CASES)
def test_readers_of_documents_stay_more_alike_and_go_farther_astray_together(a, ratio):
    (between, together), (freely, alone) = (read(a, ratio, reading) for reading in ("documents", "laws"))
    closer = freely.mean() - between.mean()
    farther = together.mean() - alone.mean()
    noise = [5 * np.hypot(error(x), error(y)) for x, y in ((freely, between), (together, alone))]
    if ratio >= 40:
        assert abs(closer) < noise[0] and abs(farther) < noise[1]
        return
    assert closer > noise[0]
    assert farther > noise[1] or ratio > 2
    # 1/n - 1/P of 1/n, up to what all lose together.
    assert between.mean() / freely.mean() == pytest.approx(1 - 1 / ratio, abs=0.05)
    if ratio == 1:
        assert between.max() < 1e-20


def test_theories_of_both_part_as_the_pool_shrinks():
    ratios = np.array([1e9, *RATIOS[::-1]])
    x, d = theory(-1, ratios * N)
    assert np.diff(x).max() < 0 and np.diff(d).min() > 0
    np.testing.assert_allclose((x[0], d[0]), theory(-1), rtol=1e-8)
    np.testing.assert_allclose(x[-1], 0.0, atol=1e-15)
    # Together they go as far astray as one of them that reads alone.
    assert d[-1] == pytest.approx(Islands(1, N, -1, people=PEOPLE).settled.pooled, rel=1e-9)
