"""Worlds: the true sources that real points are observed from."""

from kedge.worlds.averages import BernoulliWorld as bernoulli
from kedge.worlds.averages import ExponentialWorld as exponential
from kedge.worlds.averages import LaplaceWorld as laplace
from kedge.worlds.averages import LogNormalWorld as lognormal
from kedge.worlds.averages import NegativeBinomialWorld as negative_binomial
from kedge.worlds.averages import ParetoWorld as pareto
from kedge.worlds.averages import PoissonWorld as poisson
from kedge.worlds.continuous import BetaWorld as beta
from kedge.worlds.continuous import GammaWorld as gamma
from kedge.worlds.continuous import UniformWorld as uniform
from kedge.worlds.continuous import VonMisesWorld as vonmises
from kedge.worlds.continuous import WeibullWorld as weibull
from kedge.worlds.digits import Digits as digits
from kedge.worlds.distributions import (
    CategoricalWorld,
    MultivariateNormalWorld,
    NormalWorld,
    ZipfWorld,
    categorical,
    multivariate_normal,
    normal,
    zipf,
)
from kedge.worlds.images import Images as images
from kedge.worlds.ising import IsingWorld as ising
from kedge.worlds.ising import SpinGlassWorld as spin_glass
from kedge.worlds.mixed import Mixed as mixed
from kedge.worlds.tables import Column as column
from kedge.worlds.tables import Table as table
from kedge.worlds.text import Text as text
from kedge.worlds.words import Words as words

Number = NormalWorld | lognormal | exponential | pareto | laplace | gamma | beta | vonmises | weibull | uniform
Discrete = bernoulli | poisson | negative_binomial | CategoricalWorld | ZipfWorld | ising | spin_glass
World = Number | Discrete | MultivariateNormalWorld | digits | images | words | text | table | column | mixed

__all__ = [
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
