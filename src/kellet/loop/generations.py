"""The closed loop, as one iterator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from numpy.random import Generator

from kellet.data.source import Source
from kellet.evidence import Points
from kellet.families.abilities import Archive
from kellet.families.family import E, Family, M
from kellet.families.yours.python import welcome
from kellet.loop.anchors import Anchor, AnyAnchor
from kellet.loop.curation.curation import Curation, Filter
from kellet.loop.lineage import Generation, Lineage
from kellet.loop.reading import Anchoring, K, Reader, make_reader
from kellet.loop.regimes import Number, Regime, Replace, pool
from kellet.loop.sizes import Size, size_at
from kellet.struct import checked
from kellet.worlds.world import World, open_world


@checked
def generations(
    world: World | Source,
    family: Family[E, M],
    *,
    size: Size,
    regime: Regime | None = None,
    anchor: AnyAnchor | None = None,
    curation: Curation | Callable[[Points, Generator], Points] | None = None,
    start: M | None = None,
    replicates: int = 1,
    archive: Archive | None = None,
    rng: Generator,
) -> Iterator[Generation[E | Points, M]]:
    """Train, write, train on what was written, for ever.

    Generation 0 learns from ``size`` real points (or is ``start``); generation t learns from what the regime keeps
    of what generation t - 1 wrote, together with the anchor's real points.  ``size`` counts both, and may be a tuple
    with a size for each generation, the last one staying.  Where family and world know the law of their statistics,
    and regime, anchor and curation don't ask for single points, no point is ever drawn.  curation may also be any
    function of (points, rng) that returns points, with the weights of what it drops set to 0.  archive: where fits
    leave what they print or learnt, of families that do.

    Stopping, plotting and progress belong to whoever drains it:

    >>> import kellet
    >>> loop = generations(kellet.worlds.Normal(), kellet.families.Gaussian(), size=100, replicates=1000,
    ...                    rng=np.random.default_rng(0))
    >>> for g in loop:
    ...     if np.median(g.model.variance) < 0.5: break
    >>> 25 < g.t < 45
    True
    """
    streams = rng.spawn(3)
    if not isinstance(curation, Curation):
        curation = Curation() if curation is None else Filter(curation)
    regime, anchor = Replace() if regime is None else regime, Anchor(0) if anchor is None else anchor
    family = welcome(family)
    source = open_world(world, replicates)
    if anchor.once:
        source = source.once(streams[2])
    reader = make_reader(source, family, regime.needs_points(getattr(family, "learns", Points)) or curation.by_points)
    yield from _turn(reader, family, size, regime, anchor, curation, start, archive, streams)


def _turn(
    reader: Reader[K, E],
    family: Family[E, M],
    size: Size,
    regime: Regime,
    anchor: AnyAnchor,
    curation: Curation,
    start: M | None,
    archive: Archive | None,
    streams: list[Generator],
) -> Iterator[Generation[K, M]]:
    """The loop, whatever its reader keeps.  streams: for learning, for writing, and for observing what is real."""
    learning, writing, observing = streams
    n = size_at(size, 0)
    anchoring = Anchoring(anchor, size, reader, observing)
    k: Number
    k, anchored = anchoring.first()
    memory = pool(anchored, reader.first(n - k, observing) if n > k else None)
    lineage = Lineage(family, reader, curation, archive, memory, learning, start)
    t = 0
    while True:
        yield lineage.show(t)
        t += 1
        n, write = size_at(size, t), partial(reader.write, lineage.model, lineage.curation, t=t, rng=writing)
        k, anchored = anchoring.at(n, t, write)
        written = write(n - k) if np.min(k) < n else None
        evidence, memory = regime.next(memory, anchored, written, n - k, writing)
        lineage.learn(evidence, learning)
