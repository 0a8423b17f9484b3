"""The recorder: what is measured of a loop, generation by generation, and what it writes to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet import metrics
from kellet.errors import InputError
from kellet.evidence import Array, Evidence
from kellet.experiment.resolution import Resolved
from kellet.experiment.running.members import Step, list_between, see
from kellet.families.abilities import abilities
from kellet.families.family import ExactFamily, Family
from kellet.laws import Frequencies
from kellet.laws.model import ByReplicate, Model
from kellet.loop.curation.verification import Broken
from kellet.loop.generations import generations
from kellet.loop.pool.settings import Writer
from kellet.metrics import Look, Metric, Real, RealLabels, RealLaw, RealText, real_of
from kellet.metrics.between import BETWEEN
from kellet.metrics.perplexity import with_predictions
from kellet.metrics.specimen import specimen

G = TypeVar("G")
USUAL = "usual"
"""What stands for all metrics that are watched where nobody names any."""


@dataclass(frozen=True)
class Recording:
    """What became of a loop.

    values: metric -> (R, G), at the generations that were to be recorded.  collapsed, emptied, failed: (R,), the
    generation at which a fit degenerated, that at which nothing was left to learn from, and that at which somebody's
    program broke, -1 where none did; each replicate has but the first of them.  absorbed: (R,), the generation since
    which up to the last one the model can write one point only, -1 where it can write others.  still: (R,), at how many
    generations that was so.  reason, failure: the first of each in words.  specimens: name -> (generations shown, ...),
    what the first replicate wrote.
    """

    values: dict[str, Array]
    collapsed: NDArray[np.int64]
    emptied: NDArray[np.int64]
    absorbed: NDArray[np.int64]
    still: NDArray[np.int64]
    failed: NDArray[np.int64]
    reason: str
    failure: str
    specimens: dict[str, NDArray[np.generic]]


def record(
    loop: Iterator[Step],
    real: Real,
    watched: Sequence[Metric],
    at: Sequence[int],
    replicates: int,
    judged: int,
    judging: Generator,
    shown: Sequence[int] = (),
    writing: Generator | None = None,
    members: Sequence[str] = (),
) -> Recording:
    """Drain a loop up to the last of the generations ``at`` which it is measured, in increasing order.

    real: what it is compared with.  judged: how many points a model writes for metrics of points, with ``judging``.
    shown: generations at which the first replicate writes, with ``writing``, to be shown.  members: writers of a pool
    each of whom is measured by itself, too.
    """
    died, left, since, broke = (np.full(replicates, -1) for _ in range(4))
    still = np.zeros(replicates, dtype=np.int64)
    # A generation at a time is written: rows of the transpose stay in the cache.
    values, columns = dict[str, Array](), {t: column for column, t in enumerate(at)}
    specimens: dict[str, list[NDArray[np.generic]]] = {}
    reason = failure = ""
    first: dict[str, Model] = {}
    ended: list[str] = []
    t = -1
    for g in _until_broken(loop, ended):
        t = g.t
        seen = see(g, real, judged, judging, first, replicates)
        fits = seen.marks
        going = (died < 0) & (left < 0) & (broke < 0)
        left[seen.emptied & going] = t
        died[seen.collapsed & ~seen.emptied & ~fits.failed & going] = t
        # Of what learnt nothing or broke nobody knows whether it could move.
        fixed = fits.absorbed & ~seen.collapsed & ~seen.emptied & ~fits.failed
        still += fixed
        since = np.where(fixed, np.where(since < 0, t, since), -1)
        reason = reason or fits.reason or ""
        if (column := columns.get(t)) is not None:
            for name, numbers in seen.columns(watched, members):
                values.setdefault(name, np.full((len(at), replicates), np.nan))[column] = numbers
        if t in shown and writing is not None:
            # What is made up is not shown, but the last that was written in earnest.
            last = {name: arrays[-1] for name, arrays in specimens.items()} if seen.emptied[0] else None
            for name, array in (last or _specimen(seen.looks, writing)).items():
                specimens.setdefault(name, []).append(array)
        # Last, since a program may break as late as when its model writes for us.
        fits = seen.read_marks(replicates)
        if (now := fits.failed & (died < 0) & (left < 0) & (broke < 0)).any():
            broke[now] = t
            failure = failure or f"generation {t}: {fits.failure}"
        if t == at[-1]:
            break
    if ended:
        broke[(died < 0) & (left < 0) & (broke < 0)] = t + 1
        failure = failure or f"generation {t + 1}: {ended[0]}"
    measured = {name: np.ascontiguousarray(values.pop(name).T) for name in tuple(values)}
    unseen = (broke >= 0)[:, None] & (np.array(at) >= broke[:, None])
    for numbers in measured.values():
        numbers[unseen] = np.nan
    shapes = {name: np.stack(arrays) for name, arrays in specimens.items()}
    return Recording(measured, died, left, since, still, broke, reason, failure, shapes)


def _until_broken(loop: Iterable[G], ended: list[str]) -> Iterator[G]:
    """A loop as far as it comes; why it ended, where the program that judges its points broke."""
    try:
        yield from loop
    except Broken as error:
        ended.append(f"expected {error.parts[0]}; got {error.parts[1]}")


def exhibits(last: int) -> tuple[int, ...]:
    """The generations that are shown in pictures: five from 0 to the last, closer together at the beginning.

    >>> exhibits(100), exhibits(2)
    ((0, 6, 25, 56, 100), (0, 1, 2))
    """
    return tuple(sorted({round(last * (i / 4) ** 2) for i in range(5)}))


def _specimen(looks: Sequence[Look], rng: Generator) -> dict[str, NDArray[np.generic]]:
    """What the first replicate of the first writer writes: its law where that is a list of probabilities, else points.

    alive: (A,), beside such a law by how many of several writers each category can still be written.
    """
    look, model = looks[0], looks[0].model
    if isinstance(look.real, RealLabels):
        # Their features are real, and a picture of labels alone shows nothing.
        return {}
    if isinstance(model, Frequencies):
        laws = [_first_law(one.model) for one in looks if isinstance(one.model, Frequencies)]
        kept: dict[str, NDArray[np.generic]] = {"probabilities": laws[0]}
        if 1 < len(laws) == len(looks):
            kept["alive"] = np.sum([law > 0 for law in laws], axis=0, dtype=np.uint16)
        return kept
    if isinstance(look.real, RealText):
        return specimen(look, rng)
    alone = model.first() if isinstance(model, ByReplicate) else model
    return {"points": alone.sample(500, rng).values[0]}


def _first_law(model: Frequencies) -> Array:
    """(A,): the probabilities of the first replicate."""
    law: Array = Frequencies(model.probabilities[:1], model.categories, model.size).dense()[0]
    return law


def choose_metrics(resolved: Resolved) -> tuple[Metric, ...]:
    """The metrics of an experiment: those it names, or all usual ones that its world and its family's models have."""
    return _choose(resolved, find_metrics(resolved))


def choose_columns(resolved: Resolved) -> tuple[str, ...]:
    """Names of the same, and of all that is between writers, where an arm has any."""
    experiment, (real, model) = resolved.experiment, _find_kinds(resolved)
    names = tuple(metric.name for metric in _choose(resolved, _find_suited(resolved, real, model)))
    if not any(arm.pool for arm in experiment.arms.values()):
        return names
    return (*names, *(metric.name for metric in BETWEEN if metric.suits(real, model)))


def _choose(resolved: Resolved, suited: Sequence[Metric]) -> tuple[Metric, ...]:
    chosen, named = list[Metric](), resolved.experiment.metrics
    for name in (USUAL,) if named is None else named:
        if name != USUAL and list_between([name]):
            raise InputError("metrics of any arm", f"{name}, which is watched of every pool", "leaving it out")
        if name != USUAL and metrics.find_metric(name) not in suited:
            raise InputError("metrics that this world and family have", name, ", ".join(m.name for m in suited))
        chosen += [metric for metric in suited if metric.name == name or (name == USUAL and metric.usual)]
    return tuple(dict.fromkeys(chosen))


def find_metrics(resolved: Resolved) -> tuple[Metric, ...]:
    """All metrics that its world and the models of its family have."""
    return _find_suited(resolved, *_find_kinds(resolved))


def _find_suited(resolved: Resolved, real: Real, model: Model | None) -> tuple[Metric, ...]:
    suited = metrics.suitable(real, model)
    if not abilities(_find_family(resolved)).predicts:
        suited = tuple(metric for metric in suited if metric.suits is not with_predictions)
    return suited


def _find_family(resolved: Resolved) -> object:
    """The family of the experiment; that of the first writer where all have others of their own."""
    arms = resolved.experiment.arms.values()
    families = [writer.family for arm in arms for writer in arm.writers.values() or (Writer(),)]
    return resolved.experiment.family if None in families else families[0]


def _find_kinds(resolved: Resolved) -> tuple[Real, Model | None]:
    """What is real, and a model of the family if one is had at once."""
    experiment = resolved.experiment
    real = real_of(resolved.source)
    model: Model | None = None
    # Of a learned family in a world of data nothing but points is ever measured, and a fit may cost minutes.
    family = cast(Family[Evidence, Model], _find_family(resolved))
    quick = isinstance(family, ExactFamily) or abilities(family).copies
    if quick or (isinstance(real, RealLaw) and abilities(family).batched):
        model = next(generations(experiment.world, family, size=experiment.size, rng=np.random.default_rng(0))).model
        _try_curations(resolved, model)
    return real, model


def _try_curations(resolved: Resolved, model: Model) -> None:
    """What curation asks of a model, it must have, before anything is computed."""
    rng = np.random.default_rng(0)
    for arm in resolved.experiment.arms.values():
        if arm.curation is not None:
            curation = arm.curation.open(model, resolved.source)
            curation.law(model)
            if curation.by_points:
                curation.points(model.sample(2, rng), 1, rng)
