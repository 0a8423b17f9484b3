"""The verdict of a run in plain words, each with its number and its interval."""

from __future__ import annotations

from collections.abc import Iterator

from kellet import worlds
from kellet.experiment.experiment import Experiment
from kellet.experiment.verdict.figures import figure, listed, reach
from kellet.experiment.verdict.summary import Kind, Left, Outcome, Summary
from kellet.worlds.distributions import CategoricalWorld, ZipfWorld

LESS = {
    "surviving_classes": "wrote fewer than half as many {things} as generation 0",
    "surviving_types": "could write fewer than half as many {things} as generation 0",
    "pairs_kept": "wrote fewer than half as many different pairs of the real text as generation 0",
    "surviving_levels": "wrote fewer than half as many categories as generation 0",
    "coverage": "covered less than half as much of the real data as generation 0",
    "determinant_ratio": "had less than half of generation 0's spread",
    "effective_types": "had less than half of generation 0's effective number of {things}",
    "variance_ratio": "had less than half of generation 0's variance",
}
UNITS = {
    "surviving_types": "of the {things}",
    "pairs_kept": "of the pairs of tokens that as much real text has",
    "surviving_levels": "of the categories that as many real rows have",
    "coverage": "of the real data covered",
    "determinant_ratio": "of the real spread",
    "effective_types": "of the effective number of {things}",
    "variance_ratio": "of the real variance",
}
STANDING: dict[Kind, tuple[str, str]] = {
    "halved": ("lost more than half but falls no further", "lost more than half but fall no further"),
    "shrinking": ("is still shrinking", "are still shrinking"),
    "settled": ("has settled lower", "have settled lower"),
    "holds": ("holds", "hold"),
}
WIDER = 1.5


def things(experiment: Experiment) -> str:
    """What the world's diversity counts: digits, words, values, classes."""
    match experiment.world:
        case worlds.digits():
            return "digits"
        case worlds.words():
            return "words"
        case worlds.text():
            return "tokens"
        case worlds.column():
            return "values"
        case CategoricalWorld() | ZipfWorld():
            return "categories"
    return "classes"


def sentences(experiment: Experiment, summary: Summary) -> tuple[str, ...]:
    """What happened, the worst first, with medians and 90 % intervals over replicates at the last generation."""
    outcomes, replicates = summary.outcomes, summary.replicates
    said = list(_failed(outcomes, replicates))
    if not summary.parts:
        return (*said, "Nothing that was watched says how much is left of diversity, spread or the rare part.")
    noun = things(experiment)
    said += _collapsed(outcomes, noun)
    for kind, (one, several) in STANDING.items():
        alike = [f"“{outcome.arm}” ({_numbers(outcome, noun)})" for outcome in outcomes if outcome.kind == kind]
        if alike:
            said.append(f"{listed(alike)} {one if len(alike) == 1 else several}.")
    said += _rare(outcomes)
    said += _wider(outcomes)
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
    together: dict[str, list[tuple[Outcome, Left]]] = {}
    for outcome in outcomes:
        if outcome.kind == "collapsed" and (left := outcome.deciding):
            together.setdefault(left.metric.name, []).append((outcome, left))
    for metric, arms in together.items():
        less = LESS.get(metric, "had less than half of what generation 0 had").format(things=noun)
        if len(arms) == 1:
            (outcome, left), *_ = arms
            yield (
                f"“{outcome.arm}” collapsed: from generation {left.since} on the median replicate {less} "
                f"({_numbers(outcome, noun)})."
            )
        else:
            names = [f"“{o.arm}” (from generation {left.since} on; {_numbers(o, noun)})" for o, left in arms]
            yield f"{listed(names)} collapsed: from then on the median replicate {less}."


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
        yield f"To stand is not to keep everything: of the rare part {listed(lost)}."


def _wider(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    """Spread that was never there is no collapse, but it isn't the real data either."""
    for outcome in outcomes:
        left = outcome.of("spread")
        if left and left.end.median > WIDER * left.start.median > 0:
            yield (
                f"“{outcome.arm}” writes more widely than the real data "
                f"({_number(left, '')}): no loss, but not faithful either."
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
    middle, over = figure(left.metric, left.end.median), reach(left.metric, left.end)
    spread = "" if over == f"all {middle}" else f", {over}"
    if left.metric.name == "surviving_classes":
        return f"{middle} of {figure(left.metric, left.start.median)} {noun}{spread}"
    return f"{middle} {UNITS.get(left.metric.name, '').format(things=noun)}".rstrip() + spread
