"""Whether p-values are right: alarms where both sides are samples of one law.

An exchange of few different values can't alarm as often as it may.  So beside the share of alarms stands the share
that was attainable: the mean over pairs of the largest probability up to the level that the values of its assignments
have.  An exact zero alarms as often as that.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
from auditing.sources import SOURCES, draw_pair
from rich.table import Table
from scipy.stats import binom, binomtest

from kellet.audit.comparing import compare
from kellet.audit.exchange import Zero
from kellet.audit.finding import LEVEL, Finding, Measured
from kellet.audit.history import ALARMS
from kellet.audit.pairing import Question, Side
from kellet.data.content import Content

COLUMNS = 3
"""More columns than that share a row, and the worst of them has its own."""
LOWEST, HIGHEST, CERTAIN = 0.03, 0.07, 1e-4
"""Shares of alarms; and how improbable others than were attainable must be to be named."""
Name = tuple[str, str]


@dataclass
class Heard:
    """Of one pair, or of many (n,): whether a measure was as low, or as high, as happens at 2.5 %, and how often that
    could have been at most."""

    less: list[bool] = field(default_factory=list)
    more: list[bool] = field(default_factory=list)
    attainable: list[float] = field(default_factory=list)

    def add(self, other: Heard) -> None:
        self.less += other.less
        self.more += other.more
        self.attainable += other.attainable

    @property
    def both(self) -> np.ndarray:
        return np.array(self.less) | np.array(self.more)


def listen(reference: Content, candidate: Content, asked: Question) -> tuple[dict[Name, Heard], str]:
    """What each measure of an audit says, and the verdict.

    What a fresh sample would keep stands beside p-values, has no part in them, and takes half of the time: left out.
    """
    heard: dict[Name, Heard] = {}

    def judge(measured: Measured, level: float) -> Finding:
        zero = Zero.of(measured.values)
        if np.isfinite(zero.less):
            sides = [_attain(sign * measured.values) for sign in (1, -1)]
            heard[measured.measure, measured.about] = Heard(
                [zero.less <= LEVEL / 2], [zero.more <= LEVEL / 2], [sum(sides)]
            )
        return Finding.of(measured, level)

    listening = patch("kellet.audit.comparing.Finding", SimpleNamespace(of=judge))
    with patch("kellet.audit.part.expect", lambda *_: {}), listening:
        look = compare(Side("reference", reference), Side("candidate", candidate), asked).look
    return heard, look.verdict


def _attain(values: np.ndarray) -> float:
    """The largest probability of a value as low, up to half of the level."""
    ranked = np.sort(values[np.isfinite(values)])
    chances = np.searchsorted(ranked, ranked + 1e-12 * np.maximum(1, np.abs(ranked)), side="right") / len(ranked)
    return float(chances[chances <= LEVEL / 2].max(initial=0))


def try_pairs(name: str, place: int, seeds: range, data: Path) -> tuple[dict[Name, Heard], list[str]]:
    """Pairs of one source at one of its ratios of sizes."""
    source, found, verdicts = SOURCES[name], dict[Name, Heard](), []
    for seed in seeds:
        rng = np.random.default_rng((list(SOURCES).index(name), place, seed))
        asked = replace(source.asked, seed=seed)
        heard, verdict = listen(*draw_pair(source, source.sizes[place], rng, data), asked)
        for key, one in heard.items():
            found.setdefault(key, Heard()).add(one)
        verdicts.append(verdict)
    return found, verdicts


def calibrate(name: str, pairs: int, data: Path, workers: Executor) -> Iterator[Table | str]:
    """Every measure of one source: alarms at 5 %."""
    sizes = SOURCES[name].sizes
    tasks = [
        (place, workers.submit(try_pairs, name, place, range(start, min(start + 10, pairs)), data))
        for place in range(len(sizes))
        for start in range(0, pairs, 10)
    ]
    found: list[dict[Name, Heard]] = [{} for _ in sizes]
    verdicts: list[list[str]] = [[] for _ in sizes]
    for place, task in tasks:
        heard, said = task.result()
        for key, one in heard.items():
            found[place].setdefault(key, Heard()).add(one)
        verdicts[place] += said
    title = f"{name}, {pairs:,} pairs: alarms at 5 %, low + high = both [95 %], of what was attainable; %"
    table = Table("measure", "of", *(f"{a:,} : {b:,}" for a, b in sizes), title=title)
    for measure, abouts in _arrange(found):
        for about, keys in abouts:
            table.add_row(measure, about, *(_show([one[key] for key in keys if key in one]) for one in found))
    yield table
    yield from _warn(found)
    if SOURCES[name].asked.many >= Question().many:
        parts = [f"{share([one in ALARMS for one in said])} at {a:,} : {b:,}"
                 for said, (a, b) in zip(verdicts, sizes, strict=True)]  # fmt: skip
        yield f"Whole audits with an alarm, after the false discovery rate, %: {', '.join(parts)}"


def _arrange(found: list[dict[Name, Heard]]) -> Iterator[tuple[str, list[tuple[str, list[Name]]]]]:
    """Each measure: of everything, of few columns, or of many together, and the worst of those."""
    keys = dict.fromkeys(key for one in found for key in one)
    for measure in dict.fromkeys(measure for measure, _ in keys):
        own = [key for key in keys if key[0] == measure and key[1]]
        rows = [("", [key]) for key in keys if key == (measure, "")]
        if len(own) <= COLUMNS:
            rows += [(key[1], [key]) for key in own]
        else:
            worst = max(own, key=lambda key: max(np.mean(one[key].both) for one in found if key in one))
            rows += [(f"{len(own)} columns or pairs", own), (f"worst: {worst[1]}", [worst])]
        yield measure, rows


def _show(several: list[Heard]) -> str:
    if not several:
        return "-"
    less, more, attainable = (
        100 * float(np.mean(np.concatenate([getattr(one, side) for one in several])))
        for side in ("less", "more", "attainable")
    )
    both = share(np.concatenate([one.both for one in several])) if len(several) == 1 else f"{less + more:.1f}"
    return f"{less:.1f} + {more:.1f} = {both} of {attainable:.1f}"


def share(alarms: object) -> str:
    """Per cent, with the interval of a binomial."""
    seen = np.asarray(alarms)
    low, high = binomtest(int(seen.sum()), len(seen)).proportion_ci()
    return f"{100 * seen.mean():.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def _warn(found: list[dict[Name, Heard]]) -> Iterator[str]:
    """What lies outside of the bounds, and whether that is chance, or since few different values are possible."""
    every = [(" of ".join(filter(None, key)), one) for part in found for key, one in part.items()]
    alarms, pairs = (np.array([count(one.both) for _, one in every]) for count in (np.count_nonzero, len))
    attainable = np.array([np.mean(one.attainable) for _, one in every])
    shares = alarms / pairs
    low, high = shares < LOWEST, shares > HIGHEST
    more, less = binom.sf(alarms - 1, pairs, attainable) < CERTAIN, binom.cdf(alarms, pairs, attainable) < CERTAIN

    def list_names(which: np.ndarray) -> str:
        rows = [f"{every[i][0]} ({100 * shares[i]:.1f} of {100 * attainable[i]:.1f})" for i in np.flatnonzero(which)]
        return ", ".join(rows) or "none"

    yield (
        f"{len(every)} shares of alarms, one a measure, column and ratio of sizes, {100 * shares.min():.1f} to "
        f"{100 * shares.max():.1f} %: {np.count_nonzero(high)} above 7 %; {np.count_nonzero(low)} below 3 %, for "
        f"{np.count_nonzero(low & (attainable < LOWEST))} of which no more was attainable."
    )
    yield (
        f"Away from what was attainable as chance does it once in {1 / CERTAIN:,.0f}: above {list_names(more)}; "
        f"below {list_names(less)}."
    )
