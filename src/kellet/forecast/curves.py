"""Expected curves of a loop and of its like."""

from __future__ import annotations

from typing import Any

import numpy as np

from kellet.evidence import Array
from kellet.forecast.loops import loop_of
from kellet.forecast.sentences import called
from kellet.loop.anchors import AnyAnchor
from kellet.theory import Loop, accumulation


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
