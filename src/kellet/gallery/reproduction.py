"""What redoing papers gave, as it is kept and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kellet.gallery.catalogue import find
from kellet.gallery.finding import Direction, Finding, Number, Reading, Verdict, show
from kellet.gallery.paper import Paper
from kellet.page.answer import Answer
from kellet.page.claim import Claim
from kellet.page.document import Document
from kellet.page.table import Table, Tone
from kellet.page.wording import join

WORDS = {
    "agrees": ("agrees", "agree"), "agrees in direction": ("agrees in direction", "agree in direction"),
    "differs": ("differs", "differ"), "can't tell": ("can't be told", "can't be told"),
}  # fmt: skip
"""Verdict -> of one paper, of several."""
TONES: dict[str, Tone] = {
    "agrees": "good",
    "agrees in direction": "middling",
    "differs": "bad",
    "can't tell": "middling",
}


class Reproduction(msgspec.Struct, frozen=True):
    """A paper that was redone.  seconds: how long it took.  kellet: the version that did it.  source: what tells one
    state of its file and its experiment from others.  charts: see `kellet.gallery.drawing.keep`."""

    paper: str
    verdict: Verdict
    readings: tuple[Reading, ...]
    why: str
    seconds: float
    kellet: str
    source: str
    charts: tuple[Any, ...] = ()

    def finding(self) -> Finding:
        """With its charts."""
        from kellet.gallery.drawing import restore

        return Finding(self.readings, self.why, tuple(map(restore, self.charts)))


class PaperDocument(msgspec.Struct, frozen=True):
    """A paper in a document.  verdict: None where it was not redone; reason: why.  seconds: as long as it took, or
    about how long it will take.  experiment: its file, empty where it is no loop."""

    paper: str
    title: str
    by: str
    sources: tuple[str, ...]
    claim: str
    setting: str
    verdict: Verdict | None
    readings: tuple[Reading, ...]
    why: str
    reason: str
    seconds: float
    experiment: str


class GalleryDocument(Document, frozen=True, kw_only=True, tag="kellet/reproduce/1"):
    """What ``kellet reproduce`` did, or can do."""

    papers: tuple[PaperDocument, ...]


@dataclass(frozen=True)
class Gallery:
    """Papers, and what redoing them gave; of those that were not redone, missed says why.

    >>> import kellet
    >>> len(kellet.reproduce().papers) >= 20, kellet.reproduce().found
    (True, {})
    """

    papers: tuple[Paper, ...]
    found: Mapping[str, Reproduction] = field(default_factory=dict)
    missed: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """How many agree, and with what."""
        seconds = sum(paper.seconds for paper in self.papers)
        if not self.found:
            return f"{len(self.papers)} papers can be redone, in about {seconds / 60:.0f} minutes on two cores."
        often = Counter(str(one.verdict) for one in self.found.values())
        counts = [f"{often[verdict]} {words[often[verdict] > 1]}" for verdict, words in WORDS.items() if often[verdict]]
        missed = f" {len(self.missed)} could not be redone: {join(list(self.missed))}." if self.missed else ""
        if len(self.found) == 1:
            (one,) = self.found.values()
            return f"{find(one.paper).title}: {one.verdict}.{missed}"
        return f"Of {len(self.found)} results that were redone {join(counts)}.{missed}"

    def answer(self) -> Answer:
        """For people and programs; of one paper, all its numbers."""
        if len(self.papers) == 1 and self.found:
            (paper,) = self.papers
            return answer_one(paper, self.found[paper.name], self.document)
        rows: list[tuple[str, ...]] = []
        for paper in self.papers:
            known = self.found.get(paper.name)
            seconds = known.seconds if known else paper.seconds
            verdict = known.verdict if known else "not redone" if paper.name in self.missed else ""
            rows.append((paper.name, verdict, paper.title, paper.by, f"{seconds:.0f}"))
        headings: tuple[str, ...] = ("paper", "verdict", "result", "by", "seconds")
        if not self.found and not self.missed:
            rows, headings = [(row[0], *row[2:]) for row in rows], ("paper", "result", "by", "seconds")
        table = Table("", headings, tuple(rows), align="l" * (len(headings) - 1) + "r", tones=TONES)
        return Answer("Papers redone", (self.sentence,), self.document, (table,), notes=tuple(self.missed.values()))

    def document(self) -> GalleryDocument:
        """For programs."""
        return GalleryDocument(sentence=self.sentence, papers=tuple(map(self._describe, self.papers)))

    def _describe(self, paper: Paper) -> PaperDocument:
        known = self.found.get(paper.name)
        return PaperDocument(
            paper.name, paper.title, paper.by, paper.sources, paper.claim, paper.setting,
            known.verdict if known else None, known.readings if known else (), known.why if known else "",
            self.missed.get(paper.name, ""), known.seconds if known else paper.seconds, paper.toml,
        )  # fmt: skip

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()


def answer_one(paper: Paper, known: Reproduction, document: Any) -> Answer:
    """One paper with all its numbers."""
    return Answer(
        paper.title,
        (f"{known.verdict[0].upper()}{known.verdict[1:]}.", known.why),
        document,
        tabulate(known.readings),
        tuple(known.finding().charts),
        notes=(f"They say: {paper.claim}", f"Here: {paper.setting}", *paper.sources),
        claim=Claim(f"{paper.title}: {known.verdict}"),
    )


def tabulate(readings: tuple[Reading, ...]) -> tuple[Table, ...]:
    """Numbers beside ours, and what was said in words."""
    tones: dict[str, Tone] = {"yes": "good", "no": "bad", "can't tell": "middling"}
    numbers = tuple(
        (one.what, f"{one.published:.4g}\n{one.origin}", show(one.ours, one.low, one.high), word(one))
        for one in readings if isinstance(one, Number)
    )  # fmt: skip
    words = tuple((one.what, one.ours, word(one)) for one in readings if isinstance(one, Direction))
    caption = "In parentheses: where the exact value lies in 99.9 % of repetitions. Without: computed exactly."
    tables = []
    if numbers:
        headings = ("number", "published", "here", "agrees")
        tables.append(Table("Numbers", headings, numbers, caption, "lrrl", tones))
    if words:
        tables.append(Table("What was said", ("claim", "here", "holds"), words, "", "lll", tones))
    return tuple(tables)


def word(reading: Reading) -> str:
    """Whether it agrees."""
    return "can't tell" if reading.agrees is None else "yes" if reading.agrees else "no"
