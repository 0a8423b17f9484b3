"""Theory beside simulation on the whole grid: families x regimes x anchors x priors x curations x sizes.

`make verify` runs all of it with 4,000 replicates, the ordinary suite every so-many-th arm of it. An arm about which
theory is silent is not run, one that is refused doesn't exist, and what breaks is a failure. Few points and few
generations suffice: closed forms don't know how large a number is.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

import kellet
from kellet import Accumulate, Anchor, Arm, Experiment, InputError, Prior, Replace, Subsample, Window, families, worlds
from kellet.experiment.check import Overlap, check
from kellet.experiment.running.recorder import record
from kellet.loop.curation.sampling import Shrink, Temperature
from kellet.metrics import find_metric, real_of

REPLICATES, GENERATIONS, SEED = 4000, 8, 3
WRONG = 5.6
"""Of 100,000 comparisons one is beyond in 500 grids."""
CRIED = 1e-6
"""Chance that a test of right theory finds too many beyond 3.3."""

REGIMES = (Replace(), Accumulate(), Window(3), Subsample())
ANCHORS = (
    None,
    Anchor(1),
    Anchor(4),
    Anchor(share=0.2),
    Anchor(share=1.0),
    Anchor(4, draw="fixed"),
    Anchor(share=0.2, draw="fixed"),
    Anchor(4, draw="bank", bank=7),
    Anchor(4, every=3),
    Anchor(4, draw="fixed", every=2),
    Anchor(4, draw="bank", bank=7, every=2),
    Anchor(share=0.2, random=True),
    Anchor(4, contaminated=0.5),
    Anchor(4, contaminated=0.25, every=2),
    Anchor(4, weight=3.0),
    Anchor(4, weight=0.5),
    Anchor(4, weight="optimal"),
    Anchor(share=0.2, weight="optimal"),
    Anchor(4, draw="fixed", weight=3.0),
    Anchor(4, draw="bank", bank=7, weight=0.5),
    Anchor(4, weight=3.0, every=2),
    Anchor(4, weight=3.0, contaminated=0.5),
    Anchor(4, weight="optimal", contaminated=0.5),
)
CURATIONS = (None, Shrink(0.8), Temperature(0.9))
SIZES = {"constant": 20, "growing": (10, 10, 20, 30, 40), "odd": (14, 15, 14)}

NORMAL = worlds.Normal(mean=1, variance=2)
PLANE = worlds.multivariate_normal([0, 1], [[1, 0.3], [0.3, 0.5]])
GRID = {
    "bernoulli": (worlds.Bernoulli(), families.Bernoulli(), 0.4),
    "trials": (worlds.Bernoulli(0.4, 5), families.Bernoulli(trials=5), 3.0),
    "poisson": (worlds.Poisson(), families.Poisson(), 2.0),
    "geometric": (worlds.NegativeBinomial(), families.Geometric(), 2.0),
    "negative binomial": (worlds.NegativeBinomial(size=2.5), families.NegativeBinomial(size=2.5), 2.0),
    "exponential": (worlds.Exponential(), families.Exponential(), 2.0),
    "gamma": (worlds.Exponential(shape=2.5), families.Exponential(shape=2.5), 2.0),
    "exponential by rate": (worlds.Exponential(), families.Exponential(unbiased_for="rate"), 2.0),
    "pareto": (worlds.Pareto(), families.Pareto(), 2.0),
    "laplace": (worlds.Laplace(), families.Laplace(), 2.0),
    "lognormal": (worlds.LogNormal(), families.LogGaussian(), 2.0),
    "normal": (NORMAL, families.Gaussian(), 2.0),
    "normal, unbiased": (NORMAL, families.Gaussian("unbiased"), 2.0),
    "normal by precision": (NORMAL, families.Gaussian("precision"), 2.0),
    "normal of known mean": (NORMAL, families.Gaussian(mean=1.0), 2.0),
    "normal of known variance": (NORMAL, families.Gaussian(variance=2.0), 2.0),
    "plane": (PLANE, families.Gaussian(), (1.0, -1.0)),
    "categories": (worlds.categorical([0.4, 0.3, 0.2, 0.07, 0.03]), families.Categorical(), (1.0, 0.0, 0.0, 1.0, 2.0)),
    "labels": (worlds.Linear(3), families.Regression(intercept=False), None),
    "labels, known noise": (worlds.Linear(3), families.Regression(intercept=False, noise=1.0), None),
    "labels, intercept": (worlds.Linear(3), families.Regression(), None),
    "ising": (worlds.Ising(spins=6, field=0.2), families.Ising(spins=6), None),
    "labels, wrong": (worlds.Linear(2, mislabelled=0.2), families.Regression(intercept=False), None),
}
"""World, family, and where a prior lies that doesn't lie where priors do."""
LITTLE = {"normal by precision", "exponential by rate", "normal, unbiased", "labels, intercept", "labels, wrong"}
"""Families about whose loops little is known but plain replacement."""
SOME = {"labels", "labels, known noise"}
"""Those about which is known what becomes of them under some anchors."""


@dataclass(frozen=True)
class Found:
    """What a regime's part of the grid gave.  arms: about which theory said something."""

    regime: str
    arms: int
    overlaps: tuple[Overlap, ...]

    @property
    def sound(self):
        return [overlap for overlap in self.overlaps if overlap.sound]

    def means(self):
        """Metric -> sum of the z-scores' means of all arms, over its error: generations of an arm go together."""
        groups = defaultdict(lambda: defaultdict(list))
        for overlap in self.sound:
            groups[overlap.metric][overlap.arm].append(overlap.z)
        return {
            metric: float(np.sum([np.mean(scores) for scores in arms.values()]) / np.sqrt(len(arms)))
            for metric, arms in groups.items()
        }


def list_experiments(key, size, every=1):
    """An experiment for each regime, with all arms of the grid that exist and that theory knows; or each so-many-th."""
    world, family, elsewhere = GRID[key]
    priors = (None, Prior(2.0), Prior(3.0, mean=elsewhere), Prior(6.0, parametrisation="mean"))
    # So that no two families and sizes skip the same arms.
    number = sum(map(ord, f"{key} {size}"))
    for regime in REGIMES:
        arms = {}
        for anchor, prior, curation in product(ANCHORS, priors, CURATIONS):
            number += 1
            if number % every:
                continue
            arm = Arm(regime, anchor, prior, curation)
            study = Experiment(world, family, size, {"a": arm}, generations=GENERATIONS)
            try:
                if exact(kellet.predict(study)["a"]):
                    arms[f"{anchor} {prior} {curation}"] = arm
            except InputError:
                continue
        if arms:
            yield Experiment(
                world, family, size, arms, generations=GENERATIONS, replicates=REPLICATES, block=REPLICATES
            )


def exact(predictions):
    """Metrics of which the expectation is known exactly."""
    return {name for name, prediction in predictions.items() if prediction.kind == "exact"}


def simulate(study, known):
    """(arm, metric) -> (R, G), of all metrics whose expectation is known; nothing is written to be shown."""
    resolved, values = kellet.resolve(study), {}
    for arm, cell in resolved.cells.items():
        metrics = [find_metric(name) for name in sorted(exact(known[arm]))]
        rng = np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=cell.spawn_key(0)))
        loop, real = cell.loop(study.replicates, rng), real_of(resolved.source)
        found = record(loop, real, metrics, study.records, study.replicates, 2, rng)
        values |= {(arm, name): column for name, column in found.values.items()}
    return values


def compare(key, size, every=1, believed=None):
    """The comparisons, regime by regime.  believed: the size that theory takes it to be, where that is wrong."""
    for study in list_experiments(key, size, every):
        known = kellet.predict(study)
        values = simulate(study, known)
        if believed is not None:
            known = kellet.predict(Experiment.of(study, {"size": believed}))
        regime = type(next(iter(study.arms.values())).regime).__name__
        yield Found(regime, len(study.arms), check(known, spell(values), np.arange(GENERATIONS + 1)).overlaps)


def spell(values):
    """Arm, metric, and what it was, of each."""
    return ((*key, found) for key, found in values.items())


def judge(found):
    """Nothing is wrong, nothing cried, and nothing off as a whole."""
    sound, where = found.sound, f"{found.regime}: "
    worst = max(sound, key=lambda overlap: abs(overlap.z))
    assert abs(worst.z) < WRONG, where + str(worst)
    beyond = {overlap.arm for overlap in sound if abs(overlap.z) > 3.3}
    most = binom.ppf(1 - CRIED, found.arms, min(1.0, 1e-3 * len(sound) / found.arms))
    assert len(beyond) <= most, where + f"{len(beyond)} of {found.arms} arms, where {most:.0f} may be: {beyond}"
    assert len(sound) > 0.7 * len(found.overlaps), where + f"{len(sound)} of {len(found.overlaps)} can be judged"
    assert not any(np.isnan(overlap.z) for overlap in found.overlaps), where + "some have no number"
    for metric, score in found.means().items():
        assert abs(score) < 5, where + f"{metric} is off as a whole, by {score:.1f}"


@pytest.mark.slow
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("key", list(GRID))
def test_simulation_and_theory_agree_everywhere(key, size):
    parts = list(compare(key, SIZES[size]))
    assert sum(part.arms for part in parts) >= (0 if key in LITTLE else 9 if key in SOME else 41)
    for part in parts:
        judge(part)


@pytest.mark.parametrize("key", list(GRID))
def test_simulation_and_theory_agree_at_every_so_many_th_place(key):
    every = 1 if key in LITTLE else 7 if key in SOME else 43
    parts = [part for size in SIZES.values() for part in compare(key, size, every)]
    assert parts
    for part in parts:
        judge(part)


@pytest.mark.slow
def test_the_grid_finds_a_theory_that_is_wrong_by_a_twentieth():
    found = {}
    for key in set(GRID) - LITTLE:
        parts = [part.means() for part in compare(key, 20, 5, believed=21)]
        metrics = set.intersection(*map(set, parts))
        found[key] = max(abs(sum(part[metric] for part in parts)) for metric in metrics) / np.sqrt(len(parts))
    assert np.mean([score > 5 for score in found.values()]) > 0.75, found


@pytest.mark.slow
@pytest.mark.parametrize("key", list(GRID))
def test_few_replicates_of_long_loops_cry_no_more_often(key):
    world, family, _ = GRID[key]
    arms = {"replace": Arm(), "one": Arm(anchor=Anchor(1)), "three": Arm(anchor=Anchor(3)), "all": Arm(Accumulate())}
    for size in (5, 20):
        study = Experiment(world, family, size, arms, generations=5 * size, replicates=REPLICATES, block=REPLICATES)
        known = kellet.predict(study)
        values = simulate(study, known)
        for replicates in (8, 32, 200, 1000):
            scores = []
            for start in range(0, min(REPLICATES, 60 * replicates), replicates):
                part = {pair: column[start : start + replicates] for pair, column in values.items()}
                scores += [overlap.z for overlap in check(known, spell(part), np.arange(5 * size + 1)).sound]
            beyond = int((abs(np.array(scores)) > 3.3).sum())
            # About six generations of an arm go together.
            most = 6 * binom.ppf(1 - CRIED, len(scores) // 6, 1e-3)
            assert beyond <= most, f"{beyond} of {len(scores)} for {replicates} replicates of {size} points"
