"""Every family that theory knows, under every arm that theory knows: `run.check()` on the whole grid."""

import numpy as np
import pytest
from scipy.stats import binom

import kellet
from kellet import Accumulate, Anchor, Arm, Prior, families, worlds
from kellet.loop.curation.sampling import Shrink, Temperature

ARMS = {
    "replace": Arm(),
    "accumulate": Arm(regime=Accumulate()),
    "fresh 1": Arm(anchor=Anchor(1)),
    "fresh 3": Arm(anchor=Anchor(3)),
    "fresh 10": Arm(anchor=Anchor(10)),
    "fixed 5": Arm(anchor=Anchor(5, draw="fixed")),
    "bank": Arm(anchor=Anchor(3, draw="bank", bank=8)),
    "every third": Arm(anchor=Anchor(6, every=3)),
    "by chance": Arm(anchor=Anchor(share=0.1, random=True)),
    "contaminated": Arm(anchor=Anchor(6, contaminated=0.5)),
    "weighed": Arm(anchor=Anchor(4, weight="optimal")),
    "prior": Arm(prior=Prior(3.0)),
    "prior and fresh": Arm(prior=Prior(3.0), anchor=Anchor(2)),
}
GRID = [
    (worlds.Bernoulli(), families.Bernoulli()),
    (worlds.Bernoulli(0.4, 5), families.Bernoulli(trials=5)),
    (worlds.Poisson(), families.Poisson()),
    (worlds.NegativeBinomial(), families.Geometric()),
    (worlds.NegativeBinomial(size=2.5), families.NegativeBinomial(size=2.5)),
    (worlds.Exponential(), families.Exponential()),
    (worlds.Exponential(shape=2.5), families.Exponential(shape=2.5)),
    (worlds.Exponential(), families.Exponential(unbiased_for="rate")),
    (worlds.Pareto(), families.Pareto()),
    (worlds.Laplace(), families.Laplace()),
    (worlds.LogNormal(), families.LogGaussian()),
    (worlds.Normal(mean=1, variance=2), families.Gaussian()),
    (worlds.Normal(mean=1, variance=2), families.Gaussian("unbiased")),
    (worlds.Normal(mean=1, variance=2), families.Gaussian("precision")),
    (worlds.Normal(mean=1, variance=2), families.Gaussian(mean=1.0)),
    (worlds.Normal(mean=1, variance=2), families.Gaussian(variance=2.0)),
    (worlds.multivariate_normal([0, 1], [[1, 0.3], [0.3, 0.5]]), families.Gaussian()),
    (worlds.Zipf(30), families.Categorical()),
    (worlds.Ising(spins=6, field=0.2), families.Ising(spins=6)),
]


def checked(seed=0):
    """Every sound overlap of the grid at generation 9: one horizon a metric, so that neighbours don't count twice."""
    for world, family in GRID:
        arms = {name: arm for name, arm in ARMS.items() if arm.prior is None or hasattr(family, "prior")}
        if isinstance(family, families.Gaussian) and not (family.mean or family.variance):
            arms |= {"cool": Arm(curation=Temperature(0.9), anchor=Anchor(2)), "shrunk": Arm(curation=Shrink(0.8))}
        run = kellet.run(
            world=world, family=family, size=40, arms=arms, generations=9, replicates=1000, seed=seed, block=1000
        )
        last = [o for o in run.check().sound if o.generation == 9]
        assert last or family.__class__ is families.Categorical
        yield from ((world, family, overlap) for overlap in last)


@pytest.fixture(scope="module")
def overlaps():
    return list(checked())


def test_simulation_and_theory_agree_as_often_as_chance_lets_them(overlaps):
    scores = np.array([overlap.z for _, _, overlap in overlaps])
    assert len(scores) > 310
    surprising = int((abs(scores) > 3).sum())
    # The metrics of one arm go together, so chance comes in pairs: half as many independent tries, twice the count.
    most = 2 * binom.ppf(1 - 1e-5, len(scores) // 2, 0.0027)
    assert surprising <= most, [(f, o) for _, f, o in overlaps if abs(o.z) > 3]
    assert abs(scores).max() < 6


def test_no_family_and_no_arm_is_off_as_a_whole(overlaps):
    for part in (lambda f, o: repr(f), lambda f, o: o.arm):
        groups = {}
        for _, family, overlap in overlaps:
            groups.setdefault(part(family, overlap), []).append(overlap.z)
        for name, scores in groups.items():
            # A mean of z-scores in pairs that go together, against a false alarm in a million.
            assert abs(np.mean(scores)) < 5 * np.sqrt(2 / len(scores)), name
