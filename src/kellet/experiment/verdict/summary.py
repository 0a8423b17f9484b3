"""What is left at the last generation, arm by arm, and whether that is a collapse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kellet.evidence import Array, Integers
from kellet.experiment.running.results import Results
from kellet.experiment.verdict.quantiles import Interval, fill_in, interval, quantiles
from kellet.metrics.metric import PARTS, Metric, Part

Kind = Literal["failed", "collapsed", "halved", "shrinking", "settled", "holds"]

SEVERITY: tuple[Kind, ...] = ("holds", "settled", "shrinking", "halved", "collapsed", "failed")

MEANINGS: dict[Kind, str] = {
    "failed": "somebody's program broke in at least one replicate, which is no outcome; the numbers are those of the "
    "others",
    "collapsed": "the median replicate lost more than half of what generation 0 had, for good, and at the end less "
    "than a quarter is left or it is still falling",
    "halved": "the median replicate lost more than half of what generation 0 had, but falls no further",
    "shrinking": "more than half is left, less than 90 %, and it is still falling",
    "settled": "more than half is left, less than 90 %, and it falls no further",
    "holds": "at least 90 % of what generation 0 had is left",
}


@dataclass(frozen=True)
class Left:
    r"""What one arm has left of one part.

    start, end: over replicates, at generation 0 and at the last one.  kind, from the medians :math:`m_t`:

    * collapsed: :math:`m_t < m_0/2` from ``since`` to the end, and either :math:`m_T < m_0/4` or it is still falling;
    * halved: :math:`m_t < m_0/2` from ``since`` to the end, but a quarter or more is left and no longer falling;
    * shrinking: :math:`m_0/2 \le m_T < 0.9\,m_0`, still falling;
    * settled: :math:`m_0/2 \le m_T < 0.9\,m_0`, no longer falling;
    * holds: :math:`m_T \ge 0.9\,m_0`.

    Still falling: over the last quarter of the generations the average replicate lies below where it was over the
    quarter before, by more than twice the standard error of that difference and by more than :math:`m_0/50`.
    A replicate whose fit degenerated has nothing left; one whose program failed is not counted, and where all did the
    kind is failed.
    """

    part: Part
    metric: Metric
    start: Interval
    end: Interval
    kind: Kind
    since: int | None


@dataclass(frozen=True)
class Outcome:
    """One arm.  degenerated: how many replicates ended in a fit that learnt nothing.  reasons: why, each once.

    failed: in how many somebody's program broke.  failures: in which generation and how, each once.
    """

    arm: str
    left: tuple[Left, ...]
    degenerated: int
    reasons: tuple[str, ...]
    failed: int = 0
    failures: tuple[str, ...] = ()

    @property
    def deciding(self) -> Left | None:
        """The part that the verdict rests on: the worse off of diversity and spread, diversity if neither is."""
        parts = [left for left in self.left if left.part != "rare"] or list(self.left)
        return max(parts, key=lambda left: SEVERITY.index(left.kind), default=None)

    @property
    def kind(self) -> Kind:
        """The verdict."""
        if self.failed:
            return "failed"
        return self.deciding.kind if self.deciding else "holds"

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
    ...                    generations=100, replicates=200)
    >>> [(outcome.arm, outcome.kind) for outcome in summarise(result).outcomes]
    [('replace', 'collapsed'), ('half fresh', 'holds')]
    """
    parts = headlines(results.metrics)
    outcomes = tuple(_outcome(results, arm, parts) for arm in results.blocks)
    return Summary(results.experiment.generations, results.replicates, parts, outcomes)


def headlines(watched: tuple[Metric, ...]) -> dict[Part, Metric]:
    """The metric that stands for each part, where there is one: that of least rank."""
    best: dict[Part | None, Metric] = {}
    for metric in sorted(watched, key=lambda metric: metric.rank):
        best.setdefault(metric.part, metric)
    return {part: best[part] for part in PARTS if part in best}


def _outcome(results: Results, arm: str, parts: dict[Part, Metric]) -> Outcome:
    sound = results.failed(arm) < 0
    nothing = Interval(np.nan, np.nan, np.nan)
    left = tuple(
        what_is_left(values, part, metric, results.generations)
        if len(values := results.values(arm, metric.name)[sound])
        else Left(part, metric, nothing, nothing, "failed", None)
        for part, metric in parts.items()
    )
    died = int((results.collapsed(arm) >= 0).sum())
    failures = tuple(results.failures().get(arm, ()))
    return Outcome(arm, left, died, tuple(results.reasons(arm)), int((~sound).sum()), failures)


def what_is_left(values: Array, part: Part, metric: Metric, generations: Integers | None = None) -> Left:
    """From values (R, G) of one metric in one arm, at the given generations (G,), by default 0 to G - 1."""
    values = fill_in(values, metric)
    start, end = interval(values[:, 0]), interval(values[:, -1])
    medians = quantiles(values, (0.5,))[0]
    below = medians < medians[0] / 2 if medians[0] > 0 else np.ones(len(medians), dtype=bool)
    since = None
    if below[-1]:
        step = 0 if below.all() else int(np.flatnonzero(~below)[-1]) + 1
        since = step if generations is None else int(generations[step])
    kind: Kind
    if since is not None:
        kind = "collapsed" if not medians[-1] >= medians[0] / 4 or medians[0] <= 0 or _falling(values) else "halved"
    elif medians[-1] >= 0.9 * medians[0]:
        kind = "holds"
    else:
        kind = "shrinking" if _falling(values) else "settled"
    return Left(part, metric, start, end, kind, since)


def _falling(values: Array) -> bool:
    """Whether values (R, G) still fall at the end; see `Left`."""
    quarter = max(1, values.shape[1] // 4)
    # Variances may also run away, out of range; that is no fall.
    with np.errstate(invalid="ignore", over="ignore"):
        fall = values[:, -2 * quarter : -quarter].mean(axis=1) - values[:, -quarter:].mean(axis=1)
        error = fall.std(ddof=1) / np.sqrt(len(fall)) if len(fall) > 1 else 0.0
    return bool(fall.mean() > max(2 * error, 0.02 * float(np.median(values[:, 0]))))
