r"""Forecasts: how a loop that was observed for a few generations goes on, as far as what is rare in it.

A key that the reference has x times is a branching process with immigration: what a model writes has Poisson(m T)
occurrences of a key that its training set has T times, where m = 1 - delta, and delta is what a generation loses
beyond chance (a cooled or truncated sampler).  The next training set has a part 1 - rho of them, and Poisson(rho c)
real ones.  What the t-th model wrote lacks the key with chance exp(-u_t a x - rho c (v_1 + ... + v_(t-1))), u_1 = m,
v_s = 1 - exp(-u_s), u_(s+1) = (1 - rho) m v_s.  By Zipf's law c is gamma with shape x - 1/2 or so, and its scale that
at which a fresh sample keeps what it keeps.  Without a loss of its own the rare part falls as 2/t and not by halves;
with rho it comes to rest.

No loop keeps to this: a sampler that cools writes what is rarest least, and ever less of it as the law gets
narrower.  So m may drift by a constant factor per generation, and what is real may count for more or less than it is.
How far, the observed generations tell; what they don't tell, widens the interval.

S. Karlin and J. McGregor, The Number of Mutant Forms Maintained in a Population, Proc. 5th Berkeley Symp. 4:415 (1967);
W. Ewens, The Sampling Theory of Selectively Neutral Alleles, Theoretical Population Biology 3:87 (1972); K. Athreya and
P. Ney, Branching Processes (1972), I.9 and VI.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from kellet.audit.finding import Finding
from kellet.errors import InputError
from kellet.evidence import Array

STARTS = np.geomspace(0.05, 4, 24)
"""a: occurrences that count, of each in the reference; fewer where they come in clumps, or where generation 0 learnt
from another sample."""
RATES = np.concatenate([np.log1p(-np.geomspace(2e-3, 0.9, 30))[::-1], [0.0], np.linspace(0.02, 0.5, 12)])
"""log m: also above 0, where a sampler is hot or smooths."""
DRIFTS, DRIFT = np.linspace(-0.045, 0.045, 9), 0.015
"""By how much log m changes each generation, and the standard deviation of that before anything is observed."""
EFFECTS, EFFECT = np.array([0.125, 0.25, 0.5, 1.0, 1.4]), 0.8
"""What real points count for, and the standard deviation of its logarithm."""
MODEL, SLACK = 0.04, 0.03
"""Error of the law beside that of the observations, relative, and at a far horizon, of what a fresh sample keeps.

These and what a law may do were chosen on loops of Zipf's law with exponent 1 (2,000 and 20,000 words, temperatures 0.9
to 1.1, real shares 0, 2 and 10 %), and judged on others; see ``benchmarks/forecast.py``."""
SHARES = np.geomspace(1e-3, 1, 24)
PARTS = ((1, 0.5, 6 / 9), (2, 1.5, 2 / 9), (3, 2.5, 1 / 9))
"""How often the reference has what is rare, the shape of the law of c, and the parts by Zipf's law, 1 / (x (x + 1))."""
HELD = 0.9
"""Of what a fresh real sample keeps."""
DRAWN = 1000
"""Loops that stand for all that go together with what was observed."""
VAGUE, WIDE = 0.75, 3
"""Nothing is told by an interval at the horizon that is wider than this, of what a fresh sample keeps, nor by a
half-life whose ends, up to the horizon, have a larger ratio."""
FURTHEST = 100
"""Generations that a forecast may start from."""
Interval = tuple[float, float, float]


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Each a value with its interval of 95 %.

    left: (horizon) of what is rare in the reference, what the data sets written 1, 2, ... times over have.  lost: of
    that, what the next generation loses.  returned: the part of the loss that the real share brings back.  half_life:
    how often written over, half of what a fresh real sample has is left; infinite where that never is up to the
    horizon.  share: of real points from the beginning on, that with which the training set has 90 % of it at the
    horizon.  tells: whether
    the law fits what was observed, and the intervals at the horizon and of the half-life are narrow enough to say
    anything.
    """

    left: tuple[Interval, ...]
    lost: Interval
    returned: Interval
    half_life: Interval
    share: Interval
    tells: bool


def forecast(
    findings: Sequence[Finding],
    fresh: float,
    share: float = 0.0,
    horizon: int = 20,
    steps: Sequence[int] | None = None,
) -> Forecast:
    """From the retention of what is rare in what models wrote, all of one size.

    fresh: what a fresh real sample keeps.  share: of real points in each training set.  steps: how often each was
    written over since the reference; 1, 2, ... unless given.
    """
    if len(findings) < 2:
        raise InputError("at least two generations", str(len(findings)), "observing one more")
    if not 0 < fresh < 1:
        raise InputError("what a fresh real sample keeps, between 0 and 1", f"{fresh:g}", "a larger reference")
    at = list(steps or range(1, len(findings) + 1))
    seen = np.array([one.value for one in findings])[:, None]
    scatter = np.array([(one.zero_high - one.zero_low) / (2 * 1.96) for one in findings])[:, None]
    all_loops = _Loops.every(_invert(fresh), share)
    misfit = (((all_loops.follow(at) - seen) / np.hypot(scatter, MODEL * seen)) ** 2).sum(axis=0)
    loops = all_loops.draw(np.exp((misfit.min() - misfit) / 2))
    left = loops.follow(range(1, horizon + 1))
    now, after, without = (loops.follow([at[-1] + i], mixed)[0] for i, mixed in ((0, True), (1, True), (1, False)))
    rest = [_widen(_summarize(row), SLACK * fresh) for row in left]
    half_life = _summarize(_halve(left, fresh / 2))
    close = rest[-1][2] - rest[-1][1] < VAGUE * fresh and min(half_life[2], horizon) <= WIDE * half_life[1]
    return Forecast(
        left=tuple(rest),
        lost=_summarize(1 - without / np.maximum(now, 1e-12)),
        returned=_summarize((after - without) / np.maximum(now - without, 1e-12)),
        half_life=half_life,
        share=_summarize(loops.hold(HELD * fresh, horizon)),
        # Four standard deviations of a chi-square: the law is another one.
        tells=close and misfit.min() < len(at) + 4 * np.sqrt(2 * len(at)),
    )


def describe_forecast(found: Forecast, first: int = 1) -> str:
    """In one sentence or two.  first: the generation that was written over once.

    >>> even = (0.2, 0.1, 0.3)
    >>> describe_forecast(Forecast(left=(even,), lost=even, returned=even, half_life=even, share=even, tells=False))
    'The generations observed so far cannot tell what is left at generation 1: between 10 and 30 %.'
    """
    value, low, high = found.left[-1]
    at = len(found.left) - 1 + first
    if not found.tells:
        return (
            f"The generations observed so far cannot tell what is left at generation {at}: "
            f"between {100 * low:.0f} and {100 * high:.0f} %."
        )
    return (
        f"At generation {at}, {100 * value:.0f} % of what is rare is left ({100 * low:.0f} to {100 * high:.0f} %). "
        f"A real share of {100 * found.share[0]:.2g} % would have held it."
    )


@dataclass(frozen=True, eq=False)
class _Loops:
    """Loops (N,).  effect: what real points count for.  real: the scale of the law of c.  weight: before anything is
    observed."""

    start: Array
    rate: Array
    drift: Array
    effect: Array
    weight: Array
    real: float
    share: float | Array

    @staticmethod
    def every(real: float, share: float) -> _Loops:
        """All that are thought of."""
        found = np.meshgrid(STARTS, RATES, DRIFTS, EFFECTS, indexing="ij")
        start, rate, drift, effect = (grid.ravel() for grid in found)
        weight = np.exp(-((drift / DRIFT) ** 2) / 2 - (np.log(effect) / EFFECT) ** 2 / 2)
        return _Loops(start, rate, drift, effect, weight, real, share)

    def draw(self, likely: Array) -> _Loops:
        """Some, by their weights and how likely they are; always the same."""
        total = np.cumsum(self.weight * likely)
        chosen = np.searchsorted(total, total[-1] * (np.arange(DRAWN) + 0.5) / DRAWN)
        return self._pick(chosen, self.share)

    def _pick(self, index: Any, share: float | Array) -> _Loops:
        """Some of them, at a share."""
        start, rate, drift, effect = (one[index] for one in (self.start, self.rate, self.drift, self.effect))
        return _Loops(start, rate, drift, effect, np.ones_like(start), self.real, share)

    def follow(self, steps: Sequence[int], mixed: bool = True) -> Array:
        """(T, N) what is left of the rare part after so many times; mixed: whether the last training set has its real
        points."""
        return np.array([self._leave(t, mixed) for t in steps])

    def _leave(self, t: int, mixed: bool) -> Array:
        written = np.exp(self.rate + self.drift * (t - 1))
        return self._trace(t - 1, written, 0.0, self.share if mixed else 0.0)

    def _trace(self, steps: int, alive: Array, came: float | Array, share: float | Array) -> Array:
        """Back to the reference; alive: what each occurrence in the last training set is worth.  share: of real points
        in it."""
        for s in range(steps, 0, -1):
            there = -np.expm1(-alive)
            came = came + self.effect * share * there
            alive = (1 - share) * np.exp(self.rate + self.drift * (s - 1)) * there
            share = self.share
        real = np.log1p(self.real * came)
        return np.asarray(1 - sum(w * np.exp(-x * self.start * alive - k * real) for x, k, w in PARTS))

    def hold(self, level: float, horizon: int) -> Array:
        """(N,) the least real share that leaves so much in the training set at the horizon, real points included."""
        loops = self._pick((slice(None), None), SHARES)
        written = (1 - SHARES) * np.exp(loops.rate + loops.drift * (horizon - 1))
        left = loops._trace(horizon - 1, written, SHARES, SHARES)
        enough = left >= level
        return np.where(enough.any(axis=1), SHARES[enough.argmax(axis=1)], 1.0)


def _invert(left: float) -> float:
    """The scale of the law of c at which a fresh real sample has so much left."""
    grid = np.geomspace(1e-6, 1e6, 20_000)
    return float(np.interp(left, 1 - sum(w * (1 + grid) ** -k for _, k, w in PARTS), grid))


def _halve(left: Array, level: float) -> Array:
    """How often written over (T, N) first falls to a level, between two of them; infinite where it doesn't."""
    below = left <= level
    t = below.argmax(axis=0)
    before = np.take_along_axis(left, np.maximum(t - 1, 0)[None], 0)[0]
    after = np.take_along_axis(left, t[None], 0)[0]
    part = np.where(t > 0, (before - level) / np.maximum(before - after, 1e-12), 1.0)
    return np.where(below.any(axis=0), t + part, np.inf)


def _widen(interval: Interval, by: float) -> Interval:
    value, low, high = interval
    return value, max(low - by, 0.0), min(high + by, 1.0)


def _summarize(values: Array) -> Interval:
    """The median and the central 95 %."""
    value, low, high = np.quantile(values, (0.5, 0.025, 0.975), method="inverted_cdf")
    return float(value), float(low), float(high)
