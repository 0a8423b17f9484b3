"""What is left at the last generation, arm by arm, whether that is a collapse, and whether it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kellet.errors import InputError
from kellet.evidence import Array, Integers
from kellet.experiment.arm import Arm
from kellet.experiment.proof import falls_for_ever
from kellet.experiment.running.results import Results
from kellet.experiment.verdict import level, trend
from kellet.experiment.verdict.absorption import NEVER, Absorption, absorption_of
from kellet.experiment.verdict.level import UNKNOWN, Level
from kellet.experiment.verdict.quantiles import Interval, fill_in, interval, keep, quantiles
from kellet.experiment.verdict.trend import UNTOLD, Trend
from kellet.metrics.metric import PARTS, Metric, Part

Kind = Literal["failed", "nothing left", "collapsed", "lost half", "lost some", "kept", "can't tell", "no verdict"]

MEANINGS: dict[Kind, str] = {
    "failed": "somebody's program broke in at least one replicate, which is no outcome; the numbers are those of the "
    "others",
    "nothing left": "curation refused all that was written, so that in half of the replicates or more nothing was left "
    "to learn from; the numbers are those of the others",
    "collapsed": "less than a quarter of what generation 0 had is left",
    "lost half": "less than half is left, but a quarter or more",
    "lost some": "less than 90 % is left, but half or more",
    "kept": "at least 90 % is left",
    "can't tell": "these replicates allow more than one of the other words",
    "no verdict": "generation 0 had nothing that could be lost, or what was watched can't show a loss",
}


@dataclass(frozen=True)
class Left:
    """What one arm has left of one part.

    start, end: over replicates, at generation 0 and at the last one.  kind: the word for ``level``, what is left of
    generation 0 by the medians, where its 95 % interval allows only one; "no verdict" where generation 0's median is 0,
    or where the metric is blind.  trend: where it is heading.  since: the generation from which on to the end the
    median lay below half of generation 0's.  blind: what the metric makes of one real point written over and over, if
    that is more than half of what generation 0 has.  weak: whether generation 0 itself has less than 90 % of what real
    data have, by its interval.

    A replicate whose fit degenerated counts as the worst; one whose program failed or that had nothing left to learn
    from is not counted, and where that is so of all, the kind is that.
    """

    part: Part
    metric: Metric
    start: Interval
    end: Interval
    kind: Kind
    since: int | None
    level: Level = UNKNOWN
    trend: Trend = UNTOLD
    blind: float | None = None
    weak: bool = False


@dataclass(frozen=True)
class Outcome:
    """One arm.  degenerated: how many replicates ended in a fit that learnt nothing.  reasons: why, each once.

    replicates: how many there are.  failed: in how many somebody's program broke.  failures: in which generation and
    how, each once.  emptied: in how many nothing was left to learn from; first: from which generation on.  absorption:
    what is known of those that can't move any more.
    """

    arm: str
    left: tuple[Left, ...]
    degenerated: int
    reasons: tuple[str, ...]
    replicates: int = 0
    failed: int = 0
    failures: tuple[str, ...] = ()
    emptied: int = 0
    first: int | None = None
    absorption: Absorption = NEVER

    @property
    def counted(self) -> int:
        """The replicates that the numbers are of."""
        return self.replicates - self.failed - self.emptied

    @property
    def judged(self) -> tuple[Left, ...]:
        """The parts that the verdict is about: diversity and spread, or else the rare part, where they have one."""
        parts = [left for left in self.left if left.part != "rare"] or list(self.left)
        return tuple(left for left in parts if left.kind not in ("no verdict", "failed", "nothing left"))

    @property
    def deciding(self) -> Left | None:
        """The part that the verdict rests on: of which least is left, or may be, in words; diversity of two alike."""

        def rank(left: Left) -> tuple[int, ...]:
            return tuple(level.WORDS.index(level.word(share)) for share in (left.level.share, left.level.low))

        return min(self.judged, key=rank, default=None)

    @property
    def level(self) -> Level:
        """What is left of the part that has least left: no word is better than what is known of each part."""
        levels = [left.level for left in self.judged]
        if not levels:
            return UNKNOWN
        needed = [one.needed for one in levels if one.needed is not None]
        share, low, high = (min(getattr(one, end) for one in levels) for end in ("share", "low", "high"))
        return Level(share, low, high, max(needed, default=None))

    @property
    def kind(self) -> Kind:
        """The verdict."""
        if self.failed:
            return "failed"
        if self.emptied and 2 * self.emptied >= self.replicates:
            return "nothing left"
        return (self.level.word or "can't tell") if self.judged else "no verdict"

    def of(self, part: Part) -> Left | None:
        """What is left of that part, or None where nothing that was watched stands for it."""
        return next((left for left in self.left if left.part == part), None)


@dataclass(frozen=True)
class Summary:
    """A run in a few numbers.  parts: the metric that stands for each, where there is one."""

    generations: int
    replicates: int
    parts: dict[Part, Metric]
    outcomes: tuple[Outcome, ...]


def summarise(results: Results) -> Summary:
    """What is left of diversity, spread and the rare part in each arm, over replicates, and what that amounts to.

    >>> import kellet
    >>> arms = {"replace": kellet.Arm(), "half fresh": kellet.Arm(anchor=kellet.Anchor(share=0.5))}
    >>> result = kellet.run(world=kellet.worlds.Normal(), family=kellet.families.Gaussian(), size=20, arms=arms,
    ...                    generations=100, replicates=2000)
    >>> [(outcome.arm, outcome.kind) for outcome in summarise(result).outcomes]
    [('replace', 'collapsed'), ('half fresh', 'kept')]
    """
    parts = headlines(results.metrics)
    floors, failures = _floors(results, parts), results.failures()
    firsts = {metric.name: _firsts(results, metric) for metric in parts.values()}
    outcomes = tuple(_outcome(results, arm, parts, floors, firsts, failures.get(arm, [])) for arm in results.blocks)
    return Summary(results.experiment.generations, results.replicates, parts, outcomes)


def headlines(watched: tuple[Metric, ...]) -> dict[Part, Metric]:
    """The metric that stands for each part, where there is one: that of least rank."""
    best: dict[Part | None, Metric] = {}
    for metric in sorted(watched, key=lambda metric: metric.rank):
        best.setdefault(metric.part, metric)
    return {part: best[part] for part in PARTS if part in best}


def _floors(results: Results, parts: Mapping[Part, Metric]) -> Mapping[str, float]:
    """Metric -> what it makes of one real point written over and over; empty where the data file has moved."""
    try:
        return results.floors(tuple(parts.values()))
    except InputError:
        return {}


def _outcome(
    results: Results,
    arm: str,
    parts: Mapping[Part, Metric],
    floors: Mapping[str, float],
    firsts: Mapping[str, Mapping[str, Array]],
    failures: Sequence[str],
) -> Outcome:
    sound, broke, emptied = results.counted(arm), results.failed(arm) >= 0, results.emptied(arm)
    empty: Kind = "failed" if broke.all() else "nothing left"
    nothing = Interval(np.nan, np.nan, np.nan)
    proved = falls_for_ever(results.experiment, arm)
    left = tuple(
        what_is_left(
            keep(results.values(arm, metric.name), sound), part, metric, results.generations,
            first=firsts[metric.name][arm], floor=floors.get(metric.name, 0.0), proved=proved,
        )
        if sound.any()
        else Left(part, metric, nothing, nothing, empty, None)
        for part, metric in parts.items()
    )  # fmt: skip
    died = int((results.collapsed(arm) >= 0).sum())
    gone = emptied[emptied >= 0]
    return Outcome(
        arm, left, died, tuple(results.reasons(arm)), len(sound), int(broke.sum()), tuple(failures),
        len(gone), int(gone.min()) if len(gone) else None, absorption_of(results, arm),
    )  # fmt: skip


def _firsts(results: Results, metric: Metric) -> dict[str, Array]:
    """Arm -> what generation 0 has, in all arms in which it is learnt alike: all but those with another prior or other
    writers."""
    arms, alike = results.experiment.arms, list[list[str]]()
    for arm in results.blocks:
        for names in alike:
            if _begin(arms[names[0]]) == _begin(arms[arm]):
                names.append(arm)
                break
        else:
            alike.append([arm])
    found: dict[str, Array] = {}
    for names in alike:
        begun = [
            block.values[metric.name][block.mark("failed") < 0, 0] for arm in names for block in results.blocks[arm]
        ]
        found |= dict.fromkeys(names, fill_in(np.concatenate(begun), metric))
    return found


def _begin(arm: Arm) -> tuple[object, ...]:
    """What decides how an arm begins."""
    return arm.prior, arm.pool is None, arm.writers


def what_is_left(
    values: Array,
    part: Part,
    metric: Metric,
    generations: Integers | None = None,
    *,
    first: Array | None = None,
    floor: float = 0.0,
    proved: bool = False,
) -> Left:
    """From values (R, G) of one metric in one arm, at the given generations (G,), by default 0 to G - 1.

    first: what generation 0 has, by default these replicates'.  floor: what the metric makes of one real point written
    over and over.  proved: whether theory proves that the arm falls for ever.
    """
    values = fill_in(values, metric)
    generations = np.arange(values.shape[1]) if generations is None else generations
    first = values[:, 0] if first is None else first
    start, end = interval(first), interval(values[:, -1])
    blind = floor if floor > start.median / 2 > 0 else None
    gap = level.smallest_gap(values)
    weak = metric.share and start.median > 0 and level.bound(first, gap)[1] < level.EDGES[-1]
    proof = Trend("proved") if proved else None
    if not 0 < start.median < np.inf or blind is not None:
        return Left(part, metric, start, end, "no verdict", None, UNKNOWN, proof or UNTOLD, blind, weak)
    since = find_since(quantiles(values, (0.5,))[0], generations, start.median / 2)
    found = level.measure(first, values[:, -1], gap)
    heading = proof or trend.look(values, generations, found.share)
    return Left(part, metric, start, end, found.word or "can't tell", since, found, heading, weak=weak)


def find_since(medians: Array, generations: Integers, least: float) -> int | None:
    """The generation from which on to the end medians (G,) lie below what they should be.

    >>> find_since(np.array([1.0, 0.4, 0.6, 0.3]), np.arange(4), 0.5), find_since(np.ones(4), np.arange(4), 0.5)
    (3, None)
    """
    whole = np.flatnonzero(~(medians < least))
    if not len(whole):
        return 0
    return int(generations[whole[-1] + 1]) if whole[-1] + 1 < len(medians) else None
