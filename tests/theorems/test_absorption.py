"""How long loops can move: the exact laws beside the loop, and the marks of laws that can't move any more.

Tolerance: 5 standard errors of a share, and one replicate.
"""

from itertools import islice

import numpy as np
import pytest
from scipy.stats import multinomial

import kellet
from kellet import Accumulate, Anchor, Arm, Points, Prior, Subsample, families, generations, worlds
from kellet.experiment.verdict.summary import summarise
from kellet.laws.model import read_marks
from kellet.theory import chain
from kellet.theory.categorical import binomial

LOOPS = {
    "successes": (worlds.Bernoulli(0.3), families.Bernoulli(), 12),
    "trials": (worlds.Bernoulli(0.3, trials=4), families.Bernoulli(trials=4), 4),
    "categories": (worlds.categorical([0.5, 0.3, 0.15, 0.05]), families.Categorical(), 12),
    "counts": (worlds.Poisson(0.5), families.Poisson(), 12),
    "spins": (worlds.Ising(4, 0.2), families.Ising(4), 4),
}


@pytest.mark.parametrize("key", LOOPS)
def test_as_many_replicates_can_move_as_theory_says(key):
    world, family, size = LOOPS[key]
    run = kellet.run(world=world, family=family, size=size, generations=60, replicates=2000, seed=3)
    found = run.survival("replace")
    assert found.theory is not None
    assert found.theory[0] > 0.9
    assert found.theory[-1] < 0.3
    error = np.sqrt(found.theory * (1 - found.theory) / run.replicates)
    assert (abs(found.share - found.theory) < 5 * error + 1 / run.replicates).all()
    assert ((found.low < found.share + 1e-12) & (found.share < found.high + 1e-12)).all()


def test_the_chain_of_one_category_is_that_of_all():
    shares, n = np.array([0.5, 0.3, 0.2]), 4
    states = [(a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a)]
    step = np.array([[multinomial.pmf(there, n, np.array(here) / n) for there in states] for here in states])
    law, alive = multinomial.pmf(states, n, shares), []
    for _ in range(20):
        alive.append(law[[max(state) < n for state in states]].sum())
        law = law @ step
    np.testing.assert_allclose(chain.stay_mixed(shares, n, np.arange(1, 21)), alive, atol=1e-10)


def test_a_chain_that_is_large_is_near():
    settings = {"size": 10**6, "generations": 2, "replicates": 5}
    run = kellet.run(world=worlds.Bernoulli(0.3), family=families.Bernoulli(), **settings)
    np.testing.assert_allclose(run.survival("replace").theory, 1.0)
    assert abs(chain.stay_mixed([0.1, 0.9], 2100, [300])[0] - _stay_mixed(0.1, 2100, 300)) < 2 * chain.ERROR


def _stay_mixed(p, n, fits):
    """Two categories, by the matrix of the chain."""
    step, (law,) = binomial(n, np.arange(n + 1) / n), binomial(n, [p])
    for _ in range(fits - 1):
        law = law @ step
    return 1 - law[0] - law[-1]


ARMS = {
    "replace": Arm(),
    "fixed": Arm(anchor=Anchor(1, draw="fixed")),
    "fresh": Arm(anchor=Anchor(1)),
    "now and then": Arm(anchor=Anchor(1, draw="fixed", every=5)),
    "none": Arm(anchor=Anchor(0)),
    "prior": Arm(prior=Prior(2.0)),
    "accumulate": Arm(Accumulate()),
    "subsample": Arm(Subsample()),
}


def test_what_can_come_back_is_not_called_lost():
    settings = {"size": 6, "arms": ARMS, "generations": 200, "replicates": 300, "seed": 5}
    run = kellet.run(world=worlds.Bernoulli(0.5), family=families.Bernoulli(), **settings)
    outcomes = {outcome.arm: outcome.absorption for outcome in summarise(run).outcomes}
    assert {arm for arm, found in outcomes.items() if found.stays} >= {"replace", "fixed", "none"}
    assert outcomes["replace"].replicates == outcomes["fixed"].replicates == 300
    assert not outcomes["fresh"].stays
    assert not outcomes["now and then"].stays
    # One fresh point per generation leaves the loop at the edge more than half of the time, and never for good.
    assert 0.05 < outcomes["fresh"].still < 0.9
    assert outcomes["fresh"].replicates < 300
    for arm in ("prior", "accumulate"):
        assert outcomes[arm].replicates <= outcomes["replace"].replicates / 10
    alive = run.values("fresh", "alive")
    np.testing.assert_allclose(1 - alive.mean(), outcomes["fresh"].still)
    since = run.absorbed("fresh")
    for r in np.flatnonzero(since >= 0):
        assert not alive[r, since[r] :].any()
        assert since[r] == 0 or alive[r, since[r] - 1]


@pytest.mark.parametrize("key", [*LOOPS, "normal", "space", "lognormal", "copies", "glass"])
def test_a_law_is_absorbed_where_it_writes_one_point_only(key):
    others = {
        "normal": (worlds.Normal(), families.Gaussian(), 1),
        "space": (worlds.multivariate_normal([0, 0], [[1, 0], [0, 1]]), families.Gaussian(), 1),
        "lognormal": (worlds.LogNormal(), families.LogGaussian(), 1),
        "copies": (worlds.Normal(), families.Bootstrap(), 3),
        "glass": (worlds.SpinGlass(3, 0.3), families.SpinGlass(3), 3),
    }
    world, family, size = (LOOPS | others)[key]
    replicates = 40
    for g in islice(generations(world, family, size=size, replicates=replicates, rng=np.random.default_rng(1)), 20):
        values = g.model.sample(200, np.random.default_rng(g.t)).values
        one = (values == values[:, :1]).reshape(replicates, -1).all(axis=1)
        absorbed = read_marks(g.model, replicates).absorbed
        # Of what is rare none may be written.
        assert one[absorbed].all()
        if g.t < 3:
            np.testing.assert_array_equal(absorbed, one)


def test_absorption_is_marked_in_somebodys_own_model():
    class Constant:
        absorbed = np.array([True])

        def sample(self, n, rng):
            return Points(np.zeros((1, n)))

    class Mine:
        batched = False

        def fit(self, evidence, rng, previous=None):
            return Constant()

    run = kellet.run(world=worlds.Normal(), family=Mine(), size=5, generations=3, replicates=4)
    assert run.absorbed("replace").tolist() == [0] * 4
