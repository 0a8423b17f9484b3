"""Families: one file per idea of how to learn."""

from kellet.families.conditional.estimated import Classification, Regressor
from kellet.families.conditional.regression import Regression
from kellet.families.exponential.averages import (
    Bernoulli,
    Exponential,
    Geometric,
    Laplace,
    NegativeBinomial,
    Pareto,
    Poisson,
)
from kellet.families.exponential.categorical import Categorical
from kellet.families.exponential.continuous import Beta, Gamma, Uniform, VonMises, Weibull
from kellet.families.exponential.gaussian import Gaussian, LogGaussian
from kellet.families.mixtures.bootstrap import Bootstrap
from kellet.families.mixtures.copula import Copula
from kellet.families.mixtures.kernel import Kernel
from kellet.families.mixtures.mixture import Mixture
from kellet.families.mixtures.reduced import Reduced
from kellet.families.neural import GAN, VAE, Diffusion, Flow
from kellet.families.recipe import Recipe
from kellet.families.spins.ising import Ising, SpinGlass
from kellet.families.spins.rbm import BernoulliRBM
from kellet.families.text.language import Language
from kellet.families.text.ngram import NGram
from kellet.families.yours.program import Command
from kellet.families.yours.python import Adapter, adapt

__all__ = [
    "GAN",
    "VAE",
    "Adapter",
    "Bernoulli",
    "BernoulliRBM",
    "Beta",
    "Bootstrap",
    "Categorical",
    "Classification",
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
    "Regression",
    "Regressor",
    "SpinGlass",
    "Uniform",
    "VonMises",
    "Weibull",
    "adapt",
]
