"""Contours: where most points are, as lines."""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array

CELLS = (48, 36)
"""Of the grid whose densities are followed."""
BLUR = 1.5
"""Cells that each point is spread by."""


def contours(points: Array, frame: Array, outside: tuple[float, ...]) -> Array:
    """Short lines (m, 2, 2), from end to end, within a frame of corners (2, 2); outside each contour lies that share of
    the points (N, 2), about.

    The grid's middles are joined to triangles, over each of which the density is taken to be a plane: a line that
    enters it through one side leaves it through another.
    """
    from scipy.ndimage import gaussian_filter

    edges = [np.linspace(frame[0, k], frame[1, k], size + 1) for k, size in enumerate(CELLS)]
    density = gaussian_filter(np.histogram2d(points[:, 0], points[:, 1], edges)[0], BLUR)
    middles = np.stack(np.meshgrid(*((e[1:] + e[:-1]) / 2 for e in edges), indexing="ij"), axis=2)
    near, far = slice(None, -1), slice(1, None)
    triangles = [((near, near), (far, near), (near, far)), ((far, far), (far, near), (near, far))]
    spots = np.concatenate([np.stack([middles[part] for part in three], 2).reshape(-1, 3, 2) for three in triangles])
    heights = np.concatenate([np.stack([density[part] for part in three], 2).reshape(-1, 3) for three in triangles])
    cell = tuple(np.clip(np.digitize(points[:, k], edges[k]) - 1, 0, size - 1) for k, size in enumerate(CELLS))
    lines = []
    for level in np.quantile(density[cell], outside):
        above = heights - level
        ahead = np.roll(above, -1, axis=1)
        crossed = (above > 0) != (ahead > 0)
        share = (above / np.where(crossed, above - ahead, 1.0))[..., None]
        lines.append((spots + share * (np.roll(spots, -1, axis=1) - spots))[crossed].reshape(-1, 2, 2))
    return np.concatenate(lines)
