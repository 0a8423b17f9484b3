"""World: all worlds that come with Kellet, told apart by their ``kind``."""

from kellet.worlds.averages import Bernoulli, Exponential, Laplace, LogNormal, NegativeBinomial, Pareto, Poisson
from kellet.worlds.continuous import Beta, Gamma, Uniform, VonMises, Weibull
from kellet.worlds.digits import Digits
from kellet.worlds.distributions import Categorical, MultivariateNormal, Normal, Zipf
from kellet.worlds.images import Images
from kellet.worlds.ising import Ising, SpinGlass
from kellet.worlds.mixed import Mixed
from kellet.worlds.tables import Column, Table
from kellet.worlds.text import Text
from kellet.worlds.words import Words

Number = Normal | LogNormal | Exponential | Pareto | Laplace | Gamma | Beta | VonMises | Weibull | Uniform
Discrete = Bernoulli | Poisson | NegativeBinomial | Categorical | Zipf | Ising | SpinGlass
OfFiles = Images | Words | Text | Table | Column | Mixed
World = Number | Discrete | MultivariateNormal | Digits | OfFiles
