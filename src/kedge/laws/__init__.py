"""Laws: what exact families learn, and what worlds can truly be. A law knows how its own statistics are distributed."""

from kedge.laws.beta import Beta
from kedge.laws.frequencies import Frequencies
from kedge.laws.gamma import Gamma
from kedge.laws.ising import Ising
from kedge.laws.mixture import GaussianMixture
from kedge.laws.normal import LogNormal, MultivariateNormal, Normal
from kedge.laws.spinglass import SpinGlass
from kedge.laws.uniform import Uniform
from kedge.laws.vonmises import VonMises
from kedge.laws.weibull import Weibull

__all__ = [
    "Beta",
    "Frequencies",
    "Gamma",
    "GaussianMixture",
    "Ising",
    "LogNormal",
    "MultivariateNormal",
    "Normal",
    "SpinGlass",
    "Uniform",
    "VonMises",
    "Weibull",
]
