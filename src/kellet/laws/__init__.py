"""Laws: what exact families learn, and what worlds can truly be. A law knows how its own statistics are distributed."""

from kellet.laws.continuous import Beta, Gamma, Uniform, VonMises, Weibull
from kellet.laws.frequencies import Frequencies
from kellet.laws.mixture import GaussianMixture
from kellet.laws.normal import LogNormal, MultivariateNormal, Normal
from kellet.laws.spins import Ising, SpinGlass

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
