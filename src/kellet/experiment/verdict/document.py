"""What a run found, as a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from kellet.evidence import Array
from kellet.experiment.predict import Prediction
from kellet.experiment.running.results import Results
from kellet.experiment.settings import settings
from kellet.experiment.verdict.expected import expected, zeros
from kellet.experiment.verdict.quantiles import Interval, interval, over
from kellet.experiment.verdict.summary import MEANINGS, Kind, Outcome, Summary
from kellet.metrics.metric import Part
from kellet.page.document import Document


class RunMetric(msgspec.Struct, frozen=True):
    """What was watched.  real: what real data score, if that is one number.  zero: where fresh real samples lie that
    stand in place of what models write, for metrics of points.
    """

    title: str
    meaning: str
    real: float | None
    zero: Interval | None


class LeftPart(msgspec.Struct, frozen=True):
    """What is left of diversity, spread or the rare part, by the metric that stands for it.  since: the generation from
    which on less than half was left."""

    metric: str
    verdict: Kind
    since: int | None
    start: Interval
    end: Interval


class Ends(msgspec.Struct, frozen=True):
    """One metric at generation 0 and at the last one.  mean: over replicates, at the last."""

    start: Interval
    end: Interval
    mean: float


class Expectation(msgspec.Struct, frozen=True):
    """What theory expects of a metric at the last generation.  kind: exact, or an approximation."""

    kind: str
    source: str
    end: float


class RunArm(msgspec.Struct, frozen=True, kw_only=True):
    """One arm.  since, decided_by: the generation and the metric that the verdict rests on.  degenerated: how many
    replicates ended in a fit that learnt nothing; reasons: why.  failed: in how many somebody's program broke;
    failures: how.
    """

    verdict: Kind
    since: int | None
    decided_by: str | None
    degenerated: int
    reasons: tuple[str, ...]
    failed: int
    failures: tuple[str, ...]
    left: dict[Part, LeftPart]
    metrics: dict[str, Ends]
    theory: dict[str, Expectation]


class RunDocument(Document, frozen=True, kw_only=True, tag="kellet/run/1"):
    """What ``kellet run`` found.

    Intervals are a median and where 90 % of replicates lie; a replicate that degenerated counts as the worst.
    headlines: the metric that stands for each part.  verdicts: what they mean.  experiment: all of its settings, null
    where they can't be written down.
    """

    folder: str | None
    generations: int
    replicates: int
    headlines: dict[Part, str]
    verdicts: dict[Kind, str]
    metrics: dict[str, RunMetric]
    arms: dict[str, RunArm]
    experiment: dict[str, Any] | None


def document(results: Results, summary: Summary, sentence: str) -> RunDocument:
    """Experiment, metrics, and per arm: verdict, what is left, every metric at both ends, what theory expects."""
    theory, zero = expected(results), zeros(results)
    return RunDocument(
        sentence=sentence,
        folder=str(results.folder.path) if results.folder else None,
        generations=summary.generations,
        replicates=summary.replicates,
        headlines={part: metric.name for part, metric in summary.parts.items()},
        verdicts=dict(MEANINGS),
        metrics={m.name: RunMetric(m.title, m.meaning, m.real, zero.get(m.name)) for m in results.metrics},
        arms={outcome.arm: _arm(results, outcome, theory.get(outcome.arm, {})) for outcome in summary.outcomes},
        experiment=settings(results.experiment, complete=True) if results.experiment.written else None,
    )


def _arm(results: Results, outcome: Outcome, theory: Mapping[str, Prediction]) -> RunArm:
    deciding = outcome.deciding
    return RunArm(
        verdict=outcome.kind,
        since=deciding.since if deciding and not outcome.failed else None,
        decided_by=deciding.metric.name if deciding else None,
        degenerated=outcome.degenerated,
        reasons=outcome.reasons,
        failed=outcome.failed,
        failures=outcome.failures,
        left={one.part: LeftPart(one.metric.name, one.kind, one.since, one.start, one.end) for one in outcome.left},
        metrics={metric.name: _ends(over(results, outcome.arm, metric)) for metric in results.metrics},
        theory={name: Expectation(curve.kind, curve.source, float(curve.values[-1])) for name, curve in theory.items()},
    )


def _ends(values: Array) -> Ends:
    """Of values (R, G)."""
    with np.errstate(over="ignore"):
        mean = float(values[:, -1].mean())
    return Ends(interval(values[:, 0]), interval(values[:, -1]), mean)
