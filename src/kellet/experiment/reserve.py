"""How many real points a loop takes of what the world has kept for it, at most."""

from __future__ import annotations

import numpy as np

from kellet.evidence import Array
from kellet.loop.anchors import AnyAnchor
from kellet.loop.pool.flow import FAR, Flow
from kellet.loop.sizes import Size, size_at

NEVER = 1e-15
"""A chance that nobody needs to reckon with."""
FEW = 10**9
"""Points up to which SciPy's binomial quantiles take no time; no data have as many."""


def count_sizes(size: Size) -> int:
    """How many sizes are named; they change no more after those."""
    return len(size) if isinstance(size, tuple) else 1


def count_anchor(anchor: AnyAnchor, size: Size, generations: int) -> int:
    """How many real points an anchor puts into a generation at most; bad input where one hasn't room for them.

    >>> from kellet import Anchor
    >>> count_anchor(Anchor(share=0.1), (100, 200), 5)
    20
    """
    times = [0, *range(anchor.every, min(generations, count_sizes(size) + anchor.every) + 1, anchor.every)]
    most = max(anchor.dose(size, t).clean for t in times)
    if anchor.random and anchor.share:
        # So many as no replicate will ever draw.
        n = max(size_at(size, t) for t in times)
        most = max(most, int(_bound(np.array([n]), np.array([anchor.share]))[0]))
    return most


def count_once(anchor: AnyAnchor, size: Size, generations: int) -> int:
    """How many real points an anchor takes in all, where none comes back.

    >>> from kellet import Anchor
    >>> count_once(Anchor(3, once=True, every=2), 100, 7)
    9
    """
    when = range(anchor.every, generations + 1, anchor.every)
    first, last = when[: count_sizes(size)], when[count_sizes(size) :]
    needed = sum(anchor.dose(size, t).clean for t in first)
    return needed + (len(last) * anchor.dose(size, last[0]).clean if last else 0)


def count_people(flow: Flow, homes: Array, anchor: AnyAnchor, size: Size, private: int) -> Array:
    """(T,): how many of people's documents a writer reads at most, by the law of each source, in each generation.

    homes: (P,), what share of models' text is written in each pool.  anchor, size, private: the writer's.

    >>> import kellet
    >>> flow = Flow.of(kellet.Pool(window=1, before=0), [(100, 1)], last=2)
    >>> count_people(flow, np.ones(1), kellet.Anchor(0), 100, 0)
    array([0., 0.])
    """
    times = np.arange(1, len(flow.models) + 1)
    named = [size_at(size, t) for t in range(1, min(len(times), count_sizes(size)) + 1)]
    sizes = np.array([*named, *[named[-1]] * (len(times) - len(named))], dtype=np.float64)
    doses = {n: 0 if anchor.random else anchor.points(n, size_at(size, 0)) for n in set(named)}
    taken = np.where(times % anchor.every == 0, [doses[int(n)] for n in sizes], 0)
    share = np.nan_to_num(flow.share_of_people(homes)).max(axis=0)
    growing = flow.settings.humans is not None and (flow.settings.humans.halving or 0.0) < 0
    if growing and flow.last > FAR:
        # In the end there is nobody else to read.
        share[-1] = 1.0
    return _bound(np.maximum(sizes - taken - private, 0.0), np.clip(share, 0.0, 1.0))


def _bound(n: Array, share: Array) -> Array:
    """So many of n as no replicate will ever draw, where each is drawn with such a chance."""
    from scipy.stats import binom

    return np.where(n < FEW, binom.isf(NEVER, np.minimum(n, FEW), share), n)
