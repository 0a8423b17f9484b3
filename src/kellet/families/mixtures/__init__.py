"""Mixtures, kernels, copulas: densities made of simple parts."""
