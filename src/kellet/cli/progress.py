"""How far a verb is, on standard error: a line that is drawn anew on a terminal, and now and then a line in a log."""

from __future__ import annotations

import math
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kellet.characters import reveal
from kellet.cli.printing import say

if TYPE_CHECKING:
    from rich.progress import Progress

    from kellet.experiment.experiment import Experiment

BETWEEN = 5.0
"""Seconds before the first line in a log, and between two."""
Tell = Callable[[float, str], None]
"""Told what share is done, and what is to be said of it."""


@contextmanager
def show_run(silent: bool, experiment: Experiment, out: str) -> Iterator[Callable[[float, int], None]]:
    """How much of a run or sweep is done, of how much, and how long the rest will take."""
    axes = experiment.axes
    sizes = {"arm": len(experiment.arms), "replicate": experiment.replicates, "generation": experiment.generations}
    parts = [f"{n:,} {name}{'s' * (n != 1)}" for name, n in sizes.items() if f"{name}s" not in axes]
    points = math.prod(map(len, axes.values()))
    # Points of a grid may have different numbers of generations.
    all_ = points * math.prod(sizes.values()) if len(parts) == len(sizes) else 0
    if axes:
        parts.insert(0, f"a grid of {points:,}")
    heading = f"{' x '.join(parts)} -> {out}; to follow it: kellet watch {shlex.quote(out)}"
    first: list[tuple[float, float]] = []
    with _line(silent, heading) as tell:

        def progress(done: float, total: int) -> None:
            """The share that was there at first took no time."""
            share, now = done / max(total, 1), time.monotonic()
            if not first:
                first.append((share, now))
            begun, since = first[0]
            text = f"about {share * all_:,.0f} of {all_:,} generations" if all_ else f"{done:,.1f} of {total:,} blocks"
            if share > begun:
                text += f", about {name_duration((now - since) * (1 - share) / (share - begun))} left"
            tell(share, text)

        yield progress


@contextmanager
def show_search(silent: bool, heading: str = "") -> Iterator[Callable[[str, float], None]]:
    """What a search does, and what share of it is done."""
    with _line(silent, heading) as tell:
        tell(0.0, "starting")
        yield lambda name, done: tell(done, name)


def name_duration(seconds: float) -> str:
    """Roughly how long that is.

    >>> [name_duration(s) for s in (0.2, 89, 600, 5400, 1e6)]
    ['1 s', '89 s', '10 min', '1.5 h', '12 days']
    """
    for unit, size, most in (("s", 1, 90), ("min", 60, 90), ("h", 3600, 48)):
        if seconds < most * size:
            return f"{max(1.0, round(seconds / size, int(unit == 'h'))):g} {unit}"
    return f"{seconds / 86400:,.0f} days"


@contextmanager
def _line(silent: bool, heading: str) -> Iterator[Tell]:
    """heading: what is done and where, said first, once there is anything to do."""
    if silent:
        yield lambda share, text: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        words = TextColumn("{task.description}", markup=False)
        columns = BarColumn(20), TaskProgressColumn("{task.percentage:.0f} %"), words, TimeElapsedColumn()
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield _draw(bar, heading)
    else:
        yield _log(heading)


def _draw(bar: Progress, heading: str) -> Tell:
    task, left = bar.add_task("", total=1.0), [heading]

    def tell(share: float, text: str) -> None:
        if share < 1 and left and (told := left.pop()):
            say(told, err=True)
        bar.update(task, description=reveal(text), completed=share)

    return tell


def _log(heading: str) -> Tell:
    """Says each tenth, unless it comes soon after the last."""
    left, tenth, said = [heading], 0, time.monotonic()

    def tell(share: float, text: str) -> None:
        nonlocal tenth, said
        now = int(10 * share + 1e-9)
        # Some work begins anew, with its next part.
        tenth = min(tenth, now)
        if tenth < now < 10 and time.monotonic() - said >= BETWEEN:
            if left and (told := left.pop()):
                say(told, err=True)
            say(f"{10 * now} %: {text}", err=True)
            tenth, said = now, time.monotonic()

    return tell
