"""Words: what an estimate says, as sentences."""

from __future__ import annotations

import math

from kellet.estimate.checks import check
from kellet.estimate.judging import ASKED, Finding
from kellet.estimate.nouns import TEXT, Nouns
from kellet.estimate.outcome import Outcome
from kellet.page.claim import Claim
from kellet.page.wording import join, number, percent

ROWS = 1_000
"""Rows of an anchor, as examples have it."""

LIKE, NAMED = 0.1, 4
"""Of model text, the share that is like a reference's text from which on it is named; and how many are."""


def tell(outcome: Outcome) -> tuple[str, ...]:
    """Sentences: what share, of how many words, what it means for an anchor, what would help."""
    whole = outcome.whole
    first = {"answered": _answer, "bound only": _bound, "not identifiable": _refuse}[whole.verdict](outcome)
    return (first, *_tell_words(whole), *_tell_anchor(outcome), *advise(outcome))


def claim(outcome: Outcome) -> Claim:
    """The share, or what is known of it, as one plain sentence."""
    whole, what = outcome.whole, f"the {_count(outcome)}"
    low, high = known(whole.low) or 0.0, known(whole.high)
    if whole.verdict == "answered":
        zero = "; of text by people alone it is read as 0 %" if outcome.nouns.worded else ""
        return Claim(
            f"Models wrote {percent(known(whole.share) or 0.0)} of {what}",
            f"90 % interval {span(low, 1.0 if high is None else high)}{zero}",
        )
    if whole.verdict == "bound only" and low > 0:
        verb = "wrote or edited" if outcome.method == "excess" else "wrote"
        return Claim(f"Models {verb} at least {percent(low)} of {what}", "95 of 100 such bounds lie below the share")
    return Claim(f"It can't be told how much of {what} models wrote", "from 0 to 100 %, as far as is known")


def _answer(outcome: Outcome) -> str:
    whole = outcome.whole
    share, low, high = known(whole.share), known(whole.low) or 0.0, known(whole.high)
    between = f"{span(low, 1.0 if high is None else high)}; of 100 such intervals 90 hold the share"
    like = name_writers(whole, outcome.nouns) if share else ""
    return f"Models wrote {percent(share or 0.0)} of the {_count(outcome)} ({between}){like and f', {like}'}."


def _bound(outcome: Outcome) -> str:
    low = known(outcome.whole.low) or 0.0
    if outcome.method == "excess":
        return _tell_excess(outcome, low)
    asked = outcome.whole.reasons == (ASKED,)
    why = "how much more was not asked" if asked else f"how much more can't be told: {give_reasons(outcome.whole)}"
    if low == 0:
        why = "only a bound was asked for" if asked else give_reasons(outcome.whole)
        return f"It can't be told whether models wrote any of the {_count(outcome)}: {why}."
    bound = "of 100 such bounds 95 lie below the share, no matter who wrote"
    return f"Models wrote at least {percent(low)} of the {_count(outcome)} ({bound}); {why}."


def _tell_excess(outcome: Outcome, low: float) -> str:
    rest = f"how much more can't be told: {give_reasons(outcome.whole)}"
    if low == 0:
        return f"By its words it can't be told whether models wrote any of the {_count(outcome)}; {rest}."
    bound = "of 100 such bounds 95 lie below the share, if human text drifts no faster than it did"
    return f"Models wrote or edited at least {percent(low)} of the {_count(outcome)} ({bound}); {rest}."


def _refuse(outcome: Outcome) -> str:
    return f"It can't be told what share of the {_count(outcome)} models wrote: {give_reasons(outcome.whole)}."


def _count(outcome: Outcome) -> str:
    unknown = " that aren't known to be human" if outcome.method == "excess" else ""
    return f"{number(outcome.whole.documents)} {outcome.things}{unknown}"


def _tell_words(whole: Finding) -> tuple[str, ...]:
    share, low, high = known(whole.words_share), known(whole.words_low), known(whole.words_high)
    if share is not None and low is not None and high is not None:
        return (f"Of its words it is {percent(share)} ({span(low, high)}).",)
    return (f"Of its words it is at least {percent(low)}.",) if low else ()


def _tell_anchor(outcome: Outcome) -> tuple[str, ...]:
    """How many real rows such rows are worth, k (1 - c)."""
    least, most = value_anchor(outcome.whole)
    whose = f"As an anchor, {number(ROWS)} {outcome.things} of it are worth"
    if least is not None:
        return (f"{whose} at least {number(least)} real ones.",)
    return (f"{whose} at most {number(most)} real ones.",) if most is not None and most < ROWS else ()


def value_anchor(whole: Finding) -> tuple[float | None, float | None]:
    """At least, and at most, how many real rows ROWS of such rows are worth."""
    low, high = known(whole.low), known(whole.high)
    least, most = (None if share is None else ROWS * (1 - share) for share in (high, low))
    return least, most


def name_writers(finding: Finding, nouns: Nouns = TEXT) -> str:
    """Whose text the models' text is like.

    >>> name_writers(Finding("answered", 100, 9e4, 0.2, 0.1, 0.3, writers={"a": 0.7, "b": 0.02, "c": 0.28}))
    'text like that of a and c'
    """
    order = sorted(finding.writers, key=lambda name: -finding.writers[name])
    names = [name for name in order if finding.writers[name] >= LIKE][:NAMED]
    return f"{nouns.text} like that of {join(names) if names else 'the references'}"


def give_reasons(finding: Finding) -> str:
    """Why it is no answer."""
    return "; ".join(finding.reasons) or "no reason is known"


def advise(outcome: Outcome) -> tuple[str, ...]:
    """What would help, if anything is to be helped."""
    if outcome.whole.verdict == "answered":
        return ()
    if outcome.method == "excess":
        failed = next((one for one in check(outcome) if one.passed is False), None)
        more = f", or {failed.help}" if failed else ""
        return (f"What would help: text of models that may have written it, as --model{more}.",)
    checks = check(outcome)
    failed = next(
        (one for one in checks if one.passed is False), None if outcome.whole.reasons == (ASKED,) else checks[-1]
    )
    return (f"What would help: {failed.help}.",) if failed else ()


def span(low: float, high: float) -> str:
    """From where to where.

    >>> span(0.08, 0.16), span(0, 0.0004)
    ('8.0 to 16 %', '0 % to under 0.1 %')
    """
    first, last = percent(low), percent(high)
    plain = not (first + last).startswith("under") and not last.startswith("under")
    return f"{first.removesuffix(' %') if plain else first} to {last}"


def known(value: float | None) -> float | None:
    """A number, or None where it is none."""
    return value if value is not None and math.isfinite(value) else None


def show(value: float | None) -> str:
    """A share, or that it isn't known."""
    found = known(value)
    return "–" if found is None else percent(found)


def show_span(low: float | None, high: float | None) -> str:
    """From where to where, as far as that is known."""
    first, last = known(low), known(high)
    if first is None:
        return "–"
    return f"{percent(first)} or more" if last is None else span(first, last)
