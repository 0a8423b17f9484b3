"""Families: one file per idea of how to learn."""

from kedge.families.adapter import Adapter, adapt
from kedge.families.averages import Bernoulli, Exponential, Geometric, Laplace, NegativeBinomial, Pareto, Poisson
from kedge.families.beta import Beta
from kedge.families.boltzmann import BernoulliRBM
from kedge.families.bootstrap import Bootstrap
from kedge.families.categorical import Categorical
from kedge.families.command import Command
from kedge.families.copula import Copula
from kedge.families.gamma import Gamma
from kedge.families.gaussian import Gaussian, LogGaussian
from kedge.families.ising import Ising
from kedge.families.kernel import Kernel
from kedge.families.language import Language
from kedge.families.mixture import Mixture
from kedge.families.neural import GAN, VAE, Diffusion, Flow
from kedge.families.ngram import NGram
from kedge.families.reduced import Reduced
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
