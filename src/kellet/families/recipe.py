"""Recipe: all families that come with Kellet, told apart by their ``kind``."""

from kellet.families.conditional import estimated, regression
from kellet.families.exponential import averages, categorical, continuous, gaussian
from kellet.families.mixtures import bootstrap, copula, kernel, mixture, reduced
from kellet.families.neural import diffusion, flow, gan, vae
from kellet.families.spins import ising, rbm
from kellet.families.text import language, ngram
from kellet.families.yours import program, python

Normals = gaussian.Gaussian | gaussian.LogGaussian
Trials = averages.Bernoulli | averages.Poisson | averages.Geometric | averages.NegativeBinomial
WaitingTimes = averages.Exponential | averages.Pareto | averages.Laplace
Exact = Normals | categorical.Categorical | Trials | WaitingTimes | ising.Ising | ising.SpinGlass | ngram.NGram
Continuous = continuous.Gamma | continuous.Beta | continuous.VonMises | continuous.Weibull | continuous.Uniform
Densities = mixture.Mixture | kernel.Kernel | bootstrap.Bootstrap | reduced.Reduced | copula.Copula
Networks = rbm.BernoulliRBM | vae.VAE | flow.Flow | diffusion.Diffusion | gan.GAN | language.Language
Conditional = regression.Regression | estimated.Regressor | estimated.Classification
Recipe = Exact | Continuous | Densities | Networks | Conditional | python.Adapter | program.Command
