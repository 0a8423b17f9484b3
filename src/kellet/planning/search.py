"""Search: one sequential search for the least k."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator

from kellet import metrics
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.verdict.shares import wilson
from kellet.families import Categorical
from kellet.families.family import ExactFamily
from kellet.planning.need import Cure
from kellet.planning.outcomes import Keep, Laboratory, kept
from kellet.planning.reserve import collect
from kellet.planning.supply import Supply
from kellet.planning.threshold import Belief

CHECKED = 1000
"""Number of the first block of the replicates that check an answer: no trial has seen them."""
ROUNDS = 60
EVEN, EVEN_OF_MANY = 20, 10
"""Part of what may fail to which it is known how often loops without anything real do; more loops would hardly tell.
The second where each loop is one of many writers, and takes so many times as long."""
LOOKING = 0.2
"""Part of the budget that the first look may take."""
ENOUGH = 40
"""Loops that tell whether real data reach a level."""
STEP = 0.02
"""By which levels are lowered that nobody asked for."""
TRIALS = 20
"""Trials that the budget should have time for, the check among them."""
LESS = "a lower --confidence or a larger --size"

Progress = Callable[[str, float], None]


@dataclass
class Search:
    """Tries amounts of a supply, such as real points, until the interval of the least is narrow enough, or time is up.

    levels: metric -> what is to be kept; usual: nobody asked for these, and what real data don't reach is lowered.
    until: time.monotonic() when the budget is spent.  grace: the same for the first look and the first trials.
    """

    experiment: Experiment
    levels: Mapping[str, float]
    supply: Supply
    confidence: float
    precision: float
    until: float
    laboratory: Laboratory
    arm: Arm = field(default_factory=Arm)
    progress: Progress | None = None
    grace: float = math.inf
    usual: bool = False
    found: dict[int, tuple[int, int]] = field(default_factory=dict)
    _used: dict[int, int] = field(default_factory=dict)
    _checked: int = CHECKED
    _rounds: int = 0
    _affordable: int | None = None
    _first: int | None = None
    _rng: Generator | None = None

    @property
    def many(self) -> bool:
        """Whether each loop is one of many writers, whose mean strays less from loop to loop."""
        return self.arm.pool is not None

    @property
    def brief(self) -> int:
        """The generations of the first look: those that show what one loses, where that is explained."""
        return 1 if self.many else begun(self.experiment.generations)

    @property
    def per(self) -> int:
        """Blocks of one trial."""
        family = self.experiment.family
        tries = 32 if isinstance(family, Categorical) else 100 if isinstance(family, ExactFamily) else 16
        tries = 16 if self.many else tries
        usual = -(-tries // (self.experiment.block or 1))
        return usual if self._affordable is None else max(1, min(usual, self._affordable))

    @property
    def first(self) -> int:
        """Blocks of the first look, from which all levels and losses are: more than a trial's, and few generations."""
        wished = (10 if isinstance(self.experiment.family, ExactFamily) and not self.many else 4) * self.per
        return wished if self._first is None else max(1, min(wished, self._first))

    def afford(self, budget: float) -> None:
        """Let trials and the first look have no more blocks than so many seconds have time for."""
        horizon, jobs = self.experiment.generations, self.laboratory.jobs
        self._affordable = int(budget * jobs / (TRIALS * max(self.laboratory.estimate(1, horizon), 1e-9)))
        early = self.laboratory.estimate(1, self.brief)
        self._first = max(int(LOOKING * budget * jobs / max(early, 1e-9)), 1 if self._affordable < 1 else self.per)

    @property
    def few(self) -> int:
        """The part of what is known that is added between two looks at it; where trials are cheap, looks cost more."""
        return 3 if isinstance(self.experiment.family, ExactFamily) else 100

    def keeps(self) -> list[Keep]:
        """The levels, relative to a real sample of the same size: the models of generation 0."""
        (values,) = self.laboratory.look([(self.arm, range(self.first))], self.brief, until=self.grace)
        self.early = values
        baseline = {name: rows[:, 0] for name, rows in values.items()}
        keeps = []
        for name, level in self.levels.items():
            median = float(np.median(baseline[name]))
            # Of what real data mostly have nothing of, nothing can be kept.
            if self.usual and not (
                np.isfinite(median)
                and median > 0
                and self._reach(Keep(name, level, median, False), baseline[name], self.confidence) > 0
            ):
                continue
            if not np.isfinite(median) or median <= 0:
                wanted = f"a metric that real data of this size give a positive number, to keep {level:g} of it"
                raise InputError(wanted, f"{name} = {median:.3g}", "another --keep")
            keeps.append(Keep(name, level, median, metrics.find_metric(name).lower))
        if self.usual:
            keeps = self._lower(keeps, baseline)
        good = kept(keeps, baseline)
        self.real = int(good.sum()), len(good)
        short = good.mean() < self.confidence
        if short and (len(good) >= ENOUGH or wilson(*self.real)[1] < self.confidence):
            raise self._unreachable(keeps, baseline)
        return keeps

    def _lower(self, keeps: list[Keep], baseline: Mapping[str, Array]) -> list[Keep]:
        """Levels that nobody asked for, down to what real data keep of each and of all at once, surely enough for loops
        to keep it, too.
        """
        sure = (1 + self.confidence) / 2
        if not keeps:
            wanted = f"spread, coverage or a rare part, of which {self.experiment.size} real points show anything"
            raise InputError(wanted, "none", "--keep METRIC=LEVEL, or a larger --size")
        best = [self._reach(keep, baseline[keep.metric], sure) for keep in keeps]
        keeps = [replace(keep, level=min(keep.level, level)) for keep, level in zip(keeps, best, strict=True)]
        while kept(keeps, baseline).mean() < sure and max(keep.level for keep in keeps) > STEP:
            keeps = [replace(keep, level=max(round(keep.level - STEP, 2), 0.01)) for keep in keeps]
        self.levels = {keep.metric: keep.level for keep in keeps}
        return keeps

    def _reach(self, keep: Keep, values: Array, confidence: float) -> float:
        """The best level that real data keep with that confidence, in whole per cent."""
        q, method = (confidence, "higher") if keep.lower else (1 - confidence, "lower")
        best = float(np.quantile(keep.relative(values), q, method=method))  # type: ignore[call-overload]
        return float(np.ceil(100 * best) / 100 if keep.lower else np.floor(100 * best) / 100)

    def _unreachable(self, keeps: list[Keep], baseline: Mapping[str, Array]) -> InputError:
        """Levels that not even real data keep often enough are refused, with what they do keep."""
        size, sure = self.experiment.size, f"with {self.confidence:.0%} confidence"
        for keep in keeps:
            values = baseline[keep.metric]
            if keep.kept(values).mean() < self.confidence:
                best = self._reach(keep, values, self.confidence)
                lower = f"--keep {keep.metric}={best:g}" if best > 0 else "another metric"
                wanted = f"a level that {size} real points themselves reach {sure}"
                return InputError(wanted, f"{keep.metric}={keep.level:g}", f"{lower}, {LESS}")
        levels = ", ".join(f"{keep.metric}={keep.level:g}" for keep in keeps)
        return InputError(f"levels that {size} real points reach all at once {sure}", levels, f"lower levels, {LESS}")

    def run(self, keeps: list[Keep]) -> Belief:
        """What is believed in the end; called again, it goes on where it was."""
        grid = sorted({round(k) for k in np.geomspace(1, self.supply.most, 6)})
        if self._rng is None:
            self._rng = np.random.default_rng(self.experiment.seed)
            # Every second from the largest; then the others, where they are still open.
            first = [0, *grid[::-2]]
            tries = self.per * (self.experiment.block or 1)
            if Belief(self.supply.most, self.confidence, {}, (tries, tries), self.real).without:
                # So many loops without anything may be all that is to be tried.
                self._try(keeps, [first.pop(0)], self.grace)
                if (belief := self.belief()).without and belief.interval()[1] < 1:
                    return belief
            self._try(keeps, first, self.grace)
        for number in range(self._rounds, self._rounds + ROUNDS):
            belief = self.belief()
            low, high = belief.interval()
            if self.progress:
                wide = np.log(max(high / low, 1.0)) / np.log(self.precision)
                self.progress(f"between {low:,.0f} and {high:,.0f} points", float(1 / max(wide, 1.0)))
            # Time for another round, of two or more, and to check the answer.
            late = time.monotonic() + 2 * self.checking > self.until
            if late or (high < 1 and belief.without):
                break
            if low < 1 and high < self.supply.most and self._even:
                break
            self._rounds = number + 1
            if number == 0:
                self._try(keeps, [k for k in grid if low <= k <= high and k not in self.found])
                continue
            # What the grid alone says, it says far from where it matters.
            if number > 2 and high >= 1 and (narrow(low, high, self.precision) or belief.beyond > 0.99):
                break
            # Different ones, for processes to share; not where hardly any other is believed in.
            wanted, chosen = max(2, len(self.found) // self.few), set[int]()
            for _ in range(4 * wanted):
                if len(chosen) < wanted:
                    chosen.add(belief.draw(self._rng))
            self._try(keeps, sorted(chosen))
        return self.belief()

    @property
    def checking(self) -> float:
        """Seconds that a check takes: two trials."""
        return self.laboratory.estimate(2 * self.per, self.experiment.generations)

    @property
    def _even(self) -> bool:
        """Whether loops without anything real were tried so often that more of them would hardly tell more."""
        part = EVEN_OF_MANY if self.many else EVEN
        return self.found.get(0, (0, 0))[1] * (1 - self.confidence) >= part**2 * self.confidence

    def belief(self) -> Belief:
        """What the trials say so far."""
        trials = {k: seen for k, seen in self.found.items() if k}
        return Belief(self.supply.most, self.confidence, trials, self.found.get(0, (0, 0)), self.real)

    def _try(self, keeps: list[Keep], ks: list[int], until: float | None = None) -> None:
        """One trial of each, as far as there is time before the answer is checked."""
        if not ks:
            return
        trials = [(self._arm(k), range(used := self._used.get(k, 0), used + self.per)) for k in ks]
        until = self.until - self.checking if until is None else until
        looks = self.laboratory.look(trials, self.experiment.generations, until=until)
        for k, values in zip(ks, looks, strict=True):
            good = kept(keeps, {name: rows[:, 1] for name, rows in values.items()})
            self.count(k, int(good.sum()), len(good))
            self._used[k] = self._used.get(k, 0) + len(good) // (self.experiment.block or 1)

    def count(self, k: int, successes: int, tries: int) -> None:
        """Let so many loops more be known at k."""
        if tries:
            before = self.found.get(k, (0, 0))
            self.found[k] = (before[0] + successes, before[1] + tries)

    def _arm(self, k: int) -> Arm:
        return self.supply.arm(self.arm, k)

    def check(self, keeps: list[Keep], points: int) -> Cure | None:
        """Fresh replicates at the answer, that no trial and no check has seen; None where there is no time for any."""
        blocks = range(self._checked, self._checked + 2 * self.per)
        self._checked = blocks.stop
        collected = self.supply.collect(points, self.experiment.generations)
        return self._cure(keeps, self.supply.name(points), self._arm(points), blocks, points, collected)

    def falls_short(self, check: Cure) -> bool:
        """Whether so few would seldom have kept everything, if as many did as were asked for."""
        return wilson(check.successes, check.tries)[1] < self.confidence

    def cures(self, keeps: list[Keep], check: Cure, others: Mapping[str, Arm]) -> tuple[Cure, ...]:
        """The check, and, if there is time, fresh replicates of other uses of as many points."""
        cures = [check]
        for name, arm in others.items():
            if time.monotonic() + self._weigh(arm) * self.checking > self.until:
                continue
            k = arm.anchor.count or 0 if arm.anchor else 0
            collected = collect(arm.anchor, k, self.experiment.generations) if arm.anchor else 0
            if cure := self._cure(keeps, name, arm, range(CHECKED, CHECKED + 2 * self.per), k, collected):
                cures.append(cure)
        return tuple(cures)

    def _cure(self, keeps: list[Keep], name: str, arm: Arm, blocks: range, points: int, collected: int) -> Cure | None:
        horizon, effort = self.experiment.generations, self._weigh(arm)
        (values,) = self.laboratory.look([(arm, blocks)], horizon, until=self.until, effort=effort)
        last = {metric: rows[:, 1] for metric, rows in values.items()}
        good = kept(keeps, last)
        if not len(good):
            return None
        medians = {}
        for keep in keeps:
            relative = keep.relative(last[keep.metric])
            medians[keep.metric] = float(np.nanmedian(relative)) if np.isfinite(relative).any() else 0.0
        return Cure(name, points, collected, int(good.sum()), len(good), medians)

    def _weigh(self, arm: Arm) -> float:
        """How many times as long as usual its generations take: who learns from all points learns from ever more."""
        if isinstance(self.experiment.family, ExactFamily):
            return 1.0
        fits = self.experiment.generations + 1
        return sum(arm.regime.batches(t) for t in range(fits)) / fits


def narrow(low: float, high: float, precision: float) -> bool:
    """Whether an interval is as narrow as was asked, in real numbers or in whole ones, or no wider than one point."""
    few, many = np.ceil(low) if low >= 1 else 0, np.ceil(high)
    return bool(high <= precision * low or many <= precision * few or many - few <= 1)


def begun(horizon: int) -> int:
    """How many generations show what one generation loses."""
    return max(1, min(4, horizon))
