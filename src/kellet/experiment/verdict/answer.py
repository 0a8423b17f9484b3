"""What a run found, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator

from kellet.experiment.running.results import Results
from kellet.experiment.verdict.document import document
from kellet.experiment.verdict.figures import figure, reach
from kellet.experiment.verdict.sentence import sentences
from kellet.experiment.verdict.summary import MEANINGS, Left, Outcome, Summary, summarise
from kellet.metrics.metric import Part
from kellet.page.answer import Answer
from kellet.page.table import Table, Tone

TONES: dict[str, Tone] = {
    "failed": "bad", "collapsed": "bad", "halved": "middling", "shrinking": "middling", "holds": "good",
}  # fmt: skip
PARTS: dict[Part, str] = {"diversity": "diversity", "spread": "spread", "rare": "the rare part"}


def answer_of(results: Results) -> Answer:
    """Arm by arm, what is left and whether that is a collapse."""
    summary = summarise(results)
    told = sentences(results.experiment, summary)
    kinds = {outcome.kind for outcome in summary.outcomes}
    return Answer(
        title="What is left",
        sentences=told,
        document=lambda: document(results, summary, " ".join(told)),
        tables=(table_of(summary),),
        notes=tuple(f"{kind}: {meaning}" for kind, meaning in MEANINGS.items() if kind in kinds),
    )


def table_of(summary: Summary) -> Table:
    """Per arm what is left of diversity, spread and the rare part: median, 90 % interval, generation 0."""
    over = f"median over {summary.replicates} replicates, 90 % interval, and generation 0"
    return Table(
        title="What is left",
        headings=("arm", "verdict", *(f"{PARTS[part]}\n{metric.title}" for part, metric in summary.parts.items())),
        rows=tuple(
            (outcome.arm, "\n".join(_verdict(outcome, summary.replicates)), *map(_cell, outcome.left))
            for outcome in summary.outcomes
        ),
        caption=f"Generation {summary.generations}: {over}",
        align=f"ll{'r' * len(summary.parts)}",
        tones=TONES,
    )


def _verdict(outcome: Outcome, replicates: int) -> Iterator[str]:
    yield outcome.kind
    if outcome.deciding and outcome.deciding.since is not None and not outcome.failed:
        yield f"from generation {outcome.deciding.since}"
    if outcome.failed:
        yield f"in {outcome.failed} of {replicates}"
    if outcome.degenerated:
        yield f"{outcome.degenerated} of {replicates} degenerate"


def _cell(left: Left) -> str:
    return (
        f"{figure(left.metric, left.end.median)}\n{reach(left.metric, left.end)}\n"
        f"was {figure(left.metric, left.start.median)}"
    )
