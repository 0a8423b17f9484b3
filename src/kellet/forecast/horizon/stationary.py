"""Where an anchored loop settles: its stationary law, to look at or to start a loop from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from kellet.errors import InputError
from kellet.evidence import Array, compress
from kellet.families import Bernoulli, Categorical, Gaussian, Geometric, LogGaussian, NegativeBinomial, Poisson
from kellet.families.family import Prior
from kellet.forecast.horizon.transition import Lattice, build_chain
from kellet.forecast.horizon.truth import Truth, evidence_of, find_truth, multivariate
from kellet.laws import Frequencies, LogNormal, MultivariateNormal
from kellet.laws.averages import MeanLaw
from kellet.loop.anchors import AnyAnchor
from kellet.loop.numbers import Closing, is_free, is_likeliest, quantify
from kellet.loop.settled import Number, Parameter, settle_mean
from kellet.theory import Loop
from kellet.theory.laws import Normal
from kellet.worlds.world import World

CONJUGATE = (
    "the conjugate law of Diaconis and Ylvisaker, Annals of Statistics 7:269 (1979), as a diffusion's stationary law"
)
AUTOREGRESSION = "a Gaussian autoregression"
MATRIX = "Wright, Genetics 16:97 (1931), by its transition matrix"

ROUNDS = 16
"""Exact generations that follow a draw from a limit: they settle what is as rare as a few points of one generation."""

Kind = Literal["exact", "limit n -> infinity"]


@dataclass(frozen=True, eq=False)
class Stationary:
    """The law that the model of a loop settles at.

    kind: "exact" at this n; or the "limit n -> infinity", then with the mean and the variance that are exact at this n.
    source: where the law comes from.  points: kappa, the law being a conjugate one of 2 kappa pseudo-observations.
    target: the model that these observations teach, which the loop settles around; None where each loop has its own,
    from its own fixed set.  laws: parameter -> its law, from `kellet.theory.laws`; empty where each loop has its own.
    """

    kind: Kind
    source: str
    points: float
    target: Truth | None
    laws: Mapping[str, Parameter]
    _model: Callable[[int, Generator], Truth] = field(repr=False)

    def cdf(self, x: ArrayLike, of: str | None = None) -> Array:
        """P(parameter <= x).  of: which parameter, by default the first."""
        return self._number(of).cdf(x)

    def quantiles(self, q: ArrayLike, of: str | None = None) -> Array:
        """The values that shares q of all loops lie below."""
        return self._number(of).ppf(q)

    def sample(self, size: int, rng: Generator, of: str | None = None) -> Array:
        """(size, ...): draws of one parameter."""
        return self._law(of).sample(rng, size)

    def model(self, replicates: int, rng: Generator) -> Truth:
        """Settled models, to start a loop with: ``generations(..., start=law.model(1000, rng), replicates=1000)``.

        Where the law is a limit, a few exact generations follow the draw, so that what is lost is lost: no category has
        a count of 10^-20.  A loop with a fixed set or a bank draws its own, so it does not begin settled.
        """
        return self._model(replicates, rng)

    def _law(self, of: str | None) -> Parameter:
        name = next(iter(self.laws), "any") if of is None else of
        if name not in self.laws:
            attempt = "model(replicates, rng), and its quantiles" if not self.laws else next(iter(self.laws))
            raise InputError(f"one of the parameters with a law: {', '.join(self.laws) or 'none'}", name, attempt)
        return self.laws[name]

    def _number(self, of: str | None) -> Number:
        law = self._law(of)
        if not isinstance(law, Number):
            raise InputError("a parameter that is one number", of or next(iter(self.laws)), "sample(size, rng)")
        return law


def stationary(
    world: World, family: Closing, *, size: int, anchor: AnyAnchor | None = None, prior: Prior | None = None
) -> Stationary:
    r"""The stationary law of a loop that replaces its data, with real points, a prior, or both.

    The arguments are those of `kellet.generations`; ``prior`` takes the place of the family's own.  Known for the
    families that average a statistic, the Gaussian and the categorical one, in a world of their own kind:

    fresh anchor   conjugate law of 2k pseudo-observations at the truth
    fixed or bank  the same at the mean of the fixed points, which differ from loop to loop
    prior          the same with 2A at the prior: the truth is forgotten
    both           2(k + A), at (k truth + A prior)/(k + A)

    all for n much larger than k; exactly, for every n, for a Gaussian of known variance and for two categories of at
    most 600 points.  InputError with a sentence where there is no such law, or none is known.

    >>> import kellet
    >>> law = stationary(kellet.worlds.Normal(), Gaussian(), size=10**12, anchor=kellet.Anchor(1))
    >>> law.kind, law.quantiles(0.5, "variance").round(2)
    ('limit n -> infinity', np.float64(0.46))
    """
    if size < 1:
        raise InputError("a size of at least 1 point per generation", size, "100")
    truth = find_truth(world, family)
    if prior is not None:
        family = msgspec.structs.replace(family, prior=prior)
    loop = quantify(family, size, anchor)
    _check(family, truth, loop, anchor)

    if (chain := build_chain(family, truth, size, anchor, most=600)) is not None:
        at = Lattice(chain.means, chain.settle())
        return Stationary(
            "exact", MATRIX, loop.points, None, {"mean": at}, lambda r, rng: chain.model(at.states(rng, r))
        )

    def settle(replicates: int, rng: Generator) -> Truth:
        real: Any = world.open(replicates).truth
        if loop.bank:
            known = 1 / loop.bank * real.statistics(int(loop.bank), rng)
            teaches = loop.weight * loop.k * known
        else:
            known, teaches = None, evidence_of(real, loop.weight * loop.k)
        model: Truth = draw_models(family.fit(teaches, rng), points, family, rng)
        k = round(loop.k)
        # Where all points are real, one generation forgets where it came from.
        for _ in range(0 if exact else 1 if k == size else ROUNDS):
            evidence: Any = None if k == size else model.statistics(size - k, rng)
            if k:
                truly = loop.weight * (real.statistics(k, rng) if known is None else k * known)
                evidence = truly if evidence is None else evidence + truly
            model = family.fit(evidence, rng)
        return model

    steady = anchor is None or (anchor.every == 1 and not anchor.random and anchor.draw != "bank")
    exact = isinstance(family, Gaussian) and family.variance is not None and steady
    target: Any = family.fit(evidence_of(truth, loop.weight * loop.k))
    if not loop.bank and loop.k:
        loop = replace(loop, ratio=_scatter(truth, family) / _scatter(target, family))
    points = loop.points
    source = AUTOREGRESSION if exact else CONJUGATE
    kind: Kind = "exact" if exact else "limit n -> infinity"
    if not loop.bank:
        return Stationary(kind, source, points, target, _laws(target, points, family), settle)
    laws = {}
    if exact:
        # The fixed set scatters too: normal, and added to what the loop scatters around it.
        apart = loop.weight * loop.k / loop.strength
        spread = apart**2 * float(truth.variance[0]) / loop.bank + _scatter(target, family) / (2 * points)
        laws = {"mean": Normal(float(target.mean[0]), spread)}
    return Stationary(kind, source, points, None, laws, settle)


def draw_models(target: Any, points: float, family: Any, rng: Generator) -> Any:
    """Models drawn around target models from the conjugate law of 2 ``points`` pseudo-observations."""
    twice = 2 * points
    if isinstance(target, Frequencies):
        return Frequencies(draw_dirichlet(twice * target.probabilities, rng), target.categories, target.size)
    if isinstance(target, MeanLaw):
        return family.law(_draw_means(target.mean, twice, family, rng))
    if isinstance(target, MultivariateNormal):
        r, d = target.mean.shape
        bartlett = np.tril(rng.standard_normal((r, d, d)), -1)
        bartlett[:, range(d), range(d)] = np.sqrt(rng.chisquare(twice + d + 2 - np.arange(d), (r, d)))
        factor = compress(np.linalg.solve(bartlett, np.sqrt(twice) * target.factor.swapaxes(1, 2)))
        moved = np.einsum("rij,rj->ri", factor, rng.standard_normal((r, d))) / np.sqrt(twice)
        return MultivariateNormal(target.mean + moved, factor)
    if isinstance(target, LogNormal):
        return LogNormal(draw_models(target.logarithm, points, family, rng))
    r = len(target.mean)
    if isinstance(family, Gaussian) and family.variance is not None:
        return replace(target, mean=target.mean + target.sd / np.sqrt(twice) * rng.standard_normal(r))
    if isinstance(family, Gaussian) and family.mean is not None:
        return replace(target, sd=target.sd * np.sqrt(points / rng.standard_gamma(points + 1, r)))
    sd = target.sd * np.sqrt(points / rng.standard_gamma(points + 1.5, r))
    return replace(target, mean=target.mean + sd / np.sqrt(twice) * rng.standard_normal(r), sd=sd)


def draw_dirichlet(alpha: Array, rng: Generator) -> Array:
    """(R, V): one Dirichlet draw for each row of alpha; in logarithms, since with alpha = 0.001 gamma draws underflow.

    >>> draw_dirichlet(np.array([[1e-4, 1e-4, 0.0]]), np.random.default_rng(0)).round(9)
    array([[0., 1., 0.]])
    """
    with np.errstate(divide="ignore"):
        logs = np.log(rng.standard_gamma(alpha + 1)) - rng.standard_exponential(alpha.shape) / alpha
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _draw_means(mean: Array, twice: float, family: Any, rng: Generator) -> Array:
    if isinstance(family, Bernoulli):
        successes = np.stack([mean, family.trials - mean], axis=1)
        return family.trials * draw_dirichlet(twice * successes, rng)[:, 0]
    if isinstance(family, Poisson):
        return rng.standard_gamma(twice * mean) / twice
    if isinstance(family, NegativeBinomial | Geometric):
        size = family.size if isinstance(family, NegativeBinomial) else 1.0
        return size * rng.standard_gamma(twice * mean) / rng.standard_gamma(twice * size + 1, mean.shape)
    shape = family.shape
    return np.asarray(twice * shape * mean / rng.standard_gamma(twice * shape + 1, mean.shape))


def _laws(target: Truth, points: float, family: Any) -> dict[str, Parameter]:
    """The laws of the parameters, around one target."""
    from kellet.theory import stationary

    if isinstance(target, Frequencies):
        return {"probabilities": stationary.categorical(points, target.dense()[0])}
    if isinstance(target, LogNormal):
        target = target.logarithm
    mean = target.mean[0]
    if isinstance(target, MultivariateNormal):
        return {"covariance": stationary.covariance(points, target.covariance[0])}
    if isinstance(target, MeanLaw):
        return {"mean": settle_mean(family, mean, points)}
    variance = float(target.variance[0])
    if isinstance(family, Gaussian) and family.variance is not None:
        return {"mean": stationary.normal_mean(points, mean, variance)}
    if isinstance(family, Gaussian) and family.mean is not None:
        return {"variance": stationary.normal_variance(points, variance)}
    spread, centre = stationary.normal(points, mean, variance)
    return {"variance": spread, "mean": centre}


def _scatter(law: Truth, family: Closing) -> float:
    """Variance of the statistic of one point, summed over its columns."""
    if isinstance(law, Frequencies):
        p = law.probabilities[0]
        return float(1 - p @ p)
    variance = float(np.sum(law.variance[0]))
    return 2 * variance**2 if isinstance(family, Gaussian) and family.mean is not None else variance


def _check(family: Closing, truth: Any, loop: Loop, anchor: AnyAnchor | None) -> None:
    """Say why there is no stationary law, or none is known."""
    if not loop.strength > 0:
        wanted = "an anchor or a prior, without which a loop is absorbed and has no stationary law"
        raise InputError(wanted, f"{anchor}" if anchor or loop.prior else "neither", "anchor=Anchor(1)")
    if not is_likeliest(family):
        raise InputError("maximum likelihood, for a stationary law that is known", repr(family), type(family).__name__)
    several = multivariate(truth)
    if isinstance(family, Gaussian | LogGaussian) and several and family != type(family)(prior=family.prior):
        raise InputError("a full Gaussian in several dimensions", repr(family), f"{type(family).__name__}()")
    if isinstance(family, Gaussian):
        if family.mean is not None and family.mean != float(truth.mean[0]):
            raise InputError(f"the mean to be known rightly, as {truth.mean[0]}", family.mean, "Gaussian()")
    elif several and not isinstance(family, LogGaussian):
        raise InputError("points on the line", f"{truth.mean.shape[1]} columns", "one column")
    if not loop.bank or loop.prior:
        return
    least = 2 if not several else truth.mean.shape[1] + 1
    if is_free(family) and loop.bank < least:
        wanted = f"at least {least} fixed real points: with fewer the loop ends as a copy of them"
        attempt = f"Anchor({int(loop.k)}), whose points are drawn anew every generation"
        raise InputError(wanted, int(loop.bank), attempt)
    if isinstance(family, Categorical | Bernoulli) and loop.bank < 2:
        wanted = "at least 2 fixed real points: with one the loop ends as a copy of it"
        raise InputError(wanted, 1, "Anchor(1), drawn anew")
