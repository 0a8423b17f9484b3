"""Recipe: all families that come with Kellet, told apart by their ``kind``."""

from kellet.families.exponential.averages import (
    Bernoulli,
    Exponential,
    Geometric,
    Laplace,
    NegativeBinomial,
    Pareto,
    Poisson,
)
from kellet.families.exponential.beta import Beta
from kellet.families.exponential.categorical import Categorical
from kellet.families.exponential.gamma import Gamma
from kellet.families.exponential.gaussian import Gaussian, LogGaussian
from kellet.families.exponential.uniform import Uniform
from kellet.families.exponential.vonmises import VonMises
from kellet.families.exponential.weibull import Weibull
from kellet.families.mixtures.bootstrap import Bootstrap
from kellet.families.mixtures.copula import Copula
from kellet.families.mixtures.kernel import Kernel
from kellet.families.mixtures.mixture import Mixture
from kellet.families.mixtures.reduced import Reduced
from kellet.families.neural import GAN, VAE, Diffusion, Flow
from kellet.families.spins.ising import Ising
from kellet.families.spins.rbm import BernoulliRBM
from kellet.families.spins.spinglass import SpinGlass
from kellet.families.text.language import Language
from kellet.families.text.ngram import NGram
from kellet.families.yours.program import Command
from kellet.families.yours.python import Adapter

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
