r"""Coarse generations of a pool have the rates and the settled variances of fine ones, within their roughness.

Covariances S of the writers' means follow a linear recursion (`kellet.theory.writers.covary`, with an anchor's counted
points here): both cells' are solved, however large n.  Tolerance of simulations: 5 standard errors.
"""

import re
from itertools import product

import msgspec
import numpy as np
import pytest

import kellet
from kellet import Anchor, Arm, Experiment, InputError, Prior, resolve, worlds
from kellet.families import Bernoulli, Categorical, Gaussian, Kernel, Poisson
from kellet.forecast import horizon
from kellet.loop.numbers import curvature
from kellet.loop.pool.settings import Detector, Humans, Pool, Writer, spread

N = 10**8
ALIKE = {f"{k} alike": {"w": Writer(many=k)} for k in (1, 2, 5)}
WRITERS = ALIKE | {
    "large and small": {"large": Writer(size=4 * N, share=0.5), "small": Writer(many=3)},
    "one is silent": {"silent": Writer(share=0.0, anchor=Anchor(4)), "others": Writer(many=2)},
}
POOLS = {
    "one pool": {},
    "filtered": {"filter": Detector(0.5, 0.1), "bias": 1.5, "written": 7.0 * N},
    "islands": {"pools": 3, "migration": 0.1},
    "a few mix": {"pools": 2, "migration": 1.0},
    "apart": {"pools": 2},
}
REAL = [(0.0, None), (0.3, None), (2.0, None), (40.0, None), (0.0, Anchor(1)), (3.0, Anchor(8))]
FAMILIES = {
    "bernoulli": (worlds.Bernoulli(0.3), Bernoulli()),
    "poisson": (worlds.Poisson(3.0), Poisson()),
    "exponential": (worlds.Exponential(2.0), kellet.families.Exponential()),
}


def study(pool, writers, anchor=None, world=FAMILIES["poisson"][0], family=FAMILIES["poisson"][1], size=N, **settings):
    arms = {"web": Arm(pool=pool, writers=writers, anchor=anchor)}
    return Experiment(world, family, size, arms, **{"generations": 10 * N, "replicates": 5} | settings)


def step(experiment):
    """(K, K) the share of what each writer learns from that each wrote; (K,) that are an anchor's; (K,) sizes."""
    cell = resolve(experiment).cells["web"]
    pool, writers = cell.pool, list(spread(cell.writers).values())
    n = np.array([writer.size or cell.size for writer in writers], dtype=float)
    models = np.array([writer.share for writer in writers]) * (pool.written or n.sum()) * pool.bias
    people = pool.humans.amount(1, pool.written or n.sum()) if pool.humans else 0.0
    if pool.filter:
        models, people = models * (1 - pool.filter.caught), people * (1 - pool.filter.mistaken)
    home = np.arange(len(n)) % pool.pools
    near = models * (home == home[:, None])
    near /= near.sum(axis=1, keepdims=True) + people / pool.pools
    far = models / (models.sum() + people)
    m = pool.migration
    anchors = np.array([(writer.anchor or cell.anchor or Anchor(0)).count or 0 for writer in writers])
    return (1 - m) * near + m * far, anchors / n, n


def settle(experiment, a):
    """The slowest rate, and (K,) the variances of the writers' means once settled; None where they never do."""
    mix, h, n = step(experiment)
    count = len(n)
    whole = (1 - h)[:, None] * mix

    def recur(s):
        own = mix @ np.diag(s)
        noise = (1 - h) * (a * own + own - np.einsum("ij,jk,ik->i", mix, s, mix)) / n
        return whole @ s @ whole.T + np.diag(noise)

    basis = np.eye(count**2).reshape(-1, count, count)
    linear = np.array([recur(one).ravel() for one in basis]).T
    loss = 1 - abs(np.linalg.eigvals(linear)).max()
    if loss < 1e-3 / n.max():
        return loss, None
    settled = np.linalg.solve(np.eye(count**2) - linear, np.diag(1 / n).ravel()).reshape(count, count)
    return loss, np.diag(settled)


def assert_close(pool, writers, anchor, world, family, tolerance):
    fine = study(pool, writers, anchor, world, family)
    coarse = horizon.coarse(fine, tolerance)
    assert coarse.stretch > 1 and coarse.error <= tolerance * (1 + 1e-9)
    a = curvature(family)
    (rate, settled), (quick, met) = settle(fine, a), settle(coarse.experiment, a)
    # In units of generations of the fine loop; rates that are none, of what nothing holds, stay none.
    assert abs(quick / coarse.stretch - rate) <= 1.05 * tolerance * abs(rate) + 1e-3 / N
    assert (settled is None) == (met is None)
    if settled is not None:
        np.testing.assert_allclose(met, settled, rtol=1.05 * tolerance)


SETTINGS = list(product(POOLS, WRITERS, REAL))
SLOW = [pytest.param(*one, SETTINGS, marks=pytest.mark.slow, id=str(one)) for one in product(FAMILIES, (0.1, 0.01))]


@pytest.mark.parametrize(("family", "tolerance", "settings"), [("poisson", 0.1, SETTINGS[::11]), *SLOW])
def test_rates_and_settled_variances_are_within_the_tolerance(family, tolerance, settings):
    for pool, writers, (people, anchor) in settings:
        if POOLS[pool].get("pools", 1) > len(spread(WRITERS[writers])) or (
            "pools" in POOLS[pool] and writers == "one is silent"
        ):
            # A pool that nobody writes into.
            continue
        humans = Humans(share=people / (people + N)) if people else None
        assert_close(Pool(humans, window=1, **POOLS[pool]), WRITERS[writers], anchor, *FAMILIES[family], tolerance)


SIMULATED = {
    "nothing real": (Pool(window=1), {"": Writer(many=3)}, None),
    "people and a vault": (
        Pool(Humans(count=4.0), window=1, filter=Detector(0.3, 0.1)),
        {"large": Writer(size=2000), "": Writer(many=2)},
        Anchor(2, draw="bank", bank=5),
    ),
    "islands": (Pool(Humans(count=4.0), window=1, pools=2, migration=0.2), {"": Writer(many=2)}, None),
}


BESIDE = [*product(["normal"], SIMULATED), ("kinds", "nothing real"), ("kinds", "islands")]


@pytest.mark.parametrize(
    ("kind", "pool"),
    [
        ("yes or no", "nothing real"),
        *(pytest.param(*one, marks=pytest.mark.slow) for one in BESIDE),
    ],
)
def test_coarse_generations_pass_through_what_fine_ones_do(kind, pool):
    """Half way to nothing, or settled."""
    settings, writers, anchor = SIMULATED[pool]
    size = 150 if pool == "nothing real" else 500
    world, family = {
        "normal": (worlds.Normal(), Gaussian()), "kinds": (worlds.categorical([0.5, 0.3, 0.2]), Categorical(size=3)),
        "yes or no": FAMILIES["bernoulli"],
    }[kind]  # fmt: skip
    metric = "heterozygosity" if kind == "kinds" else "variance_ratio"
    fine = study(
        settings, writers, anchor, world, family, size, generations=size * 7 // 5, replicates=1000, metrics=(metric,)
    )
    found = horizon.far(fine, points=3, tolerance=0.2)
    assert found.steps["web"] < size and found.kinds["web"].startswith("time-rescaled")
    walked = kellet.run(msgspec.structs.replace(fine, record="log", block=1000)).values("web", metric)[:, -1]
    coarse = found.values["web"][metric][:, -1]
    error = np.sqrt(walked.var() / 1000 + coarse.var() / 1000)
    # A rate that is 20 % off, after as long as 1.4/3 of the time that all together take, and a variance likewise.
    assert abs(coarse.mean() - walked.mean()) < 5 * error + 0.2 * (1 - walked.mean())


REFUSED = {
    "documents": (Pool(window=1, reading="documents"), {}, "a pool whose laws are read"),
    "all is kept": (Pool(), {}, "the newest generation alone, window:1, to look far ahead; got all generations"),
    "three generations": (Pool(window=3), {}, "got window=3"),
    "people alone": (Pool(Humans(count=1.0), window=0), {}, "got window=0"),
    "people who stop": (Pool(Humans(count=9.0, halving=5.0), window=1), {}, "people who write as ever"),
    "one learns seldom": (Pool(window=1), {"": Writer(many=2), "old": Writer(every=5)}, "got every=5"),
    "many families": (Pool(window=1), {"a": Writer(Poisson()), "b": Writer(Gaussian())}, "got 2 families"),
    "another family": (Pool(window=1), {"a": Writer(Kernel())}, "an exponential family with a known law"),
    "sizes that change": (Pool(window=1), {"a": Writer(size=(10, 20))}, "got 2 sizes"),
}


@pytest.mark.parametrize("look", [horizon.far, horizon.coarse])
@pytest.mark.parametrize("pool", REFUSED)
def test_pools_that_are_not_stretched_say_why_and_what_to_do(pool, look):
    settings, writers, told = REFUSED[pool]
    with pytest.raises(InputError, match=f"^expected .*{re.escape(told)}") as error:
        look(study(settings, writers, generations=100, size=50))
    assert "\n" not in str(error.value)
    if pool not in ("another family", "sizes that change"):
        assert str(error.value).endswith('Try record = "log", which runs each generation and keeps few.')


@pytest.mark.slow
def test_priors_of_several_strengths_and_trillions_of_documents():
    writers = {"a": Writer(Poisson(Prior(2.0, mean=4.0))), "b": Writer(Poisson()), "c": Writer(private=3)}
    found = horizon.far(
        study(Pool(Humans(count=1.0), window=1), writers, size=10**12, generations=10**13), points=3, tolerance=0.4
    )
    assert found.steps["web"] < 2000
    assert np.isfinite(found.values["web"]["mean_drift"]).all()
    assert found.generations[-1] == 10**13
