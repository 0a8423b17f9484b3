"""What ``kellet theory`` is asked, and what it gives: numbers with their kind and source."""

from __future__ import annotations

from typing import Literal

import msgspec

from kellet.errors import InputError
from kellet.families import Bernoulli, Gaussian, Ising
from kellet.families.family import Prior
from kellet.loop.anchors import AnyAnchor
from kellet.loop.numbers import Closing, is_free, is_likeliest, quantify
from kellet.theory import Loop

MOST = 1_000_000
"""Dimensions."""
Kind = Literal["exact", "limit", "approximation"]

CLOSED = "closed recursion; Jangjoo et al., PRL 136, 197301 (2026), and population genetics"
CONJUGATE = "conjugate stationary law; Diaconis and Ylvisaker, Annals of Statistics 7:269 (1979)"
GENEALOGY = "genealogy; Ewens, Theoretical Population Biology 3:87 (1972)"
CHAIN = "the exact chain; Wright, Genetics 16:97 (1931)"
COALESCENT = "genealogy, off by at most 0.0015; Kingman, Stochastic Processes and their Applications 13:235 (1982)"
SCORE = "quadratic expansion, for many real points a parameter"
COUNTING = "elementary"
MARTINGALE = "a martingale; classical in population genetics"
TYPICALLY = "in half of the loops"
REPEATED = "a bias that every generation repeats; derived here (`kellet.theory.bias`)"
SHARPENED = "Marchi et al., arXiv:2404.02325 (2024)"
NUCLEUS = "nucleus sampling, for many small categories; derived here (`kellet.theory.bias`)"
POOLED = "Gerstgrasser et al., COLM (2024), at any n by Euler's products; derived here"
DIFFUSION = "diffusion; Ewens, Mathematical Population Genetics (2004), section 5.4"
LOGARITHM = "Shumailov et al., Nature 631:755 (2024), made exact"

TITLES = {
    "effective_points": "worth, in real points (n_eff)",
    "variance_of_mean": "variance of the learnt mean",
    "variance_kept": "variance kept, on average",
    "typical_variance_kept": "variance kept, typically",
    "divergence": "divergence from the truth (KL)",
    "points_for_divergence": "fresh real points for that many nats",
    "generations_to_forget": "until the start is forgotten (1/e of it left)",
    "generations_to_settle": "until it has settled (1/e of the way left)",
    "half_life": "until half of the variance is lost",
    "absorption_time": "until all spins agree, from no field",
    "share_to_hold": "share of real points that holds",
    "share_to_recover": "share of real points that recovers",
    "never_written": "mass that is never written",
    "unwritten_kept": "what is left of that",
    "variance_of_mean_if_all_kept": "variance of the learnt mean, if all data were kept",
    "variance_kept_if_all_kept": "variance kept on average, if all data were",
    "rarest_kept": "rarest category kept",
    "variance_of_mean_then": "variance of the learnt mean, then",
    "variance_kept_then": "variance kept on average, then",
    "start_remembered_then": "start remembered, then",
}
"""What each quantity is called.  Times are those in which what is left falls to 1/e."""


class Row(msgspec.Struct, frozen=True):
    """One number.

    quantity: its name; see `TITLES`.  kind: "exact" at this n; "limit" for n much larger than k;
    "approximation", with no promised error.
    """

    quantity: str
    value: float
    unit: str
    kind: Kind
    source: str


class Rare(msgspec.Struct, frozen=True):
    """What becomes of a category of probability p.

    kept: chance that a settled training set has it.  left: chance that it is there at the generation that was asked
    for, if one was. points: how many fresh real points per generation keep it with chance 1 - 1/e; None where not even
    n would show it.
    """

    p: float
    kept: float
    left: float | None
    points: float | None
    kind: Kind
    source: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked.  real_points: in each generation.  bank: how many there are, None where they are always fresh."""

    family: str
    dim: int
    size: int
    curvature: float
    real_points: float
    draw: Literal["none", "fresh", "fixed", "bank"]
    bank: float | None
    prior: float
    curation: str | None
    generations: int | None
    nats: float


def average_of(family: Closing | Ising) -> Closing:
    """The family itself; for spins that share a field their sum, which is a binomial count; bad input for any other."""
    if isinstance(family, Ising) and family.couplings == "none":
        return Bernoulli(family.prior and Prior(family.prior.strength), trials=family.spins)
    if not isinstance(family, Closing):
        name = type(family).__name__.lower()
        raise InputError("a family with closed forms", name, "gaussian, categorical or poisson")
    return family


def loop_of(family: Closing | Ising, size: int, dim: int, anchor: AnyAnchor | None) -> Loop:
    """What is asked for, in numbers; bad input where there is no closed form."""
    family = average_of(family)
    if not is_likeliest(family):
        raise InputError("maximum likelihood, whose recursion closes", repr(family), "leaving the estimator out")
    if size < 1:
        raise InputError("a size of at least 1 point per generation", size, "1000")
    if dim > MOST:
        raise InputError(f"at most {MOST:,} dimensions", dim, "fewer")
    if dim < 1 or (dim > 1 and family != Gaussian(prior=family.prior)):
        raise InputError("dimensions for a gaussian with nothing known, 1 for any other", dim, "--family gaussian")
    if is_free(family) and size <= dim:
        raise InputError(f"more points than dimensions, {dim}, to learn a variance from", size, f"{dim + 1} or more")
    if anchor is not None and not anchor.plain:
        raise InputError("a plain anchor", anchor, "count or share, fresh, fixed or from a bank; kellet run for others")
    return quantify(family, size, anchor)
