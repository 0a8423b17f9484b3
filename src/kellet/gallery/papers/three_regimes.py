"""Kazdan et al. 2025: replaced, accumulated, or subsampled from all that accumulated."""

from itertools import islice

import numpy as np
from scipy.stats import norm

from kellet import families, worlds
from kellet.evidence import Array
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number, Z, average, show
from kellet.gallery.paper import Paper, Place
from kellet.loop.generations import generations
from kellet.loop.regimes import Accumulate, Regime, Replace
from kellet.theory.accumulation import accumulated_bias, settled_variance, subsampled_inflation

LOGS = {
    ("replace", "variance_ratio"): (0.31784, 0.04450),
    ("replace", "mean_drift"): (0.63896, 0.12049),
    ("accumulate", "variance_ratio"): (0.98979, 0.01776),
    ("accumulate", "mean_drift"): (0.01447, 0.00230),
}
"""Means and standard errors at the 100th fit of their 99 or 100 runs, one dimension, 100 points."""
WORDS = {"variance_ratio": "variance", "mean_drift": "squared error of the mean"}
WIDTH, FITS, RUNS = 0.5, (3, 30, 300), 80
"""Of kernel estimates: bandwidth, fits that are looked at, runs."""


def follow_kernels(regime: Regime, rng: np.random.Generator) -> Array:
    """(RUNS, looks): what a standard normal truth is worth to a kernel estimate of 32 points a batch, in nats."""
    test = norm.ppf((np.arange(200) + 0.5) / 200)[None]
    loop = generations(worlds.Normal(), families.Kernel(WIDTH), size=32, regime=regime, replicates=RUNS, rng=rng)
    models = (one.model for one in islice(loop, FITS[-1]) if one.t + 1 in FITS)
    return np.stack([-model.log_density(test).mean(axis=1) for model in models], axis=1)


def redo(place: Place) -> Finding:
    """Variance and mean of normal laws at the 100th fit, and what kernel estimates make of held-out points."""
    run, random = place.run(), place.random
    ours = {key: average(run.values(*key)[:, -1]) for key in LOGS}
    part = average(run.values("accumulate and subsample", "mean_drift")[:, -1])
    regimes: dict[str, Regime] = {"replace": Replace(), "accumulate": Accumulate()}
    loss = {name: follow_kernels(regime, random(i)) for i, (name, regime) in enumerate(regimes.items())}
    worse = average(loss["replace"][:, -1] - loss["accumulate"][:, -1])
    early, late = (average(loss["accumulate"][:, i + 1] - loss["accumulate"][:, i]) for i in (0, 1))
    t = np.arange(1, place.experiment.generations + 2)
    model, pool = subsampled_inflation()
    spread = 1 + accumulated_bias(WIDTH**2, [1e3, 1e6, 1e12])
    return Finding(
        readings=(
            *(
                Number(f"{arm}: {WORDS[metric]} at the 100th fit, the mean of their runs and 3.29 of its errors",
                       LOGS[arm, metric][0], *ours[arm, metric], "logs", tolerance=Z * LOGS[arm, metric][1])
                for arm, metric in LOGS
            ),
            Direction("subsampled: the mean gets worse than accumulated, and far less so than replaced",
                      f"{show(*part)} at the 100th fit",
                      ours["accumulate", "mean_drift"][2] < part[1] and part[2] < ours["replace", "mean_drift"][1] / 2),
            Direction("kernel estimates: replacing is worse than accumulating",
                      f"by {show(*worse)} nats after {FITS[-1]} fits", worse[1] > 0),
            Direction("kernel estimates, accumulated: the loss on held-out points stops growing",
                      f"grown by {show(*early)} nats from fit {FITS[0]} to {FITS[1]}, and by {show(*late)} from "
                      f"{FITS[1]} to {FITS[2]}", late[1] <= 0, "summary"),
        ),
        why=(
            "Normal laws agree with their logs, and with what is exact: accumulated, the variance settles at sin(z)/z "
            f"with z = pi/sqrt(n), {float(settled_variance(100)):.4f} for 100 points; subsampled, the slow degradation "
            f"is a plateau, {model:.3f} times the error of one fit (the pool itself {pool:.3f} times) for many points. "
            "In one thing it differs: they say that accumulated losses do not diverge, of kernel estimates too. "
            "Everything that one of fixed bandwidth h writes is wider than what it read by h^2, so that the "
            f"accumulated pool's variance is 1 + h^2 (1/2 + ... + 1/t), here {spread[0]:.1f} after 1,000 fits, "
            f"{spread[1]:.1f} after a million and {spread[2]:.1f} after 10^12, and has no limit, nor has the loss. It "
            "is very slow, too slow to matter in some 1,000 fits; a bandwidth that shrinks with the pool, as the usual "
            "rules have it, stops it."
        ),
        charts=(
            draw("Variance relative to the truth, mean of 4,000 runs", t,
                 {arm: run.values(arm, "variance_ratio").mean(axis=0) for arm in run.blocks}, "fits",
                 published={arm: np.where(t == t[-1], LOGS[arm, "variance_ratio"][0], np.nan)
                            for arm in ("replace", "accumulate")}),
            draw("Squared error of the mean", t,
                 {arm: run.values(arm, "mean_drift").mean(axis=0) for arm in run.blocks}, "fits",
                 logarithmic=(False, True),
                 published={arm: np.where(t == t[-1], LOGS[arm, "mean_drift"][0], np.nan)
                            for arm in ("replace", "accumulate")}),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="three-regimes",
    title="Replacing collapses, accumulating does not, and subsampling lies between",
    by="Kazdan et al. 2025",
    sources=(
        "Kazdan et al., Collapse or thrive? Perils and promises of synthetic data in a self-generating world, ICML "
        "(2025), arXiv:2410.16713",
        "their code and logs, github.com/RylanSchaeffer/KoyejoLab-Collapse-or-Thrive",
    ),
    claim=(
        "Of normal laws, kernel estimates and language models: replacing the data makes the loss explode; "
        "accumulating keeps models stable and their loss from diverging; with a fixed number of points drawn from all "
        "that accumulated, the loss degrades slowly and gradually."
    ),
    setting=(
        "Normal laws as in one of their settings: one dimension, 100 points, 100 fits, maximum likelihood; 4,000 "
        "runs. Kernel estimates, replaced and accumulated, of bandwidth 0.5, 32 points in a batch, up to 300 fits, 80 "
        "runs, of a normal truth on the line; theirs are of shapes in the plane, and their code draws the blobs' "
        "centres anew for the held-out points. Language models are not redone here."
    ),
    redo=redo,
    seconds=42,
)
