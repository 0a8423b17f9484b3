"""Search: one sequential search for the least k."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from kellet import metrics
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.families import Categorical
from kellet.families.abilities import abilities
from kellet.families.family import ExactFamily, Prior
from kellet.loop.anchors import Anchor, AnyAnchor
from kellet.loop.regimes import Accumulate
from kellet.planning.need import Cure
from kellet.planning.outcomes import Keep, Laboratory, kept
from kellet.planning.reserve import Reserve
from kellet.planning.threshold import Belief

CHECKED = 1000
"""Number of the first block of the replicates that check an answer: no trial has seen them."""
ROUNDS = 60
EVEN = 20
"""Part of what may fail to which it is known how often loops without anything real do; more loops would hardly tell."""
LESS = "a lower --confidence or a larger --size"

Other = Literal["fresh", "fixed"]
Progress = Callable[[str, float], None]


@dataclass
class Search:
    """Tries numbers of real points until the interval of the least is narrow enough, or the time is up.

    levels: metric -> what is to be kept.  until: time.monotonic() when the budget is spent.
    """

    experiment: Experiment
    levels: Mapping[str, float]
    reserve: Reserve
    confidence: float
    precision: float
    until: float
    laboratory: Laboratory
    arm: Arm = field(default_factory=Arm)
    progress: Progress | None = None
    found: dict[int, tuple[int, int]] = field(default_factory=dict)
    _used: dict[int, int] = field(default_factory=dict)
    pace: float = 0.0
    _most: int | None = None

    @property
    def per(self) -> int:
        """Blocks of one trial."""
        family = self.experiment.family
        tries = 32 if isinstance(family, Categorical) else 100 if isinstance(family, ExactFamily) else 16
        return -(-tries // (self.experiment.block or 1))

    @property
    def first(self) -> int:
        """Blocks of the first look, from which all levels and losses are: more than a trial's, and few generations."""
        wished = (10 if isinstance(self.experiment.family, ExactFamily) else 4) * self.per
        return wished if self._most is None else max(self.per, min(wished, self._most))

    def afford(self, blocks: int) -> None:
        """Let the first look have no more blocks than the budget has time for, but those of a trial."""
        self._most = blocks

    @property
    def few(self) -> int:
        """The part of what is known that is added between two looks at it; where trials are cheap, looks cost more."""
        return 3 if isinstance(self.experiment.family, ExactFamily) else 100

    def keeps(self) -> list[Keep]:
        """The levels, in units of what as many real points get: the models of generation 0."""
        (values,) = self.laboratory.look([(self.arm, range(self.first))], begun(self.experiment.generations))
        self.early = values
        baseline = {name: rows[:, 0] for name, rows in values.items()}
        keeps = []
        for name, level in self.levels.items():
            median = float(np.median(baseline[name]))
            if not np.isfinite(median) or median <= 0:
                wanted = f"a metric that real data of this size give a positive number, to keep {level:g} of it"
                raise InputError(wanted, f"{name} = {median:.3g}", "another --keep")
            keeps.append(Keep(name, level, median, metrics.find_metric(name).lower))
        good = kept(keeps, baseline)
        self.real = int(good.sum()), len(good)
        if good.mean() < self.confidence:
            raise self._unreachable(keeps, baseline)
        return keeps

    def _unreachable(self, keeps: list[Keep], baseline: Mapping[str, Array]) -> InputError:
        """Levels that not even real data keep often enough are refused, with what they do keep."""
        size, sure = self.experiment.size, f"with {self.confidence:.0%} confidence"
        for keep in keeps:
            values = baseline[keep.metric]
            if keep.kept(values).mean() < self.confidence:
                q, method = (self.confidence, "higher") if keep.lower else (1 - self.confidence, "lower")
                best = float(np.quantile(keep.relative(values), q, method=method))  # type: ignore[call-overload]
                best = np.ceil(100 * best) / 100 if keep.lower else np.floor(100 * best) / 100
                lower = f"--keep {keep.metric}={best:g}" if best > 0 else "another metric"
                wanted = f"a level that {size} real points themselves reach {sure}"
                return InputError(wanted, f"{keep.metric}={keep.level:g}", f"{lower}, {LESS}")
        levels = ", ".join(f"{keep.metric}={keep.level:g}" for keep in keeps)
        return InputError(f"levels that {size} real points reach all at once {sure}", levels, f"lower levels, {LESS}")

    def run(self, keeps: list[Keep]) -> Belief:
        """What is believed in the end."""
        rng = np.random.default_rng(self.experiment.seed)
        grid = sorted({round(k) for k in np.geomspace(1, self.reserve.most, 6)})
        # Every second from the largest; then the others, where they are still open.
        first = [0, *grid[::-2]]
        tries = self.per * (self.experiment.block or 1)
        if Belief(self.reserve.most, self.confidence, {}, (tries, tries), self.real).without:
            # So many loops without anything may be all that is to be tried.
            self._try(keeps, [first.pop(0)])
            if (belief := self.belief()).without and belief.interval()[1] < 1:
                return belief
        self._try(keeps, first)
        for number in range(ROUNDS):
            belief = self.belief()
            low, high = belief.interval()
            if self.progress:
                wide = np.log(max(high / low, 1.0)) / np.log(self.precision)
                self.progress(f"between {low:,.0f} and {high:,.0f} points", float(1 / max(wide, 1.0)))
            # Time for another round, of two or more, and to check the answer.
            if time.monotonic() + 4 * self.pace > self.until or (high < 1 and belief.without):
                break
            if low < 1 and high < self.reserve.most and self._even:
                break
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
                    chosen.add(belief.draw(rng))
            self._try(keeps, sorted(chosen))
        return self.belief()

    @property
    def _even(self) -> bool:
        """Whether loops without anything real were tried so often that more of them would hardly tell more."""
        return self.found[0][1] * (1 - self.confidence) >= EVEN**2 * self.confidence

    def belief(self) -> Belief:
        """What the trials say so far."""
        trials = {k: seen for k, seen in self.found.items() if k}
        return Belief(self.reserve.most, self.confidence, trials, self.found[0], self.real)

    def _try(self, keeps: list[Keep], ks: list[int]) -> None:
        if not ks:
            return
        started, before = time.monotonic(), self.laboratory.computed
        trials = [(self._arm(k), range(used := self._used.get(k, 0), used + self.per)) for k in ks]
        for k, values in zip(ks, self.laboratory.look(trials, self.experiment.generations), strict=True):
            good = kept(keeps, {name: rows[:, 1] for name, rows in values.items()})
            successes, tries = self.found.get(k, (0, 0))
            self.found[k] = (successes + int(good.sum()), tries + len(good))
            self._used[k] = self._used.get(k, 0) + self.per
        # What a folder had already says nothing of what a trial costs.
        if computed := self.laboratory.computed - before:
            self.pace = max(self.pace, (time.monotonic() - started) * self.per / computed)

    def _arm(self, k: int) -> Arm:
        return Arm(self.arm.regime, self.reserve.anchor(k), self.arm.prior, self.arm.curation)

    def cures(self, keeps: list[Keep], points: int) -> tuple[Cure, ...]:
        """Fresh replicates at the answer, and, if there is time, of other uses of as many points."""
        cures: list[Cure] = []
        took = 2 * self.pace
        for name, arm in self._alternatives(points).items():
            if cures and time.monotonic() + took > self.until:
                break
            started = time.monotonic()
            blocks = range(CHECKED, CHECKED + 2 * self.per)
            (values,) = self.laboratory.look([(arm, blocks)], self.experiment.generations)
            took = max(took, time.monotonic() - started)
            last = {metric: rows[:, 1] for metric, rows in values.items()}
            good = kept(keeps, last)
            medians = {}
            for keep in keeps:
                relative = keep.relative(last[keep.metric])
                medians[keep.metric] = float(np.nanmedian(relative)) if np.isfinite(relative).any() else 0.0
            k = arm.anchor.count or 0 if arm.anchor else 0
            cures.append(Cure(name, k, self._collected(arm.anchor), int(good.sum()), len(good), medians))
        return tuple(cures)

    def _alternatives(self, points: int) -> dict[str, Arm]:
        """Name -> arm; the answer first."""
        draw, family = str(self.reserve), self.experiment.family
        arms = {f"{points:,} {draw}" if points else "nothing real": self._arm(points)}
        free: dict[str, Any] = {"curation": self.arm.curation}
        if points:
            for other in get_args(Other):
                if draw != other:
                    arms[f"{points:,} {other}"] = Arm(anchor=Anchor(points, draw=other), **free)
            collected = points * self.experiment.generations
            if draw == "fresh" and points < collected <= self.reserve.most:
                arms[f"all {collected:,} from the beginning, fixed"] = Arm(
                    anchor=Anchor(collected, draw="fixed"), **free
                )
            if draw == "fresh" and abilities(family).batched and not self.reserve.contaminated:
                arms[f"{points:,} fresh, weighted optimally"] = Arm(anchor=Anchor(points, weight="optimal"), **free)
        arms["accumulate, nothing real"] = Arm(Accumulate(), **free)
        if points and abilities(family).takes_prior:
            arms[f"a prior worth {points:,}"] = Arm(prior=Prior(float(points)), **free)
        return arms

    def _collected(self, anchor: AnyAnchor | None) -> int:
        if anchor is None or not anchor.count:
            return 0
        fresh = anchor.count * self.experiment.generations
        return {"fresh": fresh, "fixed": anchor.count, "bank": anchor.bank or 0}[anchor.draw]


def narrow(low: float, high: float, precision: float) -> bool:
    """Whether an interval is as narrow as was asked, in real numbers or in whole ones, or no wider than one point."""
    few, many = np.ceil(low) if low >= 1 else 0, np.ceil(high)
    return bool(high <= precision * low or many <= precision * few or many - few <= 1)


def begun(horizon: int) -> int:
    """How many generations show what one generation loses."""
    return max(1, min(4, horizon))
