"""The Ising case of Jangjoo, di Sarra, Marsili and Roudi, PRL 136, 197301 (2026): theory beside the loop.

Tolerance: 5 standard errors of the simulation.
"""

import numpy as np
import pytest
from numpy.random import default_rng

from kellet import Anchor, generations, worlds
from kellet.families.spins.ising import Ising, SpinGlass
from kellet.theory import ising


def until_absorbed(world, family, size, replicates, seed, most=20_000):
    """The last law, and how many fits it took each replicate to come to one level."""
    fits = np.zeros(replicates, dtype=np.int64)
    for g in generations(world, family, size=size, replicates=replicates, rng=default_rng(seed)):
        fits += ~g.model.absorbed
        if g.model.absorbed.all():
            return g.model, fits + 1
        assert g.t < most
    raise AssertionError


@pytest.mark.parametrize("magnetisation", [0.0, 0.4, -0.6])
def test_all_spins_end_up_with_probability_half_of_one_plus_the_mean_spin(magnetisation):
    replicates = 4000
    world = worlds.Ising(5, float(np.arctanh(magnetisation)))
    law, _ = until_absorbed(world, Ising(5), 4, replicates, seed=1)
    up = (law.mean[:, 0] > 0).mean()
    expected = ising.all_up(magnetisation)
    assert abs(up - expected) < 5 * np.sqrt(expected * (1 - expected) / replicates)


@pytest.mark.parametrize(("spins", "size"), [(5, 20), (10, 50)])
def test_absorption_takes_two_ln_two_spins_times_configurations(spins, size):
    _, fits = until_absorbed(worlds.Ising(spins), Ising(spins), size, 3000, seed=2)
    expected = ising.absorption_time(spins, size)
    error = fits.std() / np.sqrt(len(fits))
    # A diffusion stands in for the drift of N M draws, which costs a few generations in all.
    assert abs(fits.mean() - expected) < 5 * error + 0.02 * expected


@pytest.mark.parametrize("magnetisation", [0.0, 0.5])
def test_one_fresh_configuration_a_generation_holds_like_2n_plus_1_points(magnetisation):
    spins, size, replicates = 10, 50, 20_000
    world = worlds.Ising(spins, float(np.arctanh(magnetisation)))
    for g in generations(world, Ising(spins), size=size, anchor=Anchor(1), replicates=replicates, rng=default_rng(3)):
        if g.t == 300:
            break
    spin = g.model.mean[:, 0] / spins
    square = (spin - magnetisation) ** 2
    expected = ising.magnetisation_variance(spins, size, 1, magnetisation)
    assert abs(square.mean() - expected) < 5 * square.std() / np.sqrt(replicates)
    assert abs(spin.mean() - magnetisation) < 5 * spin.std() / np.sqrt(replicates)
    # For many configurations a generation that is the variance of 2N + 1 single spins.
    large = ising.magnetisation_variance(spins, 10**9, 1, magnetisation)
    assert large == pytest.approx((1 - magnetisation**2) / (2 * spins + 1), rel=1e-6)


@pytest.mark.parametrize(
    ("world", "family"),
    [
        (worlds.Ising(6, 0.1), Ising(6)),
        (worlds.Ising(6, 0.1, 0.1), Ising(6, "common")),
        (worlds.SpinGlass(4, 0.1, 0.5), SpinGlass(4)),
    ],
    ids=["field", "common coupling", "all couplings"],
)
def test_the_mean_of_the_statistics_stays_while_single_runs_die(world, family):
    """Mean parameters are martingales of maximum likelihood, edge or no edge."""
    replicates = 2000 if isinstance(family, SpinGlass) else 10_000
    truth = world.open(1).truth
    loop = generations(world, family, size=5, replicates=replicates, rng=default_rng(4))
    for _ in range(13):
        mean = next(loop).model.mean
        assert (abs(mean.mean(axis=0) - truth.mean[0]) < 5 * mean.std(axis=0) / np.sqrt(replicates)).all()
    assert (mean.var(axis=0) > truth.variance[0] / 10).all()


def test_a_common_coupling_is_absorbed_at_single_levels_and_their_mean_is_the_truth():
    spins, replicates = 4, 3000
    world = worlds.Ising(spins, 0.1, 0.1)
    law, _ = until_absorbed(world, Ising(spins, "common"), 6, replicates, seed=5)
    mean, truth = law.mean, world.open(1).truth
    assert (abs(mean.mean(axis=0) - truth.mean[0]) < 5 * mean.std(axis=0) / np.sqrt(replicates)).all()
    ends = law.levels.argmax(axis=1)
    assert set(ends) == set(range(spins + 1))


def test_a_spin_glass_is_absorbed_at_single_states():
    law, _ = until_absorbed(worlds.SpinGlass(4, 0.1, 0.5), SpinGlass(4), 4, 50, seed=6)
    assert (abs(law.mean) == 1).all()
