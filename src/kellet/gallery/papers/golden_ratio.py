"""He, Xu and Cheng 2025: how much fresh real data should weigh beside what the last model wrote."""

import msgspec
import numpy as np
from scipy.optimize import minimize_scalar

from kellet.evidence import Array
from kellet.experiment.arm import Arm
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number, average, show
from kellet.gallery.paper import Paper, Place
from kellet.loop.anchors import Fresh
from kellet.theory import Loop

REAL, WRITTEN = 50, 50
GOLDEN = (5**0.5 - 1) / 2
SHARES = (0.2, 0.3, 0.4, 0.7, 0.8, 0.9)
"""Of the weight, that real points have together: what is tried beside the best one and all alike."""


def weigh(share: float, real: int = REAL, written: int = WRITTEN) -> float:
    """How many times each real point counts, for that share of the weight."""
    return share / (1 - share) * written / real


def settle(share: float, written: int = WRITTEN, curvature: float = 0.0) -> float:
    """Squared error of the mean in the end, of that of the fresh real points alone; exact."""
    loop = Loop(REAL + written, REAL, curvature, weight=weigh(share, REAL, written))
    return REAL / loop.effective_points


def find_best(written: int, curvature: float = 0.0) -> float:
    """The share with the smallest error."""
    found = minimize_scalar(
        lambda share: settle(share, written, curvature), bounds=(0.01, 0.99), options={"xatol": 1e-10}
    )
    return float(found.x)


def predict(share: Array) -> Array:
    """Their formula for as many written as real points."""
    return (share**2 + (1 - share) ** 2) / (share * (2 - share))


def redo(place: Place) -> Finding:
    """The error that is left with several weights, and which is the best."""
    experiment = place.experiment
    more = {f"{share:g}": Arm(anchor=Fresh(REAL, weight=weigh(share))) for share in SHARES}
    run = place.run(msgspec.structs.replace(experiment, arms=experiment.arms | more))
    found = {arm: run.values(arm, "mean_drift") * REAL for arm in run.blocks}
    error = {arm: average(values[:, -1]) for arm, values in found.items()}
    best, alike = error["the best weight"], error["all alike"]
    better = average(found["all alike"][:, -1] - found["the best weight"][:, -1])
    named = {share: f"{share:g}" for share in SHARES} | {0.5: "all alike", GOLDEN: "the best weight"}
    shares = np.array(sorted(named))
    tried = np.array([error[named[share]] for share in shares]).T
    fine = np.linspace(0.01, 1, 1000)
    better_than = fine[predict(fine) < predict(np.array(0.5))]
    few = ((0.25**2 + 4 * 0.25) ** 0.5 - 0.25) / 2
    fitted = find_best(WRITTEN, -1.0)
    return Finding(
        readings=(
            Number("best share of the weight for real points, as many written as real: 1 over the golden ratio", GOLDEN,
                   *(find_best(WRITTEN),) * 3, "formula", tolerance=1e-6),
            Number("the same, four times as many written as real", few, *(find_best(4 * REAL),) * 3, "formula",
                   tolerance=1e-6),
            Number("error with the best share, of that of the fresh real points alone", GOLDEN, *best, "formula"),
            Number("error with all points alike", float(predict(np.array(0.5))), *alike, "formula"),
            Direction("mixing without weights is worse than with the best", f"by {show(*better)}", better[1] > 0),
        ),
        why=(
            "The weights and errors are exact for the mean of a law whose variance does not depend on it. What it is "
            f"worth is less striking than the number: all alike gives {show(*alike)} in place of {show(*best)}, and "
            f"any share from {better_than[0]:.2f} to {better_than[-1]:.2f} does better than all alike. Where the "
            f"variance is fitted too, the best share depends a little on the number of points: {fitted:.4f} for 50 and "
            "50. It is best for the variance of a model that is fitted exactly; what a model distorts in each "
            "generation asks for more real data, not for this weight."
        ),
        charts=(
            draw("Squared error in the end, relative to real points alone", shares,
                 {"error": (tried[0], tried[1], tried[2])}, "share of the weight on real points",
                 published={"error": predict(shares)}, levels={"real points alone": 1.0},
                 caption="As many written as fresh real points; 20,000 runs of 40 generations."),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="golden-ratio",
    title="Fresh real data beside as many written ones should weigh 1 over the golden ratio",
    by="He et al. 2025",
    sources=(
        "He, Xu and Cheng, Recursive learning without collapse: a weighting-based stabilization framework, Journal of "
        "the Royal Statistical Society B (2026), doi:10.1093/jrsssb/qkag099, arXiv:2502.18049 (first called Golden "
        "ratio weighting prevents model collapse)",
    ),
    claim=(
        "Beside fresh real points in every generation, there is one best share of the weight for them, (sqrt(r^2 + "
        "4r) - r)/2 for r real points to a written one, whatever the model, with many points; it is 1 over the golden "
        "ratio, 0.618, where there are as many of both, and mixing without weights is worse."
    ),
    setting=(
        "The mean of a normal law of known variance, 50 fresh and 50 written points, 40 generations, 20,000 runs. "
        "Their other models (regressions, kernels, a table) are not redone here."
    ),
    redo=redo,
    seconds=3,
)
