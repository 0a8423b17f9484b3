"""Between writers: how much of the pool models wrote, and all that is watched of several writers together.

What is measured of writers who have no numbers any more, such as degenerate ones, is left out; where fewer than two are
left of several, nothing lies between them, and there is no number.
"""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array
from kellet.laws.model import Model
from kellet.metrics import differentiation, exclusives
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real
from kellet.metrics.together import TAIL_ANYWHERE


def model_share(look: Look) -> Array:
    """The share of model text in the pool."""
    return look.shares[0]


def model_share_read(look: Look) -> Array:
    """The mean over writers of the share of model text in what each learns from."""
    return np.asarray(np.mean(look.shares[1], axis=0))


def _always(real: Real, model: Model | None) -> bool:
    return True


MODEL_SHARE = Metric(
    "model_share", "model text in the pool",
    "The share of all that lies in the pool that models wrote, before any filter.",
    model_share, _always, None, portion=True,
)  # fmt: skip
MODEL_SHARE_READ = Metric(
    "model_share_read", "model text that is read",
    "The share of what a writer learns from that models wrote, all writers alike: after the filter, beside its anchor.",
    model_share_read, _always, None, portion=True,
)  # fmt: skip
BETWEEN = (
    MODEL_SHARE, MODEL_SHARE_READ, differentiation.DIFFERENTIATION, differentiation.APART, differentiation.DISTANCE,
    exclusives.INVENTIONS, exclusives.KEPT, exclusives.ANYWHERE, TAIL_ANYWHERE,
)  # fmt: skip
