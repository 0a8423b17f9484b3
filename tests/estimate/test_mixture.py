"""Mixtures: the share that counts agree with, against what theory says of its error and of drift."""

import numpy as np
import pytest

from kellet.estimate.mixture import GRID, fit

BINS = 12
RNG = np.random.default_rng(0)
HUMAN = RNG.dirichlet(np.full(BINS, 2.0))
MODEL = RNG.dirichlet(np.full(BINS, 2.0))


def mix(share, model=MODEL, human=HUMAN):
    return (1 - share) * human + share * model


@pytest.mark.parametrize("share", [0.1, 0.25, 0.6])
def test_error_is_that_of_the_information(share):
    """R46: 1 / sqrt(N I), I = E[(q - p)^2 / mix^2]."""
    size, many = 2000, 400
    rng = np.random.default_rng(1)
    found = np.array([fit(c.astype(float), HUMAN, MODEL[None]).share for c in rng.multinomial(size, mix(share), many)])
    error = 1 / np.sqrt(size * ((MODEL - HUMAN) ** 2 / mix(share)).sum())
    assert abs(found.mean() - share) < 5 * error / np.sqrt(many)
    assert abs(found.std() / error - 1) < 5 / np.sqrt(2 * many)


def test_drift_of_human_text_moves_the_share():
    """R47: (1 - a) sum (p' - p)(q - p) / mix / I, to first order."""
    share = 0.2
    drifted = HUMAN + 0.02 * (RNG.dirichlet(np.ones(BINS)) - HUMAN)
    law = mix(share)
    shift = (1 - share) * ((drifted - HUMAN) * (MODEL - HUMAN) / law).sum() / ((MODEL - HUMAN) ** 2 / law).sum()
    found = fit(1e6 * mix(share, human=drifted), HUMAN, MODEL[None]).share
    assert abs(found - share - shift) < 0.1 * abs(shift)


@pytest.mark.parametrize("share", [0.0, 0.03, 0.25, 0.9])
def test_intervals_hold_the_share(share):
    size, many = 500, 300
    rng = np.random.default_rng(2)
    held = 0
    for counts in rng.multinomial(size, mix(share), many):
        low, high = fit(counts.astype(float), HUMAN, MODEL[None]).interval
        held += low - 1e-9 <= share <= high + 1e-9
    assert held / many > 0.9 - 5 * np.sqrt(0.09 / many)


def test_several_models_are_told_apart():
    other = np.roll(MODEL, 5)
    law = 0.7 * HUMAN + 0.2 * MODEL + 0.1 * other
    found = fit(1e6 * law, HUMAN, np.array([MODEL, other]))
    assert abs(found.share - 0.3) < 0.005
    nearest = found.weights[np.abs(GRID - 0.3).argmin()]
    assert np.allclose(nearest, [2 / 3, 1 / 3], atol=0.02)


@pytest.mark.parametrize("counts", [np.zeros(BINS), np.eye(BINS)[0], 1e9 * np.ones(BINS)])
def test_any_counts_give_shares(counts):
    found = fit(counts, HUMAN, np.array([MODEL, HUMAN]))
    low, high = found.interval
    assert 0 <= low <= found.share <= high <= 1


def test_a_tempered_likelihood_has_a_wider_interval():
    counts = 500 * mix(0.3)
    (low, high), (lower, higher) = (fit(counts, HUMAN, MODEL[None]).temper(part).interval for part in (1.0, 0.25))
    assert abs((higher - lower) / (high - low) - 2) < 0.2
