"""Words: what an audit found, as sentences for people."""

from __future__ import annotations

import numpy as np

from kellet.audit.finding import Finding, Verdict
from kellet.audit.result import Diagnosis, Gate, Look, Loss
from kellet.audit.retention import BANDS, RARE, name_band
from kellet.page.wording import join, number, percent

ORDER: tuple[Verdict, ...] = ("lost", "copied", "more", "inconclusive", "pass")
"""The worst first."""
JUDGED: dict[Verdict, str] = {
    "lost": "less than chance allows: lost",
    "copied": "more than other real data can keep: copied",
    "more": "more than chance allows",
    "pass": "as in real data",
    "inconclusive": "can't tell",
}
MEANINGS: dict[Verdict, str] = {
    "lost": "Less is left than chance allows at these sizes.",
    "copied": "More of what is rare is left than other real data can keep, so parts of the reference were copied.",
    "more": "There is more of something than chance allows at these sizes.",
    "inconclusive": "Too little would have been seen to say anything.",
    "pass": "As in a fresh real sample, and a loss of half would have been seen.",
}
NAMES = tuple(name_band(low, high) for low, high in BANDS)
"""Of the bands of rarity, the rarest first."""
LONGEST = 120
"""Letters of a name that are shown."""
DEFINITIONS: dict[str, str] = {
    "rare": f"What the reference has 1 to {RARE} times, and the share of it that is still there at all.",
    "rare pairs": "The same of values that stand together in one row.",
    "invented": "The share of what it has that occurs nowhere in the reference. Real data have some, too.",
    "invented pairs": "The same of values that stand together in one row.",
    "rare words": "The same of words in columns of texts.",
    "invented words": "The same of words in columns of texts.",
    "duplicates": "The share of rows, or texts, that stand there more than once.",
    "duplicates_of_reference": "The share of rows, or texts, that stand in the reference as well.",
    "missing": "The share of rows that have no value there.",
    "missing mass": "The chance that the next one is of a kind not seen yet, by Good and Turing.",
    "entropy": "How surprising one is on average; what a finite sample doesn't show is estimated.",
    "hill 0": "How many kinds there are, at equal coverage.",
    "hill 1": "How many equally frequent kinds would be as diverse (exp of the entropy), at equal coverage.",
    "hill 2": "How many frequent kinds there are (1 over the chance that two are alike), at equal coverage.",
    "tails": "The share of numbers below and above all but a hundredth of both sides together.",
    "outside": "The share of numbers that are smaller or larger than any of the reference.",
    "scale": "How far numbers are spread: the standard deviation.",
    "upper tail index": "How slowly large numbers become rare: the higher, the heavier the tail.",
    "lower tail index": "How slowly small numbers become rare: the higher, the heavier the tail.",
    "heaps": "The share of numbers that repeat unusually often.",
    "share": "The share of a group among all.",
    "use": "How well a standard model, taught by these data, predicts real rows.",
    **dict.fromkeys(NAMES, "What the reference has so often, and the share of it that is still there at all."),
}  # fmt: skip
"""Of measures; others are defined by their titles."""


def find(look: Look, measure: str) -> Finding | None:
    """What is found about everything together, or about what comes first where nothing is."""
    found = [one for one in look.findings if one.measure == measure]
    return next((one for one in found if not one.about), found[0] if found else None)


def worst(audit: Diagnosis) -> Look | None:
    """The data set of the worst verdict, the last of several."""
    return min(reversed(audit.looks), key=lambda look: ORDER.index(look.verdict), default=None)


def expect(finding: Finding) -> tuple[float, float, float]:
    """What a fresh real sample would have, and where 95 % of such samples lie, about; or the zero, as `who` says.

    The exact zero is of both sides put together, so it moves towards a candidate that lost much: its scatter is put
    around what the reference alone tells, where that is known.
    """
    middle = finding.zero if finding.fresh is None else finding.fresh
    low, high = middle + finding.zero_low - finding.zero, middle + finding.zero_high - finding.zero
    low, high = min(low, middle), max(high, middle)
    return (middle, max(low, 0.0), min(high, max(middle, 1.0))) if finding.share else (middle, low, high)


def who(finding: Finding) -> str:
    """Who would have what is expected."""
    return "both, dealt anew," if finding.fresh is None else "a fresh real sample of this size"


def beside(finding: Finding) -> str:
    """What is expected, in a table."""
    return f"{'dealt anew' if finding.fresh is None else 'real'} {figure(finding, expect(finding)[0])}"


def spread(finding: Finding) -> str:
    """Where 95 % of fresh samples lie, about."""
    _, low, high = expect(finding)
    return _span(figure(finding, low), figure(finding, high))


def around(finding: Finding) -> str:
    """Where 95 % of the zero lie."""
    return _span(figure(finding, finding.zero_low), figure(finding, finding.zero_high))


def figure(finding: Finding, value: float) -> str:
    """One of its numbers."""
    if not np.isfinite(value):
        return "not known"
    if finding.share:
        return f"{'-' if value < 0 else ''}{percent(abs(value))}"
    return number(value) if abs(value) >= 1000 else f"{value:.3g}"


def interval(finding: Finding) -> str:
    """Where the value may lie; of a share, nothing above all."""
    high = min(finding.high, max(finding.value, 1.0)) if finding.share else finding.high
    return _span(figure(finding, finding.low), figure(finding, high))


def _span(low: str, high: str) -> str:
    short = low.removesuffix(" %") if high.endswith(" %") and not low.startswith("under") else low
    return f"{short} to {high}"


def limit(finding: Finding) -> str:
    """The least loss that would have been seen, as the end of a sentence."""
    if not np.isfinite(finding.detectable):
        return "nothing can be said at these sizes"
    if finding.detectable > 1:
        return "not even a loss of everything would have been seen"
    return f"only a loss of {percent(finding.detectable)} or more would have been seen"


def least(finding: Finding) -> str:
    """The least relative difference that would have been seen."""
    return percent(finding.detectable) if 0 <= finding.detectable <= 1 else "nothing"


def chance(finding: Finding) -> str:
    """Its p-value."""
    return f"{finding.p:.2g}" if np.isfinite(finding.p) else "not known"


def judge(finding: Finding) -> str:
    """Its verdict as the end of a sentence."""
    said = JUDGED[finding.verdict]
    return f"{said}: {limit(finding)}" if finding.verdict == "inconclusive" else said


def say(finding: Finding) -> str:
    """A sentence."""
    middle = expect(finding)[0]
    seen = figure(finding, finding.value) + (f" ({interval(finding)})" if np.isfinite(finding.low) else "")
    known = np.isfinite(middle)
    if finding.measure in (*NAMES, "rare"):
        where = f" in {finding.about}" if finding.about else ""
        fresh = f"; {who(finding)} would keep {figure(finding, middle)}" if known else ""
        return f"Of what the reference has {_often(finding.measure)}{where}, {seen} is left{fresh}; {judge(finding)}."
    title = f"{finding.title[:1].upper()}{finding.title[1:]}"
    if finding.about:
        title = finding.title if finding.about in finding.title else f"{finding.about}: {finding.title}"
    has = "have" if finding.fresh is None else "has"
    fresh = f"; {who(finding)} {has} {figure(finding, middle)} ({spread(finding)})" if known else ""
    return f"{title}: {seen}{fresh}; {judge(finding)}."


def _often(measure: str) -> str:
    return f"1 to {RARE} times" if measure == "rare" else measure


def say_look(look: Look, name: bool = False) -> str:
    """The first sentence of an audit: what became of what was rare.  name: whether that of the data set is said."""
    rare, here = find(look, "rare"), f" in {look.name}" if name else ""
    if rare is None:
        first = next(iter(look.findings), None)
        return say(first) if first else f"Nothing could be compared{here}."
    left, fresh = (figure(rare, value) for value in (rare.value, expect(rare)[0]))
    which = f"Of what was rare in the reference, seen 1 to {RARE} times, {left} is"
    would = f"{who(rare)} would keep"
    sentence = {
        "lost": f"{which} left{here}; {would} {fresh}.",
        "copied": f"{which} still there{here}; {would} {fresh}, so parts of the reference were copied.",
        "more": f"{which} left{here}; {would} {fresh}.",
        "pass": f"{which} left{here}, as much as {would} ({fresh}).",
        "inconclusive": f"{which} left{here}, where {would} {fresh}: can't tell, since {limit(rare)}.",
    }[rare.verdict]
    if look.verdict in (rare.verdict, "inconclusive"):
        return sentence
    other = next(one for one in look.findings if not one.about and one.verdict == look.verdict)
    return f"{sentence} But: {say(other)}"


def sentences(audit: Diagnosis) -> tuple[str, ...]:
    """The whole audit in a few: the worst data set, each verdict, and the gates."""
    look = worst(audit)
    if look is None:
        return ("There is nothing to compare the reference with.",)
    several = len(audit.looks) > 1
    said = [say_look(look, several)]
    if several:
        verdicts = [verdict for verdict in ORDER if any(one.verdict == verdict for one in audit.looks)]
        parts = [f"{v}: {_some([one.name for one in audit.looks if one.verdict == v])}" for v in verdicts]
        whole = "; ".join(parts)
        said.append(f"{whole[:1].upper()}{whole[1:]}.")
    if audit.gates:
        said.append(say_gates(audit.gates))
    return tuple(said)


def _some(names: list[str]) -> str:
    return join(names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} others"])


def say_gates(gates: tuple[Gate, ...]) -> str:
    """How many passed."""
    counts = {word: sum(tell(gate) == word for gate in gates) for word in ("failed", "inconclusive", "passed")}
    parts = [f"{count} {word}" for word, count in counts.items() if count]
    return f"{len(gates)} {'gate' if len(gates) == 1 else 'gates'}: {join(parts)}."


def tell(gate: Gate) -> str:
    """What came of a gate, as a word."""
    return "inconclusive" if gate.passed is None else "passed" if gate.passed else "failed"


def say_gate(gate: Gate) -> str:
    """A sentence."""
    value, between = reach(gate)
    seen = f"{value} of the zero ({between})" if between else "its measure is not known"
    return f"{gate.asked} of {gate.look} {'is ' if gate.passed is None else ''}{tell(gate)}: {seen}."


def reach(gate: Gate) -> tuple[str, str]:
    """What a gate was held against, in units of the zero, and where it may lie."""
    if not np.isfinite((gate.value, gate.low, gate.high)).all():
        return "not known", ""
    return percent(gate.value), _span(percent(max(gate.low, 0.0)), percent(gate.high))


def call(loss: Loss, place: int, redacted: bool) -> str:
    """The name of a key, the beginning of a long one, or its number in its list where there is none."""
    if loss.name is None or redacted:
        return f"no. {place}"
    return loss.name if len(loss.name) <= LONGEST else f"{loss.name[:LONGEST]}…"


def unnamed(audit: Diagnosis) -> str:
    """Why names are missing, where they are."""
    if audit.redacted:
        return "Names of values are left out, as was asked for: they are numbered instead, in each list by itself."
    if any(loss.name is None for look in audit.looks for loss in (*look.losses, *look.invented)):
        return "Values whose names no profile holds are numbered instead, in each list by itself."
    return ""
