"""How surprising what models of text write is to generation 0's model."""

from __future__ import annotations

import numpy as np

from kellet.experiment.run import Run
from kellet.experiment.running.recorder import exhibits
from kellet.page.wording import number
from kellet.report.gallery import Gallery, Panel, Row
from kellet.report.shapes import area, line, svg


def gallery(run: Run) -> Gallery | None:
    """An arm a picture, all its generations in one; None where nothing was placed.

    After I. Shumailov et al., Nature 631:755 (2024), figure 1.
    """
    written = {arm: run.specimens(arm).get("surprise") for arm in run.blocks}
    real = next((run.specimens(arm)["real_surprise"][0] for arm in run.blocks if written[arm] is not None), None)
    if real is None:
        return None
    every = np.concatenate([real, *(placed.ravel() for placed in written.values() if placed is not None)])
    every = every[np.isfinite(every)]
    if not len(every):
        return None
    low, high = np.quantile(every, (0.002, 0.998))
    frame = np.array([low, max(high, low + 1e-3)])
    times = exhibits(run.experiment.generations)
    panels = []
    for place, (arm, placed) in enumerate(written.items()):
        if placed is None:
            continue
        drawn = area(real, frame)
        for i, values in enumerate(placed):
            drawn += line(values, real, frame, place, (i + 1) / len(placed))
        never = float(np.isinf(placed[-1]).mean())
        panels.append(
            Panel(
                arm,
                f"{arm}: how surprising real text and what generations {', '.join(map(str, times))} write is",
                svg=svg(drawn),
                ends=(number(float(np.exp(frame[0]))), number(float(np.exp(frame[1])))),
                note=f"{never:.0%} of the last could not be written by generation 0" if never else "",
            )
        )
    intro = (
        "Each passage has a perplexity under generation 0’s model: low on the left, for what it would write itself, "
        "high on the right, for what would surprise it (each step to the right multiplies). Grey is real text that no "
        f"model was shown; the lines are what generations {', '.join(map(str, times))} write, pale the first, dark the "
        "last. A loop that writes ever more of the likely moves to the left; one whose mistakes add up moves to the "
        "right, or grows a tail there, of what no real text taught. First replicate, not selected."
    )
    return Gallery("shapes", "How likely generation 0 finds it", intro, (Row(None, "by arm", tuple(panels)),), 3)
