"""Shumailov et al. 2024, one dimension: a normal law that learns from itself."""

import msgspec
import numpy as np

from kellet.families import Gaussian
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number, average, show
from kellet.gallery.paper import Paper, Place
from kellet.theory.normal import expected_w2

EARLY = 10


def redo(place: Place) -> Finding:
    """The distance to the truth early on, and the variance late, with both ways to estimate it."""
    unbiased = place.run()
    other = msgspec.structs.replace(place.experiment, family=Gaussian())
    likeliest = place.run(other, "mle")
    n, t = place.experiment.sizes[0], np.arange(place.experiment.generations + 1)
    early = average(unbiased.values("replace", "wasserstein_2_squared")[:, EARLY - 1])
    medians = {
        name: np.median(run.values("replace", "variance_ratio"), axis=0)
        for name, run in (("divided by n - 1", unbiased), ("divided by n", likeliest))
    }
    far = expected_w2(n, np.array([1_000, 10_000]), "unbiased")
    late = likeliest.values("replace", "wasserstein_2_squared")[:, -1]
    dead = np.quantile(unbiased.values("replace", "variance_ratio")[:, -1], (0.5, 0.25, 0.75))
    bounded = average(late)
    return Finding(
        readings=(
            Number("squared distance to the truth after 10 fits, 3/2 of 10/n", 1.5 * EARLY / n, *early, "formula"),
            Direction("the variance vanishes in almost every run", f"median {show(*dead)} after 500", dead[2] < 0.2),
            Direction("the distance to the truth grows without bound, where the variance is unbiased",
                      f"exactly {far[0]:.0f} after 1,000 fits, {far[1]:.0f} after 10,000", far[1] > 8 * far[0]),
        ),
        why=(
            "The first order 3/2 t/n is their formula for small t/n. Unbounded growth needs the unbiased variance: "
            f"with the variance divided by n the squared distance stays under 2, and is {show(*bounded)} here."
        ),
        charts=(draw("Variance relative to the truth, median of 1,000 runs", t, medians, "generation"),),
    )  # fmt: skip


PAPER = Paper(
    name="gaussian",
    title="A normal law that learns from itself loses its variance",
    by="Shumailov et al. 2024",
    sources=("Shumailov et al., Nature 631, 755 (2024), doi:10.1038/s41586-024-07566-y",),
    claim=(
        "With a finite sample per generation and nothing real, the variance goes to nothing almost surely, and the "
        "expected distance to the truth grows, at first by 3/2 of the variance over n with each fit."
    ),
    setting="100 points per generation, 500 generations, 1,000 runs; theirs is a theorem and a picture.",
    redo=redo,
    seconds=1,
)
