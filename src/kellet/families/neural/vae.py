r"""The variational autoencoder."""

from __future__ import annotations

from typing import Any

import numpy as np

from kellet.families.neural.ensemble import Layers, Tensor, import_torch
from kellet.families.neural.training import Network

FIRST = -1.5
"""Log sigma at the start: at 0 the code would seem useless, and the model never begin to use it."""
HASTE = 10.0
"""Log sigma is this times its weight, since Adam moves every weight by about the rate and this one has far to go."""


class VAE(Network, frozen=True, kw_only=True, tag="vae"):
    r"""Learn a code of ``latent`` normal numbers and how to write points from it.

    The encoder gives :math:`q(z|x) = N(m(x), s^2(x))`, the decoder :math:`p(x|z) = N(y(z), \sigma^2)` with one learnt
    :math:`\sigma` for each number of a point, and what is made small is

    .. math:: \ell(x) = \sum_j \frac{(x_j - y_j(z))^2}{2\sigma_j^2} + \log\sigma_j
              + \frac\beta2 \sum_k \left(m_k^2 + s_k^2 - 1 - \log s_k^2\right), \qquad z = m + s\epsilon.

    beta: weighs the code's cost.  floor: the least :math:`\sigma`, in units of the scale of generation 0.  noise:
    whether points are written with the decoder's noise, as the model says, or as its mean.

    Its biases, which a closed loop repeats every generation: what the code doesn't carry is blurred, so small clusters
    merge with their neighbours; rare ones are written less often than they were seen; a short training shrinks the
    cloud; the prior N(0, 1) leaves no gaps between clusters, so points in between appear; without noise every
    generation also loses the variance :math:`\sigma^2`; and the floor puts a little back, for ever.

    Kingma and Welling, Auto-encoding variational Bayes, ICLR (2014); Rybkin, Daniilidis and Levine, Simple and
    effective VAE training with calibrated decoders, ICML (2021), on learning :math:`\sigma`.

    >>> VAE(latent=2, hidden=32).steps
    1000
    """

    words = "a variational autoencoder ({settings})"
    latent: int = 16
    beta: float = 1.0
    floor: float = 0.03
    noise: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_least(1, "latent")
        self.check_finite("beta", zero=True)
        self.check_finite("floor")

    def _build(self, d: int) -> tuple[Layers, Layers]:
        inside = (self.hidden,) * self.layers
        return Layers((d, *inside, 2 * self.latent)), Layers((self.latent, *inside, d))

    def begin(self, replicates: int, d: int, generator: Any) -> tuple[Tensor, ...]:
        torch = import_torch()
        drawn = [net.begin(replicates, generator) for net in self._build(d)]
        logs = torch.full((replicates, d), FIRST / HASTE, device=generator.device)
        return (torch.cat([*drawn, logs], dim=1),)

    def _split(self, weights: Tensor, d: int) -> tuple[Tensor, ...]:
        """The encoder's, the decoder's, and log sigma (R, 1, d)."""
        encoder, decoder = self._build(d)
        inward, outward, logs = weights.split([encoder.numbers, decoder.numbers, d], dim=1)
        return inward, outward, (HASTE * logs).unsqueeze(1).clamp(min=float(np.log(self.floor)))

    def losses(self, player: int, parts: tuple[Tensor, ...], x: Tensor, w: Tensor, generator: Any) -> Tensor:
        torch = import_torch()
        encoder, decoder = self._build(x.shape[2])
        inward, outward, logs = self._split(parts[0], x.shape[2])
        mean, log_variance = encoder(inward, x).float().chunk(2, dim=2)
        noise = torch.randn(mean.shape, generator=generator, device=x.device)
        written = decoder(outward, mean + noise * torch.exp(0.5 * log_variance)).float()
        off = (0.5 * ((x - written) * torch.exp(-logs)).square() + logs).sum(2)
        code = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(2)
        return (w * (off + self.beta * code)).mean(1)

    def write(self, parts: tuple[Tensor, ...], n: int, d: int, generator: Any) -> Tensor:
        torch = import_torch()
        _, decoder = self._build(d)
        _, outward, logs = self._split(parts[0], d)
        r, device = len(outward), outward.device
        written = decoder(outward, torch.randn(r, n, self.latent, generator=generator, device=device))
        if not self.noise:
            return written
        return written + logs.exp() * torch.randn(r, n, d, generator=generator, device=device)
