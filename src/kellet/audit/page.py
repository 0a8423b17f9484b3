"""The page of an audit, which reads like a diagnosis: first what is wrong, then how it was found."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from markupsafe import Markup

from kellet.audit import words
from kellet.audit.answer import GATES, MOST, TONES, gather, tell_expected
from kellet.audit.claim import claim
from kellet.audit.figure import FEW, draw
from kellet.audit.finding import Finding, Verdict
from kellet.audit.result import Diagnosis, Look
from kellet.page.claim import Origin
from kellet.page.html import fill
from kellet.page.wording import number

SIGNS: dict[Verdict, str] = {"lost": "▼", "copied": "▲", "more": "△", "inconclusive": "?", "pass": "✓"}
"""So that no verdict is told by colour alone."""
CELLS, COLUMNS, ROWS = 2500, 400, 900
"""Findings by column, columns, and keys that a page holds at most; all others are in the document."""


@dataclass(frozen=True)
class Row:
    """A measure of a column in each data set, None where it wasn't taken."""

    measure: str
    found: tuple[Finding | None, ...]


@dataclass(frozen=True)
class Column:
    """A column, or a kind of keys: for each data set its worst verdict and what is left of what is rare."""

    name: str
    cells: tuple[tuple[Verdict, str] | None, ...]
    rows: tuple[Row, ...]


def html(audit: Diagnosis, origin: Origin | None = None) -> str:
    """The page as text: one file, no network.  origin: of which files, when, and by which command it was made."""
    look = words.worst(audit)
    script = Markup(files(__package__).joinpath("templates", "audit.js").read_text(encoding="utf-8"))
    columns = arrange(audit, look)
    titles = {one.measure: one.title for each in audit.looks for one in reversed(each.findings)}
    definitions = {name: words.DEFINITIONS.get(name, f"{title}.") for name, title in sorted(titles.items())}
    most = max(MOST, ROWS // (2 * max(len(audit.looks), 1)))
    return fill(
        "audit.html.j2", "kellet.audit", scripts=(script,), title=f"What is left of {audit.reference}",
        audit=audit, worst=look, sentences=[bind(sentence) for sentence in words.sentences(audit)],
        origin=origin, claim=claim(audit), figures=draw(audit.looks), few=len(audit.looks) <= FEW,
        columns=columns[:COLUMNS], left=len(columns[COLUMNS:]),
        flags=list(_flag(audit, look)) if look else [], notes=gather(audit), unnamed=words.unnamed(audit),
        definitions=definitions,
        everything=[(each, [one for one in each.findings if not one.about]) for each in audit.looks],
        most=most, named=MOST, signs=SIGNS, tones=TONES, gates=GATES, bind=bind, number=number, words=words,
        tell_expected=tell_expected,
    )  # fmt: skip


def bind(text: str) -> str:
    """A sentence in which numbers keep their per cent."""
    return text.replace(" %", "\u00a0%")


def arrange(audit: Diagnosis, worst: Look | None) -> list[Column]:
    """Columns by loss, as it is in the worst data set."""
    by: dict[str, list[list[Finding]]] = {}
    for i, look in enumerate(audit.looks):
        for one in look.findings:
            if one.about:
                by.setdefault(one.about, [[] for _ in audit.looks])[i].append(one)
    at = next((i for i, look in enumerate(audit.looks) if look is worst), 0)
    names = sorted(by, key=lambda name: _rank(by[name], at))
    room = CELLS
    columns = []
    for name in names:
        columns.append(Column(name, tuple(map(_cell, by[name])), _rows(by[name]) if room > 0 else ()))
        room -= sum(map(len, by[name]))
    return columns


def _rank(found: list[list[Finding]], at: int) -> tuple[int, int, float]:
    """The lower the worse: by the verdict, by the verdicts of all data sets, by what is left."""
    each = [min((words.ORDER.index(one.verdict) for one in look), default=len(words.ORDER)) for look in found]
    left = [one.value / middle for one in found[at] if one.measure == "rare" and (middle := words.expect(one)[0]) > 0]
    return each[at], min(each), left[0] if left else 1.0


def _cell(found: list[Finding]) -> tuple[Verdict, str] | None:
    if not found:
        return None
    verdict = min((one.verdict for one in found), key=words.ORDER.index)
    rare = next((one for one in found if one.measure == "rare"), None)
    return verdict, words.figure(rare, rare.value) if rare else ""


def _rows(found: list[list[Finding]]) -> tuple[Row, ...]:
    each = [{one.measure: one for one in look} for look in found]
    measures = dict.fromkeys(one.measure for look in found for one in look)
    return tuple(Row(measure, tuple(look.get(measure) for look in each)) for measure in measures)


def _flag(audit: Diagnosis, worst: Look) -> list[tuple[str, str, str]]:
    """What is odd about the worst data set: (what, sentence, more)."""
    flags: list[tuple[str, str, str]] = []
    copied = [one for one in worst.findings if one.verdict == "copied"]
    if copied:
        flags.append(("Copied", words.say(next((one for one in copied if not one.about), copied[0])), ""))
    found = words.find(worst, "invented")
    if worst.invented or found:
        few = [f"{words.call(one, i, audit.redacted)} ({one.about})" for i, one in enumerate(worst.invented[:5], 1)]
        said = words.say(found) if found else f"{number(len(worst.invented))} that the reference lacks."
        flags.append(("Invented", said, f"The most frequent: {', '.join(few)}." if few else ""))
    return flags
