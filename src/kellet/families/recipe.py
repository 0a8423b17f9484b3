"""Recipe: all families that come with Kellet, told apart by their ``kind``."""

from kellet.families.exponential import averages, beta, categorical, gamma, gaussian, uniform, vonmises, weibull
from kellet.families.mixtures import bootstrap, copula, kernel, mixture, reduced
from kellet.families.neural import diffusion, flow, gan, vae
from kellet.families.spins import ising, rbm, spinglass
from kellet.families.text import language, ngram
from kellet.families.yours import program, python

Averages = averages.Bernoulli | averages.Poisson | averages.Geometric | averages.NegativeBinomial
WaitingTimes = averages.Exponential | averages.Pareto | averages.Laplace
Normals = gaussian.Gaussian | gaussian.LogGaussian
Continuous = gamma.Gamma | beta.Beta | vonmises.VonMises | weibull.Weibull | uniform.Uniform
Discrete = categorical.Categorical | ising.Ising | spinglass.SpinGlass | rbm.BernoulliRBM
Densities = mixture.Mixture | kernel.Kernel | bootstrap.Bootstrap | reduced.Reduced | copula.Copula
Networks = vae.VAE | flow.Flow | diffusion.Diffusion | gan.GAN
Texts = ngram.NGram | language.Language
Yours = python.Adapter | program.Command
Recipe = Averages | WaitingTimes | Normals | Continuous | Discrete | Densities | Networks | Texts | Yours
