"""Together: what all writers of a pool still know between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kellet.evidence import Array
from kellet.laws import Frequencies
from kellet.metrics.diversity import categorical
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.tails import tail_kept


def tail_anywhere(look: Look) -> Array:
    """Of the rarest tenth of the true mass, the share whose categories at least one writer's model can still write."""
    alive = [one.model_as(Frequencies).dense() > 0 for one in look.web]
    union = Frequencies(np.logical_or.reduce(alive).astype(float))
    return tail_kept(replace(look, model=union))


TAIL_ANYWHERE = Metric(
    "tail_anywhere", "rare part kept by any",
    "Of the rarest tenth of the real mass, the share that at least one of all writers' models can still write.",
    tail_anywhere, categorical,
    limits="It asks whether rare things can be written by anybody at all, not whether anybody would read them.",
)  # fmt: skip
