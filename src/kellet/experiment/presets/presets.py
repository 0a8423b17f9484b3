"""Experiments that come with Kellet, as files that a person can read."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec
from numpy.typing import NDArray

from kellet import families, worlds
from kellet.data.source import Law
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.families.abilities import abilities
from kellet.families.family import ExactFamily, Prior
from kellet.families.recipe import Recipe
from kellet.worlds.world import World, open_world

FILES = ("digits", "words", "web", "text", "normal")
LAWS: dict[str, tuple[World, Recipe]] = {
    "bernoulli": (worlds.Bernoulli(), families.Bernoulli()),
    "poisson": (worlds.Poisson(), families.Poisson()),
    "geometric": (worlds.NegativeBinomial(), families.Geometric()),
    "negative-binomial": (worlds.NegativeBinomial(size=2.0), families.NegativeBinomial(size=2.0)),
    "exponential": (worlds.Exponential(), families.Exponential()),
    "pareto": (worlds.Pareto(), families.Pareto()),
    "laplace": (worlds.Laplace(), families.Laplace()),
    "lognormal": (worlds.LogNormal(), families.LogGaussian()),
    "gamma": (worlds.Gamma(), families.Gamma()),
    "beta": (worlds.Beta(), families.Beta()),
    "vonmises": (worlds.VonMises(), families.VonMises()),
    "weibull": (worlds.Weibull(), families.Weibull()),
    "uniform": (worlds.Uniform(), families.Uniform()),
    "linear": (worlds.Linear(), families.Regression()),
    "ising": (worlds.Ising(field=0.1), families.Ising()),
    "spin-glass": (worlds.SpinGlass(spins=6), families.SpinGlass(spins=6)),
}
NAMES = (*FILES, *LAWS)


def preset(name: str) -> Experiment:
    """A built-in experiment: the five that are files, or the usual arms for one of the LAWS."""
    if name in LAWS:
        world, family = LAWS[name]
        arms = dict(preset("normal").arms)
        if family.takes_prior:
            arms["a prior"] = Arm(prior=Prior(5.0))
        else:
            del arms["a prior"]
        fewer = {} if isinstance(family, ExactFamily) else {"generations": 200, "replicates": 200}
        return msgspec.structs.replace(preset("normal"), world=world, family=family, arms=arms, **fewer)
    return Experiment.from_toml(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def has_pool(name: str) -> bool:
    """Whether it is a built-in experiment of writers who learn from one pool.

    >>> has_pool("words"), has_pool("words.txt")
    (False, False)
    """
    return name in FILES and any(arm.pool is not None for arm in preset(name).arms.values())


def with_family(experiment: Experiment, family: Recipe) -> Experiment:
    """The same experiment with another family, and without the arms that it can't have.

    A machine of zeros and ones sees the digits pixel by pixel, and counts their 16 shades.  A transformer takes minutes
    where n-grams take seconds: fewer arms, generations and replicates, and a small vocabulary; and a checkpoint reads
    with its own tokeniser.

    >>> experiment = with_family(preset("digits"), families.BernoulliRBM())
    >>> experiment.world.dims, experiment.family.top, "a prior" in experiment.arms
    (0, 16.0, False)
    """
    world, arms = experiment.world, experiment.arms
    if isinstance(family, families.BernoulliRBM) and isinstance(world, worlds.Digits):
        world = msgspec.structs.replace(world, dims=0)
        family = family if family.top != 1 else msgspec.structs.replace(family, top=16.0)
    if isinstance(family, families.Language) and isinstance(world, worlds.Text):
        if family.folder is not None:
            world = msgspec.structs.replace(world, checkpoint=str(family.folder.absolute()))
        elif world.tokens == "bpe" and world.vocabulary is None:
            world = msgspec.structs.replace(world, vocabulary=1024)
        few = ("replace", "10 % fresh real", "accumulate")
        fewer = {"generations": 5, "replicates": 2, "size": min(500, len(training_of(world)) // 2)}
        if experiment.arms == preset("text").arms:
            arms = {name: arms[name] for name in few}
            experiment = msgspec.structs.replace(experiment, **fewer)
    if not abilities(family).takes_prior:
        arms = {name: arm for name, arm in arms.items() if arm.prior is None}
    return msgspec.structs.replace(experiment, world=world, family=family, arms=arms)


def training_of(world: World) -> NDArray[Any]:
    """The points of the training split."""
    source = open_world(world)
    assert not isinstance(source, Law)
    return source.training
