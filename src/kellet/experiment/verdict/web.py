"""What became of several writers and of what lies between them, in the arms that have a pool."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from kellet.experiment.running.results import Results
from kellet.experiment.verdict.quantiles import Ends, ends, over, quantiles
from kellet.experiment.verdict.summary import Summary, find_since
from kellet.loop.pool.settings import spread
from kellet.metrics import find_metric
from kellet.metrics.between import MODEL_SHARE_READ
from kellet.metrics.differentiation import DIFFERENTIATION
from kellet.metrics.metric import Metric
from kellet.page.wording import join, number, percent


class RunWeb(msgspec.Struct, frozen=True):
    """The writers of an arm's pool.

    between: metric -> what is of all of them together, over the replicates in which there is such a thing.  by_writer:
    writer -> metric -> its own, where there are at most 16.  half_lost: writer -> the generation from which on the
    median replicate had less than half of the rare things that its own generation 0 had, None where it kept them.
    """

    writers: tuple[str, ...]
    between: dict[str, Ends]
    by_writer: dict[str, dict[str, Ends]]
    half_lost: dict[str, int | None]


def look_at_web(results: Results, arm: str, summary: Summary) -> RunWeb | None:
    """The writers of an arm and what is between them; None of an arm without a pool."""
    writers = _list_writers(results, arm)
    if not writers:
        return None
    each = (*results.metrics, *(metric for metric in results.between if metric == MODEL_SHARE_READ))
    return RunWeb(
        writers,
        {metric.name: ends(over(results, arm, metric)) for metric in results.between},
        {
            name: {metric.name: ends(over(results, arm, _of(metric, name))) for metric in each}
            for name in results.members(arm)
        },
        _find_half_lost(results, arm, summary),
    )


def _list_writers(results: Results, arm: str) -> tuple[str, ...]:
    cell = results.resolved.cells[arm]
    return () if cell.pool is None else tuple(spread(cell.writers or {}))


def _of(metric: Metric, writer: str) -> Metric:
    return find_metric(f"{metric.name}@{writer}")


def _find_half_lost(results: Results, arm: str, summary: Summary) -> dict[str, int | None]:
    rare, found = summary.parts.get("rare"), dict[str, int | None]()
    for name in results.members(arm) if rare else ():
        assert rare is not None
        medians = quantiles(over(results, arm, _of(rare, name)), (0.5,))[0]
        found[name] = find_since(medians, results.generations, medians[0] / 2)
    return found


def tell_web(results: Results, summary: Summary) -> Iterator[str]:
    """A sentence or two for each arm with a pool: what its writers read, how they differ, and who lost things first."""
    for arm in results.blocks:
        if (writers := _list_writers(results, arm)) and MODEL_SHARE_READ in results.between:
            whose = "the writer" if len(writers) == 1 else f"the {number(len(writers))} writers"
            read = ends(over(results, arm, MODEL_SHARE_READ)).end.median
            said = f"Of what {whose} of “{arm}” read in the last generation models wrote {_share(read)}"
            if DIFFERENTIATION in results.between and len(writers) > 1:
                apart = ends(over(results, arm, DIFFERENTIATION))
                said += f"; of all that varies {_share(apart.end.median)} lies between writers "
                said += f"({_share(apart.start.median)} in generation 0)"
            yield f"{said}."
            yield from _tell_first(arm, _find_half_lost(results, arm, summary))


def _share(value: float) -> str:
    return "nothing" if math.isnan(value) else percent(value)


def _tell_first(arm: str, lost: dict[str, int | None]) -> Iterator[str]:
    """Who lost half of the rare things before the others did."""
    known = {name: t for name, t in lost.items() if t is not None}
    first = min(known.values(), default=None)
    names = [f"“{name}”" for name, t in known.items() if t == first]
    if 0 < len(names) < len(lost):
        verb, whose = ("has", "its") if len(names) == 1 else ("have", "their")
        who = f"{join(names)} {verb} less than half of {whose} own from generation {first} on"
        yield f"The first of “{arm}” to lose rare things: {who}."
    elif names:
        yield f"All writers of “{arm}” have less than half of their rare things from generation {first} on."
