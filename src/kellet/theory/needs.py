r"""How much real data a loop needs: three reasons, counted apart.

    variance   a number of real points, whatever n: D/(4 eps) fresh, 3D/(4 eps) fixed, for E KL <= eps nats
    bias       a share of real points, whatever n
    tails      about one real point for each 1/p of the rarest category to keep

They do not add: the largest binds, and the others come with it. The model's effective parameters D, its bias per
generation and its sampler's sharpening have to be measured; no published constant serves for transformers.

For reading, and for other people's code: what is here is for a loop that has settled. `kellet plan` measures those
three on the person's own model, and counts what they come to in as many generations as are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from kellet.theory.coverage import points_for_types


@dataclass(frozen=True)
class Needs:
    """Real points per generation for each reason; 0 where nothing was asked.

    They may exceed the size of a generation: then no anchor of that size will do, see `possible`.
    """

    size: float
    variance: float
    bias: float
    tails: float

    @property
    def points(self) -> float:
        """Real points per generation that satisfy all three."""
        return max(self.variance, self.bias, self.tails)

    @property
    def binding(self) -> str | None:
        """The reason that asks for the most; None where none asks for any."""
        reasons = {"variance": self.variance, "bias": self.bias, "tails": self.tails}
        return max(reasons, key=reasons.__getitem__) if self.points > 0 else None

    @property
    def possible(self) -> bool:
        """Whether the real points fit into a generation."""
        return self.points <= self.size


def real_points(
    size: float,
    *,
    parameters: float = 0.0,
    nats: float | None = None,
    fixed: bool = False,
    bias: float = 0.0,
    bias_allowed: float | None = None,
    variance_factor: float = 1.0,
    variance_kept: float | None = None,
    temperature: float = 1.0,
    rarest: float | None = None,
) -> Needs:
    """Real points per generation of ``size`` points, for each reason.

    parameters, nats: effective parameters D and the tolerated stationary E KL; ``fixed`` for one set used for ever.
    bias, bias_allowed: systematic error per generation and the tolerated total, in one unit.
    variance_factor, variance_kept: what writing multiplies the variance by, and the share of it to keep.
    temperature: of the sampler; categories stay equal above a share 1 - temperature (recovering needs more).
    rarest: probability of the rarest category that fresh points are to keep with chance 1 - 1/e.

    Formulas: `kellet.theory.multivariate`, `kellet.theory.bias`, `kellet.theory.coverage`. D/(4 eps) is for eps << 1/4;
    for a normal in d dimensions `points_for_divergence` is better.

    >>> needs = real_points(10_000, parameters=20, nats=0.1, bias=0.01, bias_allowed=0.1, rarest=0.01)
    >>> needs.binding, round(needs.variance), round(needs.bias), round(needs.tails)
    ('bias', 50, 1000, 8)
    """
    for name, value in {"nats": nats, "bias_allowed": bias_allowed, "rarest": rarest}.items():
        if value is not None and not value > 0:
            raise ValueError(f"expected a positive {name}; got {value}.")
    if variance_kept is not None and not 0 < variance_kept < 1:
        raise ValueError(f"expected variance_kept in (0, 1); got {variance_kept}.")

    count = parameters / (4 * nats) * (3 if fixed else 1) if nats else 0.0
    shares = [max(1 - temperature, 0.0)]
    if bias_allowed is not None:
        shares.append(abs(bias) / bias_allowed)
    if variance_kept is not None and variance_factor < 1:
        lost = (1 - variance_factor) * variance_kept
        shares.append(lost / (1 - variance_kept + lost))
    tails = points_for_types(rarest, size) if rarest else 0.0
    return Needs(size, count, max(shares) * size, tails)
