"""The verdict of a run in plain words, each with its number and its interval."""

from __future__ import annotations

from collections.abc import Iterator

from kellet.experiment.experiment import Experiment
from kellet.experiment.verdict.quantiles import figure, reach
from kellet.experiment.verdict.summary import Kind, Left, Outcome, Summary
from kellet.metrics.metric import Metric
from kellet.page.wording import join
from kellet.worlds.observable import observable

STANDING: dict[Kind, tuple[str, str]] = {
    "halved": ("lost more than half but falls no further", "lost more than half but fall no further"),
    "shrinking": ("is still shrinking", "are still shrinking"),
    "settled": ("has settled lower", "have settled lower"),
    "holds": ("holds", "hold"),
}
WIDER = 1.5


def sentences(experiment: Experiment, summary: Summary) -> tuple[str, ...]:
    """What happened, the worst first, with medians and 90 % intervals over replicates at the last generation."""
    outcomes, replicates = summary.outcomes, summary.replicates
    said = list(_failed(outcomes, replicates))
    if not summary.parts:
        return (*said, "Nothing that was watched says how much is left of diversity, spread or the rare part.")
    noun = observable(experiment.world).things
    said += _collapsed(outcomes, noun)
    for kind, (one, several) in STANDING.items():
        alike = [f"“{outcome.arm}” ({_numbers(outcome, noun)})" for outcome in outcomes if outcome.kind == kind]
        if alike:
            said.append(f"{join(alike)} {one if len(alike) == 1 else several}.")
    said += _rare(outcomes)
    said += _wider(outcomes, noun)
    said += _degenerated(outcomes, replicates)
    if replicates == 1:
        said.append("With one replicate there are no intervals: all of this may be chance.")
    else:
        said.append(
            f"In brackets: the median at generation {experiment.generations}, and where 90 % of replicates lie."
        )
    return tuple(said)


def _failed(outcomes: tuple[Outcome, ...], replicates: int) -> Iterator[str]:
    """A program that broke is no outcome of the loop: said first, and with its reason."""
    for outcome in outcomes:
        if outcome.failed:
            reason, *more = outcome.failures
            others = f" (and {len(more)} more ways)" if len(more) > 1 else f" (and: {more[0]})" if more else ""
            rest = "its numbers are those of the others" if outcome.failed < replicates else "it has no numbers"
            yield f"“{outcome.arm}” failed in {outcome.failed} of {replicates} replicates, {reason}{others}; {rest}."


def _collapsed(outcomes: tuple[Outcome, ...], noun: str) -> Iterator[str]:
    """Arms that collapsed in the same part are told together."""
    together: dict[Metric, list[tuple[Outcome, Left]]] = {}
    for outcome in outcomes:
        if outcome.kind == "collapsed" and (left := outcome.deciding):
            together.setdefault(left.metric, []).append((outcome, left))
    for metric, arms in together.items():
        less = metric.less.replace("{things}", noun)
        if len(arms) == 1:
            (outcome, left), *_ = arms
            yield (
                f"“{outcome.arm}” collapsed: from generation {left.since} on the median replicate {less} "
                f"({_numbers(outcome, noun)})."
            )
        else:
            names = [f"“{o.arm}” (from generation {left.since} on; {_numbers(o, noun)})" for o, left in arms]
            yield f"{join(names)} collapsed: from then on the median replicate {less}."


def _rare(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    """An arm that stands may have lost its tails all the same."""
    lost = [
        f"“{outcome.arm}” keeps {figure(left.metric, left.end.median)} ({reach(left.metric, left.end)})"
        for outcome in outcomes
        if outcome.kind not in ("failed", "collapsed")
        and (left := outcome.of("rare"))
        and left.kind in ("collapsed", "halved")
    ]
    if lost:
        yield f"To stand is not to keep everything: of the rare part {join(lost)}."


def _wider(outcomes: tuple[Outcome, ...], noun: str) -> Iterator[str]:
    """Spread that was never there is no collapse, but it isn't the real data either."""
    for outcome in outcomes:
        left = outcome.of("spread")
        if left and left.end.median > WIDER * left.start.median > 0:
            yield (
                f"“{outcome.arm}” writes more widely than the real data "
                f"({_number(left, noun)}): no loss, but not faithful either."
            )


def _degenerated(outcomes: tuple[Outcome, ...], replicates: int) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.degenerated:
            first, *more = outcome.reasons or ("",)
            why = f" ({first}{f', and {len(more)} more reasons' if more else ''})" if first else ""
            yield (
                f"In “{outcome.arm}” {outcome.degenerated} of {replicates} replicates ended in a model that could "
                f"learn nothing any more{why}; they count as having nothing left."
            )


def _numbers(outcome: Outcome, noun: str) -> str:
    """What the verdict rests on; where that isn't diversity, diversity first, as people count it."""
    deciding, diversity = outcome.deciding, outcome.of("diversity")
    if deciding is None:
        return ""
    if diversity is None or diversity is deciding:
        return _number(deciding, noun)
    return f"{_number(diversity, noun)}, but {_number(deciding, noun)}"


def _number(left: Left, noun: str) -> str:
    metric = left.metric
    middle, over = figure(metric, left.end.median), reach(metric, left.end)
    spread = "" if over == f"all {middle}" else f", {over}"
    if metric.whole:
        return f"{middle} of {figure(metric, left.start.median)} {noun}{spread}"
    unit = metric.unit.replace("{things}", noun)
    return f"{middle} {unit}{spread}" if unit else f"{metric.title}: {middle}{spread}"
