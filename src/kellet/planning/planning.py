"""``plan()``: how much real data a loop needs, with its uncertainty and its reason."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

import msgspec

from kellet import metrics
from kellet.data.source import Source
from kellet.errors import InputError
from kellet.experiment.arm import AnyCuration, Arm
from kellet.experiment.experiment import Experiment, Settings
from kellet.experiment.extent import check_jobs
from kellet.experiment.running import engines
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.status import next_status
from kellet.page.bar import Bars, Words, measure_words
from kellet.planning import reasons
from kellet.planning.alternatives import list_alternatives
from kellet.planning.cost import FREE
from kellet.planning.levels import check
from kellet.planning.need import Cure, Trial
from kellet.planning.outcomes import Keep, Laboratory
from kellet.planning.plan import Plan, describe
from kellet.planning.plans import Plans, leave_nothing, write
from kellet.planning.preparation import Case, prepare, size_blocks
from kellet.planning.question import Question, choose_arm, choose_searches, find_supply
from kellet.planning.reasons import Reason
from kellet.planning.reserve import Reserve
from kellet.planning.search import Search, begun, narrow
from kellet.planning.solution import solve
from kellet.planning.supply import Supply, Wanted
from kellet.planning.threshold import LIKELY, Belief
from kellet.struct import checked

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
    arm: Arm | str | None = None,
    search: Wanted | None = None,
    curation: AnyCuration | None = None,
    precision: float = 1.5,
    budget: float = 600.0,
    theory_alone: bool = False,
    jobs: int = 1,
    executor: Executor | None = None,
    out: str | Path | None = None,
    progress: Words | Bars | bool | None = None,
    **settings: Unpack[Settings],
) -> Plan | Plans:
    """The least anchor that keeps what must be kept, with the confidence asked for.

    experiment: a world, a family, a size and a horizon; or ``settings``, the fields of `Experiment`; of several sizes
    each gets a plan of its own, with an equal part of the budget.  keep: metric, or a word that
    `kellet.metrics.match_metrics` knows -> level at the end, relative to a real sample of the same size; for a
    metric of which less is better, the most that it may be.  None: 90 % of spread, coverage and the rare part, of those
    that there are, or as much of them as real points of that size reach themselves.  confidence: the
    chance that one loop keeps them all.  anchor: "fresh", "fixed" or "bank:/K".  contaminated: share of the reserve
    that models wrote.  curation: of what is written, in every generation.  precision: stop when the upper end of the
    interval is at most so many times the lower.  budget: seconds; what is then known is said.  theory_alone: closed
    forms, no simulation.  out: a folder that keeps the trials, so that a plan that was stopped goes on, and that gets
    ``plan.html`` and ``plan.json``.  progress: True for a bar; a class with tqdm's interface, ``progress=tqdm``, for
    one of its; or what is called with (what is being done, the share that is done).

    arm: one with a pool, or the name of one of the experiment's; None: the first that has a pool, or else a plain loop,
    whatever the experiment's arms are.  search: what is searched for in it.  "humans": what people must write in a
    generation.  "vault": how many real points a bank must hold of which each writer reads as many as the ``anchor``
    says ("bank:10%"), or the arm's own anchor, or else twice as many as it would need from a bank that never runs out.
    "anchor": how many real points each writer must read.  None: the first two.  Of a pool the mean over its writers is
    what must be kept.

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
    name, chosen = choose_arm(experiment, arm, curation)
    searches = choose_searches(chosen, search, anchor, contaminated)
    asked = Question(
        keep, confidence, anchor, contaminated, name, chosen, searches, precision, theory_alone, jobs, executor,
        None,
    )  # fmt: skip
    with leave_nothing(out), measure_words(progress, "plan") as tell:
        asked = replace(asked, progress=tell)
        if isinstance(experiment.size, int):
            return _plan(experiment, asked, budget, None if out is None else Folder(out))
        return _plan_sizes(experiment, asked, budget, out)


def _plan_sizes(experiment: Experiment, asked: Question, budget: float, out: str | Path | None) -> Plans:
    """A plan for each size; what one leaves of its part of the budget the others may have."""
    sizes: tuple[int, ...] = experiment.size  # type: ignore[assignment]
    if len(set(sizes)) < len(sizes):
        raise InputError(
            "different sizes", ", ".join(map(str, sizes)), f"--size {','.join(map(str, dict.fromkeys(sizes)))}"
        )
    whole = None if out is None else Folder(out)
    if whole:
        arms = {asked.name: asked.arm if asked.arm.pool else Arm()}
        whole.begin(msgspec.structs.replace(experiment, arms=arms, metrics=None))
        whole.set_status(next_status("running", 0.0, whole.status(), "plan", seed=experiment.seed))
    until, found = time.monotonic() + budget, list[Plan]()
    for i, size in enumerate(sizes):
        part = max(until - time.monotonic(), 1e-9) / (len(sizes) - i)
        folder = None if whole is None else Folder(f"{whole}/{size}")
        one = _plan(msgspec.structs.replace(experiment, size=size), asked, part, folder)
        found += one.plans if isinstance(one, Plans) else (one,)
    return write(Plans(tuple(found)), whole)


def _plan(experiment: Experiment, asked: Question, budget: float, folder: Folder | None) -> Plan | Plans:
    """The plan of one size, or of a pool one for each thing that is searched for."""
    start = time.monotonic()
    if folder:
        folder.place.check()
    budget -= min(WRITING, 0.05 * budget) if folder else 0.0
    case = prepare(experiment, asked)
    first = find_supply(asked.searches[0], asked, case.experiment, case.source, case.arm, None)
    if asked.theory_alone:
        return _by_theory(case, asked, first, start)
    until = start + budget
    case = size_blocks(case, budget, until, folder)
    if folder:
        folder.begin(case.experiment)
        folder.set_status(next_status("running", 0.0, folder.status(), "plan", seed=case.experiment.seed))
    plans: list[Plan] = []
    with ExitStack() as stack:
        laboratory = Laboratory(case.experiment, tuple(case.levels), asked.executor, folder)
        for i, wanted in enumerate(asked.searches):
            before = plans[-1] if plans else None
            supply = find_supply(wanted, asked, case.experiment, case.source, case.arm, before) if i else first
            if supply is not None:
                now = time.monotonic() if i else start
                part = (until - now) / (len(asked.searches) - i)
                plans.append(_seek(case, asked, supply, Bench(laboratory, stack, now, part)))
    return write(plans[0] if len(plans) == 1 else Plans(tuple(plans)), folder)


@dataclass(frozen=True)
class Bench:
    """Where one search works.  begun: time.monotonic() when it began; budget: the seconds that it has."""

    laboratory: Laboratory
    stack: ExitStack
    begun: float
    budget: float

    def warm_up(self, asked: Question, arm: Arm, horizon: int, first: int) -> None:
        """See what a loop costs; where that is worth it, start processes."""
        laboratory = self.laboratory
        laboratory.look([(arm, range(1))], horizon)
        worth = laboratory.estimate(first, horizon) > WORTH and self.budget > SHORT
        if laboratory.executor is None and asked.jobs > 1 and worth:
            laboratory.executor, laboratory.jobs = self.stack.enter_context(engines.local(asked.jobs)), asked.jobs
            laboratory.cold = True


def _seek(case: Case, asked: Question, supply: Supply, bench: Bench) -> Plan:
    """The least of one thing."""
    experiment, confidence, until = case.experiment, asked.confidence, bench.begun + bench.budget
    search = Search(
        experiment, case.levels, supply, confidence, asked.precision, until, bench.laboratory, case.arm,
        asked.progress, bench.begun + max(EARLY * bench.budget, FREE), asked.keep is None,
    )  # fmt: skip
    bench.warm_up(asked, case.arm, search.brief, search.first)
    search.afford(bench.budget)
    keeps = search.keeps()
    reserve = supply if isinstance(supply, Reserve) and case.arm.pool is None else None
    known = _explain(search, keeps, case.source, reserve) if reserve else ()
    belief, check, note = _answer(search, keeps)
    points = belief.least if belief.beyond < 0.5 else None
    low, high = belief.interval()
    sure = belief.without or (high >= 1 and points != 0)
    if high < 1:
        low, high = 0.0, 0.0 if sure else 1.0
    others = dict[str, Arm]()
    if reserve and points is not None:
        others = list_alternatives(reserve, case.arm, experiment.family, points, experiment.generations)
    cures = () if points is None or check is None else search.cures(keeps, check, others)
    bench.laboratory.warned.tell()
    levels = {keep.metric: keep for keep in keeps}
    found = Plan(
        **case.settings(supply, search.levels, asked), points=points, low=low, high=high,
        conclusive=sure and narrow(low, high, asked.precision) and belief.beyond < 1 - LIKELY and not note,
        trials=tuple(Trial(k, *seen) for k, seen in sorted(search.found.items())), real=search.real,
        checked=(check.successes, check.tries) if check else None,
        theory=solve(experiment, case.arm, levels, reserve, confidence) if reserve else None, reasons=known,
        rarest=case.find_rarest(keeps, points, confidence) if reserve else None, cures=cures,
        baseline={keep.metric: keep.median for keep in keeps}, seconds=time.monotonic() - bench.begun,
    )  # fmt: skip
    return describe(found, supply, asked.keep is None, case.leave_out(note), experiment.metrics)


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


def _explain(search: Search, keeps: list[Keep], source: Source, reserve: Reserve) -> tuple[Reason, ...]:
    """What each of the three reasons asks for; nothing where too few loops could be looked at."""
    experiment = search.experiment
    size: int = experiment.size  # type: ignore[assignment]
    horizon, quartered = begun(experiment.generations), max(2, size // 4)
    trials = [(search.arm, range(search.first))]
    (quarter,) = search.laboratory.look(trials, horizon, quartered, search.grace)
    if any(len(values[keep.metric]) < 2 for values in (search.early, quarter) for keep in keeps):
        return ()
    return reasons.measure(keeps, search.early, quarter, horizon, source, experiment, reserve, search.confidence)


def _by_theory(case: Case, asked: Question, supply: Supply | None, start: float) -> Plan:
    """What closed forms say, of loops without a pool."""
    if case.arm.pool is not None or not isinstance(supply, Reserve):
        what = "an arm without a pool for --theory, which knows nothing of what many writers keep"
        raise InputError(what, repr(asked.name), "leaving --theory out, to simulate")
    experiment, levels, confidence = case.experiment, case.levels, asked.confidence
    keeps = [Keep(name, level, 1.0, metrics.find_metric(name).lower) for name, level in levels.items()]
    found = solve(experiment, case.arm, {keep.metric: keep for keep in keeps}, supply, confidence)
    if found is None:
        wished = f"{type(experiment.family).__name__.lower()}, {', '.join(levels)}"
        raise InputError("a family and metrics that theory knows", wished, "leaving --theory out, to simulate")
    points = found.points if found.points <= supply.most else None
    plan = Plan(
        **case.settings(supply, levels, asked), points=points, low=float(found.points),
        high=float(found.points), conclusive=points is not None, theory=found,
        rarest=case.find_rarest(keeps, points, confidence), seconds=time.monotonic() - start,
    )  # fmt: skip
    return describe(plan, supply, asked.keep is None)
