"""Between writers: how much of the pool models wrote, and how alike those who learn from it become."""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array
from kellet.laws.model import Model
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real
from kellet.metrics.together import TAIL_ANYWHERE


def _always(real: Real, model: Model | None) -> bool:
    return True


def _in_pool(look: Look) -> Array:
    return look.shares[0]


def _read(look: Look) -> Array:
    return np.asarray(np.mean(look.shares[1], axis=0))


MODEL_SHARE = Metric(
    "model_share", "Model text in the pool",
    "The share of all that lies in the pool that models wrote, before any filter",
    _in_pool, _always, None, portion=True,
)  # fmt: skip
MODEL_SHARE_READ = Metric(
    "model_share_read", "Model text that is read",
    "The share of what a writer learns from that models wrote, all writers alike: after the filter, beside its anchor",
    _read, _always, None, portion=True,
)  # fmt: skip
BETWEEN = (MODEL_SHARE, MODEL_SHARE_READ, TAIL_ANYWHERE)
