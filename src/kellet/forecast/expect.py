"""What one may expect of an anchored loop, without running it: the numbers behind ``kellet theory``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from kellet.errors import InputError
from kellet.evidence import Array
from kellet.forecast.loops import loop_of
from kellet.forecast.rare import expected_kept, rare_of
from kellet.forecast.rows import rows_of
from kellet.forecast.sentences import called, number, sentences_of, share
from kellet.forecast.table import TITLES, Outlook, Rare, Row
from kellet.loop.anchors import AnyAnchor
from kellet.theory import Loop, accumulation

__all__ = [
    "TITLES",
    "Outlook",
    "Rare",
    "Row",
    "expected_curves",
    "expected_kept",
    "number",
    "outlook",
    "share",
]


def outlook(
    family: Any,
    *,
    size: int,
    dim: int = 1,
    anchor: AnyAnchor | None = None,
    generations: int | None = None,
    p: Sequence[float] = (),
    nats: float = 0.1,
) -> Outlook:
    """What theory says about a loop that replaces its data, without running it.

    family: one that has closed forms; its prior is taken to lie at the truth.  size: points a generation.  dim:
    columns of a Gaussian.  anchor: a count or a share of fresh points, of the same ones, or from a bank.
    generations: also what is left then, generation 0 being the first fit.  p: probabilities of categories, to say
    which are kept.  nats: the divergence that ``points_for_divergence`` is to reach.

    >>> import kellet
    >>> from kellet.families import Gaussian
    >>> seen = outlook(Gaussian(), size=10**9, dim=20, anchor=kellet.Anchor(10), p=[0.001])
    >>> [round(seen.value(name), 2) for name in ("effective_points", "variance_kept", "divergence")]
    [21.0, 0.95, 7.13]
    >>> round(seen.rare[0].kept, 2)
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
    settings = {
        "family": family.__struct_config__.tag,
        "dim": dim,
        "size": size,
        "curvature": loop.curvature,
        "real_points": loop.k,
        "draw": anchor.draw if anchor and loop.k else "none",
        "bank": loop.bank,
        "prior": loop.prior,
        "generations": generations,
        "nats": nats,
    }
    rows = tuple(rows_of(family, loop, dim, generations, nats))
    told = Outlook(settings, "", rows, tuple(rare_of(loop, chance, generations) for chance in p))
    return msgspec.structs.replace(told, sentence=" ".join(sentences_of(told, loop, family)))


def expected_curves(
    family: Any, *, size: int, dim: int = 1, anchor: AnyAnchor | None = None, generations: int | None = None
) -> dict[str, tuple[Array, Array]]:
    """What becomes of the loop, and of its like without anything real, with fixed or fresh points, or keeping all data.

    Name -> (generations, values), the loop itself first.  values: E variance / true variance for families that lose it;
    else Var(mean), in units of one point's variance.  Exact.  generations: the last one; None stands for one when all
    has happened, for the loop that settles and for the one that nothing holds.

    >>> import kellet
    >>> from kellet.families import Gaussian
    >>> found = expected_curves(Gaussian(), size=100, anchor=kellet.Anchor(1), generations=1000)
    >>> {name: float(values[-1].round(3)) for name, (_, values) in found.items()}
    {'1 fresh real point': 0.664, '1 fixed real point': 0.0, 'nothing real': 0.0, 'all data kept': 0.984}
    """
    loop = loop_of(family, size, dim, anchor)
    plain = Loop(size, 0, loop.curvature)
    if generations is None:
        last = max(10 * loop.forgets if loop.forgets < np.inf else 0.0, 5.0 * size)
    else:
        last = max(float(generations), 1.0)
    at = np.unique(np.round(np.concatenate([[0], np.geomspace(max(1.0, last / 1e5), last, 200)])))
    loops = {called(loop): loop}
    if loop.k and not loop.prior:
        other = Loop(size, loop.k, loop.curvature, bank=None if loop.bank else loop.k)
        loops |= {called(other): other}
    wandered = {name: each.wander(at + 1) for name, each in (loops | {"nothing real": plain}).items()}
    wandered["all data kept"] = accumulation.wander(size, at + 1, loop.curvature)
    a = loop.curvature
    return {name: (at, np.maximum(1 + a * moved, 0.0) if a < 0 else moved) for name, moved in wandered.items()}
