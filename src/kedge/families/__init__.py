"""Families: one file per idea of how to learn."""

from kedge.families.adapter import Adapter, adapt
from kedge.families.averages import Bernoulli, Exponential, Geometric, Laplace, NegativeBinomial, Pareto, Poisson
from kedge.families.beta import Beta
from kedge.families.categorical import Categorical
from kedge.families.gamma import Gamma
from kedge.families.gaussian import Gaussian, LogGaussian
from kedge.families.ising import Ising
from kedge.families.mixture import Mixture
from kedge.families.spinglass import SpinGlass
from kedge.families.uniform import Uniform
from kedge.families.vonmises import VonMises
from kedge.families.weibull import Weibull

Exact = (
    Gaussian
    | LogGaussian
    | Categorical
    | Bernoulli
    | Poisson
    | Geometric
    | NegativeBinomial
    | Exponential
    | Pareto
    | Laplace
    | Ising
    | SpinGlass
)
Recipe = Exact | Gamma | Beta | VonMises | Weibull | Uniform | Mixture | Adapter

__all__ = [
    "Adapter",
    "Bernoulli",
    "Beta",
    "Categorical",
    "Exponential",
    "Gamma",
    "Gaussian",
    "Geometric",
    "Ising",
    "Laplace",
    "LogGaussian",
    "Mixture",
    "NegativeBinomial",
    "Pareto",
    "Poisson",
    "Recipe",
    "SpinGlass",
    "Uniform",
    "VonMises",
    "Weibull",
    "adapt",
]
