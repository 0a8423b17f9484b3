"""Pictures of worlds whose points are pictures."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kedge.evidence import Array
from kedge.report.gallery import Gallery, Panel, Row, tally
from kedge.run import Run, shown

ACROSS, DOWN = 6, 5
REAL = 24, 3
"""Columns and rows of the real pictures, which have a line of their own."""
SCALE = 5
"""Screen dots a pixel, so that edges stay sharp at any width."""


def gallery(run: Run, source: Any) -> Gallery:
    """A grid of what each arm's model writes, at the shown generations; real ones first."""
    world: Any = run.experiment.world
    classes = source.classes
    real = _panel(world, classes, source.heldout, "real pictures that no model was shown", *REAL)
    rows = [Row(None, "real data", (real,))]
    for number, arm in enumerate(run.blocks):
        written = run.specimens(arm).get("points", np.empty((0, 0, 0)))
        times = shown(run.experiment.generations)
        panels = tuple(
            _panel(world, classes, points, f"generation {t}") for t, points in zip(times, written, strict=False)
        )
        rows.append(Row(number, arm, panels))
    intro = (
        f"Each panel holds {ACROSS * DOWN} pictures that a model wrote: the first ones of the first replicate, not "
        "selected, only put in order by what a fixed reader, trained on real data, takes them for."
    )
    if classes is not None:
        intro += (
            " Below, which of the classes that reader still finds among 500 written pictures; pale and crossed out are "
            "those that fell below a tenth of their real share. "
            f"It reads {100 * classes.accuracy:.0f} % of real pictures rightly that it has never seen."
        )
    return Gallery("grid", "What the models write", intro, tuple(rows))


def _panel(world: Any, classes: Any, points: Array, caption: str, across: int = ACROSS, down: int = DOWN) -> Panel:
    if not np.isfinite(points).all():
        return Panel(caption, note="nothing: the model could learn nothing any more")
    few = points[: across * down]
    note = ""
    tallied: tuple[tuple[str, bool], ...] = ()
    if classes is not None:
        # What can't be read comes last.
        read = classes.read(few)
        few = few[np.argsort(np.where(read < 0, len(classes.names), read), kind="stable")]
        shares = classes.shares_of(points[None])[0]
        tallied = tally(classes, shares)
        lost = 1 - float(shares.sum())
        note = f"{100 * lost:.0f} % unreadable" if lost >= 0.05 else ""
    alive = [name for name, there in tallied if there]
    alt = f"{caption}: a grid of {len(few)} pictures" + (
        f"; still written: {', '.join(alive) or 'none'}" if tallied else ""
    )
    return Panel(caption, alt, image=png(sheet(world.pictures(few), across, down)), tally=tallied, note=note)


def sheet(pictures: NDArray[np.uint8], across: int, down: int) -> NDArray[np.uint8]:
    """Pictures (n, h, w) side by side on one, with a line of paper between them."""
    n, h, w = pictures.shape
    whole = np.full((down * (h + 1) - 1, across * (w + 1) - 1), 255, dtype=np.uint8)
    for i in range(min(n, across * down)):
        y, x = (i // across) * (h + 1), (i % across) * (w + 1)
        whole[y : y + h, x : x + w] = pictures[i]
    return whole


def png(grey: NDArray[np.uint8]) -> str:
    """A grey picture (h, w) as a data URI, in 16 greys."""
    from PIL import Image

    stream = BytesIO()
    sharp = ((grey // 17) * 17).repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    Image.fromarray(sharp).save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(stream.getvalue()).decode()}"
