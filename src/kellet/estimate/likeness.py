"""Likeness: what of a corpus the references explain, and how much their choice matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kellet.estimate.calibration import Calibration
from kellet.estimate.counts import Counts
from kellet.estimate.ground import Ground, find_rates
from kellet.estimate.mixture import fit
from kellet.estimate.scores import HUMAN
from kellet.estimate.topics import measure_distance, unmix
from kellet.evidence import Array

QUANTILE = 1.645
"""Standard errors of a one-sided limit, one time in 20."""
SOME = 30
"""Human documents of a topic, from which on it is asked what if all were of it."""


@dataclass(frozen=True)
class Likeness:
    """How the corpus compares with the mixture of references that is nearest.

    distance: in neutral words.  writers: how model text divides into that of each, by all frequent features.  residual:
    standard errors that lie between corpus and mixture in all of them.  unexplained: the same as a share: a model's
    text of which so much would lie as far from human text.  hidden: up to which share that may be, one time in 20.
    """

    distance: float
    writers: dict[str, float]
    residual: float
    unexplained: float
    hidden: float


def compare(ground: Ground, law: Calibration, counts: Counts, weights: Array) -> Likeness:
    """How counts compare with references of weights (n,)."""
    rates, own = find_rates(ground.frequent, weights, ground.groups), counts.frequent / counts.documents
    neutral = ground.topics.neutral
    far = 0.0
    if neutral.any():
        kept = rates[:, neutral]
        far = measure_distance(own[neutral], counts.documents, kept, unmix(own[neutral], kept), law.sizes, kept[0])
    scale = ground.scale
    mixture = unmix(own * scale, rates * scale)
    spread = rates * (1 - rates) / law.sizes[:, None] * scale**2
    noise = own * (1 - own) / counts.documents * scale**2 + mixture**2 @ spread
    left = float((((own - mixture @ rates) * scale) ** 2 - noise).sum())
    error = max(float(np.sqrt(2 * (noise**2).sum())), 1e-12) * ground.clumping
    apart = (((rates[1:] - rates[0]) * scale) ** 2 - spread[1:] - spread[0]).sum(axis=1)
    whole = max(float(apart.mean()), 1e-12)
    writers = dict(zip(ground.names, (mixture[1:] / max(mixture[1:].sum(), 1e-12)).tolist(), strict=True))
    unexplained, hidden = (min(1.0, float(np.sqrt(max(at, 0.0) / whole))) for at in (left, left + QUANTILE * error))
    return Likeness(far, writers, left / error, unexplained, hidden)


def find_drift(ground: Ground, counts: Counts, share: float) -> tuple[float, float] | None:
    """From where to where the share that regression reads goes if the corpus's human text were all of one topic.

    The shift of a mixture's share by drift of its human part is known to first order,
    :math:`(1-\\alpha) \\sum_b (h'_b - h_b)(m_b - h_b) / c_b` over the information; here it is fitted anew.
    """
    shares, sizes = [], []
    human = ground.groups == HUMAN
    for topic in range(ground.topics.centres.shape[1]):
        own = human & (ground.topics.own == topic)
        if own.sum() >= SOME:
            kept = own | ~human
            law = Calibration.of(
                ground.methods[0].scores.keep(kept), ground.weights[kept], ground.calibrations[0].edges
            )
            shares.append(fit(counts.bins[0, 0], law.human, law.models[law.strong]).share)
            sizes.append(own.sum())
    if len(shares) < 2:
        return None
    # Laws of few documents are smoothed more, which moves all shares alike.
    middle = share - np.average(shares, weights=sizes)
    return float(np.clip(min(shares) + middle, 0, 1)), float(np.clip(max(shares) + middle, 0, 1))
