"""Selftesting: what an audit would find in somebody's data at their size, by planting losses that are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kellet.audit.alignment import align
from kellet.audit.comparing import compare
from kellet.audit.pairing import Question, Side
from kellet.audit.selftest import SHARES, Trial, try_out
from kellet.data import reading
from kellet.data.content import Documents, Rows
from kellet.data.documents import collect
from kellet.errors import InputError
from kellet.page.answer import Answer
from kellet.page.document import Document
from kellet.page.table import Table

REPEATS, ASSIGNMENTS = 3, 399
MEANING = {
    "rare": "rare ones gone", "cooled": "temperature lower by", "cut": "outermost gone", "copies": "copies of others",
}  # fmt: skip


class SelftestDocument(Document, frozen=True, kw_only=True, tag="kellet/selftest/1"):
    """What ``kellet audit --selftest`` found.  trials: what was planted, nothing first, and who found it how often."""

    source: str
    documents: int
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Selftest:
    """Losses that were planted in halves of somebody's data, and which of them were found."""

    source: str
    documents: int
    trials: tuple[Trial, ...]

    def answer(self) -> Answer:
        """For people and programs."""
        sentences = tuple(self._say())
        found = {(one.kind, one.share): one for one in self.trials}
        rows = [
            (f"{MEANING[kind]}", *(_tell(found.get((kind, share))) for share in SHARES))
            for kind in dict.fromkeys(one.kind for one in self.trials if one.kind is not None)
        ]
        return Answer(
            title="What an audit would find",
            sentences=sentences,
            document=lambda: SelftestDocument(
                sentence=" ".join(sentences), source=self.source, documents=self.documents, trials=self.trials
            ),
            tables=(
                Table("How often the best measure found it", ("planted", *map("{:.0%}".format, SHARES)), tuple(rows)),
            ),
        )

    def _say(self) -> list[str]:
        control = self.trials[0]
        half, name = f"{self.documents // 2:,}", self.source
        told = f"Losses were planted in half of {name} and looked for against the other: {half} documents a side."
        alarms = f"Without any, the measure that alarmed most did so {control.found} of {control.repeats} times."
        return [told, alarms]

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()


def selftest(path: str, asked: Question, progress: Callable[[str, float], None] | None = None) -> Selftest:
    """Plant losses in somebody's data, a few times each, and audit them.

    progress: told what was looked at, and what share of all is done.
    """
    name, content = Path(path).name, reading.read(path)
    many, done = (1 + 4 * len(SHARES)) * REPEATS, 0

    def look(wrap: Callable[[Any], Rows | Documents], mine: Any, theirs: Any) -> Any:
        nonlocal done
        done += 1
        if progress:
            progress(name, done / many)
        sides = Side("one half", wrap(mine)), Side("the other", wrap(theirs))
        return [one for one in compare(*sides, asked).look.findings if not one.about]

    rng = np.random.default_rng(asked.seed)
    if isinstance(content, Rows):
        frame = align(content, content).reference
        trials, height = try_out(frame, partial(look, Rows), rng, repeats=REPEATS), frame.height
    elif isinstance(content, Documents):
        texts = collect(content, name).texts
        trials, height = try_out(texts, partial(look, Documents), rng, repeats=REPEATS), len(texts)
    else:
        raise InputError("a table or texts to plant losses in", f"{name}, which is neither", "another file")
    return Selftest(name, height, trials)


def _tell(trial: Trial | None) -> str:
    if trial is None:
        return ""
    best = trial.finders[0].title if trial.finders else ""
    return f"{trial.found} of {trial.repeats}\n{best}" if best else f"0 of {trial.repeats}"
