"""CollapseTracker 2026: how many rare words are still written, by how much of the text stays real."""

from itertools import pairwise

import numpy as np

from kellet.gallery.drawing import draw
from kellet.gallery.finding import NONE, Direction, Finding, Number, average, every, exceeds, show
from kellet.gallery.paper import Paper, Place

SEEN = (0, 1, 5, 10)
PUBLISHED = {
    "100 % synthetic": (0.5634, 0.4942, 0.3891, 0.3201),
    "75 % synthetic": (0.5643, 0.5043, 0.4266, 0.3551),
    "50 % synthetic": (0.5610, 0.5115, 0.4478, 0.3831),
    "25 % synthetic": (0.5683, 0.5281, 0.4804, 0.4262),
}
"""rare_token_survival of their collapse_metrics.csv: Wikipedia, GPT-2, generations 0, 1, 5 and 10."""


def redo(place: Place) -> Finding:
    """Rare words that are written, as a share of what generation 0 writes."""
    run = place.run()
    # Generation 0 is the same in law in all arms.
    first = np.mean([run.values(arm, "tokens_kept_rare")[:, 0] for arm in PUBLISHED], axis=0)
    kept = {arm: run.values(arm, "tokens_kept_rare") / first[:, None] for arm in PUBLISHED}
    last = {arm: average(values[:, -1]) for arm, values in kept.items()}
    falls = {arm: average(values[:, 5] - values[:, -1]) for arm, values in kept.items()}
    late = [values[:, 8:].mean(axis=1) for values in kept.values()]
    apart = [average(b - a) for a, b in pairwise(late)]
    points = {arm: np.full(run.generations[-1] + 1, np.nan) for arm in PUBLISHED}
    for arm, values in PUBLISHED.items():
        points[arm][list(SEEN)] = np.array(values) / values[0]
    return Finding(
        readings=(
            *(Number(f"rare words at generation 10, {arm}, against generation 0", values[-1] / values[0], *last[arm],
                     "logs") for arm, values in PUBLISHED.items()),
            Direction("the more of the text stays real, the more rare words are kept",
                      "generations 8 to 10: "
                      + "; ".join(f"{a} {show(*average(b))}" for a, b in zip(kept, late, strict=True))
                      + "; steps " + ", ".join(show(*one) for one in apart),
                      every(exceeds(one, NONE) for one in apart), "logs"),
            Direction("they go on disappearing after generation 5, at 25 % synthetic too",
                      "lost of generation 0's from 5 to 10: "
                      + "; ".join(f"{arm} {show(*one)}" for arm, one in falls.items()),
                      every(exceeds(one, NONE) for one in falls.values()), "logs"),
        ),
        why=(
            "More real text keeps more rare words here, too. In time they part: a model that begins anew on a mixture "
            "forgets its past with each generation, by the share that is real, and the loop settles after a few, so "
            "that further losses can't be told from none. At 50 % synthetic the loss from generation 5 to 10 is "
            f"{show(*falls['50 % synthetic'])}; theirs is {(0.4478 - 0.3831) / 0.5610:.3f} "
            "there, with no sign of an end, although it begins anew as well; their data do not say why. Left alone, "
            "2-grams lose nearly all rare words, since they have nothing else to draw them from; GPT-2 has read them."
        ),
        charts=(
            draw("Rare words still written, against generation 0", run.generations,
                 {arm: values.mean(axis=0) for arm, values in kept.items()}, "generation", published=points),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="rare-tokens",
    title="Rare words go first, and the more of the text is synthetic the faster",
    by="CollapseTracker 2026",
    sources=("Ramkumar R, Pragalya M: CollapseTracker, a data set (2026), doi:10.5281/zenodo.19511599, CC BY 4.0",),
    claim=(
        "GPT-2, tuned again from the start in each generation on a mixture of its last text and the original data "
        "(top-k 50, top-p 0.95), still writes 56 % of the rare tokens of Wikipedia at generation 0, and after ten "
        "generations 32, 36, 38 and 43 % with 100, 75, 50 and 25 % synthetic text; one run each."
    ),
    setting=(
        "2-grams of words (Kneser-Ney), sampled from 95 % of the probability, 300 passages of the Python language "
        "reference per generation; the real passages of a mixture are the same in each generation, and others than "
        "those that generation 0 learnt from. Rare are words that occur 1 to 3 times in held-out text; what theirs "
        "are, and how they draw the real part, is not said. Survival is shown against generation 0's; 32 runs "
        "(8 could not tell 25 from 50 %)."
    ),
    redo=redo,
    seconds=280,
)
