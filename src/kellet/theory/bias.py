r"""Imperfect generators: where the share of real points matters, not their number.

A model that misses the truth by a little, a sampler that is a little too sure of itself, a tail that is cut off: each
generation repeats the fault, and only the share rho of real points in the next training set undoes it. All formulas are
for very many points per generation; ``share`` is rho in (0, 1]. Derived here unless a source is named.
"""

from __future__ import annotations

import numpy as np

from kellet.theory.numbers import Array, Numbers, real


def settled_bias(step: Numbers, share: Numbers, *, on_written: bool = False) -> Array:
    r"""Where a bias of ``step`` per generation settles: :math:`\delta/\rho`, or :math:`\delta(1-\rho)/\rho`.

    step: delta, of the whole fit, or with ``on_written`` of the written points only; the same unit comes out.

    >>> print(settled_bias(0.01, 0.25), settled_bias(0.01, 0.25, on_written=True))
    0.04 0.03
    """
    share = real(share)
    return real(step) * ((1 - share) if on_written else 1.0) / share


def retained_variance(factor: Numbers, share: Numbers) -> Array:
    r"""Share of the true variance that stays when writing multiplies the variance by ``factor`` b.

    :math:`\rho/(\rho+(1-\rho)(1-b))`. A temperature tau does this to a normal, with b = tau. The setting of a sampler
    that is too sure of itself: Alemohammad et al., ICLR (2024).

    >>> retained_variance(0.9, [0.1, 0.01]).round(3)
    array([0.526, 0.092])
    """
    share = real(share)
    return share / (share + (1 - share) * (1 - real(factor)))


def truncated_mass(mass: Numbers, share: Numbers) -> Array:
    r"""Where the mass of categories settles that the sampler never writes (top-k, top-p, a filter): :math:`\rho p`.

    >>> print(truncated_mass(0.06, 0.5))
    0.03
    """
    return real(mass) * real(share)


def unwritten_mass(top: Numbers, share: Numbers) -> Array:
    r"""True mass of the categories that nucleus sampling (top-p) never writes, settled: :math:`\min(1,(1-p)/\rho)`.

    top: p.  What is written holds 1 - rho (its own true mass missing) of what is learnt, and the cut leaves just p of
    that; so for many small categories the mass that is missing is more than the one cut off once, and all but the
    likeliest are gone from rho = 1 - p down. Derived here.

    >>> unwritten_mass(0.9, [1.0, 0.5, 0.1, 0.0])
    array([0.1, 0.2, 1. , 1. ])
    """
    cut, share = 1 - real(top), real(share)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(cut > 0, np.minimum(cut / share, 1.0), 0.0)[()]


def temperature_threshold(temperature: Numbers) -> Array:
    r"""Share of real points above which equal categories stay equal at temperature tau < 1: 1 - tau.

    For any number of categories. Without real points every temperature but 1 degenerates: Marchi et al.,
    arXiv:2404.02325 (2024).

    >>> print(f"{temperature_threshold(0.9):.2f}")
    0.10
    """
    return np.maximum(1 - real(temperature), 0.0)


def recovery_threshold(temperature: float, categories: int) -> float:
    r"""Share of real points above which a collapsed loop over K equal categories recovers, tau < 1.

    With mass p on one category and the rest equal, one generation is rho/K + (1-rho) s(p), s the sharpened
    mass; so p is a fixed point for :math:`\rho(p) = (s(p)-p)/(s(p)-1/K)`, and above the largest rho(p) none
    but p = 1/K is left. For K > 2 that is more than `temperature_threshold`: prevention is not cure.

    >>> [round(recovery_threshold(0.9, k), 3) for k in (2, 10, 100)]
    [0.1, 0.14, 0.25]
    """
    if not 0 < temperature < 1 or categories < 2:
        raise ValueError(f"expected a temperature in (0, 1) and categories >= 2; got {temperature}, {categories}.")
    # odds of the one category against another, from just above equal to overwhelming
    log_odds = np.geomspace(1e-3, 700.0, 200_001)
    others = np.log(categories - 1)
    p = 1 / (1 + np.exp(others - log_odds))
    sharpened = 1 / (1 + np.exp(np.minimum(others - log_odds / temperature, 700.0)))
    with np.errstate(invalid="ignore", divide="ignore"):
        # 1 - p beside 1 keeps its digits where both masses are close to one
        gap = np.exp(others - log_odds) * p - np.exp(others - log_odds / temperature) * sharpened
        needed = gap / (sharpened - 1 / categories)
    return float(max(np.nanmax(needed), 1 - temperature))


def contracted_chi_square(chi_square: Numbers, share: Numbers) -> Array:
    r"""What mixing in real points leaves of a divergence: :math:`(1-\rho)^2 \chi^2(q\|p)`.

    chi2(rho p + (1-rho) q || p), an identity; each past error is therefore forgotten at rate (1-rho)^2 per generation.

    >>> print(f"{contracted_chi_square(1.0, 0.2):.2f}")
    0.64
    """
    return (1 - real(share)) ** 2 * real(chi_square)


def divergence_guard(share: Numbers) -> Array:
    r"""Largest KL(p || rho p + (1-rho) g), nats, that any generator g can cause: :math:`\ln(1/\rho)`.

    So at population level a mixture's perplexity on true data is at most 1/rho times the best. (The mixture
    is nowhere below rho p.)

    >>> print(f"{divergence_guard(0.5):.3f}")
    0.693
    """
    return -np.log(real(share))


def mislabelled_floor(share: Numbers, distance: Numbers) -> Array:
    r"""Squared error that more data can't remove when a share p2 of the labels is another target's.

    :math:`p_2^2 c^2`. distance: c, the root mean square difference of the two targets. Exact for least
    squares on very many points; Dohmatob et al., ICLR (2025).

    >>> print(f"{mislabelled_floor(0.1, 1.0):.2f}")
    0.01
    """
    return (real(share) * real(distance)) ** 2
