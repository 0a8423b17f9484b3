"""The verdict of a run in plain words, each with its number and its interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kellet.experiment.experiment import Experiment
from kellet.experiment.verdict.level import MOST, Word, word
from kellet.experiment.verdict.quantiles import Interval, figure, reach
from kellet.experiment.verdict.summary import Kind, Left, Outcome, Summary
from kellet.experiment.verdict.trend import Direction
from kellet.metrics.metric import Metric
from kellet.page.wording import join, number, percent
from kellet.worlds.observable import observable

WIDER = 1.5
LEVELS: tuple[Kind, ...] = ("lost half", "lost some", "kept")
GOING: dict[Direction, str] = {
    "proved": ", and {is} proved to fall for ever", "falling": ", still falling", "steady": ", no longer falling",
    "unknown": "",
}  # fmt: skip
"""Beside a word: where the curve is heading."""
AT_LEAST: dict[Word, str] = {"collapsed": "", "lost half": "half", "lost some": "a tenth", "kept": ""}
"""What is lost at least where this is the best word that the interval allows."""


def sentences(experiment: Experiment, summary: Summary) -> tuple[str, ...]:
    """What happened, the worst first, with medians and 90 % intervals over replicates at the last generation."""
    outcomes, replicates = summary.outcomes, summary.replicates
    said = [*_failed(outcomes, replicates), *_emptied(outcomes, replicates)]
    if not summary.parts:
        silent = "Nothing that was watched says how much is left of diversity, spread or the rare part."
        return (*said, silent, *_absorbed(outcomes))
    noun = observable(experiment.world).things
    said += _first(outcomes, noun)
    said += _collapsed(outcomes, noun)
    said += _lost(outcomes, replicates, noun)
    said += _untold(outcomes, replicates, noun)
    said += _silent(outcomes)
    said += _rare(outcomes)
    said += _wider(outcomes, noun)
    said += _degenerated(outcomes, replicates)
    said += _absorbed(outcomes)
    if any("no longer falling" in sentence for sentence in said):
        said.append(
            "No longer falling: a fall of more than 1 % of generation 0 per ten generations would have been seen "
            "(95 %)."
        )
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


def _emptied(outcomes: tuple[Outcome, ...], replicates: int) -> Iterator[str]:
    """Where nothing was left to learn from; what is said of such an arm beside is of survivors."""
    for outcome in outcomes:
        if outcome.emptied:
            rest = f"its numbers are those of the other {number(outcome.counted)}" if outcome.counted else "it has none"
            yield (
                f"“{outcome.arm}”: nothing was left to learn from in {outcome.emptied} of {replicates} replicates, "
                f"from generation {outcome.first} on, since all that was written was refused; {rest}."
            )


def _absorbed(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    """Where a loop can't move any more, and where it stood at the edge by times."""
    for outcome in outcomes:
        found = outcome.absorption
        if found.stays and found.replicates:
            yield (
                f"In “{outcome.arm}” {found.replicates} of {outcome.counted} replicates can write one thing only and "
                f"move no more (median: from generation {found.since:g} on)."
            )
        elif found.still:
            yield (
                f"In “{outcome.arm}” models could write one thing only in {percent(found.still)} of all generations, "
                f"and {found.replicates} of {outcome.counted} replicates stand there at the end; what enters the loop "
                "can bring them back."
            )


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
                f"({_numbers(outcome, noun)}){_going(left, 1)}."
            )
        else:
            told: set[str] = set()
            names = [
                f"“{outcome.arm}” (from generation {left.since} on; {_numbers(outcome, noun, told)}{_going(left, 1)})"
                for outcome, left in arms
            ]
            yield f"{join(names)} collapsed: from then on the median replicate {less}."


def _going(left: Left, arms: int) -> str:
    return GOING[left.trend.direction].replace("{is}", "is" if arms == 1 else "are")


def _lost(outcomes: tuple[Outcome, ...], replicates: int, noun: str) -> Iterator[str]:
    """Arms of which as much is left, and that go the same way, are told together."""
    alike: dict[tuple[Kind, Direction], list[tuple[Outcome, Left]]] = {}
    for outcome in outcomes:
        if left := outcome.deciding:
            alike.setdefault((outcome.kind, left.trend.direction), []).append((outcome, left))
    for kind in LEVELS:
        for direction in GOING:
            if arms := alike.get((kind, direction)):
                names, left = _list([outcome for outcome, _ in arms], noun), arms[0][1]
                if kind != "kept":
                    ask = _ask([one for _, one in arms], replicates) if direction == "unknown" else ""
                    yield f"{names} {kind}{ask or _going(left, len(arms))}."
                elif direction in ("proved", "falling"):
                    yield f"{names} kept what generation 0 had so far{_going(left, len(arms)).replace('and', 'but')}."
                else:
                    yield f"{names} kept what generation 0 had."


def _ask(arms: list[Left], replicates: int) -> str:
    """Whether they still fall is not known."""
    wanted = [left.trend.needed for left in arms]
    falls = "it still falls" if len(arms) == 1 else "they still fall"
    if None in wanted:
        return f"; so short a run can't tell whether {falls}"
    return f"; whether {falls}, can't tell with {number(replicates)} replicates, {enough(wanted)}"


def _untold(outcomes: tuple[Outcome, ...], replicates: int, noun: str) -> Iterator[str]:
    """Arms of which these replicates don't tell enough, with what they do tell."""
    alike: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.kind == "can't tell" and (left := outcome.deciding):
            least, direction = AT_LEAST[word(outcome.level.high)], left.trend.direction
            going = "proved" if direction == "proved" else GOING[direction] if least or direction == "falling" else ""
            alike.setdefault((least, going), []).append(outcome)
    for (least, going), arms in alike.items():
        names = _list(arms, noun)
        cant = f"can't tell with {number(replicates)} replicate{'' if replicates == 1 else 's'}"
        wanted = [outcome.level.needed for outcome in arms]
        cant += "" if None in wanted else f"; {enough(wanted)}"
        if going == "proved":
            yield f"{names} {'is' if len(arms) == 1 else 'are'} proved to fall for ever; how far by now, {cant}."
        elif least:
            yield f"{names} lost at least {least}{going}; how much, {cant}."
        elif going:
            yield f"{names} still {'falls' if len(arms) == 1 else 'fall'}; how far by now, {cant}."
        else:
            yield f"{names}: {cant}."


def enough(wanted: Iterable[int | None], what: str = "") -> str:
    """So many replicates would do.

    >>> enough([30, 5]), enough([30], "replicates "), enough([10_000])
    ('5 to 30 would do', '30 replicates would do', 'more than 10,000 would be needed')
    """
    known = sorted(one for one in wanted if one is not None)
    if known[-1] >= MOST:
        return f"more than {number(MOST)} {what}would be needed"
    least, most = (number(one) for one in (known[0], known[-1]))
    return f"{least if least == most else f'{least} to {most}'} {what}would do"


def _silent(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    """Parts of which nothing can be said, and why; the same in several arms is told once."""
    for outcome in outcomes:
        if outcome.kind == "no verdict" and any(left.trend.direction == "proved" for left in outcome.left):
            yield f"“{outcome.arm}” is proved to fall for ever; nothing that was watched can show how far by now."
    seen: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        for left in outcome.left:
            if left.kind == "no verdict":
                seen.setdefault((left.metric.title, _excuse(left)), []).append(f"“{outcome.arm}”")
    for (title, excuse), arms in seen.items():
        whom = "" if len(arms) == len(outcomes) else f" in {join(arms)}"
        yield f"No verdict on “{title}”{whom}: {excuse}."


def _excuse(left: Left) -> str:
    """Why there is no verdict."""
    if left.blind is not None:
        scores = figure(left.metric, left.blind)
        return f"it is blind here, since one real point written over and over scores {scores} already"
    start = left.start.median
    return (
        "the median generation 0 has none of it" if start <= 0 else f"generation 0 scores {figure(left.metric, start)}"
    )


def _rare(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    """An arm that stands may have lost its tails all the same."""
    lost = [
        f"“{outcome.arm}” keeps {figure(left.metric, left.end.median)} ({reach(left.metric, left.end)})"
        for outcome in outcomes
        if outcome.kind not in ("failed", "nothing left", "collapsed")
        and (left := outcome.of("rare"))
        and left not in outcome.judged
        and left.kind in ("collapsed", "lost half")
    ]
    if lost:
        yield f"Holding up on average hides losses: of the rare part {join(lost)}."


def _first(outcomes: tuple[Outcome, ...], noun: str) -> Iterator[str]:
    """Generation 0 is judged against the real data first: what it never had, no arm can lose."""
    seen: dict[tuple[str, ...], list[str]] = {}
    for outcome in outcomes:
        short = [_amount(left.metric, left.start, noun) for left in outcome.left if left.part != "rare" and left.weak]
        if short:
            seen.setdefault(tuple(short), []).append(f"“{outcome.arm}”")
    (first, arms), *others = seen.items() or (((), []),)
    if first:
        more = "".join(f"; of {join(arms)}: {join(list(short))}" for short, arms in others)
        whom = f" of {join(arms)}" if 2 * len(arms) < len(outcomes) else ""
        yield f"Generation 0{whom} itself has {join(list(first))}{more}."


def _wider(outcomes: tuple[Outcome, ...], noun: str) -> Iterator[str]:
    """Spread that was never there is no collapse, but it isn't the real data either."""
    for outcome in outcomes:
        left = outcome.of("spread")
        if left and left.level.low > 1 and min(left.level.share, left.end.median) > WIDER:
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


def _list(outcomes: list[Outcome], noun: str) -> str:
    """Arms with their numbers; what these are numbers of is said once."""
    told: set[str] = set()
    return join([f"“{outcome.arm}” ({_numbers(outcome, noun, told)})" for outcome in outcomes])


def _numbers(outcome: Outcome, noun: str, told: set[str] | None = None) -> str:
    """What the verdict rests on; where that isn't diversity, diversity first, as people count it."""
    deciding, diversity, told = outcome.deciding, outcome.of("diversity"), set() if told is None else told
    if deciding is None:
        return ""
    if diversity is None or diversity is deciding or diversity not in outcome.judged:
        return _number(deciding, noun, told)
    return f"{_number(diversity, noun, told)}, but {_number(deciding, noun, told)}"


def _number(left: Left, noun: str, told: set[str] | None = None) -> str:
    metric, middle = left.metric, figure(left.metric, left.end.median)
    over = reach(metric, left.end)
    spread = "" if over == f"all {middle}" else f", {over}"
    if metric.whole:
        return f"{middle} of {figure(metric, left.start.median)} {noun}{spread}"
    return f"{_amount(metric, left.end, noun, told)}{spread}"


def _amount(metric: Metric, over: Interval, noun: str, told: set[str] | None = None) -> str:
    """The median and what it is a number of, unless that was told already."""
    middle, unit = figure(metric, over.median), metric.unit.replace("{things}", noun)
    if told is not None:
        if metric.name in told:
            return middle
        told.add(metric.name)
    return f"{middle} {unit}" if unit else f"{metric.title}: {middle}"
