"""What a run found, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from kellet.characters import reveal
from kellet.data.sight import Sight
from kellet.errors import InputError
from kellet.experiment.box import box, see
from kellet.experiment.predicting.predict import predict
from kellet.experiment.predicting.prediction import Prediction
from kellet.experiment.running.results import Results
from kellet.experiment.settings import settings
from kellet.experiment.verdict.absorption import Absorption, Survival, survive
from kellet.experiment.verdict.level import Level
from kellet.experiment.verdict.quantiles import Ends, Interval, ends, figure, interval, over, reach
from kellet.experiment.verdict.sentence import enough, sentences
from kellet.experiment.verdict.summary import MEANINGS, Kind, Left, Outcome, Summary, summarise
from kellet.experiment.verdict.trend import Direction, Trend
from kellet.experiment.verdict.web import RunWeb, look_at_web, tell_web
from kellet.metrics.metric import Part
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table, Tone
from kellet.page.wording import percent

TONES: dict[str, Tone] = {
    "failed": "bad", "nothing left": "bad", "collapsed": "bad", "lost half": "middling", "lost some": "middling",
    "kept": "good",
}  # fmt: skip
HEADING: dict[Direction, str] = {
    "proved": "proved to fall for ever", "falling": "still falling", "steady": "no longer falling",
}  # fmt: skip
PARTS: dict[Part, str] = {"diversity": "diversity", "spread": "spread", "skill": "skill", "rare": "the rare part"}


def answer_of(results: Results) -> Answer:
    """Arm by arm, what is left and whether that is a collapse."""
    summary = summarise(results)
    told = (*sentences(results.experiment, summary), *tell_web(results, summary))
    kinds = {outcome.kind for outcome in summary.outcomes}
    return Answer(
        title="What is left",
        sentences=told,
        document=lambda: document(results, summary, " ".join(told)),
        tables=(table_of(summary), *([box(sight)] if (sight := see(results.experiment.world)) else [])),
        notes=(
            *results.notes,
            *caveats(summary),
            *(f"{kind}: {meaning}" for kind, meaning in MEANINGS.items() if kind in kinds),
        ),
    )


def caveats(summary: Summary) -> tuple[str, ...]:
    """What must be known to read the numbers."""
    if not any(outcome.emptied for outcome in summary.outcomes):
        return ()
    return (
        "Where nothing was left to learn from in some replicates, all medians and intervals are those of the survivors "
        "alone, which curation has chosen: they say nothing of the others.",
    )


def table_of(summary: Summary) -> Table:
    """Per arm what is left of diversity, spread and the rare part: median, 90 % interval, generation 0."""
    over = f"median over {summary.replicates} replicates, 90 % interval, and generation 0"
    return Table(
        title="What is left",
        headings=(
            "arm",
            "verdict",
            *("\n".join(dict.fromkeys((PARTS[part], metric.title))) for part, metric in summary.parts.items()),
        ),
        rows=tuple(
            (reveal(outcome.arm), "\n".join(_verdict(outcome, summary.replicates)), *map(_cell, outcome.left))
            for outcome in summary.outcomes
        ),
        caption=f"Generation {summary.generations}: {over}",
        align=f"ll{'r' * len(summary.parts)}",
        tones=TONES,
    )


def _verdict(outcome: Outcome, replicates: int) -> Iterator[str]:
    yield outcome.kind
    yield from remark(outcome)
    if outcome.failed:
        yield f"in {outcome.failed} of {replicates}"
    if outcome.degenerated:
        yield f"{outcome.degenerated} of {replicates} degenerate"


def remark(outcome: Outcome) -> Iterator[str]:
    """What stands below a verdict: since when, whether it still falls, how many replicates would do; and in how many
    nothing was left, or nothing moves any more."""
    if outcome.kind not in ("failed", "nothing left"):
        yield from _head(outcome)
    if outcome.emptied:
        yield f"nothing left in {outcome.emptied} of {outcome.replicates}, from generation {outcome.first} on"
    found = outcome.absorption
    if found.stays and found.replicates:
        yield f"absorbed: {found.replicates} of {outcome.counted}, median generation {found.since:g}"
    elif found.still:
        yield f"at the edge in {percent(found.still)} of generations"


def _head(outcome: Outcome) -> Iterator[str]:
    """Where the part that the verdict rests on is heading."""
    deciding = outcome.deciding
    if deciding is None:
        return
    if outcome.kind in ("collapsed", "lost half") and deciding.since is not None:
        yield f"from generation {deciding.since} on"
    direction = deciding.trend.direction
    if direction != "unknown" and (outcome.kind, direction) != ("kept", "steady"):
        yield HEADING[direction]
    if outcome.kind == "can't tell" and outcome.level.needed:
        yield enough([outcome.level.needed], "replicates ")


def _cell(left: Left) -> str:
    return (
        f"{figure(left.metric, left.end.median)}\n{reach(left.metric, left.end)}\n"
        f"was {figure(left.metric, left.start.median)}"
    )


class RunMetric(msgspec.Struct, frozen=True):
    """What was watched.  real: what real data score, if that is one number.  zero: where fresh real samples lie that
    stand in place of what models write, for metrics of points.
    """

    title: str
    meaning: str
    real: float | None
    zero: Interval | None


class LeftPart(msgspec.Struct, frozen=True):
    """What is left of diversity, spread or the rare part, by the metric that stands for it.

    since: the generation from which on less than half was left.  level: the medians' ratio, and its 95 % bounds.
    trend: whether it still falls.
    """

    metric: str
    verdict: Kind
    since: int | None
    start: Interval
    end: Interval
    level: Level
    trend: Trend


class Expectation(msgspec.Struct, frozen=True):
    """What theory expects of a metric at the last generation.  kind: exact, or an approximation."""

    kind: str
    source: str
    end: float


class SurvivalCurve(msgspec.Struct, frozen=True):
    """The share of replicates not yet absorbed for good, at each of the generations, with Wilson's 95 % interval; and
    what theory says, where it says anything, whether that is exact, and where it comes from."""

    generations: tuple[int, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    theory: tuple[float, ...] | None
    kind: str
    source: str


class RunArm(msgspec.Struct, frozen=True, kw_only=True):
    """One arm.  since, decided_by: the generation and the metric that the verdict rests on.  trend: where that metric
    is heading.  needed: how many replicates would do for a verdict, where these can't tell.  degenerated: how many
    replicates ended in a fit that learnt nothing; reasons: why.  failed: in how many somebody's program broke;
    failures: how.  emptied: in how many nothing was left to learn from, the first of them from generation emptied_since
    on; these don't count in any number.  absorption: those that can't move any more.  survival: of arms in which any
    is.  web: of an arm with a pool, its writers.
    """

    verdict: Kind
    trend: Direction | None
    needed: int | None
    since: int | None
    decided_by: str | None
    degenerated: int
    reasons: tuple[str, ...]
    failed: int
    failures: tuple[str, ...]
    emptied: int
    emptied_since: int | None
    absorption: Absorption
    survival: SurvivalCurve | None
    left: dict[Part, LeftPart]
    metrics: dict[str, Ends]
    theory: dict[str, Expectation]
    web: RunWeb | None


class RunDocument(Document, frozen=True, kw_only=True, tag="kellet/run/1"):
    """What ``kellet run`` found.

    Intervals are a median and where 90 % of replicates lie; a replicate that degenerated counts as the worst.  Levels
    are bounds of the median itself, as a share of generation 0.
    headlines: the metric that stands for each part.  notes: what metrics leave out of these data.  verdicts: what they
    mean.  between: what was watched of all writers of a pool together.  data: what was seen in somebody's files.
    experiment: all of its settings, null where they can't be written down.
    """

    folder: str | None
    generations: int
    replicates: int
    headlines: dict[Part, str]
    notes: tuple[str, ...]
    verdicts: dict[Kind, str]
    metrics: dict[str, RunMetric]
    between: dict[str, RunMetric]
    arms: dict[str, RunArm]
    data: Sight | None
    experiment: dict[str, Any] | None


def document(results: Results, summary: Summary, sentence: str) -> RunDocument:
    """Experiment, metrics, and per arm: verdict, what is left, every metric at both ends, what theory expects."""
    theory, zero = expectations(results), zeros(results)
    return RunDocument(
        sentence=sentence,
        folder=str(results.folder.path) if results.folder else None,
        generations=summary.generations,
        replicates=summary.replicates,
        headlines={part: metric.name for part, metric in summary.parts.items()},
        notes=results.notes,
        verdicts=dict(MEANINGS),
        metrics={m.name: RunMetric(m.title, m.meaning, m.real, zero.get(m.name)) for m in results.metrics},
        between={m.name: RunMetric(m.title, m.meaning, m.real, None) for m in results.between},
        arms={
            outcome.arm: _arm(results, outcome, theory.get(outcome.arm, {}), look_at_web(results, outcome.arm, summary))
            for outcome in summary.outcomes
        },
        data=see(results.experiment.world),
        experiment=settings(results.experiment, complete=True) if results.experiment.writable else None,
    )


def _arm(results: Results, outcome: Outcome, theory: Mapping[str, Prediction], web: RunWeb | None) -> RunArm:
    deciding = outcome.deciding
    return RunArm(
        verdict=outcome.kind,
        trend=deciding.trend.direction if deciding else None,
        needed=outcome.level.needed if outcome.kind == "can't tell" else None,
        since=deciding.since if deciding and outcome.kind not in ("failed", "nothing left") else None,
        decided_by=deciding.metric.name if deciding else None,
        degenerated=outcome.degenerated,
        reasons=outcome.reasons,
        failed=outcome.failed,
        failures=outcome.failures,
        emptied=outcome.emptied,
        emptied_since=outcome.first,
        absorption=outcome.absorption,
        survival=_curve(survive(results, outcome.arm)) if outcome.absorption.replicates else None,
        left={
            one.part: LeftPart(one.metric.name, one.kind, one.since, one.start, one.end, one.level, one.trend)
            for one in outcome.left
        },
        metrics={metric.name: ends(over(results, outcome.arm, metric)) for metric in results.metrics},
        theory={name: Expectation(curve.kind, curve.source, float(curve.values[-1])) for name, curve in theory.items()},
        web=web,
    )


def _curve(found: Survival) -> SurvivalCurve:
    """As plain numbers."""
    return msgspec.convert(
        {name: line.tolist() if isinstance(line, np.ndarray) else line for name, line in vars(found).items()},
        SurvivalCurve,
    )


def expectations(results: Results) -> dict[str, dict[str, Prediction]]:
    """Arm -> metric -> expectation; empty where nothing is known, or where the data file has moved or changed since."""
    try:
        return predict(results.resolved)
    except InputError:
        return {}


def zeros(results: Results) -> dict[str, Interval]:
    """Metric -> where nine in ten fresh real samples lie, for metrics of points; empty where `expectations` is, too."""
    try:
        return {name: interval(values) for name, values in results.zeros.items()}
    except InputError:
        return {}
