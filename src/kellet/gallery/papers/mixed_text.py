"""Zhu et al. 2025, table 1: the more of a text a model wrote, the worse what learns from it."""

from math import exp

import numpy as np

from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number, average, show
from kellet.gallery.paper import Paper, Place

SHARES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
PUBLISHED = np.array([20.99, 22.06, 23.48, 27.60, 51.93])
ROUNDING = 0.005 * (1 + PUBLISHED / PUBLISHED[0]) / PUBLISHED[0]


def redo(place: Place) -> Finding:
    """Perplexity of what one generation learns from each mixture, as a multiple of what real text alone teaches."""
    run = place.run()
    logs = np.log([run.values(arm, "perplexity")[:, -1] for arm in run.blocks])
    found = [(exp(mean), exp(low), exp(high)) for mean, low, high in map(average, logs - logs[0])]
    steps = np.diff(np.exp(logs - logs[0]), axis=0)
    bends = [average(bend) for bend in np.diff(steps, axis=0)]
    theirs = PUBLISHED / PUBLISHED[0]
    rises = [average(step) for step in steps]
    bounds = 1 / (1 - SHARES[1:-1])
    return Finding(
        readings=(
            *(Number(f"perplexity at {100 * share:.0f} % synthetic, as a multiple of real text's", float(ratio), *one,
                     "text", tolerance=float(slack))
              for share, ratio, one, slack in zip(SHARES[1:], theirs[1:], found[1:], ROUNDING[1:], strict=True)),
            Direction("every quarter more of synthetic text makes it worse",
                      f"least step {show(*min(rises, key=lambda one: one[1]))}", all(one[1] > 0 for one in rises)),
            Direction("each quarter costs more than the one before",
                      f"steps {', '.join(f'{one[0]:.3f}' for one in rises)}; least difference of two "
                      f"{show(*min(bends, key=lambda one: one[1]))}", all(one[1] > 0 for one in bends)),
            Direction("never worse than 1/(real share) times, theirs and ours",
                      "; ".join(f"{a:.2f} and {b[0]:.2f} of {c:.2f}"
                                for a, b, c in zip(theirs[1:-1], found[1:-1], bounds, strict=True)),
                      (np.maximum(theirs[1:-1], [one[2] for one in found[1:-1]]) <= bounds).all(), "formula"),
        ),
        why=(
            "The same shape, with a model that anybody can read: at 75 % the factor is theirs, at 25 and 50 % a little "
            "more, and each quarter costs more than the one before. At 100 % theirs is far worse, perhaps since "
            "another model wrote their synthetic text, on subjects of its own; there no bound holds. With real text in "
            "the mixture none comes near the bound."
        ),
        charts=(
            draw("Perplexity of real text, as a multiple of what real text alone teaches", SHARES,
                 {"3-grams": tuple(np.array(found).T), "1/(real share)": np.array([1.0, *bounds, np.nan])},
                 "synthetic share", published={"3-grams": theirs}),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="mixed-text",
    title="The larger the share of synthetic text, the worse the model, and ever faster",
    by="Zhu et al. 2025",
    sources=(
        "Zhu et al.: How to Synthesize Text Data without Model Collapse?, ICML 2025, PMLR 267:79746, arXiv:2412.14689",
    ),
    claim=(
        "Language models that learn from mixtures with 0, 25, 50, 75 and 100 % synthetic text have a mean perplexity "
        "of 20.99, 22.06, 23.48, 27.60 and 51.93 on people's text (their table 1)."
    ),
    setting=(
        "3-grams (Kneser-Ney) learn from 600 passages of the Python language reference; what they write is mixed with "
        "new real passages, and one generation learns from that, 64 times. Theirs are transformers, trained on far "
        "more text, and their synthetic text is by another, larger model. The bound by the real share is derived here: "
        "it holds for any model that learns a mixture without error. With 16 runs the convexity could not be told."
    ),
    redo=redo,
    seconds=22,
)
