"""Trend: bounds by excess vocabulary, period by period beside their zeros, and the words that carry them, as tables."""

from __future__ import annotations

from kellet.characters import reveal
from kellet.estimate.excess import DRIFT
from kellet.estimate.judging import Finding
from kellet.estimate.outcome import Outcome, Surplus
from kellet.estimate.words import known, show
from kellet.page.table import Table, Tone
from kellet.page.wording import join, number, percent

TONES: dict[str, Tone] = {"answered": "good", "bound only": "middling", "not identifiable": "bad"}
MOST = 60
"""Slices, and phrases, in a table; all others are in the document."""

PERIODS = (
    "With a word: {things} that have one or more of the words that the period has too often. Expected: if people had "
    "gone on as in the human periods it is compared with, with a trend upwards prolonged. Found: what that says models "
    "wrote or edited, beyond what it finds in human text (zero), where no model wrote. At least: the same less its "
    "error, with the drift of human text taken twice."
)
WORDS = (
    "Words that carry the bound: how many {things} have them, of those looked at, and the share that is to be expected "
    "of people. What drives human text of one time apart from that of another may be among them: look at them."
)


def tabulate(outcome: Outcome) -> Table:
    """The whole, each period, and human periods, of which the same was asked."""
    parts = [(one.value, one.finding, one.surplus) for one in outcome.slices]
    whole = ("all of it" if parts else "the corpus", outcome.whole, outcome.surplus)
    rows = [_row(*part) for part in (whole, *parts[:MOST])]
    rows += [
        (reveal(one.value), "human", "–", show(one.share), "–", "–", "–", number(one.documents))
        for one in outcome.placebos
    ]
    headings = (
        reveal(outcome.by) or "of", "verdict", "at least", "found", "with a word", "expected", "zero", outcome.things,
    )  # fmt: skip
    caption = PERIODS.format(things=outcome.things)
    bases = {one.base for _, _, one in (*parts, whole) if one is not None and outcome.by}
    if len(bases) == 1:
        caption += f" Compared with {join([reveal(name) for name in bases.pop()])}."
    reasons = dict.fromkeys(
        reason for _, one, _ in parts if one.verdict == "not identifiable" for reason in one.reasons
    )
    caption += "".join(f" Not identifiable: {reason}." for reason in reasons)
    if drifting := [one.value for one in outcome.placebos if one.share > DRIFT]:
        caption += f" Of {join(list(map(reveal, drifting)))} more than {percent(DRIFT)} would be called models'."
    return Table("In numbers", headings, tuple(rows), caption, "llrrrrrr", TONES)


def _row(name: str, finding: Finding, surplus: Surplus | None) -> tuple[str, ...]:
    found = [None] * 4 if surplus is None else [surplus.point, surplus.observed, surplus.expected, surplus.placebo]
    return (reveal(name), finding.verdict, show(known(finding.low)), *map(show, found), number(finding.documents))


def list_words(outcome: Outcome) -> Table:
    """The words that carry the largest bound."""
    rows = tuple(
        (reveal(one.text), number(one.documents), show(one.corpus), show(one.human)) for one in outcome.phrases[:MOST]
    )
    headings = ("word", f"{outcome.things} with it", "here", "expected")
    return Table("What stands out", headings, rows, WORDS.format(things=outcome.things))
