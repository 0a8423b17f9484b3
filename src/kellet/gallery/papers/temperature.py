"""Marchi et al. 2024: a temperature other than 1, generation after generation."""

import msgspec
import numpy as np

from kellet.experiment.arm import Arm
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, average, show
from kellet.gallery.paper import Paper, Place
from kellet.loop.curation import Temperature
from kellet.theory.bias import recovery_threshold, temperature_threshold
from kellet.worlds.distributions import Zipf

COLD, WARM, KINDS = 0.9, 1.1, 10


def redo(place: Place) -> Finding:
    """How many kinds are left, evenly counted: from the truth, from collapse, and with too high a temperature."""
    healthy = place.run()
    ill = place.run(msgspec.structs.replace(place.experiment, size=(1, place.experiment.sizes[0])), "ill")
    unequal = Zipf(KINDS)
    warm = {"warm": Arm(curation=Temperature(WARM))}
    flat = place.run(msgspec.structs.replace(place.experiment, world=unequal, arms=warm), "warm")
    left = {arm: np.exp(healthy.values(arm, "entropy")) for arm in healthy.blocks}
    again = {arm: np.exp(ill.values(arm, "entropy")) for arm in ill.blocks}
    ends = {arm: average(values[:, -1]) for arm, values in left.items()}
    healed = {arm: average(values[:, -1]) for arm, values in again.items()}
    evened = average(np.exp(flat.values("warm", "entropy"))[:, -1])
    none, little, some, much = left
    thresholds = ", ".join(f"{recovery_threshold(COLD, k):.3f} for {k}" for k in (2, KINDS, 100))
    t = healthy.generations
    return Finding(
        readings=(
            Direction("below temperature 1, without real data, one thing is left", f"{show(*ends[none])} of 10 kinds "
                      "after 2,000 generations", ends[none][2] < 1.5, "summary"),
            Direction("above temperature 1 all becomes equally likely", f"{show(*evened)} of 10 kinds, at first "
                      f"{np.exp(flat.values('warm', 'entropy'))[:, 0].mean():.2f}", evened[1] > 9.5, "summary"),
            Direction("too little real data does not prevent it", f"{show(*ends[little])} of 10 kinds with 5 %",
                      ends[little][2] < 5, "summary"),
            Direction("enough real data does", f"{show(*ends[some])} of 10 kinds with 12 %, {show(*ends[much])} with "
                      "16 %", min(ends[some][1], ends[much][1]) > 9.5, "summary"),
        ),
        why=(
            f"All that they prove is seen. What is enough can be said exactly for equal kinds: a share over 1 - tau = "
            f"{temperature_threshold(COLD):.2f}, however many kinds, keeps them equal. It does not bring them back: a "
            f"collapsed loop recovers only from a share of {thresholds} kinds on, so 12 % prevents collapse "
            f"of 10 kinds but does not heal it ({show(*healed[some])} kinds in the end), and 16 % does both "
            f"({show(*healed[much])}). These thresholds are derived in Kellet, not in the paper."
        ),
        charts=(
            draw("Kinds left (effective number), from the truth", t[1:], {arm: values.mean(axis=0)[1:] for arm, values
                 in left.items()}, "generation", logarithmic=(True, False)),
            draw("Kinds left, from a collapsed start", t[1:], {arm: values.mean(axis=0)[1:] for arm, values
                 in again.items()}, "generation", logarithmic=(True, False)),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="temperature",
    title="Any temperature but 1 ends in one thing or in noise, unless enough real data enter",
    by="Marchi et al. 2024",
    sources=("Marchi, Soatto, Chaudhari and Tabuada, Heat death of generative models in closed-loop learning, "
             "arXiv:2404.02325 (2024)",),
    claim=(
        "A model that learns from what it samples at a temperature other than 1 degenerates: it collapses to a small "
        "set of outputs or becomes uniform over a large one, unless a sufficient amount of external data enters each "
        "generation."
    ),
    setting=(
        "Ten kinds, learnt as frequencies from 1,000,000,000 points, so that chance plays no part; temperature 0.9 "
        "over equal kinds, with no, 5, 12 and 16 % fresh real points, from the truth and from a model of one kind; and "
        "1.1 over unequal ones. Theirs are theorems on a general model."
    ),
    redo=redo,
    seconds=6,
)  # fmt: skip
