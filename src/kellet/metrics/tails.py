"""Tails: what is left of the rare part."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kellet.evidence import Array
from kellet.laws import Frequencies, Normal
from kellet.laws.frequencies import rarest
from kellet.laws.model import Model
from kellet.metrics.diversity import categorical
from kellet.metrics.look import Look
from kellet.metrics.metric import Metric
from kellet.metrics.moments import on_normal_line
from kellet.metrics.real import Real, RealPoints

RARE = 0.1
OUTERMOST = 0.01


def rare_types(truth: Array) -> Array:
    """(V,): how much of each category's probability belongs to the rarest tenth of the true mass.

    >>> rare_types(np.array([0.9, 0.06, 0.04])), rare_types(np.full(4, 0.25))
    (array([0.  , 0.06, 0.04]), array([0.025, 0.025, 0.025, 0.025]))
    """
    return rarest(truth, RARE)


def tail_kept(look: Look) -> Array:
    """Of the rarest tenth of the true mass, the share whose categories the model can still write."""
    model, rare = look.model_as(Frequencies), _rarest(look.truth(Frequencies))
    total = rare.sum()
    alive = model.probabilities > 0
    return alive @ (rare if model.categories is None else rare[model.categories]) / total  # type: ignore[no-any-return]


def rare_mass(look: Look) -> Array:
    r""":math:`\sum_i p_i r_i / q_i` over :math:`\sum_i r_i`: what the model writes of the rarest tenth of the true
    mass, :math:`r_i` of the :math:`q_i` of category i belonging to it, against what is real.

    An average over a loop that is not pulled stays 1, however many of its categories die: what is left of them is
    written more often.  `kellet.theory.pool.minority_after` says where a filter sends it.
    """
    model, truth = look.model_as(Frequencies), look.truth(Frequencies)
    rare = _rarest(truth)
    with np.errstate(invalid="ignore"):
        part = np.where(rare > 0, rare / truth.probabilities[0], 0.0)
    return model.probabilities @ (part if model.categories is None else part[model.categories]) / rare.sum()  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def _rarest(truth: Frequencies) -> Array:
    return rare_types(truth.probabilities[0])


def tail_reach(look: Look) -> Array:
    """What a normal model still writes of the true two outermost twentieths, each counted up to what is real."""
    from scipy.special import ndtr, ndtri

    truth, model = look.truth(Normal), look.model_as(Normal)
    reach = ndtri(1 - RARE / 2) * truth.sd[0]
    ends = np.stack([truth.mean[0] - reach - model.mean, model.mean - truth.mean[0] - reach])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        written = np.where(model.sd > 0, ndtr(ends / model.sd), ends >= 0)
    return np.minimum(written, RARE / 2).sum(axis=0) / RARE  # type: ignore[no-any-return]


def tails_written(look: Look) -> Array:
    """Share of written points beyond the real 1 % and 99 % quantiles of a column, over the real share beyond; the
    column that has lost most.

    Quantiles and real shares are those of the training split; a column whose outermost values are tied has no tails and
    is left out.  Being the smallest of several, it lies below 1 even for real points: compare it with theirs.
    """
    low, high, share, columns = _ends(look.data)
    points = look.points[:, :, columns]
    return (((points < low) | (points > high)).mean(axis=1) / share).min(axis=1)  # type: ignore[no-any-return]


@lru_cache(maxsize=8)
def _ends(real: RealPoints) -> tuple[Array, Array, Array, NDArray[np.intp]]:
    """Quantiles (d,), (d,) and real shares beyond them (d,), of the columns (d,) that have tails."""
    low, high = np.quantile(real.training, (OUTERMOST, 1 - OUTERMOST), axis=0)
    share = ((real.training < low) | (real.training > high)).mean(axis=0)
    columns = np.flatnonzero(share > 0)
    return low[columns], high[columns], share[columns], columns


def _has_tails(real: Real, model: Model | None) -> bool:
    return isinstance(real, RealPoints) and len(_ends(real)[3]) > 0


TAIL_KEPT = Metric(
    "tail_kept", "rare part kept", "Of the rarest tenth of the real mass, the share that the model can still write.",
    tail_kept, categorical, part="rare", aliases=("rare",), unit="of the rare {things}",
    noun="the rare {things}",
    limits="It asks whether rare things can be written at all, not whether they are written often enough.",
)  # fmt: skip
RARE_MASS = Metric(
    "rare_mass", "how often the rare part is written",
    "How much of what the model writes belongs to the rarest tenth of the real mass, against what is real.",
    rare_mass, categorical, usual=False,
    limits="Its mean stays where nothing pulls, though nearly all rare things are lost: what is left is written more.",
)  # fmt: skip
TAIL_REACH = Metric(
    "tail_reach", "rare part kept",
    "What the model still writes of the outermost tenth of the real data, both ends counted up to what is real.",
    tail_reach, on_normal_line, part="rare", aliases=("rare",), unit="of both tails", noun="both tails",
    limits="It looks only at both ends of the distribution; their mass may be right for the wrong reason.",
)  # fmt: skip
TAILS_WRITTEN = Metric(
    "tails_written", "tails of the worst column",
    "How often the model writes beyond the real 1 % and 99 % quantiles, in the column that has lost most.",
    tails_written, _has_tails, None, RealPoints.all_but_heldout,
    limits="It looks at one column at a time and takes the worst, so it is noisy: read it by its band.",
)  # fmt: skip
