"""An arm: one setting, compared with others in the same experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

from kellet.families.abilities import abilities
from kellet.families.family import Prior
from kellet.loop import curation as curations
from kellet.loop.anchors import AnyAnchor
from kellet.loop.regimes import Accumulate, Replace, Subsample, Window
from kellet.struct import Struct

AnyRegime = Replace | Accumulate | Subsample | Window
ByLaw = curations.Temperature | curations.Shrink | curations.TopK | curations.TopP
ByPoints = curations.Quantile | curations.Verifier | curations.Dedup | curations.Quality | curations.Verify
AnyCuration = ByLaw | ByPoints

F = TypeVar("F")


class Arm(Struct, frozen=True, omit_defaults=True):
    """One setting: what is kept of the past, which real points enter every generation, what is known beforehand."""

    regime: AnyRegime = Replace()
    anchor: AnyAnchor | None = None
    prior: Prior | None = None
    curation: AnyCuration | None = None

    def learns_by(self, family: F) -> F:
        """The family with the prior of this arm, if it has one and the family takes one."""
        if self.prior is None:
            return family
        return cast(F, abilities(family).with_prior(self.prior))


def with_draws(plain: Mapping[str, object]) -> dict[str, object]:
    """The plain values of an experiment or an arm, in which an anchor that doesn't say how it is drawn is fresh.

    >>> with_draws({"anchor": {"count": 1}})
    {'anchor': {'draw': 'fresh', 'count': 1}}
    """
    found = dict(plain)
    if isinstance(anchor := plain.get("anchor"), dict):
        found["anchor"] = {"draw": "fresh", **anchor}
    if isinstance(arms := plain.get("arms"), dict):
        found["arms"] = {name: with_draws(arm) if isinstance(arm, dict) else arm for name, arm in arms.items()}
    return found
