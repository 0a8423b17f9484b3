"""``plan()``: how much real data a loop needs, with its uncertainty and its reason."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Unpack

import msgspec
import numpy as np

from kellet import metrics
from kellet.data.source import Source
from kellet.errors import InputError
from kellet.experiment.arm import AnyCuration, Arm
from kellet.experiment.experiment import Experiment, Settings
from kellet.experiment.resolution import resolve
from kellet.experiment.running import engines
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.recorder import choose_metrics
from kellet.families import Categorical
from kellet.families.abilities import abilities
from kellet.families.family import ExactFamily
from kellet.planning import reasons
from kellet.planning.need import Trial
from kellet.planning.outcomes import Keep, Laboratory
from kellet.planning.plan import Plan, describe
from kellet.planning.reserve import Reserve
from kellet.planning.search import Progress, Search, begun, narrow
from kellet.planning.solution import solve
from kellet.planning.threshold import LIKELY
from kellet.struct import checked

WORTH = 1.0
"""Seconds that the first look would take, from which on processes are worth their start; no number changes."""
LOOKING = 0.2
"""Part of the budget that the first look may take."""


@checked
def plan(
    experiment: Experiment | None = None,
    *,
    keep: Mapping[str, float],
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
) -> Plan:
    """The least anchor that keeps what must be kept, with the confidence asked for.

    experiment: a world, a family, a size and a horizon (its arms are not used); or ``settings``, the fields of
    `Experiment`.  keep: metric, or a word that `kellet.metrics.match_metrics` knows -> level at the end, relative
    to what as many real points get; for a metric of which less is better, the most that it may be.  confidence: the
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
    6
    """
    start = time.monotonic()
    _check(keep, confidence, contaminated, precision, budget)
    experiment, source, levels = _prepare(experiment, settings, keep)
    reserve = Reserve.of(anchor, contaminated, experiment, source)
    arm = Arm(curation=curation)
    if theory_alone:
        return _by_theory(experiment, arm, levels, reserve, source, confidence, start)
    folder = None if out is None else Folder(out)
    if folder:
        folder.begin(experiment)
    with ExitStack() as stack:
        laboratory = Laboratory(experiment, tuple(levels), executor, folder)
        search = Search(experiment, levels, reserve, confidence, precision, start + budget, laboratory, arm, progress)
        begin = time.monotonic()
        laboratory.look([(arm, range(1))], begun(experiment.generations))
        once = time.monotonic() - begin
        if executor is None and jobs > 1 and once * search.first > WORTH:
            laboratory.executor = stack.enter_context(engines.local(jobs))
        search.afford(int(LOOKING * budget / once * jobs))
        keeps = search.keeps()
        belief = search.run(keeps)
        low, high = belief.interval()
        points = belief.least if belief.beyond < 0.5 else None
        sure = belief.without or (high >= 1 and points != 0)
        if high < 1:
            low, high = 0.0, 0.0 if sure else 1.0
        size: int = experiment.size  # type: ignore[assignment]
        horizon = experiment.generations
        (quarter,) = laboratory.look([(arm, range(search.first))], begun(horizon), max(2, size // 4))
        known = reasons.measure(keeps, search.early, quarter, begun(horizon), source, experiment, reserve, confidence)
        cures = () if points is None else search.cures(keeps, points)
    laboratory.warned.tell()
    found = Plan(
        **_settings(experiment, levels, reserve, confidence), points=points, low=low, high=high,
        conclusive=sure and narrow(low, high, precision) and belief.beyond < 1 - LIKELY,
        trials=tuple(Trial(k, *seen) for k, seen in sorted(search.found.items())), real=search.real,
        checked=(cures[0].successes, cures[0].tries) if cures else None,
        theory=solve(experiment, arm, {k.metric: k for k in keeps}, reserve, confidence), reasons=known,
        rarest=_rarest(source, experiment, keeps, points, confidence), cures=cures,
        baseline={keep.metric: keep.median for keep in keeps}, seconds=time.monotonic() - start,
    )  # fmt: skip
    return _write(describe(found, reserve), folder)


def _prepare(
    experiment: Experiment | None, settings: Settings, keep: Mapping[str, float]
) -> tuple[Experiment, Source, dict[str, float]]:
    """The experiment that trials belong to, its world opened, and metric -> level."""
    experiment = Experiment.of(experiment, settings)
    experiment = msgspec.structs.replace(experiment, arms={"replace": Arm()}, metrics=None)
    # Networks say how many of them train together best; others take few enough for several processes to share a trial.
    if wished := abilities(experiment.family).block:
        experiment = msgspec.structs.replace(experiment, block=wished)
    elif experiment.block is None:
        small = 50 if isinstance(experiment.family, ExactFamily) else 8
        small = 8 if isinstance(experiment.family, Categorical) else small
        experiment = msgspec.structs.replace(experiment, block=min(resolve(experiment).block, small))
    resolved = resolve(experiment)
    experiment = resolved.experiment
    if not isinstance(experiment.size, int):
        raise InputError("one size for all generations", f"{len(experiment.size)} sizes", "--size 1000")
    levels = _translate(keep, [metric.name for metric in choose_metrics(resolved)])
    return msgspec.structs.replace(experiment, metrics=tuple(levels)), resolved.source, levels


def _by_theory(
    experiment: Experiment, arm: Arm, levels: dict[str, float], reserve: Reserve, source: Source, confidence: float,
    start: float,
) -> Plan:  # fmt: skip
    keeps = [Keep(name, level, 1.0, metrics.find_metric(name).lower) for name, level in levels.items()]
    found = solve(experiment, arm, {keep.metric: keep for keep in keeps}, reserve, confidence)
    if found is None:
        asked = f"{type(experiment.family).__name__.lower()}, {', '.join(levels)}"
        raise InputError("a family and metrics that theory knows", asked, "leaving --theory out, to simulate")
    points = found.points if found.points <= reserve.most else None
    plan = Plan(
        **_settings(experiment, levels, reserve, confidence), points=points, low=float(found.points),
        high=float(found.points), conclusive=points is not None, theory=found,
        rarest=_rarest(source, experiment, keeps, points, confidence), seconds=time.monotonic() - start,
    )  # fmt: skip
    return describe(plan, reserve)


def _settings(experiment: Experiment, levels: dict[str, float], reserve: Reserve, confidence: float) -> dict[str, Any]:
    return {
        "family": type(experiment.family).__name__.lower(), "size": experiment.size,
        "generations": experiment.generations, "confidence": confidence, "keep": levels, "draw": str(reserve),
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


def _translate(keep: Mapping[str, float], there: Sequence[str]) -> dict[str, float]:
    """Metric -> level, words for people replaced by what they stand for here."""
    found: dict[str, float] = {}
    for word, level in keep.items():
        name = next((metric.name for metric in metrics.match_metrics(word) if metric.name in there), None)
        if name is None:
            attempt = f"--keep {there[0]}=0.9, or one of {', '.join(there)}"
            raise InputError("metrics that these data and this family have", word, attempt)
        if name in found:
            raise InputError("each metric once", f"{word}, which is {name}", "one level for it")
        found[name] = float(level)
    return found


def _check(keep: Mapping[str, float], confidence: float, contaminated: float, precision: float, budget: float) -> None:
    if not keep:
        raise InputError("at least one metric to keep", "none", "--keep variance=0.9")
    for word, level in keep.items():
        if not 0 < level < np.inf:
            raise InputError("a level > 0", f"{word}={level:g}", f"--keep {word}=0.9")
    if not 0.5 <= confidence < 1:
        raise InputError("a confidence of at least 0.5 and below 1", confidence, "--confidence 0.9")
    if not 0 <= contaminated < 1:
        raise InputError("a contaminated share in [0, 1)", contaminated, "--contaminated 0.1")
    if not 1 < precision < np.inf:
        raise InputError("a precision above 1", precision, "--precision 1.5")
    if not budget > 0:
        raise InputError("a budget above 0", budget, "--budget-minutes 5")


def _write(found: Plan, folder: Folder | None) -> Plan:
    """The same plan, with its document and its page in the folder."""
    if folder is not None:
        answer = found.answer()
        folder.write_text("plan.json", f"{answer.json()}\n")
        folder.write_text("plan.html", answer.html())
    return found
