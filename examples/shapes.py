"""Two moons, a ring of eight clusters and a Swiss roll, learnt again and again by six kinds of models.

    python examples/shapes.py                                under two minutes on two cores; pictures to shapes/
    python examples/shapes.py --effort 0.05 --out somewhere  seconds, to try the program; the pictures then mean little

For each shape a picture: rows are families, columns what the models of generation 0 write and what those of the last
generation write, arm by arm; the lines are contours of the real points, the dots what is written.  And a page
that puts the families side by side in numbers.  Needs the extra `neural`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

import kellet
from kellet import Accumulate, Anchor, Arm, compare, worlds
from kellet.experiment.running import engines
from kellet.families import GAN, VAE, Diffusion, Flow, Kernel, Mixture

Array = np.ndarray
ARMS = {
    "replace": Arm(),
    "one fresh real point": Arm(anchor=Anchor(1)),
    "10 % fresh real": Arm(anchor=Anchor(share=0.1)),
    "accumulate": Arm(Accumulate()),
}
SIDE, GAP, TOP, LEFT = 150, 8, 40, 92
"""Pixels: of a panel, between panels, above them and left of them."""
INK, CONTOUR, DOT = (29, 29, 31), (190, 184, 172), (0, 114, 178)


def shapes(n: int, rng: np.random.Generator) -> dict[str, Array]:
    """n points (n, 2) of each shape."""
    side, turn = rng.integers(2, size=n), np.pi * rng.random(n)
    moons = np.stack([np.cos(turn), np.sin(turn)], 1)
    moons[side == 1] = (1.0, 0.5) - moons[side == 1]
    angle = 2 * np.pi * rng.integers(8, size=n) / 8
    ring = 2 * np.stack([np.cos(angle), np.sin(angle)], 1)
    length = 1.5 * np.pi * (1 + 2 * rng.random(n))
    roll = length[:, None] * np.stack([np.cos(length), np.sin(length)], 1) / 5
    noise = rng.standard_normal((3, n, 2))
    return {"moons": moons + 0.1 * noise[0], "ring": ring + 0.15 * noise[1], "roll": roll + 0.1 * noise[2]}


def families(effort: float) -> dict[str, Any]:
    """The six, with as many steps of training as the effort allows."""

    def steps(many: int) -> int:
        return max(2, round(effort * many))

    return {
        "mixture": Mixture(10, floor=1e-3),
        "kernel": Kernel("cross-validated"),
        "VAE": VAE(latent=2, hidden=128, beta=0.3, steps=steps(200), rate=1e-2, batch=32),
        "flow": Flow(hidden=32, steps=steps(100), rate=1e-2, batch=64),
        "diffusion": Diffusion(hidden=96, steps=steps(250), rate=1e-2, batch=64, levels=20, path="straight"),
        "GAN": GAN(latent=2, hidden=64, penalty=0.3, steps=steps(200), rate=5e-3, batch=32),
    }


def frame(real: Array) -> tuple[Array, Array]:
    """The corners of a square that holds the real points, with a margin."""
    low, high = real.min(axis=0), real.max(axis=0)
    half = 0.58 * (high - low).max()
    return (low + high) / 2 - half, (low + high) / 2 + half


def panel(real: Array, written: Array) -> Image.Image:
    """Contours of where the real points are, and dots for the written ones; what lies outside is cut off."""
    low, high = frame(real)

    def pixels(points: Array) -> Array:
        points = points[np.isfinite(points).all(axis=1)]
        place = np.floor((points - low) / (high - low) * SIDE).clip(-9, SIDE + 9).astype(int)
        return place[((place >= 0) & (place < SIDE)).all(axis=1)] * (1, -1) + (0, SIDE - 1)

    counts = np.zeros((SIDE, SIDE))
    np.add.at(counts, tuple(pixels(real).T[::-1]), 1.0)
    density = gaussian_filter(counts, 4.0)
    picture = np.full((SIDE, SIDE, 3), 255, dtype=np.uint8)
    # A contour is drawn where a level lies between neighbours: outside it lies a tenth, and half, of the real points.
    at = density[tuple(pixels(real).T[::-1])]
    for level in np.quantile(at, (0.1, 0.5)):
        inside = density > level
        edge = np.zeros_like(inside)
        edge[:-1] |= inside[:-1] != inside[1:]
        edge[:, :-1] |= inside[:, :-1] != inside[:, 1:]
        picture[edge] = CONTOUR
    for x, y in pixels(written):
        picture[y : y + 2, x : x + 2] = DOT
    picture[[0, -1]] = picture[:, [0, -1]] = CONTOUR
    return Image.fromarray(picture)


def draw(real: Array, rows: dict[str, list[Array]], columns: list[str]) -> Image.Image:
    """A grid of panels with their names."""
    step = SIDE + GAP
    whole = Image.new("RGB", (LEFT + len(columns) * step, TOP + len(rows) * step), "white")
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(size=12)
    for j, column in enumerate(columns):
        pen.multiline_text((LEFT + j * step, 4), column, INK, font=font)
    for i, (name, several) in enumerate(rows.items()):
        pen.text((4, TOP + i * step + SIDE // 2 - 8), name, INK, font=font)
        for j, points in enumerate(several):
            whole.paste(panel(real, points), (LEFT + j * step, TOP + i * step))
    return whole


def main(arguments: list[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--effort", type=float, default=1.0, help="less is quicker and means less")
    asked.add_argument("--only", choices=("moons", "ring", "roll"), help="one shape alone")
    asked.add_argument("--out", type=Path, default=Path("shapes"))
    asked.add_argument("--jobs", type=int, default=engines.cores())
    given = asked.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    generations, replicates = max(1, round(6 * given.effort)), max(1, round(2 * given.effort))
    started = time.monotonic()
    # One pool for all runs, since each of its processes loads PyTorch once.
    with nullcontext() if given.jobs == 1 else engines.local(given.jobs) as pool:
        for shape, points in shapes(1500, np.random.default_rng(0)).items():
            if given.only not in (None, shape):
                continue
            path = given.out / f"{shape}.npy"
            np.save(path, points)
            world = worlds.Table(str(path))
            runs, rows = {}, {}
            for name, family in families(given.effort).items():
                run = runs[name] = kellet.run(
                    world=world, family=family, size=200, arms=ARMS, generations=generations, replicates=replicates,
                    metrics=("coverage",), executor=pool,
                )  # fmt: skip
                first = run.specimens("replace")["points"][0]
                last = [run.specimens(arm)["points"][-1] for arm in ARMS]
                rows[name] = [run.resolved.source.original(written) for written in (first, *last)]
            after = f"after {generations} generations"
            columns = ["generation 0", *(f"{arm},\n{after}" for arm in ARMS)]
            picture = draw(points, rows, columns).quantize(32)
            picture.save(given.out / f"{shape}.png", optimize=True)
            (given.out / f"{shape}.html").write_text(compare(runs).answer().html(), encoding="utf-8")
            print(f"{shape}: {given.out / f'{shape}.png'}, {given.out / f'{shape}.html'}")
    print(f"{time.monotonic() - started:.0f} seconds")


if __name__ == "__main__":
    sys.exit(main())
