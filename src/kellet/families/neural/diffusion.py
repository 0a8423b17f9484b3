"""Diffusion: learn to take noise away."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kellet.families.neural.ensemble import Layers, Tensor, import_torch
from kellet.families.neural.training import Network

WAVES = 4
"""Sines, and as many cosines, that tell the network how much noise there is."""


class Diffusion(Network, frozen=True, kw_only=True, tag="diffusion"):
    r"""Learn to undo noise, little by little, and write points by undoing pure noise.

    A point with noise is :math:`x_t = a_t x + b_t \epsilon`, t from 0 (clean) to 1 (noise alone).

    path "cosine" is denoising diffusion (DDPM): :math:`a_t^2 = 1 - b_t^2 = \cos^2\frac\pi2\frac{t+s}{1+s}`, s = 0.008
    (normed to :math:`a_0 = 1`); the network learns :math:`v = a_t\epsilon - b_tx`, from which both x and the noise
    follow at every t, and points are written by drawing each less noisy point from its law given the last one.
    path "straight" is flow matching: :math:`a_t = 1 - t`, :math:`b_t = t`; the network learns the velocity
    :math:`\epsilon - x`, and points are written by following it back from 1 to 0, without noise.

    levels: steps of writing.  The loss is the mean squared error of what is learnt, at a t drawn anew for each point.

    Its biases: few levels and a small network smooth the density, so that clusters are joined and narrow widths grow
    wider; trained for long on few points it memorises them.  The first shows in small networks, the second in
    large ones.

    Ho, Jain and Abbeel, Denoising diffusion probabilistic models, NeurIPS (2020); Nichol and Dhariwal, ICML (2021), the
    cosine schedule; Salimans and Ho, ICLR (2022), v; Lipman et al., Flow matching, ICLR (2023).

    >>> Diffusion(levels=20, path="straight").hidden
    128
    """

    words = "a diffusion model ({settings})"
    hidden: int = 128
    layers: int = 2
    batch: int = 128
    levels: int = 50
    path: Literal["cosine", "straight"] = "cosine"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_least(2, "levels")

    def _build(self, d: int) -> Layers:
        return Layers((d + 2 * WAVES, *(self.hidden,) * self.layers, d), "silu")

    def _mix(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """a and b at times t."""
        torch = import_torch()
        if self.path == "straight":
            return 1 - t, t
        angle = 0.5 * np.pi * (t + 0.008) / 1.008
        a = (torch.cos(angle) / np.cos(0.5 * np.pi * 0.008 / 1.008)).clamp(0, 1)
        return a, (1 - a.square()).sqrt()

    def _guess(self, weights: Tensor, x: Tensor, t: Tensor) -> Tensor:
        """What the network says about points x (R, n, d) at times t (R, n, 1)."""
        torch = import_torch()
        waves = np.pi * t * 2.0 ** torch.arange(WAVES, device=x.device, dtype=x.dtype) / 4
        return self._build(x.shape[2])(weights, torch.cat([x, waves.sin(), waves.cos()], dim=2)).float()

    def begin(self, replicates: int, d: int, generator: Any) -> tuple[Tensor, ...]:
        return (self._build(d).begin(replicates, generator),)

    def losses(self, player: int, parts: tuple[Tensor, ...], x: Tensor, w: Tensor, generator: Any) -> Tensor:
        torch = import_torch()
        t = torch.rand(*x.shape[:2], 1, generator=generator, device=x.device)
        noise = torch.randn(x.shape, generator=generator, device=x.device)
        a, b = self._mix(t)
        target = noise - x if self.path == "straight" else a * noise - b * x
        off = (self._guess(parts[0], a * x + b * noise, t) - target).square().mean(2)
        return (w * off).mean(1)

    def write(self, parts: tuple[Tensor, ...], n: int, d: int, generator: Any) -> Tensor:
        torch = import_torch()
        weights = parts[0]
        shape, device = (len(weights), n, d), weights.device
        times: NDArray[np.float32] = np.linspace(1, 0, self.levels + 1, dtype=np.float32)
        amounts = [[float(part) for part in self._mix(torch.tensor(float(t)))] for t in times]
        x = torch.randn(shape, generator=generator, device=device)
        for i, t in enumerate(times[:-1]):
            guess = self._guess(weights, x, torch.full((*shape[:2], 1), float(t), device=device))
            (a, b), (less, left) = amounts[i], amounts[i + 1]
            if self.path == "straight":
                x = x - float(times[i] - times[i + 1]) * guess
                continue
            clean, noise = a * x - b * guess, b * x + a * guess
            # Var(x at the next level | x at this one and the clean point); 0 at the last.
            spread = left / b * np.sqrt(max(0.0, 1 - (a / less) ** 2))
            x = less * clean + np.sqrt(max(0.0, left**2 - spread**2)) * noise
            if left > 0:
                x = x + spread * torch.randn(shape, generator=generator, device=device)
        return x

    def breadth(self, d: int) -> int:
        return 4 * (d + WAVES) + 2 * self.hidden
