"""Families: one file per idea of how to learn."""

from kellet.families.adapter import Adapter, adapt
from kellet.families.averages import Bernoulli, Exponential, Geometric, Laplace, NegativeBinomial, Pareto, Poisson
from kellet.families.beta import Beta
from kellet.families.boltzmann import BernoulliRBM
from kellet.families.bootstrap import Bootstrap
from kellet.families.categorical import Categorical
from kellet.families.command import Command
from kellet.families.copula import Copula
from kellet.families.gamma import Gamma
from kellet.families.gaussian import Gaussian, LogGaussian
from kellet.families.ising import Ising
from kellet.families.kernel import Kernel
from kellet.families.language import Language
from kellet.families.mixture import Mixture
from kellet.families.neural import GAN, VAE, Diffusion, Flow
from kellet.families.ngram import NGram
from kellet.families.reduced import Reduced
from kellet.families.spinglass import SpinGlass
from kellet.families.uniform import Uniform
from kellet.families.vonmises import VonMises
from kellet.families.weibull import Weibull

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
    | NGram
)
Recipe = (
    Exact
    | Gamma
    | Beta
    | VonMises
    | Weibull
    | Uniform
    | Mixture
    | Kernel
    | Bootstrap
    | Reduced
    | Copula
    | BernoulliRBM
    | VAE
    | Flow
    | Diffusion
    | GAN
    | Language
    | Adapter
    | Command
)

__all__ = [
    "GAN",
    "VAE",
    "Adapter",
    "Bernoulli",
    "BernoulliRBM",
    "Beta",
    "Bootstrap",
    "Categorical",
    "Command",
    "Copula",
    "Diffusion",
    "Exponential",
    "Flow",
    "Gamma",
    "Gaussian",
    "Geometric",
    "Ising",
    "Kernel",
    "Language",
    "Laplace",
    "LogGaussian",
    "Mixture",
    "NGram",
    "NegativeBinomial",
    "Pareto",
    "Poisson",
    "Recipe",
    "Reduced",
    "SpinGlass",
    "Uniform",
    "VonMises",
    "Weibull",
    "adapt",
]
