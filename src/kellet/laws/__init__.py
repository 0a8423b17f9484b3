"""Laws: what exact families learn, and what worlds can truly be. A law knows how its own statistics are distributed."""

from kellet.laws.beta import Beta
from kellet.laws.frequencies import Frequencies
from kellet.laws.gamma import Gamma
from kellet.laws.ising import Ising
from kellet.laws.mixture import GaussianMixture
from kellet.laws.normal import LogNormal, MultivariateNormal, Normal
from kellet.laws.spinglass import SpinGlass
from kellet.laws.uniform import Uniform
from kellet.laws.vonmises import VonMises
from kellet.laws.weibull import Weibull

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
