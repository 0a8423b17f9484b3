"""Document: an estimate for programs."""

from __future__ import annotations

import msgspec

from kellet.estimate.checks import Check, check
from kellet.estimate.judging import Finding, Reading, Verdict
from kellet.estimate.outcome import Outcome, Phrase, Placebo, Removed, Slice, Surplus, Writer
from kellet.estimate.words import ROWS, tell, value_anchor
from kellet.page.document import Document


class WordsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """count: words of the corpus.  share, low, high: of them, as of documents."""

    count: int
    share: float | None
    low: float | None
    high: float | None


class SliceDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the corpus: what has this value.  pooled: share, low and high, drawn towards the other slices'.

    surplus: what carries a bound by excess vocabulary.
    """

    value: str
    documents: int
    words: int | None
    verdict: Verdict
    share: float | None
    low: float | None
    high: float | None
    pooled: tuple[float, float, float] | None
    reasons: tuple[str, ...]
    surplus: Surplus | None


class AnchorDocument(msgspec.Struct, frozen=True, kw_only=True):
    """How many real rows so many rows of the corpus are worth, at least and at most."""

    rows: int
    least: float | None
    most: float | None


class EstimateDocument(Document, frozen=True, kw_only=True, tag="kellet/estimate/1"):
    """What ``kellet estimate`` found.  share, low, high: of documents that models wrote; what isn't known is null,
    and so are words of rows."""

    verdict: Verdict
    share: float | None
    low: float | None
    high: float | None
    words: WordsDocument | None
    reasons: tuple[str, ...]
    corpus: str
    documents: int
    things: str
    method: str
    methods: tuple[Reading, ...]
    uncalibrated: float | None
    drift: tuple[float, float] | None
    human_documents: int
    references: tuple[Writer, ...]
    guards: tuple[Check, ...]
    by: str
    slices: tuple[SliceDocument, ...]
    phrases: tuple[Phrase, ...]
    removed: Removed
    surplus: Surplus | None
    placebos: tuple[Placebo, ...]
    anchor: AnchorDocument
    notes: tuple[str, ...]


def write(outcome: Outcome) -> EstimateDocument:
    """The document."""
    whole = outcome.whole
    least, most = value_anchor(whole)
    return EstimateDocument(
        sentence=" ".join(tell(outcome)), verdict=whole.verdict, share=whole.share, low=whole.low, high=whole.high,
        words=_write_words(whole) if outcome.nouns.worded else None,
        reasons=whole.reasons, corpus=outcome.corpus, documents=round(whole.documents), things=outcome.things,
        method=outcome.method, methods=whole.readings, uncalibrated=outcome.uncalibrated, drift=whole.drift,
        human_documents=outcome.human_documents, references=outcome.writers, guards=check(outcome), by=outcome.by,
        slices=tuple(_write_slice(part, outcome.nouns.worded) for part in outcome.slices),
        phrases=outcome.phrases, removed=outcome.removed, surplus=outcome.surplus, placebos=outcome.placebos,
        anchor=AnchorDocument(rows=ROWS, least=least, most=most), notes=outcome.notes,
    )  # fmt: skip


def _write_words(found: Finding) -> WordsDocument:
    return WordsDocument(count=round(found.words), share=found.words_share, low=found.words_low, high=found.words_high)


def _write_slice(part: Slice, worded: bool) -> SliceDocument:
    found = part.finding
    return SliceDocument(
        value=part.value, documents=round(found.documents), words=round(found.words) if worded else None,
        verdict=found.verdict, share=found.share, low=found.low, high=found.high, pooled=part.pooled,
        reasons=found.reasons, surplus=part.surplus,
    )  # fmt: skip
