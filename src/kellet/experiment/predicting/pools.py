"""What theory says of writers who read one pool: who wrote what they read, and their moments where these close."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import msgspec
import numpy as np

from kellet.data.source import Source
from kellet.evidence import Array
from kellet.experiment.cell import Cell
from kellet.experiment.predicting.closing import Shown, close
from kellet.experiment.predicting.prediction import Known, Prediction
from kellet.experiment.predicting.timetable import Timetable
from kellet.families.recipe import Recipe
from kellet.loop.pool.settings import SHOWN, Pool

if TYPE_CHECKING:
    from kellet.theory.reading import Course

AMOUNTS = "what is written, added up; Bayes' rule"
MOMENTS = "second moments of means and pools, derived here; Wright, Genetics 16:97 (1931), where all are alike"
RATIO = f"ratio of expectations, up to a quarter too high, and more where writers don't read each other; {MOMENTS}"
DEAREST = 1e9
"""Numbers that may be worked through for a prediction: some seconds."""


def predict_pool(cell: Cell, pool: Pool, source: Source) -> Known:
    """What is known of all writers together, and ``metric@writer`` of each."""
    times = Timetable(cell, pool)
    # Means of writers, of what may be real of each one's own, and of batches.
    width = 2 * len(times.members) + pool.pools * max(1, times.window or 1)
    if times.count * max(width**2, 1e4) > DEAREST:
        return
    yield from _predict_shares(times)
    if (found := _follow(times, source)) is None:
        return
    course, shown = found
    for metric, values in _show(course, shown):
        yield from _spell(times, metric, values, MOMENTS)
    if len(times.members) > 1 and shown != "variance":
        yield "writers_apart", Prediction(course.apart, "exact", MOMENTS)
        yield "differentiation", Prediction(course.together.differentiation, "approximation", RATIO)


def _spell(times: Timetable, metric: str, values: Array, source: str) -> Known:
    """The mean over writers of values (T + 1, K), and of several that are shown each one's."""
    yield metric, Prediction(values.mean(axis=1), "exact", source)
    if 1 < len(times.members) <= SHOWN:
        for name, one in zip(times.members, values.T, strict=True):
            yield f"{metric}@{name}", Prediction(one, "exact", source)


def _predict_shares(times: Timetable) -> Known:
    """The share of model text in the pool, and in what is learnt from."""
    from kellet.theory.pool import model_share

    pool = times.pool
    window = None if times.window is None else max(1, times.window)
    with np.errstate(invalid="ignore"):
        share = model_share(times.told, times.amounts.sum(axis=1), window=window)
    yield "model_share", Prediction(np.nan_to_num(share), "exact", AMOUNTS)
    cell, members = times.cell, times.members.values()
    chosen = (pool.by_points and times.documents) or (cell.curation is not None and cell.curation.by_points)
    unsure = any(one.anchor.random and one.private for one in members) or (times.documents and times.filters)
    if chosen or unsure or (times.wanted < 0).any():
        return
    read = times.library.read(times.gather(times.models), times.people)[:, times.homes]
    whole = times.reads + times.sizes - times.wanted
    found = np.zeros_like(read)
    for t in range(1, times.count):
        found[t] = np.where(times.learns[t], read[t] * (times.reads[t] / np.maximum(whole[t], 1.0)), found[t - 1])
    if np.isfinite(found).all():
        yield from _spell(times, "model_share_read", found, AMOUNTS)


def _follow(times: Timetable, source: Source) -> tuple[Course, Shown] | None:
    """The moments of all writers, and what tells them; None where they are not known."""
    from kellet.theory.reading import follow

    cell, pool = times.cell, times.pool
    chosen = pool.bias != 1 or pool.halving is not None or pool.migration or times.filters
    if cell.curation is not None or pool.dedup is not None:
        return None
    if times.documents and (chosen or (pool.window == 0 and (times.people[1:] == 0).any())):
        return None
    families = [cast(Recipe, one.family) for one in times.members.values()]
    closed = [numbers for family in families if (numbers := close(family, source)) is not None]
    if len(closed) < len(families):
        return None
    alike = {repr(msgspec.structs.replace(family, prior=None)) for family in families}
    if len(alike) > 1 or (fed := times.feed(closed, source.truth)) is None:
        return None
    a, documents = closed[0].curvature, times.documents
    found = follow(times.library, fed[0], times.models, times.people, fed[1], a, documents=documents)
    return (found, closed[0].shown) if np.isfinite(found.wander).all() else None


def _show(course: Course, shown: Shown) -> Iterator[tuple[str, Array]]:
    """Metrics (T + 1, K) that the moments tell."""
    if shown == "variance":
        yield "variance_ratio", (1 + course.level) / 2
    if shown == "spread":
        yield "variance_ratio", course.variance
    if shown == "diversity":
        yield "heterozygosity", course.variance
    if shown in ("spread", "centre"):
        yield "mean_drift", course.wander
