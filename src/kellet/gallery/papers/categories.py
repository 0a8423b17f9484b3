"""Seddik et al. 2024: words that learn from themselves, alone or beside real ones that stay."""

import msgspec
import numpy as np

from kellet.experiment.arm import Arm
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number, Z, average, show
from kellet.gallery.paper import Paper, Place
from kellet.loop.anchors import Fixed
from kellet.theory import Loop

REAL, TIMES = 50, (1, 3, 10, 100)
"""Real words that stay, and how many times as many are written beside them."""
FITS = (10, 50, 150)


def redo(place: Place) -> Finding:
    """The chance that two words differ, and whether it holds beside real words that stay."""
    experiment, run = place.experiment, place.run()
    n, t = experiment.sizes[0], np.arange(1, experiment.generations + 2)
    alone = run.values("replace", "heterozygosity")
    decay = (1 - 1 / n) ** t.astype(np.float64)
    mixed = msgspec.structs.replace(experiment, arms={"fixed": Arm(anchor=Fixed(REAL))}, replicates=500)
    kept = {
        m: place.run(msgspec.structs.replace(mixed, size=(REAL, REAL * (1 + m))), f"written-{m}").values(
            "fixed", "heterozygosity"
        )
        for m in TIMES
    }
    lost = float((run.absorbed("replace") >= 0).mean())
    doubt = Z * float(np.sqrt(lost * (1 - lost) / len(alone)))
    # Against the first model, since real words that stay can't say more than that.
    ratio = {m: average(values[:, -1] / values[:, 0].mean()) for m, values in kept.items()}
    most = REAL * (1 + TIMES[-1])
    exact = float(Loop(most, REAL, -1, bank=REAL).variance(experiment.generations + 1)) / (1 - 1 / REAL)
    return Finding(
        readings=(
            *(
                Number(f"alone: chance that two words differ after {m} fits, relative to the truth, (1 - 1/n)^m",
                       float(decay[m - 1]), *average(alone[:, m - 1]), "formula")
                for m in FITS
            ),
            Direction("alone, every run ends with one word", f"{lost:.2%} of {len(alone):,} runs have one word "
                      f"after {t[-1]} fits", lost - doubt > 0.95),
            Direction("as many written words as real ones that stay: no collapse",
                      f"{show(*ratio[1])} of the first model's chance that two differ, after {t[-1]} fits",
                      ratio[1][1] > 0.9, "summary"),
        ),
        why=(
            "The first law is exact. A limit on how much may be written is sufficient, and here not needed: with a "
            f"hundred times as many written words as real ones, {show(*ratio[TIMES[-1]])} is left of the first model's "
            f"chance that two words differ, and by theory {exact:.3f}. Where models are fitted and sampled exactly, "
            f"{REAL} real words hold any number of written ones, since the more are written, the smaller are their "
            "chance errors. What real words that stay can't give is one that isn't among them; and with a sampler "
            "that leaves out rare words the share does count."
        ),
        charts=(
            draw("Chance that two words differ, relative to the truth", t[::5],
                 {"replace": alone.mean(axis=0)[::5],
                  **{f"50 real, {REAL * m:,} written": values.mean(axis=0)[::5] for m, values in kept.items()}},
                 "fits", published={"replace": decay[::5]}),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="categories",
    title="Words that learn from themselves end as one word; real ones that stay prevent it",
    by="Seddik et al. 2024",
    sources=(
        "Seddik et al., How bad is training on synthetic data? A statistical analysis of language model collapse, COLM "
        "(2024), arXiv:2404.05090",
    ),
    claim=(
        "Trained on its own words alone, n in each generation, a model's chance that two words differ falls by the "
        "factor 1 - 1/n with each fit, and it ends with one word. Beside real words that stay, collapse is avoided if "
        "what is written is not too much; they give an estimate of how much."
    ),
    setting=(
        "50 words, Zipf's law, 50 tokens per generation, 500 fits, 2,000 runs; then 50 real tokens that stay beside "
        "50 to 5,000 written ones, 500 runs each. Their bound itself could not be read, so it is not compared; their "
        "language models are not redone here."
    ),
    redo=redo,
    seconds=9,
)
