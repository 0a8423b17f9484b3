"""Families whose second moments close, in numbers: what the recursions of `kellet.theory` are fed with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kellet.data.source import Law, Source
from kellet.evidence import Array
from kellet.families import Categorical, Gaussian, LogGaussian
from kellet.families.abilities import abilities
from kellet.families.exponential.averages import Average
from kellet.laws import Frequencies
from kellet.laws.averages import MeanLaw
from kellet.laws.frequencies import rarest
from kellet.loop.numbers import curvature, is_free, is_likeliest
from kellet.loop.pool.settings import Detector
from kellet.metrics import RealLaw, real_of

Shown = Literal["spread", "diversity", "centre", "variance"]


@dataclass(frozen=True, eq=False)
class Closed:
    """A family beside its truth.

    curvature: a.  strength, offset, variance: how
    many imaginary points are learnt, where they lie from the truth, (d,), and what they vary by, in units of the truth.
    shown: which metrics tell the moments: of spread and centre, of the diversity of categories, of the centre alone
    (a variance that is known), or the mean itself, which is a variance.
    """

    curvature: float
    strength: float
    offset: Array
    variance: float
    shown: Shown


def close(family: Any, source: Source) -> Closed | None:
    """The family in numbers; None where its moments don't close, or it is not fitted as if all points were real."""
    if not isinstance(source, Law) or not abilities(family).knows(source.truth):
        return None
    if isinstance(family, Average) and isinstance(source.truth, MeanLaw):
        return _close_average(family, source.truth)
    if isinstance(family, Categorical) and isinstance(source.truth, Frequencies):
        return _close_categories(family, source.truth)
    if isinstance(family, Gaussian | LogGaussian):
        return _close_normal(family, source)
    return None


def sift(filter: Detector, truth: object) -> tuple[Array, float] | None:
    """What a filter that names a minority leaves of people's text: how far it lies from the truth (d,), and what it
    varies by, in units of the truth; None where all of it is treated alike."""
    if not filter.minority or not isinstance(truth, Frequencies):
        return None
    p = truth.dense()[0]
    minority = rarest(p, filter.minority)
    passed = (1 - filter.wrong) * (p - minority) + (1 - (filter.minority_wrong or 0.0)) * minority
    passed, total = passed / passed.sum(), float(1 - p @ p)
    return (passed - p) / np.sqrt(total), float(1 - passed @ passed) / total


def _scale(a: float, total: float, strength: float, offset: Array, variance: float, shown: Shown) -> Closed | None:
    """The numbers in units of the truth; None where nothing varies."""
    return Closed(a, strength, offset / np.sqrt(total), variance / total, shown) if total > 0 else None


def _close_average(family: Average, truth: MeanLaw) -> Closed | None:
    if truth.mean.ndim != 1 or not is_likeliest(family) or (imagined := family.imagined) is None:
        return None
    strength, middle = imagined
    variance = float(family.law(np.array([middle])).variance[0]) if strength else 0.0
    offset = np.array([middle - float(truth.mean[0])])
    return _scale(curvature(family), float(truth.variance[0]), strength, offset, variance, "spread")


def _close_categories(family: Categorical, truth: Frequencies) -> Closed | None:
    p = truth.dense()[0]
    if (imagined := family.imagined(len(p))) is None:
        return None
    strength, spread = imagined
    return _scale(-1.0, float(1 - p @ p), strength, spread - p, float(1 - spread @ spread), "diversity")


def _close_normal(family: Gaussian | LogGaussian, source: Source) -> Closed | None:
    real = real_of(source)
    if not isinstance(real, RealLaw) or real.covariance is None or real.mean is None or not is_likeliest(family):
        return None
    total, d, given = float(np.trace(real.covariance)), len(real.mean), family.prior
    strength = float(given.strength) if given else 0.0
    spread = 1.0 if given is None or given.variance is None else given.variance
    offset = np.broadcast_to(0.0 if given is None else given.mean or 0.0, d) - real.mean
    if is_free(family):
        full = isinstance(family, LogGaussian) or family.covariance == "full"
        return _scale(-1.0, total, strength, offset, d * spread, "spread") if full else None
    assert isinstance(family, Gaussian)
    if d != 1 or family.covariance != "full":
        return None
    if family.variance is not None:
        right = bool(np.isclose(family.variance, total, rtol=1e-12))
        return _scale(0.0, total, strength, offset, total, "centre") if right else None
    if family.mean != real.mean[0]:
        return None
    imagined = spread + float(offset[0]) ** 2
    away = np.array([imagined - total])
    return _scale(2.0, 2 * total**2, strength, away, 2 * imagined**2, "variance")
