"""Alternatives: other uses of as many real points as a loop was found to need."""

from __future__ import annotations

from typing import Any, Literal, get_args

from kellet.experiment.arm import Arm
from kellet.families.abilities import abilities
from kellet.families.family import Prior
from kellet.loop.anchors import Anchor
from kellet.loop.regimes import Accumulate
from kellet.planning.reserve import Reserve

Other = Literal["fresh", "fixed"]


def list_alternatives(reserve: Reserve, arm: Arm, family: object, points: int, generations: int) -> dict[str, Arm]:
    """Name -> arm, of loops that have what all loops of a plan have, the ``arm``."""
    draw, arms = str(reserve), dict[str, Arm]()
    free: dict[str, Any] = {"curation": arm.curation}
    if points:
        for other in get_args(Other):
            if draw != other:
                arms[f"{points:,} {other}"] = Arm(anchor=Anchor(points, draw=other), **free)
        collected = points * generations
        if draw == "fresh" and points < collected <= reserve.most:
            arms[f"all {collected:,} from the beginning, fixed"] = Arm(anchor=Anchor(collected, draw="fixed"), **free)
        if draw == "fresh" and abilities(family).batched and not reserve.contaminated:
            arms[f"{points:,} fresh, weighted optimally"] = Arm(anchor=Anchor(points, weight="optimal"), **free)
    arms["accumulate, nothing real"] = Arm(Accumulate(), **free)
    if points and abilities(family).takes_prior:
        arms[f"a prior worth {points:,}"] = Arm(prior=Prior(float(points)), **free)
    return arms
