"""Corpora of which it is known what share models wrote, and how often what is said of them is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from rich.table import Table

from kellet.estimate.counts import Counts
from kellet.estimate.ground import Ground
from kellet.estimate.judging import Finding, judge
from kellet.evidence import Integers

SHARES = (0.0, 0.05, 0.1, 0.25, 0.5)
EACH = 20
"""Corpora of one division of the documents."""
MOST = 400
"""Documents of a corpus."""
TOLERANCE = 0.003
"""The finest share of the grid, and about half a document."""
FIELDS = tuple(Counts.__dataclass_fields__)
T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    kind: str
    domain: str
    generator: str
    share: float
    truth: float
    words: float
    finding: Finding


def halve(documents: Sequence[T], rng: np.random.Generator) -> tuple[list[T], list[T]]:
    """Two parts of the same size, by chance."""
    order = rng.permutation(len(documents))
    half = len(documents) // 2
    return [documents[i] for i in order[:half]], [documents[i] for i in order[half:]]


def draw(
    ground: Ground,
    parts: list[Counts],
    owner: Integers,
    names: Sequence[str],
    about: tuple[str, str],
    left: str | None,
    rng: np.random.Generator,
    most: int = MOST,
) -> list[Case]:
    """Corpora of documents whose counts these are.  owner: (D,), 0 a human, g the g-th name.  left: whose alone, with
    humans', or everybody's in turn."""
    stacks = {name: np.array([getattr(part, name) for part in parts]) for name in FIELDS}
    cases = []
    human = np.flatnonzero(owner == 0)
    for g in range(1, len(names)) if left is None else [names.index(left)]:
        model = np.flatnonzero(owner == g)
        for share in SHARES:
            for _ in range(EACH):
                size = int(min(len(human) / (1 - share), len(model) / share if share else np.inf, most))
                k = round(share * size)
                own = rng.choice(human, size - k, replace=False), rng.choice(model, k, replace=False)
                chosen = np.concatenate(own)
                counts = Counts(*(stack[chosen].sum(axis=0) for stack in stacks.values()))
                words = stacks["words"]
                truth = k / size, float(words[own[1]].sum() / words[chosen].sum())
                cases.append(Case(*about, names[g], share, *truth, judge(ground, counts)))
    return cases


def describe(cases: list[Case]) -> list[str]:
    """How often what is said, and how often it is right."""
    answered = [case for case in cases if case.finding.verdict == "answered"]
    bounds = [case for case in cases if case.finding.verdict == "bound only"]

    def share(found: list[bool]) -> str:
        return f"{100 * np.mean(found):.1f} %" if found else "-"

    def holds(case: Case, low: float | None, high: float | None, truth: float) -> bool:
        return low is not None and high is not None and low - TOLERANCE <= truth <= high + TOLERANCE

    worded = [case for case in answered if case.finding.words_low is not None]
    read = [(case, case.finding.readings) for case in cases if case.finding.readings]
    zero = [case for case in cases if case.share == 0]
    return [
        str(len(cases)),
        share([case.finding.verdict == "answered" for case in cases]),
        share([case.finding.verdict == "bound only" for case in cases]),
        share([case.finding.verdict == "not identifiable" for case in cases]),
        share([holds(case, case.finding.low, case.finding.high, case.truth) for case in answered]),
        share([holds(case, case.finding.words_low, case.finding.words_high, case.words) for case in worded]),
        share([holds(case, min(r.low for r in each), max(r.high for r in each), case.truth) for case, each in read]),
        share([(case.finding.low or 0.0) <= case.truth + TOLERANCE for case in bounds]),
        share([(case.finding.share or 0.0) > 0.03 or (case.finding.low or 0.0) > 0.03 for case in zero]),
        f"{100 * np.mean([case.finding.high - case.finding.low for case in answered]):.1f}" if answered else "-",  # type: ignore[operator]
    ]


def tabulate(title: str, cases: dict[tuple[str, ...], list[Case]], heads: tuple[str, ...]) -> Table:
    table = Table(title=title)
    columns = (
        "corpora",
        "answered",
        "bound",
        "refused",
        "held",
        "held, words",
        "held, if alike",
        "bound below",
        "> 3 at 0",
        "width",
    )
    for head in (*heads, *columns):
        table.add_column(head, justify="left" if head in heads else "right")
    for key in sorted(cases):
        table.add_row(*key, *describe(cases[key]))
    return table
