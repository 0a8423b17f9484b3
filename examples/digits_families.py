"""Handwritten digits, learnt again and again by a mixture, a Boltzmann machine, a VAE and a diffusion model.

    python examples/digits_families.py                                under two minutes on two cores; to digits/
    python examples/digits_families.py --effort 0.05 --out somewhere  seconds, to try the program

One picture: a block of rows for each family, a row for each arm; columns are generations.  Every panel shows the
first digits that the first replicate wrote, not selected.  And a page that puts the families side by side in numbers.
Needs the extra `neural`.
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

import kellet
from kellet import Accumulate, Anchor, Arm, compare, worlds
from kellet.experiment.running import engines
from kellet.experiment.running.recorder import exhibits
from kellet.families import VAE, BernoulliRBM, Diffusion, Mixture
from kellet.report.grids import sheet

ARMS = {
    "replace": Arm(),
    "one fresh": Arm(anchor=Anchor(1)),
    "10 % fresh": Arm(anchor=Anchor(share=0.1)),
    "accumulate": Arm(Accumulate()),
}
ACROSS, DOWN, GAP, LEFT, TOP = 8, 2, 10, 150, 24
"""Digits across and down a panel; pixels between panels, left of them and above them."""
SIZE = 300


def families(effort: float) -> dict[str, tuple[Any, Any]]:
    """Name -> the world and the family.  The machine of zeros and ones sees pixels, the others principal components."""

    def steps(many: int) -> int:
        return max(2, round(effort * many))

    seen, pixels = worlds.Digits(), worlds.Digits(dims=0)
    return {
        "mixture": (seen, Mixture(10, floor=0.5)),
        "Boltzmann machine": (pixels, BernoulliRBM(hidden=64, epochs=steps(60), minibatch=20, top=16.0)),
        "VAE": (seen, VAE(latent=12, hidden=128, steps=steps(400), rate=5e-3, batch=32)),
        "diffusion": (seen, Diffusion(hidden=128, steps=steps(400), rate=1e-2, batch=64, levels=20, path="straight")),
    }


def draw(rows: dict[str, list[Image.Image]], columns: list[str]) -> Image.Image:
    """A grid of panels with their names."""
    wide, high = next(iter(rows.values()))[0].size
    whole = Image.new("L", (LEFT + len(columns) * (wide + GAP), TOP + len(rows) * (high + GAP)), 255)
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(size=12)
    for j, column in enumerate(columns):
        pen.text((LEFT + j * (wide + GAP), 4), column, 29, font=font)
    for i, (name, panels) in enumerate(rows.items()):
        pen.multiline_text((4, TOP + i * (high + GAP) + 4), name, 29, font=font)
        for j, panel in enumerate(panels):
            whole.paste(panel, (LEFT + j * (wide + GAP), TOP + i * (high + GAP)))
    return whole


def panel(world: Any, points: np.ndarray) -> Image.Image:
    """The first digits of what was written; paper where a model could learn nothing."""
    few = points[: ACROSS * DOWN]
    few = few.reshape(len(few), -1)
    if not np.isfinite(few).all():
        few = few[:0]
    pictures = world.pictures(few) if len(few) else np.zeros((0, 8, 8), dtype=np.uint8)
    return Image.fromarray(sheet(pictures, ACROSS, DOWN)).resize((ACROSS * 17, DOWN * 17), Image.Resampling.BOX)


def main(arguments: list[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--effort", type=float, default=1.0, help="less is quicker and means less")
    asked.add_argument("--out", type=Path, default=Path("digits"))
    asked.add_argument("--jobs", type=int, default=engines.cores())
    given = asked.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    generations, replicates = max(1, round(12 * given.effort)), max(1, round(4 * given.effort))
    started = time.monotonic()
    runs, rows = {}, {}
    # One pool for all runs, since each of its processes loads PyTorch once.
    with nullcontext() if given.jobs == 1 else engines.local(given.jobs) as pool:
        for name, (world, family) in families(given.effort).items():
            run = runs[name] = kellet.run(
                world=world, family=family, size=SIZE, arms=ARMS, generations=generations, replicates=replicates,
                metrics=("surviving_classes", "coverage"), executor=pool,
            )  # fmt: skip
            for arm in ARMS:
                rows[f"{name}\n{arm}"] = [panel(world, points) for points in run.specimens(arm)["points"]]
            print(f"{name} has learnt {generations + 1} times, in {len(ARMS)} arms", flush=True)
    columns = [f"generation {t}" for t in exhibits(generations)]
    draw(rows, columns).quantize(16).save(given.out / "digits.png", optimize=True)
    (given.out / "digits.html").write_text(compare(runs, "surviving_classes").answer().html(), encoding="utf-8")
    print(f"{given.out / 'digits.png'}, {given.out / 'digits.html'}; {time.monotonic() - started:.0f} seconds")


if __name__ == "__main__":
    sys.exit(main())
