"""What one may expect of an anchored loop, without running it: the numbers behind ``kellet theory``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kellet.errors import InputError
from kellet.forecast.forecast import Forecast
from kellet.forecast.loops import loop_of
from kellet.forecast.rare import rare_of
from kellet.forecast.rows import rows_of
from kellet.forecast.sentences import sentences_of
from kellet.forecast.table import Settings
from kellet.loop.anchors import AnyAnchor


def expect(
    family: Any,
    *,
    size: int,
    dim: int = 1,
    anchor: AnyAnchor | None = None,
    generations: int | None = None,
    p: Sequence[float] = (),
    nats: float = 0.1,
) -> Forecast:
    """What theory says about a loop that replaces its data, without running it.

    family: one that has closed forms; its prior is taken to lie at the truth.  size: points a generation.  dim:
    columns of a Gaussian.  anchor: a count or a share of fresh points, of the same ones, or from a bank.
    generations: also what is left then, generation 0 being the first fit.  p: probabilities of categories, to say
    which are kept.  nats: the divergence that ``points_for_divergence`` is to reach.

    >>> import kellet
    >>> from kellet.families import Gaussian
    >>> found = expect(Gaussian(), size=10**9, dim=20, anchor=kellet.Anchor(10), p=[0.001])
    >>> [round(found.value(name), 2) for name in ("effective_points", "variance_kept", "divergence")]
    [21.0, 0.95, 7.13]
    >>> round(found.rare[0].kept, 2)
    0.3
    """
    loop = loop_of(family, size, dim, anchor)
    for chance in p:
        if not 0 < chance <= 1:
            raise InputError("the probability of a category, above 0 and at most 1", chance, "0.001")
    if p and loop.prior:
        raise InputError("no prior where categories are asked for: what it keeps of them is not known", loop.prior, "0")
    if generations is not None and generations < 0:
        raise InputError("generations >= 0", generations, "1000")
    if not 0 < nats < np.inf:
        raise InputError("a divergence above 0 nats", nats, "0.1")
    settings = Settings(
        family=family.__struct_config__.tag, dim=dim, size=size, curvature=loop.curvature, real_points=loop.k,
        draw=anchor.draw if anchor and loop.k else "none", bank=loop.bank, prior=loop.prior, generations=generations,
        nats=nats,
    )  # fmt: skip
    rows = tuple(rows_of(family, loop, dim, generations, nats))
    sentence = " ".join(sentences_of(settings, rows, loop, family))
    return Forecast(family, anchor, settings, sentence, rows, tuple(rare_of(loop, chance, generations) for chance in p))
