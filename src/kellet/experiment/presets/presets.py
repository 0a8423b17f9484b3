"""Experiments that come with Kellet, as files that a person can read."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec
from numpy.typing import NDArray

from kellet import families, worlds
from kellet.data import files as reading
from kellet.data.source import Law
from kellet.errors import InputError
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.families.abilities import abilities
from kellet.families.exponential.averages import Average
from kellet.families.family import ExactFamily, Prior
from kellet.families.recipe import Continuous, Recipe
from kellet.worlds.text import Kind
from kellet.worlds.world import World, identify, open_world

FILES = ("digits", "words", "text", "normal")
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
    "ising": (worlds.Ising(field=0.1), families.Ising()),
    "spin-glass": (worlds.SpinGlass(spins=6), families.SpinGlass(spins=6)),
}
NAMES = (*FILES, *LAWS)


def preset(name: str) -> Experiment:
    """A built-in experiment: the four that are files, or the usual arms for one of the LAWS."""
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
        fewer = {"generations": 5, "replicates": 2, "size": min(500, len(_training(world)) // 2)}
        if experiment.arms == preset("text").arms:
            arms = {name: arms[name] for name in few}
            experiment = msgspec.structs.replace(experiment, **fewer)
    if not abilities(family).takes_prior:
        arms = {name: arm for name, arm in arms.items() if arm.prior is None}
    return msgspec.structs.replace(experiment, world=world, family=family, arms=arms)


SENTENCE = 3
"""Spaces in each of a column's words, from which on they are sentences."""


def for_file(
    path: str,
    columns: tuple[str, ...] | None = None,
    label: str | None = None,
    family: Recipe | None = None,
    tokens: Kind | None = None,
) -> Experiment:
    """A first experiment on a person's own file: the usual arms, sizes that fit the data.

    Texts become word frequencies, pictures their principal components; a table's numeric columns become points; one
    column and the categorical family become the frequencies of its values; for the copula family, and for somebody's
    own model of tables, all columns are points, categories too.  family: which one is to learn them, if not the usual
    one; for a family of text, or where tokens are named, texts and columns of texts become documents.
    """
    if tokens is not None or abilities(family).text or _reads_documents(path, columns, family):
        return _of_documents(path, columns, tokens or ("bpe" if isinstance(family, families.Language) else "words"))
    arms = preset("normal").arms
    if reading.is_text(path):
        return _of_categories(identify(worlds.Words(path)), arms)
    if reading.are_pictures(path):
        return _of_pictures(path, columns, label)
    if isinstance(family, families.Copula) or _takes_words(path, columns, label, family):
        return _of_mixed(path, columns, label, family)
    if isinstance(family, families.Categorical):
        if not columns or len(columns) != 1:
            raise InputError("one column for the categorical family", ", ".join(columns or ("none",)), "--columns NAME")
        return _of_categories(identify(worlds.Column(path, columns[0])), arms)
    parts = Average | families.LogGaussian | Continuous | families.BernoulliRBM
    on_part_of_the_line = isinstance(family, parts)
    table = identify(worlds.Table(path, columns, label, scale="raw" if on_part_of_the_line else "standard"))
    if on_part_of_the_line:
        # Nobody's prior: where these data should lie is not ours to guess.
        arms = {name: arm for name, arm in arms.items() if arm.prior is None}
    training = len(_training(table))
    return Experiment(table, families.Gaussian(), min(200, training // 2), arms, generations=100, replicates=50)


def _of_pictures(path: str, columns: tuple[str, ...] | None, label: str | None) -> Experiment:
    """The arms and the mixture of the digits, in units of these pictures."""
    if columns or label:
        raise InputError("no --columns and no --label for pictures", columns or label, "a subfolder for each class")
    like, world = preset("digits"), identify(worlds.Images(path))
    training = _training(world)
    variance = float(f"{training.var(axis=0).mean():.2g}")
    family = msgspec.structs.replace(like.family, floor=float(f"{variance / 1000:.2g}"))
    arms = {
        name: arm if arm.prior is None else Arm(prior=msgspec.structs.replace(arm.prior, variance=variance))
        for name, arm in like.arms.items()
    }
    return msgspec.structs.replace(like, world=world, family=family, arms=arms, size=min(200, len(training) // 2))


def _reads_documents(path: str, columns: tuple[str, ...] | None, family: Recipe | None) -> bool:
    """Whether somebody's own model is to learn documents: a class that says so, a program in a text or in one column of
    sentences."""
    if not isinstance(family, families.Command):
        return isinstance(family, families.Adapter) and family.texts
    if reading.is_text(path) or reading.are_pictures(path):
        return reading.is_text(path)
    import polars as pl

    table = reading.read_table(path)
    if len(names := columns or table.columns) != 1 or table.schema.get(names[0]) != pl.String:
        return False
    spaces = table[names[0]].str.count_matches(" ").mean()
    return isinstance(spaces, float) and spaces >= SENTENCE


def _takes_words(path: str, columns: tuple[str, ...] | None, label: str | None, family: Recipe | None) -> bool:
    """Whether the columns that are meant have words, and somebody's own model learns from tables."""
    if not (isinstance(family, families.Command) or (isinstance(family, families.Adapter) and family.tables)):
        return False
    table = reading.read_table(path)
    meant = [name for name in columns or table.columns if name in table.columns and name != label]
    return not all(table[name].dtype.is_numeric() for name in meant)


def _of_mixed(path: str, columns: tuple[str, ...] | None, label: str | None, family: Recipe | None) -> Experiment:
    own = (label,) if label else ()
    chosen = None if columns is None else (*columns, *(name for name in own if name not in columns))
    table = identify(worlds.Mixed(path, chosen, own))
    arms = {name: arm for name, arm in preset("normal").arms.items() if arm.prior is None}
    size = min(1000, len(_training(table)) // 2)
    return Experiment(table, family or families.Copula(), size, arms, generations=30, replicates=16)


def _of_documents(path: str, columns: tuple[str, ...] | None, tokens: Kind) -> Experiment:
    if columns is not None and len(columns) > 1:
        raise InputError("one column of documents", ", ".join(columns), f"--columns {columns[0]}")
    length = 256 if tokens in ("bytes", "characters") else 64
    world = identify(worlds.Text(path, tokens, length, column=columns[0] if columns else None))
    size = max(1, min(2000, len(_training(world)) // 2))
    return msgspec.structs.replace(preset("text"), world=world, size=size)


def _of_categories(world: worlds.Words | worlds.Column, arms: dict[str, Arm]) -> Experiment:
    arms = {
        name: msgspec.structs.replace(arm, prior=None if arm.prior is None else preset("words").arms["a prior"].prior)
        for name, arm in arms.items()
    }
    return Experiment(
        world, families.Categorical(), min(20_000, int(world.counts.sum())), arms, generations=100, replicates=40
    )


def _training(world: World) -> NDArray[Any]:
    """The points of the training split."""
    source = open_world(world)
    assert not isinstance(source, Law)
    return source.training
