"""The generative adversarial network."""

from __future__ import annotations

from typing import Any, ClassVar

from kellet.errors import InputError
from kellet.families.neural.ensemble import Layers, Tensor, import_torch
from kellet.families.neural.training import Network


class GAN(Network, frozen=True, kw_only=True, tag="gan"):
    r"""Learn to write points G(z) that a judge D, learning beside it, can't tell from those it was given.

    .. math:: \ell_D = \zeta(-D(x)) + \zeta(D(G(z))) + \frac\gamma2 |\nabla D(x)|^2, \quad
              \ell_G = \zeta(-D(G(z))), \qquad \zeta(u) = \log(1 + e^u),

    one step each in turn.  latent: numbers in z, drawn from N(0, 1).  penalty: :math:`\gamma`, without which the game
    needn't settle.

    Its biases: no likelihood holds it to all of the data, so rare modes can be missing after a single fit, and others
    from fit to fit; what it writes is a smooth image of z, so separate clusters are joined by threads.  Nothing like a
    held-out loss tells when it is good, so it has no ``patience``.

    Goodfellow et al., Generative adversarial nets, NeurIPS (2014); Mescheder, Geiger and Nowozin, Which training
    methods for GANs do actually converge?, ICML (2018).

    >>> GAN(latent=2).layers
    2
    """

    words = "a generative adversarial network ({settings})"
    layers: int = 2
    rate: float = 2e-3
    latent: int = 8
    penalty: float = 1.0

    momenta: ClassVar[tuple[float, float]] = (0.5, 0.99)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_least(1, "latent")
        self.check_finite("penalty", zero=True)
        if self.patience is not None:
            raise InputError("no patience: a GAN has no held-out loss", self.patience, "steps=1000")

    def _build(self, d: int) -> tuple[Layers, Layers]:
        inside = (self.hidden,) * self.layers
        return Layers((d, *inside, 1), "leaky_relu"), Layers((self.latent, *inside, d), "leaky_relu")

    def begin(self, replicates: int, d: int, generator: Any) -> tuple[Tensor, ...]:
        return tuple(net.begin(replicates, generator) for net in self._build(d))

    def losses(self, player: int, parts: tuple[Tensor, ...], x: Tensor, w: Tensor, generator: Any) -> Tensor:
        torch = import_torch()
        softplus = torch.nn.functional.softplus
        judge, writer = self._build(x.shape[2])
        drawn = torch.randn(*x.shape[:2], self.latent, generator=generator, device=x.device)
        if player == 1:
            return softplus(-judge(parts[0], writer(parts[1], drawn)).float()).mean((1, 2))
        with torch.no_grad():
            written = writer(parts[1], drawn).float()
        if self.penalty:
            x = x.detach().requires_grad_()
        real, false = judge(parts[0], x).float().squeeze(2), judge(parts[0], written).float().squeeze(2)
        loss = w * softplus(-real)
        if self.penalty:
            (slope,) = torch.autograd.grad(real.sum(), x, create_graph=True)
            loss = loss + w * (0.5 * self.penalty) * slope.square().sum(2)
        return loss.mean(1) + softplus(false).mean(1)

    def write(self, parts: tuple[Tensor, ...], n: int, d: int, generator: Any) -> Tensor:
        torch = import_torch()
        drawn = torch.randn(len(parts[1]), n, self.latent, generator=generator, device=generator.device)
        return self._build(d)[1](parts[1], drawn)
