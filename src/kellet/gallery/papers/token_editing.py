"""Zhu et al. 2025: of the labels of a linear model a few are replaced by its own in each round."""

import numpy as np
from numpy.random import Generator

from kellet.evidence import Array
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, average, show
from kellet.gallery.paper import Paper, Place
from kellet.theory.regression import one_fit, replacement

D, T, EDITED, ROUNDS, RUNS = 10, 40, 4, 30, 20_000
BOUND = 2.0
SHRINKING = tuple(round(EDITED * 0.5**i) for i in range(ROUNDS))


def redo(place: Place) -> Finding:
    """The excess risk by rounds, relative to one fit of real labels, for a constant and a shrinking number of edits."""
    constant = edit(place.random(1), (EDITED,) * ROUNDS, RUNS)
    shrinking = edit(place.random(2), SHRINKING, RUNS)
    seen = {t: average(constant[:, t]) for t in (1, 5, 10, 30)}
    last = average(shrinking[:, -1])
    first = average(constant[:, 0])
    over = next((t for t in range(ROUNDS + 1) if average(constant[:, t])[1] > BOUND), None)
    t = np.arange(ROUNDS + 1)
    curves = {
        "a tenth in every round": constant.mean(axis=0),
        "half as many in each": shrinking.mean(axis=0),
        "all replaced": replacement(T, D, t + 1) / one_fit(T, D),
    }
    return Finding(
        readings=(
            Direction("editing is better than replacing all labels", f"{show(*seen[30])} times the risk of one fit "
                      f"after 30 rounds, against {ROUNDS + 1} where all are replaced (exact)",
                      seen[30][2] < ROUNDS + 1, "formula"),
            Direction("the risk stays under twice that of one fit, where ever fewer labels are edited",
                      f"{show(*last)} times after 30 rounds", last[2] < BOUND, "formula"),
            Direction("the risk stays under twice that of one fit, however many rounds", "with a tenth edited in every "
                      f"round {', '.join(f'{show(*one)} times after {t}' for t, one in seen.items())}",
                      max(one[1] for one in seen.values()) <= BOUND, "formula"),
        ),
        why=(
            "Editing slows the growth, as said, and stops it where the edits die out. But with a constant share of "
            f"edits each round replaces real noise by new noise around an estimate that is itself noisy, and nothing "
            f"takes it back: the bound of 2 is passed in round {over} and the risk grows on. A finite bound "
            "needs edits that shrink, the geometric condition that the paper has beside it. The "
            f"unedited fit is at {show(*first)}, as it must be."
        ),
        charts=(
            draw("Excess risk, relative to one fit of real labels", t, curves, "round", levels={"their bound": BOUND},
                 logarithmic=(False, True)),
        ),
    )  # fmt: skip


def edit(rng: Generator, edits: tuple[int, ...], runs: int, features: int = D, samples: int = T) -> Array:
    r"""(R, T + 1): excess risk :math:`|w_t - w|^2` before and after each round, relative to one fit's expectation.

    Features are standard normal and stay, the noise has variance 1. In round t the labels of edits[t] samples, drawn
    anew, become what the last fit says of them, with new noise; then all are fitted again.

    >>> edit(np.random.default_rng(0), (0, 0), 2).shape
    (2, 3)
    """
    x = rng.standard_normal((runs, samples, features))
    inverse = np.linalg.pinv(x)
    labels = rng.standard_normal((runs, samples))
    # The true weights are 0: whatever they are, they add to all labels alike.
    weights = np.einsum("rdn,rn->rd", inverse, labels)
    risks = [(weights**2).sum(axis=1)]
    for many in edits:
        chosen = rng.random((runs, samples)).argsort(axis=1) < many
        written = np.einsum("rnd,rd->rn", x, weights) + rng.standard_normal((runs, samples))
        labels = np.where(chosen, written, labels)
        weights = np.einsum("rdn,rn->rd", inverse, labels)
        risks.append((weights**2).sum(axis=1))
    relative: Array = np.stack(risks, axis=1) / one_fit(samples, features)
    return relative


PAPER = Paper(
    name="token-editing",
    title="Editing a few labels in every round slows the collapse, but its finite bound does not hold",
    by="Zhu et al. 2025",
    sources=("Zhu et al., How to synthesize text data without model collapse?, ICML (2025), arXiv:2412.14689",),
    claim=(
        "If the labels of a linear model with d features and T samples are not replaced but a few of them edited in "
        "each round, the test error does not grow with the rounds: it stays under 2 sigma^2 d/(T - d - 1), twice that "
        "of one fit of real labels (Theorem 2)."
    ),
    setting=(
        "d = 10, T = 40, normal features that stay, noise of variance 1, least squares; in each of 30 rounds 4 labels, "
        "drawn at random, become the last fit's own with new noise, or 4, 2, 1 and then none; 20,000 runs. Theirs is "
        "the theorem; the language models that they edit with are not run."
    ),
    redo=redo,
    seconds=4,
)
