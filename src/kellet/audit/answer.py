"""An audit as an answer: in a terminal, as JSON, in a notebook."""

from __future__ import annotations

import msgspec
import numpy as np

from kellet.audit.finding import Finding, Verdict
from kellet.audit.history import History
from kellet.audit.result import Diagnosis, Gate, Look, Loss
from kellet.audit.words import (
    beside,
    call,
    figure,
    find,
    interval,
    reach,
    say,
    say_look,
    sentences,
    tell,
    unnamed,
    worst,
)
from kellet.characters import reveal
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table, Tone
from kellet.page.wording import join, number

TONES: dict[str, Tone] = {
    "lost": "bad", "copied": "bad", "more": "middling", "inconclusive": "middling", "pass": "good",
}  # fmt: skip
GATES: dict[str, Tone] = {"failed": "bad", "inconclusive": "middling", "passed": "good"}
MOST = 10
"""Losses that are named at once."""


class Said(Finding, frozen=True, kw_only=True):
    """A finding, and what it says."""

    sentence: str


class LookDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One data set, as in `Look`, with its verdict and what it says."""

    name: str
    documents: int
    groups: tuple[int, int]
    verdict: Verdict
    sentence: str
    findings: tuple[Said, ...]
    losses: tuple[Loss, ...]
    invented: tuple[Loss, ...]
    notes: tuple[str, ...]


class AuditDocument(Document, frozen=True, kw_only=True, tag="kellet/audit/1"):
    """What ``kellet audit`` found.  verdict: of the worst data set; None where there is none."""

    verdict: Verdict | None
    reference: str
    documents: int
    things: str
    redacted: bool
    looks: tuple[LookDocument, ...]
    gates: tuple[Gate, ...]
    histories: tuple[History, ...]
    notes: tuple[str, ...]


def answer(audit: Diagnosis) -> Answer:
    """For people and programs."""
    look = worst(audit)
    tables = [_verdicts(audit)] if audit.looks else []
    if audit.gates:
        tables.append(_gates(audit))
    if look and look.losses:
        tables.append(_losses(audit, look))
    return Answer(
        title=f"What is left of {audit.reference}",
        sentences=sentences(audit),
        document=lambda: write(audit),
        tables=tuple(tables),
        notes=tuple(gather(audit)),
        lede=f"{number(audit.documents)} {audit.things} of reference, and what became of them.",
    )


def write(audit: Diagnosis) -> AuditDocument:
    """The document."""
    look = worst(audit)
    return AuditDocument(
        sentence=" ".join(sentences(audit)), verdict=look.verdict if look else None, reference=audit.reference,
        documents=audit.documents, things=audit.things, redacted=audit.redacted, gates=audit.gates, notes=audit.notes,
        histories=audit.histories,
        looks=tuple(
            LookDocument(
                name=one.name, documents=one.documents, groups=one.groups, verdict=one.verdict, notes=one.notes,
                sentence=say_look(one), losses=_hide(one.losses, audit.redacted),
                invented=_hide(one.invented, audit.redacted),
                findings=tuple(Said(**msgspec.structs.asdict(found), sentence=say(found)) for found in one.findings),
            )
            for one in audit.looks
        ),
    )  # fmt: skip


def _hide(losses: tuple[Loss, ...], redacted: bool) -> tuple[Loss, ...]:
    return tuple(msgspec.structs.replace(loss, name=None) for loss in losses) if redacted else losses


def _verdicts(audit: Diagnosis) -> Table:
    """A row a data set."""
    rows = tuple(
        (f"{look.verdict}\n{reveal(look.name)}", *(_cell(find(look, measure)) for measure in ("rare", "invented")))
        for look in audit.looks
    )
    caption = (
        "Below each number where it lies (95 %), and what a fresh real sample of this size has, or both, dealt anew."
    )
    return Table("Verdicts", ("verdict", "rare, left", "invented"), rows, caption, "lrr", TONES)


def _cell(found: Finding | None) -> str:
    if found is None or not np.isfinite(found.low):
        return "not known"
    return f"{figure(found, found.value)}\n{interval(found)}\n{beside(found)}"


def _gates(audit: Diagnosis) -> Table:
    rows = ((tell(gate), f"{reveal(gate.asked)}\n{reveal(gate.look)}", "\n".join(reach(gate))) for gate in audit.gates)
    return Table("Gates", ("answer", "gate", "of the zero"), tuple(rows), align="llr", tones=GATES)


def _losses(audit: Diagnosis, look: Look) -> Table:
    """The most surprising ones."""
    rows = tuple(
        (
            reveal(f"{call(loss, place, audit.redacted)} ({loss.about or loss.kind})"),
            number(loss.reference), number(loss.candidate), tell_expected(loss),
        )
        for place, loss in enumerate(look.losses[:MOST], start=1)
    )  # fmt: skip
    title = f"Most surprising in {look.name}" if len(audit.looks) > 1 else "Most surprising"
    caption = "How often the reference has it, these data have it, and real data of this size would."
    return Table(title, ("what", "was", "is", "due"), rows, caption)


def gather(audit: Diagnosis) -> list[str]:
    """All notes; what is said of several data sets is said once."""
    whose: dict[str, list[str]] = {}
    for look in audit.looks:
        for note in look.notes:
            whose.setdefault(note, []).append(look.name)
    everywhere = len(audit.looks)
    return [note for note in (unnamed(audit), *audit.notes) if note] + [
        note if len(names) == everywhere else f"{join(names)}: {note}" for note, names in whose.items()
    ]


def tell_expected(loss: Loss) -> str:
    """How often documents of one law would have a key, as it can be read.

    >>> tell_expected(Loss(kind="words", about="", name="x", reference=3, candidate=0, expected=2.96))
    '3.0'
    """
    return number(loss.expected) if loss.expected >= 100 else f"{loss.expected:.1f}"
