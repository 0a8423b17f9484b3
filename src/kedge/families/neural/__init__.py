"""Families that are neural networks, the extra ``neural``: plain recipes; PyTorch is imported when one learns."""

from kedge.families.neural.diffusion import Diffusion
from kedge.families.neural.flow import Flow
from kedge.families.neural.gan import GAN
from kedge.families.neural.vae import VAE

__all__ = ["GAN", "VAE", "Diffusion", "Flow"]
