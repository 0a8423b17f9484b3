"""Borji 2024, Barzilai and Shamir 2025: whether a loop collapses, by which distance, and when it doesn't."""

import numpy as np
from scipy.special import ndtri

from kellet.evidence import Array
from kellet.families import Kernel
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, average, show
from kellet.gallery.paper import Paper, Place
from kellet.loop.generations import generations
from kellet.theory.normal import expected_divergence, expected_w2
from kellet.worlds.distributions import Normal

POINTS, RUNS = 500, 32
SEEN = (0, 10, 20, 30, 40, 50, 60, 70, 80)
PLACES = ndtri((np.arange(400) + 0.5) / 400)
"""Where divergences are averaged: quantiles of the standard normal law, alike in probability."""


def redo(place: Place) -> Finding:
    """Divergence and transport for the normal law, exactly and simulated, and for a kernel estimate."""
    run = place.run()
    end = place.experiment.generations
    n, t = place.experiment.sizes[0], np.arange(1, end + 2)
    far, apart = expected_w2(n, t), expected_divergence(n, t)
    seen = average(run.values("replace", "wasserstein_2_squared")[:, -1])
    half = (end + 1) // 2
    both = run.values("accumulate", "wasserstein_2_squared")
    kept = both[:, -1].mean() / both[:, 0].mean()
    # By the delta method: the ratio of two means of the same runs.
    _, *ends = average(1 + (both[:, -1] - kept * both[:, 0]) / both[:, 0].mean())
    safe = float(kept), float(kept + ends[0] - 1), float(kept + ends[1] - 1)
    divergence, transport = _blur(place)
    middle = len(SEEN) // 2
    late = average(divergence[:, -1] - divergence[:, middle])
    grown = average(transport[:, -1] / transport[:, middle])
    times = average(divergence[:, -1] / divergence[:, middle])
    return Finding(
        readings=(
            Direction("how large the collapse looks depends on the distance", f"normal law, from {half} to {end + 1} "
                      f"fits, expected values: squared transport grows {far[-1] / far[half - 1]:.2f} times, to "
                      f"{far[-1]:.3f} (simulated {show(*seen)}), divergence {apart[-1] / apart[half - 1]:.1e} times",
                      apart[-1] / apart[half - 1] > 10 * far[-1] / far[half - 1], "summary"),
            Direction("of a kernel estimate the divergence levels off while the transport distance grows on",
                      f"from generation 40 to 80 the divergence grows by {show(*late)} nats, {show(*times)} times, the "
                      f"transport distance {show(*grown)} times", late[1] <= 0 and grown[1] > 1, "summary"),
            Direction("where everything is kept, the error stays bounded although the real share vanishes",
                      f"after {end + 1} fits, with {1 / (end + 1):.2%} real, {show(*safe)} times that of the first",
                      safe[2] < 2, "summary"),
        ),
        why=(
            "The distances part ways, as Borji says, but which of them levels off depends on the estimator. A normal "
            "law by maximum likelihood narrows: its transport distance is bounded, its divergence grows exponentially. "
            "A kernel estimate with Scott's rule widens in every generation: its transport distance grows "
            "exponentially, its divergence only like a logarithm, so that beside the other it looks level, but it does "
            "not stop. Accumulating stays bounded, as Barzilai and Shamir prove for smooth families; their examples "
            "that collapse although all real data are kept are not rebuilt here."
        ),
        charts=(
            draw("A normal law that replaces its data, expected values relative to the first fit", t,
                 {"divergence": apart / apart[0], "squared transport": far / far[0]}, "fit",
                 logarithmic=(True, True)),
            draw("A kernel estimate that replaces its data", np.array(SEEN),
                 {"divergence, nats": divergence.mean(axis=0), "transport, deviations": transport.mean(axis=0)},
                 "generation", logarithmic=(False, True)),
        ),
    )  # fmt: skip


def _blur(place: Place) -> tuple[Array, Array]:
    """(R, T) each, at the generations that are seen: KL(truth || model), and how far its points lie (Wasserstein-2)."""
    divergence, transport = [], []
    truth = -(PLACES**2 + np.log(2 * np.pi)) / 2
    real = ndtri((np.arange(POINTS) + 0.5) / POINTS)
    loop = generations(Normal(), Kernel("scott"), size=POINTS, replicates=RUNS, rng=place.random())
    for one in loop:
        if one.t in SEEN:
            model = one.model.log_density(np.broadcast_to(PLACES, (RUNS, len(PLACES))))
            divergence.append((truth - model).mean(axis=1))
            points = np.sort(one.model.sample(POINTS, place.random(1 + one.t)).values, axis=1)
            transport.append(np.sqrt(((points - real) ** 2).mean(axis=1)))
        if one.t == SEEN[-1]:
            return np.stack(divergence, axis=1), np.stack(transport, axis=1)
    raise AssertionError


PAPER = Paper(
    name="which-metric",
    title="Whether a loop has collapsed depends on the distance, and on what is kept",
    by="Borji 2024, Barzilai and Shamir 2025",
    sources=(
        "Borji, A note on Shumailov et al. (2024), arXiv:2410.12954 (2024)",
        "Barzilai and Shamir, When models don't collapse: on the consistency of iterative MLE, arXiv:2505.19046 (2025)",
    ),
    claim=(
        "Borji: fitting (by kernel density estimates) and sampling over and over collapses, and how much depends on "
        "the distance; summaries say that the divergence levels off while the Wasserstein distance grows. Barzilai and "
        "Shamir: with maximum likelihood under standard assumptions collapse is avoided where written data are added "
        "to the real ones, even as the share of real data vanishes; without some of these it can come at once."
    ),
    setting=(
        "A normal law by maximum likelihood from 100 points, 501 fits, 2,000 runs, alone or accumulated; and a kernel "
        "estimate of 500 normal points with Scott's rule, 80 generations, 32 runs. Borji's data, bandwidth and "
        "number of points could not be read; of Barzilai and Shamir the abstract was. The first reading asked at first "
        "whether a simulated mean stays under 2, which so heavy a tail could not tell; it is of expected values now."
    ),
    redo=redo,
    seconds=3,
)
