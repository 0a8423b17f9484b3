"""An estimate as an answer: in a terminal, as JSON, as a page, in a notebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kellet.characters import reveal
from kellet.estimate.calibration import LINE, STRANGE, STRONG
from kellet.estimate.checks import check, is_strong
from kellet.estimate.document import write
from kellet.estimate.figure import draw
from kellet.estimate.nouns import Nouns
from kellet.estimate.outcome import Outcome, Slice
from kellet.estimate.trend import MOST, TONES, list_words, tabulate
from kellet.estimate.words import claim, known, name_writers, show, show_span, tell
from kellet.page.answer import Answer
from kellet.page.claim import Origin
from kellet.page.table import Table, Tone
from kellet.page.wording import join, number, percent

CHECKS: dict[str, Tone] = {"passed": "good", "failed": "bad", "not reached": "middling"}
DETECTED: dict[str, Tone] = {"told apart": "good", "not always": "middling"}
FEW = 4
"""Reasons that are named."""

METHODS = (
    "Each calibrated on {things} that it had not seen, of people and of models. Like the references: of {text} like "
    "that of models that can be told from people. By anybody: the interval if its writers may be like any reference, "
    "known or not. At least: a bound that holds no matter who wrote, 95 times of 100."
)
UNCALIBRATED = " Uncalibrated word occurrence is there to compare; it has a bias, mostly upward."
REFERENCES = (
    f"Detected: above the line that {100 * LINE:g} % of human {{things}} pass. As a stranger: the same when nothing of "
    f"this model had been seen. Told apart: {percent(STRONG)} or more, and {percent(STRANGE)} as a stranger; an answer "
    "rests on such models. Of model {text}: what of the corpus's is like this one's."
)
RATIO = "Twice a logarithm of a likelihood ratio where it is about likeness; shares elsewhere."
LIMIT = (
    "What is told is {text} like that of these references. Of writers whom no reference is like, a lower bound is all"
    " that can be known."
)
SEEN = (
    "The human rows should be rows that no model has learnt from: its own are more like those than like other human "
    "rows, and shares read low."
)


def answer(outcome: Outcome, origin: Origin | None = None) -> Answer:
    """For people and programs.  origin: of which files, when and how it was found."""
    return Answer(
        title=f"How much of {outcome.corpus} did models write?",
        sentences=tell(outcome),
        document=lambda: write(outcome),
        tables=tuple(_tabulate(outcome)),
        charts=draw(outcome),
        notes=tuple(_gather(outcome)),
        lede=_lead(outcome),
        claim=claim(outcome),
        origin=origin,
    )


def _lead(outcome: Outcome) -> str:
    size = f"{number(outcome.whole.documents)} {outcome.things}"
    if outcome.method == "excess":
        return f"{size}, held against {number(outcome.human_documents)} that people wrote, by words in excess."
    if not outcome.writers:
        return f"{size}."
    names = join([one.name for one in outcome.writers])
    return f"{size}, held against {number(outcome.human_documents)} that people wrote and others that {names} wrote."


def _tabulate(outcome: Outcome) -> Iterator[Table]:
    if outcome.method == "excess":
        yield tabulate(outcome)
    else:
        yield _shares(outcome)
        if outcome.slices:
            yield _slices(outcome)
    if outcome.whole.readings:
        yield _methods(outcome)
    if outcome.writers:
        yield _references(outcome)
    if checks := check(outcome):
        rows = tuple(
            (one.name, _figure(one.value), _figure(one.limit),
             "not reached" if one.passed is None else "passed" if one.passed else "failed")
            for one in checks
        )  # fmt: skip
        yield Table(
            "What was asked first", ("guard", "found", "limit", "outcome"), rows,
            RATIO if outcome.whole.readings else "", "lrrl", CHECKS,
        )  # fmt: skip
    if outcome.phrases:
        yield _phrases(outcome)


def _shares(outcome: Outcome) -> Table:
    whole = outcome.whole
    rows: list[tuple[str, ...]] = [
        (whole.verdict, outcome.things, show(whole.share), show_span(whole.low, whole.high)),
    ]
    if outcome.nouns.worded:
        rows.append(("", "words", show(whole.words_share), show_span(whole.words_low, whole.words_high)))
    if whole.drift is not None:
        rows.append(("", f"{outcome.things}, if human {outcome.nouns.text} drifted", "–", show_span(*whole.drift)))
    caption = "Written by models. Of 100 such intervals 90 hold the share, of 100 lower bounds 95 lie below it."
    if whole.drift is not None:
        caption += (
            " Drift: from where to where the share goes if all human text were of one of the references' subjects."
        )
    return Table("In numbers", ("verdict", "of", "share", "90 %"), tuple(rows), caption, "llrr", TONES)


def _slices(outcome: Outcome) -> Table:
    caption = "Pooled: drawn towards the other slices the more, the less a slice says itself, with an interval of 90 %."
    why = Counter((one.finding.verdict, reason) for one in outcome.slices for reason in one.finding.reasons)
    caption += "".join(
        f" {verdict.capitalize()}, of {number(many)}: {reason}." for (verdict, reason), many in why.most_common(FEW)
    )
    if (left := len(outcome.slices) - MOST) > 0:
        caption += f" {number(left)} more are in the document (--json)."
    rows = tuple(_slice(part, outcome.nouns) for part in outcome.slices[:MOST])
    headings = (reveal(outcome.by) or "slice", "verdict", "share", "90 %", "pooled", outcome.things)
    return Table("Slice by slice", headings, rows, caption, "llrrrr", TONES)


def _slice(part: Slice, nouns: Nouns) -> tuple[str, ...]:
    found = part.finding
    pooled = f"{show(part.pooled[0])}\n{show_span(*part.pooled[1:])}" if part.pooled else "–"
    like = f"\n{reveal(name_writers(found, nouns))}" if found.share and found.writers else ""
    return (
        reveal(part.value), f"{found.verdict}{like}", show(found.share), show_span(found.low, found.high), pooled,
        number(found.documents),
    )  # fmt: skip


def _methods(outcome: Outcome) -> Table:
    rows = [
        (reveal(one.name), show(one.share), show_span(one.low, one.high), show_span(*one.wide), show(one.bound))
        for one in outcome.whole.readings
    ]
    if (raw := known(outcome.uncalibrated)) is not None:
        rows.append(("occurrence, uncalibrated", percent(raw), "–", "–", "–"))
    caption = _name(METHODS + UNCALIBRATED if outcome.nouns.worded else METHODS, outcome)
    headings = ("method", "share", "90 %, like the references", "90 %, by anybody", "at least")
    return Table("Method by method", headings, tuple(rows), caption)


def _references(outcome: Outcome) -> Table:
    rows = [("people", number(outcome.human_documents), f"{100 * LINE:g} %", "–", "–", "")]
    rows += [
        (
            reveal(one.name),
            number(one.documents),
            show(one.detected),
            show(one.as_stranger),
            show(one.share),
            "told apart" if is_strong(one) else "not always",
        )
        for one in outcome.writers
    ]
    headings = ("written by", outcome.things, "detected", "as a stranger", f"of model {outcome.nouns.text}", "as told")
    return Table("What it rests on", headings, tuple(rows), _name(REFERENCES, outcome), "lrrrrl", DETECTED)


def _phrases(outcome: Outcome) -> Table:
    if outcome.method == "excess":
        return list_words(outcome)
    rows = tuple(
        (reveal(one.text), number(one.documents), show(one.corpus), show(one.human), show(one.model))
        for one in outcome.phrases[:MOST]
    )
    features = outcome.nouns.features
    headings = (features, f"{outcome.things} with it", "here", "people", "models")
    caption = (
        f"{features.capitalize()} that carry the evidence: how many {outcome.things} of the corpus, of people and of "
        "models have them."
    )
    return Table("What stands out", headings, rows, caption)


def _name(template: str, outcome: Outcome) -> str:
    return template.format(things=outcome.things, text=outcome.nouns.text)


def _figure(value: float | None) -> str:
    found = known(value)
    if found is None:
        return "–"
    return number(found) if found >= 10 else f"{found:.2g}" if found >= 0.005 else "0"


def _gather(outcome: Outcome) -> Iterator[str]:
    """All notes."""
    if outcome.writers:
        yield _name(LIMIT, outcome)
        if not outcome.nouns.worded:
            yield SEEN
    yield from outcome.notes
    if outcome.whole.weighted:
        yield "The references were weighted so that they speak of each subject as often as the corpus does."
    removed = outcome.removed
    for many, why in (
        (removed.known, "of the corpus, which a reference has too"),
        (removed.both, "of the references, which people and a model wrote alike"),
        (removed.repeated, "of the references, which came before"),
        (removed.empty, "with too few words"),
    ):
        if many:
            yield f"Left out: {number(many)} {outcome.things} {why}."
