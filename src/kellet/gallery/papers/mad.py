"""Alemohammad et al. 2024: a normal law in 100 dimensions with no, the same, or fresh real points."""

import msgspec
import numpy as np

from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.families import Gaussian
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, average, below, show
from kellet.gallery.paper import Paper, Place
from kellet.loop.anchors import Fixed, Fresh
from kellet.theory.loop import Loop
from kellet.worlds.distributions import multivariate_normal

D, REAL, WRITTEN, FEW, MANY = 100, 100, 900, 150, 10_000
LATE, END = 100, 300


def redo(place: Place) -> Finding:
    """The total variance and the divergence in the three loops, and the fresh one from a poor and a good start."""
    good = place.run(_experiment(MANY), "good")
    poor = place.run(msgspec.structs.replace(_experiment(FEW), arms={"fresh": Arm(anchor=Fresh(REAL))}), "poor")
    t = good.generations
    later = t >= LATE
    variance = {arm: good.values(arm, "variance_ratio") for arm in good.blocks}
    narrow = average(np.exp(good.values("none", "log_spread")[:, -1]))
    falling = average(variance["fixed"][:, -1] - variance["fixed"][:, later.argmax()])
    dying = np.exp(average(good.values("fixed", "log_eigenvalue_smallest")[:, -1]))
    apart = average(poor.values("fresh", "kl")[:, 0] - good.values("fresh", "kl")[:, 0])
    late = average(
        poor.values("fresh", "kl")[:, later].mean(axis=1) - good.values("fresh", "kl")[:, later].mean(axis=1)
    )
    fresh = average(variance["fresh"][:, later].mean(axis=1))
    held = average(variance["fixed"][:, -1])
    written = WRITTEN / (REAL + WRITTEN)
    sure = (REAL + WRITTEN) * (1 - written**2)
    plateau = (1 - 1 / REAL) * sure / (sure + written)
    limit = 1 - 1 / float(Loop(REAL + WRITTEN, REAL, -1).effective_points)
    curves = {f"{arm}": values.mean(axis=0) for arm, values in variance.items()}
    starts = {f"from {n:,} points": run.values("fresh", "kl").mean(axis=0) for n, run in ((FEW, poor), (MANY, good))}
    return Finding(
        readings=(
            Direction("without real points the variance goes to nothing", f"{show(*narrow)} of it is left per "
                      "direction after 300 generations (geometric mean)", narrow[2] < 0.01, "formula"),
            Direction("with fresh real points the loop stays near the truth", f"{show(*fresh)} of the variance, "
                      f"theory {limit:.4f}", fresh[1] > 0.9, "chart"),
            Direction("where it ends does not depend on where it began", f"divergences differ by {show(*apart)} nats "
                      f"at first, by {show(*late)} from generation 100 on",
                      late[1] <= 0 <= late[2] and apart[1] > late[2], "chart"),
            Direction("the same real points each time only delay the decline", f"variance {show(*held)}, by theory "
                      f"{plateau:.4f} for ever; from generation 100 to 300 it changed by {show(*falling)}",
                      False if held[1] <= plateau <= held[2] else below(0, *falling[1:])),
        ),
        why=(
            "The loops without real points and with fresh ones do what they say. A fixed set does more than delay "
            "here: the total variance stays where the exact law has its plateau. Their conclusion is from image "
            "networks, with a growing pool of written pictures beside a fixed number of real ones, so that the real "
            "share went to nothing. One thing is still lost: 100 points in 100 dimensions leave one direction without "
            f"any real variance, and in the narrowest one {dying[0]:.0e} of it is left."
        ),
        charts=(
            draw("Total variance, relative to the truth", t, curves, "generation"),
            draw("Divergence, fresh points, in nats", t, starts, "generation", logarithmic=(False, True)),
        ),
    )  # fmt: skip


def _experiment(first: int) -> Experiment:
    """The three loops; first: how many real points the first fit learns from."""
    arms = {"none": Arm(), "fixed": Arm(anchor=Fixed(REAL)), "fresh": Arm(anchor=Fresh(REAL))}
    return Experiment(
        multivariate_normal(np.zeros(D), np.eye(D)), Gaussian(), (first, REAL + WRITTEN), arms, END, replicates=20,
        seed=2024, record="log", metrics=("variance_ratio", "log_spread", "log_eigenvalue_smallest", "kl"),
    )  # fmt: skip


PAPER = Paper(
    name="mad",
    title="Without fresh real points a normal law goes mad; with them it forgets where it began",
    by="Alemohammad et al. 2024",
    sources=("Alemohammad et al., Self-consuming generative models go MAD, ICLR (2024), arXiv:2307.01850",),
    claim=(
        "A normal law that learns only from what it wrote loses its variance for certain; real points that stay the "
        "same only delay the decline of quality or diversity; with enough fresh real points each time the loop goes to "
        "a limit that does not depend on the first model."
    ),
    setting=(
        "Theirs: a normal law in 100 dimensions, 100 real and 900 written points. The same here, by maximum "
        "likelihood, with exact statistics, 300 generations, 20 runs; the loop without real points learns from 1,000 "
        "written ones. The first fit learns from 10,000 real points, or from 150 to see whether that matters. What "
        "they say of a fixed set is from image networks."
    ),
    redo=redo,
    seconds=21,
)
