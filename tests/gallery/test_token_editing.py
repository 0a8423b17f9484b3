"""The rounds of `token_editing` against the same rounds done one by one, with true weights that are not 0."""

import numpy as np
import pytest

from kellet.gallery.papers.token_editing import edit
from kellet.theory.regression import one_fit


def by_hand(rng, edits, runs, d, n):
    """Mean excess risk, relative to one fit's, before and after each round, by least squares on true labels."""
    true = np.arange(1.0, d + 1)
    risks = np.zeros((runs, len(edits) + 1))
    for r in range(runs):
        x = rng.standard_normal((n, d))
        y = x @ true + rng.standard_normal(n)
        for t in range(len(edits) + 1):
            w = np.linalg.lstsq(x, y, rcond=None)[0]
            risks[r, t] = ((w - true) ** 2).sum()
            if t < len(edits):
                rows = rng.choice(n, edits[t], replace=False)
                y[rows] = x[rows] @ w + rng.standard_normal(edits[t])
    return risks / one_fit(n, d)


@pytest.mark.parametrize("edits", [(6, 6), (3, 0), (20, 20)])
def test_risk_is_that_of_the_same_rounds_by_hand(edits):
    ours, plain = (
        edit(np.random.default_rng(1), edits, 4000, 3, 20),
        by_hand(np.random.default_rng(2), edits, 500, 3, 20),
    )
    error = np.sqrt(ours.var(axis=0) / len(ours) + plain.var(axis=0) / len(plain))
    assert (abs(ours.mean(axis=0) - plain.mean(axis=0)) < 4 * error).all()


def test_editing_everything_replaces():
    """Of one design the risk grows by the same amount in each round, exactly as where all labels are replaced."""
    seen = edit(np.random.default_rng(3), (20, 20, 20), 20_000, 3, 20)
    error = seen.std(axis=0) / np.sqrt(len(seen))
    assert (abs(seen.mean(axis=0) - np.arange(1, 5)) < 4 * error).all()
