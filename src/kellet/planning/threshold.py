r"""Where a noisy, rising outcome crosses a confidence: what trials say about the least k that succeeds often enough.

A trial at k real points succeeds with chance :math:`f+(c-f)\,\Phi((\ln k-\mu)/\sigma)`, a probit in the logarithm of k
between the chance f of no real point at all and the chance c of real data alone.  The posterior over
:math:`(\mu,\sigma,f,c)` lives on a grid; the answer is the k whose chance is the confidence.  Trials are placed by
Thompson's rule (Biometrika 25:285, 1933), where an answer drawn from the posterior lies: they gather where it is open.

The curve is a tangent: the further from the answer a trial is, the fewer of its tries speak for the curve.  The others
still say on which side of the answer it lies, which takes nothing but that chances rise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.evidence import Array

LAPSE = 0.004
"""Share of trials that end as chance has it, far from the threshold too: the probit is a picture, not the truth."""
MISFIT = 0.03
"""Variance, in units of one try's, that trials share beyond the curve one spread away from the answer."""
LEVEL = 0.01
"""How far the curve may lie beside the truth at the answer itself: where it is flat, that moves the answer by much."""
BEYOND = 3.0
"""How far, in ln k, answers are considered beyond the largest possible k."""
LIKELY = 0.95
"""How likely a conclusion must be."""
LEVELS = (np.arange(3) + 0.5) / 3
"""Quantiles at which the two ends of the curve are considered."""


@dataclass(frozen=True)
class Belief:
    """What is believed about the least k.

    most: the largest possible k.  confidence: the chance that must be reached.  trials: k -> (successes, tries).
    none, real: (successes, tries) without any real point, and of real data alone.

    >>> belief = Belief(1000, 0.9, {1: (0, 50), 10: (2, 50), 30: (40, 50), 100: (50, 50)}, (0, 50), (100, 100))
    >>> belief.least, [round(k) for k in belief.interval()]
    (39, [30, 77])
    """

    most: int
    confidence: float
    trials: Mapping[int, tuple[int, int]]
    none: tuple[int, int]
    real: tuple[int, int]

    @cached_property
    def _grid(self) -> tuple[Array, Array, Array, Array, Array]:
        """Locations (M, 1), spreads (1, S), floors (F, 1, 1, 1), ceilings (C, 1, 1), weights (F, C, M, S)."""
        location = np.linspace(-1.5, np.log(self.most) + BEYOND, 240)[:, None]
        spread = np.geomspace(0.02, 3.0, 20)[None, :]
        floor, ceiling = _ends(self.none)[:, None, None, None], _ends(self.real)[:, None, None]
        floor = np.minimum(floor, ceiling.min() - LAPSE)
        told, tries = np.zeros((len(self.trials), floor.size, ceiling.size, location.size, spread.size)), []
        for i, (k, (successes, all_)) in enumerate(self.trials.items()):
            chance = LAPSE / 2 + (1 - LAPSE) * _chance(k, location, spread, floor, ceiling)
            told[i] = successes * np.log(chance) + (all_ - successes) * np.log1p(-chance)
            tries.append(all_)
        points = np.log(np.array(list(self.trials) or [1], dtype=np.float64))
        answers = location + spread * _asked(self.confidence, floor, ceiling)
        sides = np.zeros_like(told)
        for i, (k, seen) in enumerate(self.trials.items()):
            sides[i] = _side(seen, self.confidence, answers <= np.log(k))
        weights = _weights(told, sides, np.array(tries), 1.0)
        middle = float((weights * np.clip(answers, location[0], location[-1])).sum())
        scale = float((weights * spread).sum())
        weights = _weights(told, sides, np.array(tries), ((points - middle) / scale)[: len(told)])
        return location, spread, floor, ceiling, weights

    @cached_property
    def _answers(self) -> tuple[Array, Array]:
        """ln k of the possible answers, increasing, and the posterior chance that the answer is at most so large."""
        location, spread, floor, ceiling, weights = self._grid
        answers = np.concatenate([
            np.clip(location + spread * _asked(self.confidence + beside, floor, ceiling), -50.0, 50.0).ravel()
            for beside in (-LEVEL, 0.0, LEVEL)
        ])  # fmt: skip
        order = np.argsort(answers)
        return answers[order], np.cumsum(np.outer((0.25, 0.5, 0.25), weights.ravel()).ravel()[order])

    def quantile(self, q: float) -> float:
        """The k below which the answer lies with posterior probability q."""
        answers, below = self._answers
        return float(np.exp(np.interp(q, below, answers)))

    def interval(self, mass: float = 0.9) -> tuple[float, float]:
        """Equal-tailed credible interval of the answer."""
        return self.quantile((1 - mass) / 2), self.quantile((1 + mass) / 2)

    def chance(self, k: float) -> float:
        """The chance that a trial at k succeeds, averaged over what is believed."""
        location, spread, floor, ceiling, weights = self._grid
        return float((weights * _chance(k, location, spread, floor, ceiling)).sum())

    @property
    def least(self) -> int | None:
        """The least whole k whose averaged chance reaches the confidence; None where not even ``most`` does."""
        if self.chance(self.most) < self.confidence:
            return None
        low, high = -1, self.most
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.chance(middle) < self.confidence else (low, middle)
        return high

    @property
    def beyond(self) -> float:
        """Posterior probability that the answer is larger than ``most``."""
        answers, below = self._answers
        return float(1 - np.interp(np.log(self.most), answers, below))

    @property
    def without(self) -> bool:
        """Whether loops without any real point show by themselves that none is needed.

        A search looks again and again, and a posterior would at some time say what is not so.  The average likelihood
        of all chances above the confidence, over that of the confidence itself, exceeds 1/a with probability a at most
        where the chance isn't above, whenever one looks (Robbins, Annals of Mathematical Statistics 41:1397, 1970).
        """
        from scipy.special import betaincc, betaln, xlog1py, xlogy

        successes, failures = self.none[0], self.none[1] - self.none[0]
        with np.errstate(divide="ignore"):
            above = np.log(betaincc(successes + 1, failures + 1, self.confidence) / (1 - self.confidence))
        above += betaln(successes + 1, failures + 1)
        asked = xlogy(successes, self.confidence) + xlog1py(failures, -self.confidence)
        return bool(above - asked >= -np.log1p(-LIKELY))

    def draw(self, rng: Generator) -> int:
        """Where to try next."""
        return int(np.clip(round(min(self.quantile(rng.random()), self.most)), 0, self.most))


def _ends(seen: tuple[int, int]) -> Array:
    """Quantiles of a chance of which so many successes were seen, from Jeffreys' prior."""
    from scipy.special import betaincinv

    successes, tries = seen
    return np.asarray(betaincinv(successes + 0.5, tries - successes + 0.5, LEVELS))


def _asked(confidence: float, floor: Array, ceiling: Array) -> Array:
    """Spreads above the location at which the curve crosses the confidence.

    Infinite where it never gets there, and below everything where it starts above.
    """
    from scipy.special import ndtri

    return np.asarray(ndtri(np.clip((confidence - floor) / (ceiling - floor), 0.0, 1.0)))


def _side(seen: tuple[int, int], confidence: float, reached: NDArray[np.bool_]) -> Array:
    """Logarithm of how likely the outcome is at best, where the chance has or has not ``reached`` the confidence."""
    from scipy.special import xlogy

    successes, tries = seen
    share = successes / tries
    against = xlogy(successes, confidence) + xlogy(tries - successes, 1 - confidence)
    against -= xlogy(successes, share) + xlogy(tries - successes, 1 - share)
    wrong = ~reached if share >= confidence else reached
    return np.where(wrong, against, 0.0)


def _weights(told: Array, sides: Array, tries: Array, distance: Array | float) -> Array:
    """Posterior weights on the grid, if tries at such distances count for fewer than they are.

    told, sides: logarithms of likelihoods, a row a trial, of the tries that count and of the others.
    """
    counted = np.broadcast_to(1 / (1 + (tries - 1) * MISFIT * np.square(distance)), len(told))
    logs: Array = np.tensordot(counted, told, axes=1) + np.tensordot(1 - counted, sides, axes=1)
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def _chance(k: float, location: Array, spread: Array, floor: Array, ceiling: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(floor + (ceiling - floor) * ndtr(((np.log(k) if k else -np.inf) - location) / spread))
