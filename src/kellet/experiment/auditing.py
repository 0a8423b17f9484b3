"""Auditing: whether data sets lost what a reference has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kellet.audit import answer as words
from kellet.audit.comparing import compare
from kellet.audit.finding import LEVEL
from kellet.audit.forecast import FURTHEST, describe_forecast, forecast
from kellet.audit.gates import check_gates, hold
from kellet.audit.history import History, count_assignments, follow
from kellet.audit.page import html
from kellet.audit.pairing import Question, Side
from kellet.audit.redaction import redact as conceal
from kellet.audit.result import Diagnosis, Gate, Look
from kellet.data import reading
from kellet.data.content import Rows
from kellet.data.spool import spool
from kellet.errors import InputError
from kellet.experiment.profiling import profile
from kellet.experiment.writings import Writings, gather
from kellet.page.answer import Answer
from kellet.profile import file
from kellet.profile.profile import Profile
from kellet.struct import checked

MOST, MEASURES = 9999, 12
"""Assignments beside the observed one, and measures of everything together, about, which share a look's level."""


@dataclass(frozen=True, eq=False)
class Audit:
    """What an audit found.

    diagnosis: all of it, as plain values.
    """

    diagnosis: Diagnosis

    @property
    def looks(self) -> tuple[Look, ...]:
        """One for each data set."""
        return self.diagnosis.looks

    @property
    def gates(self) -> tuple[Gate, ...]:
        """Each that was set, for each data set."""
        return self.diagnosis.gates

    @property
    def exit_code(self) -> int:
        """0 passed, 1 something was lost, copied or invented or a gate failed, 3 nothing can be told: the worst gate,
        or where there are none the worst verdict."""
        if self.gates:
            outcomes = [gate.passed for gate in self.gates]
        else:
            known = {"pass": True, "inconclusive": None}
            outcomes = [known.get(look.verdict, False) for look in self.looks]
        return 1 if False in outcomes else 3 if None in outcomes else 0

    def answer(self) -> Answer:
        """For people and programs."""
        return words.answer(self.diagnosis)

    def html(self) -> str:
        """The report: one page that loads nothing."""
        return html(self.diagnosis)

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()


@checked
def audit(
    reference: Any,
    *candidates: Any,
    holdout: Any = None,
    key: Sequence[str] = (),
    text: str | None = None,
    embedding: str | None = None,
    group: Sequence[str] = (),
    target: str | None = None,
    cluster: str | None = None,
    gates: Sequence[str] = (),
    real_share: float | None = None,
    arm: str | None = None,
    redact: bool = False,
    seed: int = 0,
) -> Audit:
    """Has this data lost its tail?  Each data set against the reference, with an exact zero.

    reference, candidates: paths, or objects (DataFrames, lists of texts, arrays, profiles); the candidates are
    generations, the first one first.  A run or its folder stands for what its generations wrote; alone, generation 0 is
    the reference.  arm: of a run, if not the first.  key: columns to look at.  text: the column of texts.  group:
    columns whose groups are looked at one by one.  cluster: rows with one value in this column belong together.  gates:
    conditions such as ``"rare>=0.9"``, as shares of what a fresh real sample scores.  real_share: of real data in what
    each generation was trained on, for the forecast; a run knows its own.  redact: whether names of values are left
    out.

    >>> import kellet
    >>> rng = np.random.default_rng(0)
    >>> real, fresh = ({"job": rng.zipf(1.5, 2000).clip(0, 500).astype(str)} for _ in range(2))
    >>> kellet.audit(real, fresh).looks[0].verdict, kellet.audit(real, real).looks[0].verdict
    ('pass', 'copied')
    """
    check_gates(gates)
    sources, written = gather((reference, *candidates), arm)
    if len(sources) == 1:
        raise InputError(
            "a reference, and data sets to compare with it", "the reference alone", "kellet.audit(real, written)"
        )
    if seed < 0:
        raise InputError("a seed of at least 0", seed, "0")
    if real_share is not None and not 0 <= real_share < 1:
        raise InputError("a real share from 0 to below 1", real_share, "0.1")
    looks = len(sources) - 1
    asked = Question(
        tuple(key),
        text,
        embedding,
        tuple(group),
        target,
        cluster,
        seed,
        min(MOST, count_assignments(looks, looks, LEVEL / MEASURES)),
        LEVEL / looks,
    )
    first, *others = _open_all((*sources, *(() if holdout is None else (holdout,))), text)
    fresh = None if holdout is None else others.pop()
    found = [compare(first, other, asked, fresh) for other in others]
    seen = tuple(conceal(one.look) if redact else one.look for one in found)
    histories = follow([[one for one in look.findings if not one.about] for look in seen]) if looks > 1 else ()
    return Audit(
        Diagnosis(
            reference=first.name,
            documents=found[0].documents,
            things=found[0].things,
            looks=seen,
            gates=tuple(gate for look in seen for gate in hold(look, gates)),
            histories=histories,
            notes=(*written.notes, *_tell(histories, seen, written, real_share)),
            redacted=redact,
        )
    )


def _tell(
    histories: Sequence[History], looks: Sequence[Look], written: Writings, real_share: float | None
) -> Iterator[str]:
    """What becomes of measures along generations."""
    for one in histories:
        if one.measure != "rare":
            continue
        slope, low, high = one.trend
        if one.first is not None:
            yield f"What is left of what is rare is beyond its zero from {looks[one.first - 1].name} on."
        if np.isfinite(slope):
            change = "less" if slope < 0 else "more"
            yield (
                f"With each data set {abs(100 * slope):.1f} points {change} of what is rare are left "
                f"({100 * low:+.1f} to {100 * high:+.1f})."
            )
    rare = [finding for look in looks for finding in look.findings if (finding.measure, finding.about) == ("rare", "")]
    fresh = rare[0].fresh if rare else None
    if len(rare) == len(looks) > 1 and fresh is not None and 0 < fresh < 1:
        share = written.share if real_share is None else real_share
        steps = written.steps or tuple(range(1, len(looks) + 1))
        if share is None or steps[-1] > FURTHEST:
            return
        # Generation 0 of a run is the first that writes; of data sets alone the first is called generation 1.
        first = 0 if written.steps else 1
        found = forecast(rare, fresh, share, max(21 - first, 2 * steps[-1]), steps)
        yield f"If these are generations: {describe_forecast(found, first)}"


def _open_all(sources: Sequence[Any], text: str | None) -> list[Side]:
    """What is given, read; what stands beside profiles is profiled as the first of them was."""
    known = next((_open(one, i).content for i, one in enumerate(sources) if _is_profile(one)), None)
    if not isinstance(known, Profile):
        return [_open(source, i) for i, source in enumerate(sources)]
    return [
        _open(source, i) if _is_profile(source) else _profile(source, i, text, known)
        for i, source in enumerate(sources)
    ]


def _profile(source: Any, place: int, text: str | None, like: Profile) -> Side:
    """What is no profile yet, as one that goes with another."""
    if isinstance(source, str | Path):
        return Side(Path(source).name, profile(source, text=text, like=like).hold())
    side = source if isinstance(source, Side) else _open(source, place)
    if isinstance(side.content, Profile):
        return side
    thing = side.content.frame if isinstance(side.content, Rows) else source
    # An object has documents, and no word for them.
    return replace(side, content=replace(profile(spool(thing), text=text, like=like).hold(), things=like.things))


def _is_profile(source: Any) -> bool:
    if isinstance(source, str | Path):
        return Path(source).is_file() and file.is_profile(source)
    return isinstance(source, Profile)


def _open(source: Any, place: int) -> Side:
    """What is given, read; place: among all of them."""
    if isinstance(source, Profile):
        return Side(f"profile {place}", source)
    if isinstance(source, Side):
        return source
    if not isinstance(source, str | Path):
        return Side("the reference" if place == 0 else f"data set {place}", reading.read(spool(source)))
    path = str(source)
    if _is_profile(path):
        return Side(Path(path).name, file.read(path))
    return Side(Path(path).name, reading.read(path))
