"""Worlds: the true sources that real points are observed from."""

from kellet.worlds.averages import BernoulliWorld as bernoulli
from kellet.worlds.averages import ExponentialWorld as exponential
from kellet.worlds.averages import LaplaceWorld as laplace
from kellet.worlds.averages import LogNormalWorld as lognormal
from kellet.worlds.averages import NegativeBinomialWorld as negative_binomial
from kellet.worlds.averages import ParetoWorld as pareto
from kellet.worlds.averages import PoissonWorld as poisson
from kellet.worlds.continuous import BetaWorld as beta
from kellet.worlds.continuous import GammaWorld as gamma
from kellet.worlds.continuous import UniformWorld as uniform
from kellet.worlds.continuous import VonMisesWorld as vonmises
from kellet.worlds.continuous import WeibullWorld as weibull
from kellet.worlds.digits import Digits as digits
from kellet.worlds.distributions import (
    categorical,
    multivariate_normal,
    normal,
    zipf,
)
from kellet.worlds.images import Images as images
from kellet.worlds.ising import IsingWorld as ising
from kellet.worlds.ising import SpinGlassWorld as spin_glass
from kellet.worlds.mixed import Mixed as mixed
from kellet.worlds.observable import Observable
from kellet.worlds.tables import Column as column
from kellet.worlds.tables import Table as table
from kellet.worlds.text import Text as text
from kellet.worlds.words import Words as words
from kellet.worlds.world import World

__all__ = [
    "Observable",
    "World",
    "bernoulli",
    "beta",
    "categorical",
    "column",
    "digits",
    "exponential",
    "gamma",
    "images",
    "ising",
    "laplace",
    "lognormal",
    "mixed",
    "multivariate_normal",
    "negative_binomial",
    "normal",
    "pareto",
    "poisson",
    "spin_glass",
    "table",
    "text",
    "uniform",
    "vonmises",
    "weibull",
    "words",
    "zipf",
]
