"""Families that are neural networks, the extra ``neural``: plain recipes; PyTorch is imported when one learns."""

from kellet.families.neural.diffusion import Diffusion
from kellet.families.neural.flow import Flow
from kellet.families.neural.gan import GAN
from kellet.families.neural.vae import VAE

__all__ = ["GAN", "VAE", "Diffusion", "Flow"]
