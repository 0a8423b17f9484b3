"""Shumailov et al. 2024: a variational autoencoder that learns from its own pictures."""

import msgspec
import numpy as np

from kellet.families import VAE
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number, average, below, show
from kellet.gallery.paper import Paper, Place

THEIRS = np.array([0.674, 0.608, 0.527, 0.468, 0.433])
LASTING = float(THEIRS[-1] / THEIRS[0])
ROUNDED = LASTING * 0.0005 * float(1 / THEIRS[0] + 1 / THEIRS[-1])


def redo(place: Place) -> Finding:
    """How widely the pictures of five fits spread, relative to real ones, with the decoder's noise and without."""
    means = place.run()
    noisy = place.run(msgspec.structs.replace(place.experiment, family=VAE(noise=True)), "noise")
    spreads = {
        name: np.sqrt(run.values("replace", "variance_ratio"))
        for name, run in (("written as means", means), ("written with noise", noisy))
    }
    falls = {name: average(spread[:, -1] - spread[:, 0]) for name, spread in spreads.items()}
    lasting = {name: average(spread[:, -1] / spread[:, 0]) for name, spread in spreads.items()}
    kinds = {
        name: average(run.values("replace", "surviving_classes")[:, -1])
        for name, run in (("means", means), ("noise", noisy))
    }
    bands: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    for name, spread in spreads.items():
        middle, low, high = np.array([average(column) for column in spread.T]).T
        bands[name] = middle, low, high
    return Finding(
        readings=(
            *(Direction(f"pictures become more alike, {name}", f"the spread changes by {show(*falls[name])} from the "
                        "first fit to the fifth", below(0, *falls[name][1:]), "logs") for name in spreads),
            *(Number(f"spread of the fifth fit relative to the first, {name} (tolerance: their rounding)", LASTING,
                     *lasting[name], "logs", tolerance=ROUNDED) for name in spreads),
        ),
        why=(
            "Written as the decoder's means, which leave out what the code doesn't carry, pictures become alike as "
            f"theirs do, only faster: {show(*kinds['means'])} of ten digits are left after five fits. Written with the "
            f"noise that the model has learnt, {show(*kinds['noise'])} are left, and the spread falls a little. How "
            "pictures are written decides how fast it goes, and which way theirs were could not be read; the rest is "
            "that of the network and the pictures."
        ),
        charts=(
            draw("How widely pictures spread", np.arange(1, 6), bands, "fit", published={"spread of the code": THEIRS}),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="autoencoder",
    title="An autoencoder that learns from its own digits writes ever more similar ones",
    by="Shumailov et al. 2024",
    sources=("Shumailov et al., Nature 631, 755 (2024), doi:10.1038/s41586-024-07566-y, and its supplement",),
    claim=(
        "Seen through the encoder of the first model, what a variational autoencoder of handwritten digits writes "
        "moves to the middle, fit after fit: the spread of its code is 0.674, 0.608, 0.527, 0.468 and 0.433 (raw "
        "results of five runs)."
    ),
    setting=(
        "Theirs are 60,000 digits of 28 x 28 pixels, and the spread is that of the first encoder's code. Here are "
        "1,000 of the 8 x 8 digits that come with scikit-learn, seen through their 24 main components; the network has "
        "64 hidden numbers and a code of 16, is trained anew by 1,000 steps for each fit, and the spread is the root "
        "of the total variance, relative to real digits. 40 runs (with 5 the noisy ones could not be told), "
        "written as means and with the decoder's noise, "
        "since which of both theirs is could not be read."
    ),
    redo=redo,
    seconds=145,
)
