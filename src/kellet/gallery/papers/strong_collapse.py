"""Dohmatob et al. 2025: a share of wrong labels leaves an error that no amount of data removes."""

import msgspec
import numpy as np

from kellet import worlds
from kellet.evidence import Array
from kellet.gallery.drawing import draw
from kellet.gallery.finding import Direction, Finding, Number, average, show
from kellet.gallery.paper import Paper, Place
from kellet.theory.bias import mislabelled_floor
from kellet.theory.regression import one_fit

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
SHARES = (0.0, 0.01, 0.1)
ROWS, FEATURES, WRONG, RUNS = 200, 600, 0.2, 60
"""Of models of random features: rows, true features, share of wrong labels, runs."""
WIDTHS = (20, 50, 100, 150, 200, 300, 400, 600, 1_200)
"""How many random features a model has."""


def widen(rng: np.random.Generator) -> Array:
    """(RUNS, WIDTHS): by what wrong labels make models of random features worse; ridge 1e-3, no noise.

    A model is linear in a random projection of normal features.  Both targets are random and of length 1 / sqrt(2), so
    that their squared distance is 1 on average; labels and projections are the same with and without wrong ones.
    """
    found = np.empty((RUNS, len(WIDTHS)))
    for run in range(RUNS):
        x = rng.standard_normal((ROWS, FEATURES))
        right, other = rng.standard_normal((2, FEATURES)) / np.sqrt(2 * FEATURES)
        wrong = rng.random(ROWS) < WRONG
        labels = np.stack([x @ right, np.where(wrong, x @ other, x @ right)])
        for i, width in enumerate(WIDTHS):
            project = rng.standard_normal((FEATURES, width)) / np.sqrt(width)
            z = x @ project
            inverse = np.linalg.inv(z @ z.T / ROWS + 1e-3 * np.eye(ROWS))
            clean, dirty = (((project @ (z.T @ (inverse @ y))) / ROWS - right) for y in labels)
            found[run, i] = dirty @ dirty - clean @ clean
    return found


def redo(place: Place) -> Finding:
    """The excess risk of one fit, for ever more rows and three shares of wrong labels."""
    experiment = place.experiment
    risk = {
        share: np.stack(
            [
                place.run(
                    msgspec.structs.replace(
                        experiment, size=n, world=worlds.Linear(10, signal=0.25, mislabelled=share)
                    ),
                    f"{share}-{n}",
                ).values("replace", "excess_risk")[:, 0]
                for n in SIZES
            ],
            axis=1,
        )
        for share in SHARES
    }  # fmt: skip
    floor = float(mislabelled_floor(0.1, 1.0))
    clean, few, many = (average(risk[share][:, -1]) for share in SHARES)
    stalled = average(risk[0.01][:, -2] - risk[0.01][:, -1])
    wide = widen(place.random())
    at = {width: average(wide[:, i]) for i, width in enumerate(WIDTHS)}
    small, equal, large = (at[width] for width in (WIDTHS[0], ROWS, WIDTHS[-1]))
    return Finding(
        readings=(
            Number("error of a million rows, a tenth with labels of another target at the squared distance 1: p^2 c^2, "
                   "but for the error of as many clean rows", floor, *many, "formula",
                   tolerance=float(one_fit(SIZES[-1], 10))),
            Direction("1 % of such labels is enough: more data help no more, where clean ones do",
                      f"with a million rows {show(*few)}, and {show(*clean)} where all are clean",
                      few[1] > 5 * clean[2]),
            Direction("larger models make it worse, up to as many features as rows",
                      f"{show(*small)} worse for {WIDTHS[0]} features, {show(*equal)} for {ROWS}", equal[1] > small[2]),
            Direction("beyond that, larger models make it milder, but do not remove it",
                      f"{show(*large)} worse for {WIDTHS[-1]} features", large[1] > 0 and large[2] < equal[1]),
        ),
        why=(
            "All of it holds here. How large the floor is should be said beside it: it goes with the square of the "
            "share, so that 1 % of labels of a target as far away as this costs "
            f"{float(mislabelled_floor(0.01, 1.0)):.4f}, and from 100,000 rows to a million the error still fell by "
            f"{show(*stalled)}. What ends is that more data help; nothing degenerates. The peak at as many features as "
            "rows is that of any noise in the labels (double descent); wrong ones act as noise."
        ),
        charts=(
            draw("Excess risk of one fit", np.array(SIZES),
                 {f"{share:.0%} of another target": risk[share].mean(axis=0) for share in SHARES}, "rows",
                 levels={"p^2 c^2": floor}, logarithmic=(True, True)),
            draw("What a fifth of such labels adds to the error", np.array(WIDTHS), {"added": np.array(
                [[*at[width]] for width in WIDTHS]).T[0]}, "random features of the model",
                 logarithmic=(True, False), caption="200 rows."),
        ),
    )  # fmt: skip


PAPER = Paper(
    name="strong-collapse",
    title="One label in a hundred from elsewhere, and more data stop helping",
    by="Dohmatob et al. 2025",
    sources=("Dohmatob, Feng, Subramonian and Kempe, Strong model collapse, ICLR (2025), arXiv:2410.04840",),
    claim=(
        "In regression, even the smallest share of synthetic data, say 1 %, leaves an error that larger and larger "
        "training sets do not reduce. Larger models can make that worse, and, past the interpolation threshold, "
        "milder, though they do not prevent it."
    ),
    setting=(
        "Least squares with 10 features and noise 1 in 400 runs; the other labels are of the opposite target, at the "
        "squared distance c^2 = 1. Wider models: random projections of 600 normal features, 200 rows, 60 runs, a tiny "
        "ridge; theirs are asymptotic formulas for the same kind of models, and networks for pictures and text, which "
        "are not redone here."
    ),
    redo=redo,
    seconds=7,
)
