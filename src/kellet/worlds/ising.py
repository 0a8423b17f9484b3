"""Worlds of spins."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kellet import laws
from kellet.errors import InputError
from kellet.worlds.distributions import Lawful

MOST = 16
"""Spins whose states can be enumerated."""


class Ising(Lawful, frozen=True, omit_defaults=True, tag="ising"):
    """Spins that are all alike, in one field, each pair coupled alike.

    couplings: "none" or "common", by default as the coupling says.  A family with the same ones gets its statistics
    without a point being drawn; any other learns from configurations.
    """

    spins: int = 10
    field: float = 0.0
    coupling: float = 0.0
    couplings: Literal["none", "common"] | None = None

    def __post_init__(self) -> None:
        self.check_finite("field", "coupling", negative=True)
        least = 1 if self.kind_of_coupling == "none" else 2
        if self.spins < least:
            raise InputError(f"at least {least} spins", self.spins, "10")
        if self.couplings == "none" and self.coupling:
            raise InputError("no coupling where couplings are 'none'", self.coupling, "couplings = 'common'")

    @property
    def kind_of_coupling(self) -> Literal["none", "common"]:
        return self.couplings or ("common" if self.coupling else "none")

    def law(self, replicates: int) -> laws.Ising:
        theta = np.tile([self.field, self.coupling], (replicates, 1))
        kind = self.kind_of_coupling
        return laws.Ising(self.spins, kind, theta[:, : 1 if kind == "none" else 2])


class SpinGlass(Lawful, frozen=True, tag="spin-glass"):
    r"""Spins in one field whose pairs are coupled at random: :math:`J_{ij} \sim N(0, \text{coupling}^2/N)`, drawn once
    by seed; the same truth for every replicate.

    Sherrington and Kirkpatrick, PRL 35:1792 (1975).
    """

    spins: int = 8
    field: float = 0.0
    coupling: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        self.check_finite("field", "coupling", negative=True)
        if self.spins < 2:
            raise InputError("at least 2 spins", self.spins, "8")
        if self.spins > MOST:
            attempt = "an ising world (one field, one coupling)"
            raise InputError(f"at most {MOST} spins to enumerate", self.spins, attempt)
        self.check_least(0, "seed")

    def law(self, replicates: int) -> laws.SpinGlass:
        pairs = self.spins * (self.spins - 1) // 2
        drawn = np.random.default_rng(self.seed).standard_normal(pairs) * self.coupling / np.sqrt(self.spins)
        theta = np.concatenate([np.full(self.spins, self.field), drawn])
        return laws.SpinGlass(self.spins, np.tile(theta, (replicates, 1)))
