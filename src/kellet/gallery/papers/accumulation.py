"""Gerstgrasser et al. 2024, and Dey and Donoho 2024: data that accumulate cost at most pi^2/6."""

import numpy as np

from kellet.evidence import Array
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number, average, show
from kellet.gallery.paper import Paper, Place
from kellet.theory import curves
from kellet.theory.accumulation import batch_ratio_inflation, inflation
from kellet.theory.regression import one_fit

ROUNDS = 100
LIMIT = np.pi**2 / 6


def accumulate(rows: int, features: int, runs: int, rng: np.random.Generator) -> Array:
    """Excess risk (runs, rounds) of least squares on all labels so far, of the same rows each time, noise 1.

    The fit to t batches of the same rows is the mean of the fits to each: the fit i - 1 that wrote the labels of batch
    i, and an error of its own with covariance (X'X)^-1.
    """
    x = rng.standard_normal((runs, rows, features))
    root = np.linalg.inv(np.linalg.cholesky(np.einsum("rni,rnj->rij", x, x)))
    fit, found = np.zeros((runs, features)), []
    for t in range(1, ROUNDS + 1):
        batch = fit + np.einsum("rji,rj->ri", root, rng.standard_normal((runs, features)))
        fit = fit + (batch - fit) / t
        found.append((fit**2).sum(axis=1))
    return np.stack(found, axis=1)


def redo(place: Place) -> Finding:
    """The error of the last fit against one fit to real labels, replaced and accumulated."""
    experiment, run = place.experiment, place.run()
    one = float(one_fit(experiment.sizes[0], 10))
    ratios = {arm: run.values(arm, "excess_risk") / one for arm in ("replace", "accumulate")}
    same = accumulate(experiment.sizes[0], 10, 10_000, place.random()) / one
    fits = np.arange(1, experiment.generations + 2)
    last, fresh = average(same[:, -1]), average(ratios["accumulate"][:, -1])
    after = average(ratios["replace"][:, 9])
    few, many = (float(curves(ROUNDS, 10, curvature=a, regime="accumulate").wander[-1]) * 10 for a in (-1, 1))
    shares = np.geomspace(0.01, 100, 60)
    return Finding(
        readings=(
            Number("replaced: error after 10 fits, of that of one", 10.0, *after, "formula"),
            Number("accumulated, the same rows each time: error after 100 fits, of that of one, 1.634984",
                   1.634984, *last, "formula", tolerance=5e-7),
            Direction("accumulated, fresh rows each time: under pi^2/6", f"{show(*fresh)} after {fits[-1]} fits",
                      fresh[2] < LIMIT),
        ),
        why=(
            "The sum of 1/i^2 is exact where every batch has the same features; fresh ones make a better-conditioned "
            f"pool, and the error stays lower. The limit pi^2/6 = {LIMIT:.4f} is one of many points in batches of one "
            f"size. With 10 points in a batch it is {float(inflation(10, -1)):.4f} for yes and no ({few:.4f} after "
            f"100) and {float(inflation(10, 1)):.4f} for waiting times ({many:.4f} after 100), which is more than "
            "pi^2/6; and where the real batch is ten times a written one it is "
            f"{float(batch_ratio_inflation(10)):.3f}, and up to 2. That is not against what they claim, but a plan "
            "that relies on pi^2/6 should know it."
        ),
        charts=(
            draw("Error relative to one fit to real labels", fits,
                 {"replace": ratios["replace"].mean(axis=0), "accumulate": same.mean(axis=0)[: len(fits)],
                  "accumulate, fresh rows": ratios["accumulate"].mean(axis=0)}, "fits",
                 published={"replace": fits.astype(float), "accumulate": np.cumsum(1.0 / fits**2)},
                 levels={"pi^2/6": LIMIT}, logarithmic=(False, True)),
            draw("Limit of the error, by the size of the real batch", shares, {"limit": batch_ratio_inflation(shares)},
                 "real points for each point of a written batch", levels={"pi^2/6": LIMIT}, logarithmic=(True, False)),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="accumulation",
    title="Data that accumulate cost no more than pi^2/6 times the error",
    by="Gerstgrasser et al. 2024, Dey and Donoho 2024",
    sources=(
        "Gerstgrasser et al., Is model collapse inevitable?, COLM (2024), arXiv:2404.01413",
        "Dey and Donoho, Universality of the pi^2/6 pathway in avoiding model collapse (2024), arXiv:2410.22812",
    ),
    claim=(
        "Of a linear regression that learns from labels of the last one, the error grows by the same amount with "
        "every fit where labels are replaced, and stays under pi^2/6 times that of one fit where they accumulate; so "
        "it is for a large class of models, with many points."
    ),
    setting=(
        "40 rows, 10 features, noise 1; 4,000 runs with fresh features each time, and 10,000 with the same ones, "
        "which is what their proof is about. Their experiments with language models and images are not redone here."
    ),
    redo=redo,
    seconds=6,
)
