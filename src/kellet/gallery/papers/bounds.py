"""Suresh et al. 2025: how fast a rare word is forgotten, and how fast a normal law narrows."""

import msgspec
import numpy as np

from kellet import families, worlds
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Z, find_median, show
from kellet.gallery.paper import Paper, Place
from kellet.theory.forgetting import median_time, poisson_survival
from kellet.theory.normal import expected_deviation

COUNTS = (10, 20, 40)
"""How often the word was expected in the real data."""
LEAST = 0.1
"""The standard deviation, relative to the truth, that it is to fall under."""


def redo(place: Place) -> Finding:
    """The share of words that are left, the fits until half are forgotten, and the width of normal laws."""
    experiment = place.experiment
    n, k = experiment.sizes[0], np.arange(1, experiment.generations + 2)
    alive = {
        c: place.run(msgspec.structs.replace(experiment, world=worlds.Poisson(mean=c / n)), f"count-{c}").values(
            "replace", "alive"
        )
        for c in COUNTS
    }
    normal = msgspec.structs.replace(
        experiment, world=worlds.Normal(), family=families.Gaussian(estimator="unbiased"), metrics=("deviation_ratio",)
    )
    wide = place.run(normal, "normal").values("replace", "deviation_ratio")
    share = alive[10].mean(axis=0)
    error = Z * np.sqrt(share * (1 - share) / len(alive[10]))
    least = 1 - np.exp(-10 / k)
    still = (wide > LEAST).mean(axis=0)
    doubt = Z * np.sqrt(still * (1 - still) / len(wide))
    most = np.minimum(1.0, np.exp(-k / (4 * n)) / LEAST)
    medians = {c: find_median(alive[c].sum(axis=1) + 1.0) for c in COUNTS}
    per_count = [tuple(m / c for m in medians[c]) for c in COUNTS]
    exact = poisson_survival(1.0, n, k)
    return Finding(
        readings=(
            Direction("a word expected c times is left after k fits with a chance of at least 1 - exp(-c/k)",
                      f"at k = 100 {show(share[99], share[99] - error[99], share[99] + error[99])}, bound "
                      f"{least[99]:.3f}", (share + error >= least).all()),
            Direction("the time to forget a word is about linear in how often it occurred",
                      "half are forgotten after "
                      + ", ".join(f"{show(*medians[c])} fits for {c}" for c in COUNTS),
                      max(low for _, low, _ in per_count) < 1.1 * min(high for *_, high in per_count)),
            Direction(f"a normal law is wider than {LEAST:g} after k fits with a chance of at most "
                      f"exp(-k/4n)/{LEAST:g}",
                      f"at k = {k[149]} {show(still[149], still[149] - doubt[149], still[149] + doubt[149])}, bound "
                      f"{most[149]:.3f}", (still - doubt <= most).all()),
        ),
        why=(
            "Both bounds hold, and both are loose. Exactly (a branching process: 1 - exp(-c g), g = 1 at first and "
            f"then 1 - exp(-g)) a word expected 10 times is left with a chance of {exact[99]:.3f} after 100 fits: "
            f"about 1 - exp(-2c/k), and half are forgotten after {float(median_time(1000)) / 1000:.2f} c fits for many "
            "c. For the normal law the bound is that of the average width, which is exact to first order (after "
            f"{k[149]} fits of 10 points {float(expected_deviation(n, 150, 'unbiased')):.3f}, against exp(-k/4n) = "
            f"{np.exp(-150 / 40):.3f}), but the average is carried by rare wide runs: the typical one narrows by "
            "exp(-k/2n), twice as fast in the exponent."
        ),
        charts=(
            draw("Words expected 10 times", k, {"words left": (share, share - error, share + error)}, "fits",
                 published={"bound": least}),
            draw(f"Normal laws wider than {LEAST:g}", k, {"wider": (still, still - doubt, still + doubt)}, "fits",
                 published={"bound": most}),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="bounds",
    title="Forgetting takes long: as many fits as a word had occurrences, or a normal law points",
    by="Suresh et al. 2025",
    sources=(
        "Suresh, Thangaraj and Khandavally, Rate of model collapse in recursive training, AISTATS (2025), "
        "arXiv:2412.17646",
    ),
    claim=(
        "Under maximum likelihood, or nearly, and nothing real after the start, the time to forget a word is about "
        "linear in how often it occurred at first, and the standard deviation of a normal law falls to nothing within "
        "about n fits of n points; with bounds of both."
    ),
    setting=(
        "Poisson counts, 10 per generation, of mean 1, 2 and 4, and normal laws of 10 points with the unbiased "
        "variance; 300 fits, 4,000 runs. The bounds are as our notes of the paper have them; its abstract was read."
    ),
    redo=redo,
    seconds=2,
)
