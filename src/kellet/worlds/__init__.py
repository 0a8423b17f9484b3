"""Worlds: the true sources that real points are observed from."""

from kellet.worlds.digits import Digits
from kellet.worlds.distributions import (
    Bernoulli,
    Beta,
    Categorical,
    Exponential,
    Gamma,
    Laplace,
    LogNormal,
    MultivariateNormal,
    NegativeBinomial,
    Normal,
    Pareto,
    Poisson,
    Uniform,
    VonMises,
    Weibull,
    Zipf,
    categorical,
    multivariate_normal,
)
from kellet.worlds.images import Images
from kellet.worlds.ising import Ising, SpinGlass
from kellet.worlds.labelled import Labelled
from kellet.worlds.linear import Linear
from kellet.worlds.mixed import Mixed
from kellet.worlds.observable import Observable
from kellet.worlds.tables import Column, Table
from kellet.worlds.text import Text
from kellet.worlds.words import Words
from kellet.worlds.world import World, open_world

__all__ = [
    "Bernoulli", "Beta", "Categorical", "Column", "Digits", "Exponential", "Gamma", "Images", "Ising", "Labelled",
    "Laplace", "Linear", "LogNormal", "Mixed", "MultivariateNormal", "NegativeBinomial", "Normal", "Observable",
    "Pareto", "Poisson", "SpinGlass", "Table", "Text", "Uniform", "VonMises", "Weibull", "Words", "World", "Zipf",
    "categorical", "multivariate_normal", "open_world",
]  # fmt: skip
