"""An n-gram model of order 1 is the categorical family over tokens: whatever is proved of one holds for the other."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import ks_2samp

from kellet import generations, worlds
from kellet.data.source import Law
from kellet.evidence import Points
from kellet.families import Categorical, NGram
from kellet.laws import Frequencies
from kellet.theory import forgetting

TOKENS, LENGTH, BLOCKS, REPLICATES = 3000, 50, 100, 60
N = LENGTH * BLOCKS
P = worlds.Zipf(TOKENS, 1.2).open(1).truth.probabilities[0]
TIMES = (1, 2, 5, 10, 20)


@dataclass
class Independent:
    """Full blocks of independent tokens."""

    replicates: int

    def sample(self, n, rng):
        tokens = Frequencies(np.broadcast_to(P, (self.replicates, TOKENS))).sample(n * LENGTH, rng)
        return Points(tokens.values.reshape(self.replicates, n, LENGTH).astype(np.int32))


class World:
    def open(self, replicates):
        return Law(Independent(replicates), replicates)


def learnt(model):
    """(R, V): the law of a token under a model of order 1."""
    words = np.arange(TOKENS)[:, None]
    return np.exp(model.log_probabilities(words))


@pytest.fixture(scope="module")
def loop():
    """(T, R, V): what fit t = 1, 2, ... learnt."""
    loop = generations(World(), NGram(1, 0.0, TOKENS), size=BLOCKS, replicates=REPLICATES, rng=np.random.default_rng(1))
    found = {}
    for g in loop:
        if g.t + 1 in TIMES:
            found[g.t + 1] = learnt(g.model)
        if g.t + 1 == TIMES[-1]:
            return found


def test_the_learnt_laws_are_laws(loop):
    for p in loop.values():
        np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-9)


@pytest.mark.parametrize("t", TIMES)
def test_the_chance_that_two_tokens_differ_decays_as_one_minus_one_over_n(loop, t):
    seen = 1 - (loop[t] ** 2).sum(axis=1)
    error = seen.std(ddof=1) / np.sqrt(REPLICATES)
    expected = (1 - P @ P) * (1 - 1 / N) ** t
    assert abs(seen.mean() - expected) < 5 * error


@pytest.mark.parametrize("t", TIMES)
def test_tokens_are_forgotten_as_the_branching_law_says(loop, t):
    alive = loop[t] > 0
    types, mass = alive.sum(axis=1), (P * ~alive).sum(axis=1)
    for seen, expected, slack in (
        (types, forgetting.expected_types(P, N, t), 0.03),
        (mass, forgetting.forgotten_mass(P, N, t), 0.04),
    ):
        error = seen.std(ddof=1) / np.sqrt(REPLICATES)
        assert abs(seen.mean() - expected) < 5 * error + slack * expected


@pytest.mark.parametrize("t", TIMES)
def test_one_token_survives_with_its_own_chance(loop, t):
    # Tokens expected from half a time to five times in the first sample.
    band = np.flatnonzero((N * P > 0.5) & (N * P < 5))
    seen = (loop[t][:, band] > 0).mean(axis=1)
    expected = forgetting.survival(N * P[band], t).mean()
    error = seen.std(ddof=1) / np.sqrt(REPLICATES)
    assert abs(seen.mean() - expected) < 5 * error + 0.02 * expected


def test_entropy_drifts_by_types_over_twice_the_tokens(loop):
    def entropy(p):
        return -np.einsum("rv,rv->r", p, np.log(np.where(p > 0, p, 1.0)))

    fall = entropy(loop[20]) - entropy(loop[5])
    expected = forgetting.entropy_change(P, N, 5, 20)
    assert abs(fall.mean() - expected) < 5 * fall.std(ddof=1) / np.sqrt(REPLICATES) + 0.05 * abs(expected)


def test_it_forgets_exactly_like_the_categorical_family(loop):
    world = worlds.Zipf(TOKENS, 1.2)
    other = generations(world, Categorical(), size=N, replicates=REPLICATES, rng=np.random.default_rng(2))
    for g in other:
        if g.t + 1 in TIMES:
            p = g.model.dense()
            for measure in (lambda p: (p > 0).sum(axis=1), lambda p: (p**2).sum(axis=1)):
                assert ks_2samp(measure(loop[g.t + 1]), measure(p)).pvalue > 1e-6
        if g.t + 1 == TIMES[-1]:
            return


def test_an_even_prior_pulls_towards_the_even_law():
    """With A = alpha V imaginary tokens beside N, the mean law keeps N/(N + A) of its distance at each fit."""
    tokens, alpha = 20, 5.0
    truth = np.arange(1.0, tokens + 1) / np.arange(1.0, tokens + 1).sum()
    values = np.random.default_rng(0).choice(tokens, p=truth, size=(2000, 10, 10)).astype(np.int32)
    family = NGram(1, alpha, tokens)
    rng = np.random.default_rng(1)
    model = family.fit(family.summarise(Points(values)))
    for t in range(1, 4):
        seen = np.exp(model.log_probabilities(np.arange(tokens)[:, None]))
        keep = (100 / (100 + alpha * tokens)) ** t
        expected = keep * truth + (1 - keep) / tokens
        error = seen.std(axis=0, ddof=1) / np.sqrt(len(seen))
        assert (abs(seen.mean(axis=0) - expected) < 5 * error).all()
        model = family.fit(model.statistics(10, rng))
