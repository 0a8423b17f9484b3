"""Independent Ising spins sharing one field: a closed loop that is Wright's drift in disguise.

N spins, M configurations per generation: the fitted field sees N M draws from two categories. The worked
case of Jangjoo et al., arXiv:2506.20623 (2025), figure 1 (without couplings); formulas derived here.
"""

from __future__ import annotations

from kellet.theory import categorical
from kellet.theory.loop import Loop
from kellet.theory.numbers import Array, Numbers, real


def all_up(magnetisation: Numbers) -> Array:
    """Probability that all spins end up: (1 + m0) / 2, m0 the mean spin of the truth.

    >>> print(all_up(0.2))
    0.6
    """
    return (1 + real(magnetisation)) / 2


def absorption_time(spins: Numbers, configurations: Numbers, magnetisation: float = 0.0) -> Array:
    """Mean number of fits until all spins agree, by diffusion; 1.386 N M from m0 = 0.

    >>> print(f"{absorption_time(10, 50):.0f}")
    693
    """
    up = float(all_up(magnetisation))
    return categorical.absorption_time([up, 1 - up], real(spins) * real(configurations))


def magnetisation_variance(
    spins: float, configurations: float, real_configurations: float, magnetisation: Numbers = 0.0
) -> Array:
    """Stationary variance of the mean spin, with so many fresh true configurations in every generation.

    One configuration is N real draws, so it holds as well as 2N + 1 points do.

    >>> print(f"{magnetisation_variance(10, 50, 1):.4f}")
    0.0481
    """
    loop = Loop(spins * configurations, spins * real_configurations, -1)
    return (1 - real(magnetisation) ** 2) / loop.effective_points
