"""Cost: how long one loop takes, and how many of them a block may hold so that a budget can be kept."""

from __future__ import annotations

import math
import time

import msgspec

from kellet.errors import InputError
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.planning.outcomes import Laboratory

PART = 1 / 40
"""Part of the budget that one block of trials should take at most."""
FREE = 1.0
"""Seconds that are always there: what takes less is not worth a thought."""
FEW = 4
"""Loops whose cost tells what one more in a block takes."""
ENOUGH = 60
"""Loops that an answer takes at least, about."""
LATE = 1.2
"""How many times the budget a plan may take."""


def fit_block(experiment: Experiment, arm: Arm, metrics: tuple[str, ...], budget: float, until: float) -> int:
    """Replicates in a block: as many as usual, or fewer where a block would take too large a part of the budget.

    budget: seconds; until: time.monotonic() when they are over.  A budget into which not even a few loops fit is
    refused.
    """

    def measure(replicates: int) -> float:
        small = msgspec.structs.replace(experiment, block=replicates)
        started = time.monotonic()
        Laboratory(small, metrics, None).look([(arm, range(1))], 1)
        return time.monotonic() - started

    usual, allowed = experiment.block or 1, max(PART * budget, FREE)
    # Two generations were measured.
    ratio = (experiment.generations + 1) / 2
    one = measure(1)
    if one * usual * ratio <= allowed:
        return usual
    # The first had things to load.
    one = min(one, measure(1)) if one <= budget / 10 else one
    if one * ratio > max(FREE, until - time.monotonic() + (LATE - 1) * budget):
        needed = math.ceil(ENOUGH * one * ratio / 60)
        got = f"{budget:,.0f} seconds, where one loop takes about {one * ratio:,.0f}"
        raise InputError("a budget that some loops fit into", got, f"--budget-minutes {needed}")
    more = max((measure(FEW) - one) / (FEW - 1), 0.0) if one * FEW <= allowed else one
    # Fewer than what one costs by itself would save hardly anything.
    return max(1, min(usual, max(1 + int((allowed / ratio - one) / more), int(one / more)))) if more else usual
