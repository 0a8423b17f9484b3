"""Drayson et al. 2025: a language model that learns from its own text, and one that learns from people's each time."""

import numpy as np

from kellet.gallery.drawing import draw
from kellet.gallery.finding import NONE, Direction, Finding, Number, average, every, exceeds, show
from kellet.gallery.paper import Paper, Place

SYNTHETIC = np.array([29.62, 33.33, 36.09, 38.34, 40.38, 42.31, 44.11, 46.05, 47.65, 49.46, 50.98])
HUMAN = np.array([29.62, 29.93, 30.11, 30.22, 30.29, 30.32, 30.33, 30.34, 30.36, 30.36, 30.37])


def redo(place: Place) -> Finding:
    """Perplexity of held-out real text, as a multiple of generation 0's."""
    run = place.run()
    own, real = (run.values(arm, "perplexity") for arm in ("synthetic", "human"))
    own, real = own / own[:, :1], real / real[:, :1]
    steps = [average(step) for step in np.diff(own, axis=1).T]
    slower = average(own[:, 5] - own[:, 0] - (own[:, 10] - own[:, 5]))
    end, people = average(own[:, -1]), average(real[:, -1])
    return Finding(
        readings=(
            Number("perplexity after 10 generations on its own text, as a multiple of generation 0's",
                   float(SYNTHETIC[-1] / SYNTHETIC[0]), *end, "text"),
            Direction("on its own text it gets worse in every generation",
                      f"least step {show(*min(steps, key=lambda one: one[1]))} of generation 0's",
                      every(exceeds(one, NONE) for one in steps)),
            Direction("the first five generations cost more than the next five",
                      f"by {show(*slower)} of generation 0's", exceeds(slower, NONE)),
            Direction("on people's text each time it hardly changes: by less than a tenth of what its own text does",
                      f"{show(*people)} after 10 generations, on its own text {show(*end)}",
                      max(people[2] - 1, 1 - people[1]) < 0.1 * (end[1] - 1)),
        ),
        why=(
            "What the curves show holds here, too: worse in every generation, ever more slowly, and hardly changed "
            "on people's text. The size differs: a 2-gram's law of the next word is broad, so that sampling from the "
            "50 likeliest takes far more from it than from GPT-2."
        ),
        charts=(
            draw("Perplexity of real text, as a multiple of generation 0's", run.generations,
                 {"its own text": own.mean(axis=0), "people's text": real.mean(axis=0)}, "generation",
                 published={"its own text": SYNTHETIC / SYNTHETIC[0], "people's text": HUMAN / HUMAN[0]}),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="language-model",
    title="A language model on its own text gets worse in every generation",
    by="Drayson et al. 2025, run again",
    sources=(
        "Drayson, Yilmaz, Lampos: Machine-generated text detection prevents language model collapse, EMNLP 2025, "
        "arXiv:2502.15654; the numbers are of a public re-run, one seed",
    ),
    claim=(
        "GPT-2 (124 M) on WikiText-2, writing with top-k 50: trained on its own text alone its perplexity rises from "
        "29.62 to 50.98 in ten generations, trained on people's text each time to 30.37."
    ),
    setting=(
        "2-grams of words (Kneser-Ney) on the Python language reference, 500 passages per generation, writing with "
        "top-k 50, 24 runs (with 4, steps could not be told from none); new real passages each time in the "
        "other arm. Networks of 1 and 10 M parameters were run apart, in "
        "hours, see docs/language.md: their loops go the same way."
    ),
    redo=redo,
    seconds=84,
)
