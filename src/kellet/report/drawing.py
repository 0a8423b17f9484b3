"""Pictures of numbers, drawn as SVG: how they are spread, as a line, as dots, or as contours around most of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from markupsafe import Markup

from kellet.evidence import Array
from kellet.page import path
from kellet.page.colours import colour

BINS, WIDTH, HEIGHT = 80, 160, 64
TALL = 120
"""Height of a scatter."""
OUTSIDE = (0.1, 0.5)
"""The shares of real points outside each contour."""
ROOM = 2.2
"""How many times the real peak fits into a picture; what rises higher is cut off."""
FINE = 2
"""Steps in a unit, in which dots and contours are placed."""
CELLS = (48, 36)
"""Of the grid whose densities are followed."""
BLUR = 1.5
"""Cells that each point is spread by."""


SCALE = f'transform="scale({1 / path.FINE})"'
"""Of curves, which have finer units."""


def wrap(inside: Markup, height: int = HEIGHT) -> Markup:
    """A picture of so many units, WIDTH wide."""
    return Markup(f'<svg viewBox="0 0 {WIDTH} {height}" aria-hidden="true">') + inside + Markup("</svg>")


def _density(values: Array, frame: Array) -> Array:
    """(BINS,): a smoothed histogram over the frame, as a share of all values."""
    values = values[np.isfinite(values)]
    if not len(values):
        return np.zeros(BINS)
    found = np.histogram(values, BINS, (frame[0], frame[1]))[0] / len(values)
    steps = np.arange(-5, 6)
    kernel = np.exp(-0.5 * (steps / 1.8) ** 2)
    return np.convolve(found, kernel / kernel.sum(), mode="same")


def _heights(values: Array, real: Array, frame: Array) -> tuple[Array, Array]:
    """Steps across, and down (BINS,): a real peak has its place in the picture."""
    peak = max(float(_density(real, frame).max()), 1e-12)
    y = HEIGHT - 1 - (HEIGHT - 2) * np.minimum(_density(values, frame) / (ROOM * peak), 1.2)
    x = (np.arange(BINS) + 0.5) * WIDTH / BINS
    return np.round(x * path.FINE), np.round(y * path.FINE)


def draw_area(real: Array, frame: Array) -> Markup:
    """How real values (n,) are spread between both ends of frame (2,)."""
    x, y = _heights(real, real, frame)
    shape = path.enclose(x, np.full(BINS, float(HEIGHT * path.FINE)), y)
    return Markup(f'<path class="real" {SCALE} d="{shape}"/>')


def draw_line(values: Array, real: Array, frame: Array, arm: int, age: float) -> Markup:
    """How values (n,) are spread, drawn over `draw_area`; age: 0 the first generation, pale, to 1, the last."""
    width, opacity = 10 if age < 1 else 18, 0.15 + 0.85 * age**2
    look = f'fill="none" stroke="{colour(arm)}" stroke-width="{width}" stroke-opacity="{opacity:.2f}"'
    return Markup(f'<path {SCALE} {look} d="{path.trace(*_heights(values, real, frame))}"/>')


AGAIN = Markup('<use href="#contours"/>')
"""The contours that `draw_contours` has drawn, in another picture."""


def draw_contours(real: Array, frame: Array) -> Markup:
    """Lines around most real points (N, 2), and around half of them; once a page, for `AGAIN`."""
    place = (find_contours(real, frame, OUTSIDE) - frame[0]) / (frame[1] - frame[0]) * (WIDTH, -TALL) + (0, TALL)
    drawn = "".join(
        f"M{line[0, 0]:.0f} {line[0, 1]:.0f}l" + " ".join(f"{x:.0f} {y:.0f}" for x, y in np.diff(line, axis=0))
        for line in (np.round(line * FINE) for line in _chain(place))
    )
    drawn = drawn.replace(" -", "-")
    return Markup(f'<path id="contours" class="contours" transform="scale({1 / FINE})" d="{drawn}"/>')


def _chain(lines: Array) -> Iterator[Array]:
    """Short lines (m, 2, 2) that begin where others end, as the long ones (n, 2) that they are parts of."""
    ends: dict[tuple[float, ...], list[int]] = {}
    spots = [tuple(tuple(spot) for spot in line) for line in lines.round(6).tolist()]
    for i, line in enumerate(spots):
        for spot in line:
            ends.setdefault(spot, []).append(i)
    left = set(range(len(lines)))
    while left:
        i = left.pop()
        first, last = spots[i]
        chain = [first, last]
        while (after := next((k for k in ends[chain[-1]] if k in left), None)) is not None:
            left.discard(after)
            a, b = spots[after]
            chain.append(b if a == chain[-1] else a)
        yield np.array(chain)


def draw_dots(points: Array, frame: Array, paint: str) -> Markup:
    """Points (n, 2) inside the frame, each a line of no length with round ends: a fifth of what circles would take."""
    share = (points - frame[0]) / (frame[1] - frame[0])
    inside = (np.isfinite(share) & (share >= 0) & (share <= 1)).all(axis=1)
    place = np.unique(np.round((share[inside] * (WIDTH, -TALL) + (0, TALL)) * FINE), axis=0)
    # After "z" a move counts from the dot itself.
    drawn = "".join(f"m{x:.0f} {y:.0f}z" for x, y in np.diff(place, axis=0, prepend=0.0)).replace(" -", "-")
    look = 'class="real dots"' if paint == "real" else f'class="dots" stroke="{paint}"'
    return Markup(f'<path {look} transform="scale({1 / FINE})" d="{drawn}"/>')


def find_contours(points: Array, frame: Array, outside: tuple[float, ...]) -> Array:
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
