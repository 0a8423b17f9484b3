"""Pictures of worlds whose points are pictures."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from kellet.data.source import DataSet
from kellet.evidence import Array
from kellet.experiment.run import Run
from kellet.metrics.real import flatten
from kellet.report.gallery import Gallery, Panel, Row, Shown, Strip, Tally, specimens, tally
from kellet.worlds.observable import Observable, observable

ACROSS, DOWN = 6, 5
REAL = 24, 3
"""Columns and rows of the real pictures, which have a line of their own."""
FEW = 12, 2
"""Of the pictures that a page begins with."""
SHARP = 40
"""Screen dots that a picture is drawn with at least, so that its edges stay sharp at any width."""
LARGEST = 64
"""Screen dots of a picture at most: of larger ones only every second, third, ... pixel is shown."""


def gallery(run: Run, source: DataSet) -> Gallery:
    """A grid of what each arm's model writes, at the shown generations; real ones first."""
    world = observable(run.experiment.world)
    classes = source.classes
    real = _panel(world, source, source.heldout, "real pictures that no model was shown", *REAL)
    rows = [Row(None, "real data", (real,))]
    for number, arm in enumerate(run.blocks):
        panels = (_panel(world, source, points, f"generation {t}") for t, points in specimens(run, arm, "points"))
        rows.append(Row(number, arm, tuple(panels)))
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


def strip(run: Run, source: DataSet, wanted: Sequence[Shown]) -> Strip:
    """Two lines of pictures each."""
    world = observable(run.experiment.world)
    panels = tuple(_panel(world, source, one.find(run, "points"), one.caption, *FEW) for one in wanted)
    note = f"The first {FEW[0] * FEW[1]} pictures of the first replicate each, not selected."
    if source.classes is not None:
        note += " Crossed out: what a fixed reader finds among 500 pictures less than a tenth as often as it should."
    return Strip(panels, note)


def _panel(
    world: Observable, source: DataSet, points: Array, caption: str, across: int = ACROSS, down: int = DOWN
) -> Panel:
    if not np.isfinite(points).all():
        return Panel(caption, note="nothing: the model could learn nothing any more")
    few, note, classes = points[: across * down], "", source.classes
    tallied: Tally = ()
    if classes is not None:
        # What can't be read comes last.
        seen = flatten(points, source.view)
        read = classes.read(seen[: across * down])
        few = few[np.argsort(np.where(read < 0, len(classes.names), read), kind="stable")]
        shares = classes.shares_of(seen[None])[0]
        tallied = tally(classes, shares)
        lost = 1 - float(shares.sum())
        note = f"{100 * lost:.0f} % unreadable" if lost >= 0.05 else ""
    alive = [name for name, there in tallied if there]
    pictures = world.pictures(few)
    image = None if pictures is None else png(sheet(pictures, across, down))
    written = f"; still written: {', '.join(alive) or 'none'}" if tallied else ""
    alt = f"{caption}: a grid of {len(few)} pictures{written}"
    return Panel(caption, alt, image=image, tally=tallied, note=note)


def sheet(pictures: NDArray[np.uint8], across: int, down: int) -> NDArray[np.uint8]:
    """Pictures (n, h, w), or (n, h, w, 3) in colour, side by side on one, with a line of paper between them."""
    step = -(-max(pictures.shape[1:3]) // LARGEST)
    pictures = pictures[:, ::step, ::step]
    n, h, w = pictures.shape[:3]
    whole = np.full((down * (h + 1) - 1, across * (w + 1) - 1, *pictures.shape[3:]), 255, dtype=np.uint8)
    for i in range(min(n, across * down)):
        y, x = (i // across) * (h + 1), (i % across) * (w + 1)
        whole[y : y + h, x : x + w] = pictures[i]
    scale = -(-SHARP // max(h, w))
    return whole.repeat(scale, axis=0).repeat(scale, axis=1)


def png(picture: NDArray[np.uint8]) -> str:
    """A picture (h, w), in 16 greys, or (h, w, 3) in colour, as a data URI."""
    from PIL import Image

    stream = BytesIO()
    Image.fromarray((picture // 17) * 17 if picture.ndim == 2 else picture).save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(stream.getvalue()).decode()}"
