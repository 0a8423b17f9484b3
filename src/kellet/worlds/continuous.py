"""Worlds on the line and on the circle beside the normal one."""

from __future__ import annotations

import msgspec
import numpy as np

from kellet import laws
from kellet.errors import InputError
from kellet.worlds.lawful import Lawful


class Gamma(Lawful, frozen=True, tag="gamma"):
    """A gamma distribution: mean shape * scale, variance shape * scale^2."""

    shape: float = 2.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        _positive(self, "shape", "scale")

    def law(self, replicates: int) -> laws.Gamma:
        return laws.Gamma(np.full(replicates, self.shape), np.full(replicates, self.scale))


class Beta(Lawful, frozen=True, tag="beta"):
    """A beta distribution: mean alpha / (alpha + beta)."""

    alpha: float = 2.0
    beta: float = 5.0

    def __post_init__(self) -> None:
        _positive(self, "alpha", "beta")

    def law(self, replicates: int) -> laws.Beta:
        return laws.Beta(np.full(replicates, self.alpha), np.full(replicates, self.beta))


class VonMises(Lawful, frozen=True, tag="vonmises"):
    """Angles around a direction (radians, from -pi to pi); concentration 0 is uniform on the circle."""

    direction: float = 0.0
    concentration: float = 2.0

    def __post_init__(self) -> None:
        if not abs(self.direction) <= np.pi:
            raise InputError("a direction between -pi and pi, in radians", self.direction, "0")
        if not 0 <= self.concentration < np.inf:
            raise InputError("a finite concentration >= 0", self.concentration, "2")

    def law(self, replicates: int) -> laws.VonMises:
        law = laws.VonMises(np.full(replicates, self.direction), np.full(replicates, self.concentration))
        return law


class Weibull(Lawful, frozen=True, tag="weibull"):
    """A Weibull distribution; shape 1 is exponential with mean ``scale``."""

    shape: float = 1.5
    scale: float = 1.0

    def __post_init__(self) -> None:
        _positive(self, "shape", "scale")

    def law(self, replicates: int) -> laws.Weibull:
        return laws.Weibull(np.full(replicates, self.shape), np.full(replicates, self.scale))


class Uniform(Lawful, frozen=True, tag="uniform"):
    """A uniform distribution from 0 to ``upper``."""

    upper: float = 1.0

    def __post_init__(self) -> None:
        _positive(self, "upper")

    def law(self, replicates: int) -> laws.Uniform:
        return laws.Uniform(np.full(replicates, self.upper))


def _positive(world: msgspec.Struct, *names: str) -> None:
    for name in names:
        value = getattr(world, name)
        if not 0 < value < np.inf:
            raise InputError(f"a finite {name} > 0", value, "1")
