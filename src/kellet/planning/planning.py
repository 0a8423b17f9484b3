"""``plan()``: how much real data a loop needs, with its uncertainty and its reason."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Unpack

import msgspec

from kellet import metrics
from kellet.data.source import DataSet, Source
from kellet.errors import InputError
from kellet.experiment.arm import AnyCuration, Arm
from kellet.experiment.box import see
from kellet.experiment.experiment import Experiment, Settings
from kellet.experiment.extent import check_jobs, check_points
from kellet.experiment.resolution import resolve
from kellet.experiment.running import engines
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.recorder import find_metrics
from kellet.experiment.running.status import name_call, next_status
from kellet.families import Categorical
from kellet.families.abilities import abilities
from kellet.families.family import ExactFamily
from kellet.metrics.real import real_of
from kellet.planning import reasons
from kellet.planning.cost import FREE, fit_block
from kellet.planning.levels import check, translate
from kellet.planning.need import Cure, Trial
from kellet.planning.outcomes import Keep, Laboratory
from kellet.planning.plan import Plan, describe
from kellet.planning.plans import Plans, leave_nothing, write
from kellet.planning.reasons import Reason
from kellet.planning.reserve import Reserve
from kellet.planning.search import Progress, Search, begun, narrow
from kellet.planning.solution import solve
from kellet.planning.threshold import LIKELY, Belief
from kellet.struct import checked
from kellet.worlds.observable import observable

WORTH = 1.0
"""Seconds that the first look would take, from which on processes are worth their start; no number changes."""
SHORT = 30.0
"""Seconds of a budget in which processes would hardly have started."""
WRITING = 2.0
"""Seconds, at most a twentieth of the budget, that the page takes in the end."""
EARLY = 0.8
"""Part of the budget that the first look and the first trials may take."""
CHECKS = 6
"""Answers that are checked, where checks fall short."""


@checked
def plan(
    experiment: Experiment | None = None,
    *,
    keep: Mapping[str, float] | None = None,
    confidence: float = 0.9,
    anchor: str = "fresh",
    contaminated: float = 0.0,
    curation: AnyCuration | None = None,
    precision: float = 1.5,
    budget: float = 600.0,
    theory_alone: bool = False,
    jobs: int = 1,
    executor: Executor | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    **settings: Unpack[Settings],
) -> Plan | Plans:
    """The least anchor that keeps what must be kept, with the confidence asked for.

    experiment: a world, a family, a size and a horizon (its arms are not used); or ``settings``, the fields of
    `Experiment`; of several sizes each gets a plan of its own, with an equal part of the budget.  keep: metric, or a
    word that `kellet.metrics.match_metrics` knows -> level at the end, relative to what as many real points get; for a
    metric of which less is better, the most that it may be.  None: 90 % of spread, coverage and the rare part, of those
    that there are, or as much of them as real points of that size reach themselves.  confidence: the
    chance that one loop keeps them all.  anchor: "fresh", "fixed" or "bank:/K".  contaminated: share of the reserve
    that models wrote.  curation: of what is written, in every generation.  precision: stop when the upper end of the
    interval is at most so many times the lower.  budget: seconds; what is then known is said.  theory_alone: closed
    forms, no simulation.  out: a folder that keeps the trials, so that a plan that was stopped goes on, and that gets
    ``plan.html`` and ``plan.json``.

    Chances are those of one loop.  An answer holds for these data, this family and this horizon, for no others.

    >>> import kellet
    >>> found = plan(world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=10**9, generations=10**9,
    ...              keep={"variance": 0.5}, theory_alone=True)
    >>> found.points
    5
    """
    check(keep, confidence, contaminated, precision, budget)
    check_jobs(jobs)
    experiment = Experiment.of(experiment, settings)
    asked = Question(
        keep,
        confidence,
        anchor,
        contaminated,
        Arm(curation=curation),
        precision,
        theory_alone,
        jobs,
        executor,
        progress,
    )
    with leave_nothing(out):
        if isinstance(experiment.size, int):
            return _plan(experiment, asked, budget, None if out is None else Folder(out))
        return _plan_sizes(experiment, asked, budget, out)


@dataclass(frozen=True)
class Question:
    """What is asked of an experiment, as in `plan`; arm: what all loops have."""

    keep: Mapping[str, float] | None
    confidence: float
    anchor: str
    contaminated: float
    arm: Arm
    precision: float
    theory_alone: bool
    jobs: int
    executor: Executor | None
    progress: Progress | None


def _plan_sizes(experiment: Experiment, asked: Question, budget: float, out: str | Path | None) -> Plans:
    """A plan for each size; what one leaves of its part of the budget the others may have."""
    sizes: tuple[int, ...] = experiment.size  # type: ignore[assignment]
    if len(set(sizes)) < len(sizes):
        raise InputError(
            "different sizes", ", ".join(map(str, sizes)), f"--size {','.join(map(str, dict.fromkeys(sizes)))}"
        )
    whole = None if out is None else Folder(out)
    if whole:
        whole.begin(msgspec.structs.replace(experiment, arms={"replace": Arm()}, metrics=None))
        whole.set_status(next_status("running", 0.0, whole.status(), "plan", seed=experiment.seed))
    until, found = time.monotonic() + budget, []
    for i, size in enumerate(sizes):
        part = max(until - time.monotonic(), 1e-9) / (len(sizes) - i)
        folder = None if whole is None else Folder(f"{whole}/{size}")
        found.append(_plan(msgspec.structs.replace(experiment, size=size), asked, part, folder))
    return write(Plans(tuple(found)), whole)


def _plan(experiment: Experiment, asked: Question, budget: float, folder: Folder | None) -> Plan:
    """The plan of one size."""
    start = time.monotonic()
    if folder:
        folder.place.check()
    budget -= min(WRITING, 0.05 * budget) if folder else 0.0
    experiment, source, levels = _prepare(experiment, asked.keep, asked.arm)
    reserve = Reserve.of(asked.anchor, asked.contaminated, experiment, source)
    if asked.theory_alone:
        return _by_theory(experiment, asked, levels, reserve, source, start)
    experiment = _size_blocks(experiment, asked.arm, levels, budget, start + budget, folder)
    if folder:
        folder.begin(experiment)
        folder.set_status(next_status("running", 0.0, folder.status(), "plan", seed=experiment.seed))
    with ExitStack() as stack:
        laboratory = Laboratory(experiment, tuple(levels), asked.executor, folder)
        search = Search(
            experiment, levels, reserve, asked.confidence, asked.precision, start + budget, laboratory, asked.arm,
            asked.progress, start + max(EARLY * budget, FREE), asked.keep is None,
        )  # fmt: skip
        horizon = begun(experiment.generations)
        laboratory.look([(asked.arm, range(1))], horizon)
        worth = laboratory.estimate(search.first, horizon) > WORTH and budget > SHORT
        if asked.executor is None and asked.jobs > 1 and worth:
            laboratory.executor, laboratory.jobs = stack.enter_context(engines.local(asked.jobs)), asked.jobs
            laboratory.cold = True
        search.afford(budget)
        keeps = search.keeps()
        known = _explain(search, keeps, source)
        belief, check, note = _answer(search, keeps)
        points = belief.least if belief.beyond < 0.5 else None
        low, high = belief.interval()
        sure = belief.without or (high >= 1 and points != 0)
        if high < 1:
            low, high = 0.0, 0.0 if sure else 1.0
        cures = () if points is None or check is None else search.cures(keeps, check, points)
    laboratory.warned.tell()
    found = Plan(
        **_settings(experiment, source, search.levels, reserve, asked.confidence), points=points, low=low, high=high,
        conclusive=sure and narrow(low, high, asked.precision) and belief.beyond < 1 - LIKELY and not note,
        trials=tuple(Trial(k, *seen) for k, seen in sorted(search.found.items())), real=search.real,
        checked=(check.successes, check.tries) if check else None,
        theory=solve(experiment, asked.arm, {k.metric: k for k in keeps}, reserve, asked.confidence), reasons=known,
        rarest=_rarest(source, experiment, keeps, points, asked.confidence), cures=cures,
        baseline={keep.metric: keep.median for keep in keeps}, seconds=time.monotonic() - start,
    )  # fmt: skip
    notes = _leave_out(experiment, source, note)
    return write(describe(found, reserve, asked.keep is None, notes, experiment.metrics), folder)


def _answer(search: Search, keeps: list[Keep]) -> tuple[Belief, Cure | None, str]:
    """What is believed, the check of its answer, and what must be said of it.

    Where a check falls short its loops are counted, and the search goes on.
    """
    failed: Cure | None = None
    for _ in range(CHECKS):
        belief = search.run(keeps)
        points = belief.least if belief.beyond < 0.5 else None
        check = None if points is None else search.check(keeps, points)
        if points is None or (check and not search.falls_short(check)):
            return belief, check, ""
        if check is None:
            break
        failed = check
        search.count(points, check.successes, check.tries)
    if failed is None:
        return belief, None, ""
    fell = f"fell short: of {failed.tries:,} fresh loops with {failed.name} only {failed.successes:,} kept everything"
    return (
        search.belief(),
        check,
        f"The check of an answer {fell}; they are counted, and no answer passed a check since.",
    )


def _explain(search: Search, keeps: list[Keep], source: Source) -> tuple[Reason, ...]:
    """What each of the three reasons asks for; nothing where too few loops could be looked at."""
    experiment = search.experiment
    size: int = experiment.size  # type: ignore[assignment]
    horizon, quartered = begun(experiment.generations), max(2, size // 4)
    trials = [(search.arm, range(search.first))]
    (quarter,) = search.laboratory.look(trials, horizon, quartered, search.grace)
    if any(len(values[keep.metric]) < 2 for values in (search.early, quarter) for keep in keeps):
        return ()
    return reasons.measure(keeps, search.early, quarter, horizon, source, experiment, search.reserve, search.confidence)


def _size_blocks(
    experiment: Experiment, arm: Arm, levels: dict[str, float], budget: float, until: float, folder: Folder | None
) -> Experiment:
    """The experiment with blocks of as many loops as the budget has time for; those that a folder has already."""
    if folder is not None and "experiment.toml" in folder.place.names():
        return msgspec.structs.replace(experiment, block=folder.experiment().block)
    block = fit_block(experiment, arm, tuple(levels), budget, until)
    return msgspec.structs.replace(experiment, block=block)


def _leave_out(experiment: Experiment, source: Source, *notes: str) -> list[str]:
    """What metrics leave out of these data, behind other notes, where they say something."""
    watched = [metrics.find_metric(name).notes for name in experiment.metrics or ()]
    real = real_of(source)
    return [*filter(None, notes), *(note for tell in watched if tell for note in tell(real, experiment.judged or 0))]


def _prepare(
    experiment: Experiment, keep: Mapping[str, float] | None, arm: Arm
) -> tuple[Experiment, Source, dict[str, float]]:
    """The experiment that trials belong to, its world opened, and metric -> level; bad input where it can't have what
    all loops have, the ``arm``."""
    experiment = msgspec.structs.replace(experiment, arms={"replace": arm}, metrics=None)
    # Networks say how many of them train together best; others take few enough for several processes to share a trial.
    if wished := abilities(experiment.family).block:
        experiment = msgspec.structs.replace(experiment, block=wished)
    else:
        small = 50 if isinstance(experiment.family, ExactFamily) else 8
        small = 8 if isinstance(experiment.family, Categorical) else small
        experiment = msgspec.structs.replace(
            experiment, block=min(experiment.block or resolve(experiment).block, small)
        )
    resolved = resolve(experiment)
    check_points(resolved)
    experiment = msgspec.structs.replace(resolved.experiment, arms={"replace": Arm()})
    levels = translate(keep, [metric.name for metric in find_metrics(resolved)])
    return msgspec.structs.replace(experiment, metrics=tuple(levels)), resolved.source, levels


def _by_theory(
    experiment: Experiment, asked: Question, levels: dict[str, float], reserve: Reserve, source: Source, start: float
) -> Plan:
    confidence = asked.confidence
    keeps = [Keep(name, level, 1.0, metrics.find_metric(name).lower) for name, level in levels.items()]
    found = solve(experiment, asked.arm, {keep.metric: keep for keep in keeps}, reserve, confidence)
    if found is None:
        wished = f"{type(experiment.family).__name__.lower()}, {', '.join(levels)}"
        raise InputError("a family and metrics that theory knows", wished, "leaving --theory out, to simulate")
    points = found.points if found.points <= reserve.most else None
    plan = Plan(
        **_settings(experiment, source, levels, reserve, confidence), points=points, low=float(found.points),
        high=float(found.points), conclusive=points is not None, theory=found,
        rarest=_rarest(source, experiment, keeps, points, confidence), seconds=time.monotonic() - start,
    )  # fmt: skip
    return describe(plan, reserve, asked.keep is None)


def _settings(
    experiment: Experiment, source: Source, levels: Mapping[str, float], reserve: Reserve, confidence: float
) -> dict[str, Any]:
    return {
        "world": observable(experiment.world).describe(), "data": see(experiment.world),
        "seed": experiment.seed, "columns": source.names if isinstance(source, DataSet) else (),
        "date": datetime.now(UTC).date().isoformat(), "command": name_call(),
        "family": type(experiment.family).__name__.lower(), "size": experiment.size,
        "generations": experiment.generations, "confidence": confidence, "keep": dict(levels), "draw": str(reserve),
        "most": reserve.most,
    }  # fmt: skip


def _rarest(
    source: Source, experiment: Experiment, keeps: list[Keep], points: int | None, confidence: float
) -> tuple[str, float] | None:
    size: int = experiment.size  # type: ignore[assignment]
    for name in [keep.metric for keep in keeps] + ["surviving_types", "surviving_levels", "surviving_classes"]:
        if points and (kinds := reasons.find_kinds(source, experiment.world, name)) is not None:
            return reasons.find_rarest(kinds, size, points, experiment.generations, confidence)
    return None
