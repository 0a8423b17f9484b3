"""The normalising flow, by zuko."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar, Literal

import numpy as np

from kellet.errors import InputError, extra
from kellet.families.neural.ensemble import Tensor, import_torch
from kellet.families.neural.training import Network


class Flow(Network, frozen=True, kw_only=True, tag="flow"):
    r"""Learn an invertible map f that makes the points standard normal, by maximum likelihood:

    .. math:: \ell(x) = -\log N(f(x); 0, I) - \log|\det f'(x)|.

    transforms: coupling layers, each moving half of the numbers by an amount that the other half sets.  bins: of the
    monotone splines that they move by (a neural spline flow, about ten times slower, and better at separate clusters);
    0 for shift and scale alone.

    Its biases: the map is continuous, so clusters stay joined by thin threads, along which points are written; the next
    generation trains on those.  Maximum likelihood covers all modes, at the price of points between them.  Tails are
    those of the normal law, through a map that is linear far out.

    Scales differ between numbers as little as possible here, so ``scale`` is "each".  Needs zuko beside PyTorch.  Dinh,
    Sohl-Dickstein and Bengio, Real NVP, ICLR (2017); Durkan et al., Neural spline flows, NeurIPS (2019); Rozet et al.,
    zuko (2022).

    >>> Flow(bins=8).transforms
    4
    """

    words = "a normalising flow ({settings})"
    batch: int = 128
    scale: Literal["all", "each"] = "each"
    transforms: int = 4
    bins: int = 0

    # Log-determinants add up over layers, and errors of a percent with them.
    halves: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_least(1, "transforms")
        if self.bins < 0 or self.bins == 1:
            raise InputError("0 bins, or at least 2", self.bins, "bins=8")

    def begin(self, replicates: int, d: int, generator: Any) -> tuple[Tensor, ...]:
        torch = import_torch()
        _, names, shapes, sizes = _plan(self, d, str(generator.device))
        wide = [shapes[names.index(name.replace("bias", "weight"))][-1] for name in names]
        bound = torch.tensor(np.repeat(1 / np.sqrt(wide), sizes), dtype=torch.float32, device=generator.device)
        drawn = torch.rand(replicates, sum(sizes), generator=generator, device=generator.device)
        return ((2 * drawn - 1) * bound,)

    def losses(self, player: int, parts: tuple[Tensor, ...], x: Tensor, w: Tensor, generator: Any) -> Tensor:
        return -(w * self._each(parts[0], x, inverse=False)).mean(1)

    def write(self, parts: tuple[Tensor, ...], n: int, d: int, generator: Any) -> Tensor:
        torch = import_torch()
        normal = torch.randn(len(parts[0]), n, d, generator=generator, device=generator.device)
        return self._each(parts[0], normal, inverse=True)

    def breadth(self, d: int) -> int:
        return 2 * self.hidden + d * (4 * self.bins + 4) * 4

    def _each(self, weights: Tensor, x: Tensor, inverse: bool) -> Tensor:
        """Log-likelihoods (R, n) of points, or points (R, n, d) from normal numbers: replicate r by weights r."""
        torch = import_torch()
        flow, names, shapes, sizes = _plan(self, x.shape[2], str(x.device))

        def one(row: Tensor, values: Tensor) -> Tensor:
            pieces = zip(names, row.split(sizes), shapes, strict=True)
            weights = {name: piece.view(shape) for name, piece, shape in pieces}
            return torch.func.functional_call(flow, weights, (values, inverse))

        return torch.func.vmap(one)(weights, x)


@lru_cache(maxsize=8)
def _plan(recipe: Flow, d: int, device: str) -> tuple[Any, list[str], list[Any], list[int]]:
    """The flow as a function of its weights; their names, shapes and sizes."""
    torch = import_torch()
    try:
        import zuko
    except ImportError:
        raise InputError("zuko for the flow family", "it is not installed", extra("neural")) from None
    inside = (recipe.hidden,) * recipe.layers
    settings = {"features": d, "transforms": recipe.transforms, "hidden_features": inside, "passes": min(2, d)}
    # Nothing of the weights it is born with is used; the caller's generator must not notice them.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = zuko.flows.NSF(**settings, bins=recipe.bins) if recipe.bins else zuko.flows.MAF(**settings)

    class Both(torch.nn.Module):  # type: ignore[misc, name-defined]
        """The two directions of a flow as one call, since weights can be lent for one call only."""

        def __init__(self) -> None:
            super().__init__()
            self.flow = made

        def forward(self, values: Tensor, inverse: bool) -> Tensor:
            law = self.flow()
            return law.transform.inv(values) if inverse else law.log_prob(values)

    flow = Both().to(device)
    named = dict(flow.named_parameters())
    return flow, list(named), [part.shape for part in named.values()], [part.numel() for part in named.values()]
