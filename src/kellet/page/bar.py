"""Bars: how far a verb is, by whatever has the interface of tqdm, or by one of our own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from typing import Any, Protocol

from kellet.characters import reveal
from kellet.page.html import fill

WHOLE = 100
"""Steps of a bar: a hundredth each."""


class Bar(Protocol):
    """What is used of a bar of tqdm; where it has ``set_description`` as well, it is told what is being done."""

    def update(self, n: float, /) -> object:
        """So many steps more, or fewer where work begins anew with its next part."""

    def close(self) -> object:
        """It is over."""


Bars = Callable[..., Bar]
"""What makes one, of ``total=`` and ``desc=``: a class such as ``tqdm.auto.tqdm``, or a function."""
Blocks = Callable[[float, int], None]
"""Told how many blocks are done, of how many."""
Words = Callable[[str, float], None]
"""Told what is being done, and what share of it is done."""


class Line:
    """A bar without tqdm: in a notebook in its cell, else one line on standard error, drawn anew.

    >>> bar = Line(total=100, desc="run")
    >>> bar.update(40)
    >>> bar.text
    'run: 40 %'
    """

    def __init__(self, *, total: float, desc: str):
        self.total, self.name, self.done, self.told = total, desc, 0.0, ""
        self.handle = _display(self)

    @property
    def text(self) -> str:
        """What it says."""
        return reveal(f"{self.name}: {100 * self.done / self.total:.0f} %")

    def update(self, n: float) -> None:
        """So many steps more."""
        self.done += n
        self._draw()

    def set_description(self, desc: str) -> None:
        """What is being done."""
        self.name = desc

    def close(self) -> None:
        """End the line."""
        if not self.handle and self.told and sys.stderr.isatty():
            print(file=sys.stderr)

    def _repr_html_(self) -> str:
        return fill("bar.html.j2", bar=self)

    def _draw(self) -> None:
        if self.handle:
            self.handle.update(self)
        elif sys.stderr.isatty():
            print(f"\r{self.text.ljust(len(self.told))}", end="", file=sys.stderr, flush=True)
            self.told = self.text


def _display(bar: Line) -> Any:
    """The place of a bar in a notebook's cell; None where there is no notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display(bar, display_id=True)


class Meter:
    """Draws a bar, whatever share is told; it is made when first there is something to tell."""

    def __init__(self, bars: Bars, name: str):
        self._bars, self._name, self._seen = bars, name, 0
        self._bar: Bar | None = None

    def tell(self, share: float, words: str) -> None:
        """Whole steps alone are drawn."""
        step = int(WHOLE * min(max(share, 0.0), 1.0) + 1e-9)
        bar = self._bar = self._bar or self._bars(total=WHOLE, desc=self._name)
        if describe := getattr(bar, "set_description", None):
            describe(f"{self._name}: {words}")
        if step != self._seen:
            bar.update(step - self._seen)
            self._seen = step

    def close(self, done: bool) -> None:
        """At the end of it where all is done, and where it stood where something broke."""
        if self._bar is not None:
            if done and self._seen < WHOLE:
                self._bar.update(WHOLE - self._seen)
            self._bar.close()


@contextmanager
def measure_blocks(progress: Blocks | Bars | bool | None, name: str) -> Iterator[Blocks | None]:
    """What a verb tells that works in blocks; None where nobody asks.  progress: as it was given.  name: of the verb.

    >>> with measure_blocks(lambda done, total: print(done, "of", total), "run") as tell:
    ...     tell(1, 2)
    1 of 2
    """
    with _draw(progress, name) as meter:
        if meter is None:
            yield progress or None  # type: ignore[misc]
        else:
            yield lambda done, total: meter.tell(done / max(total, 1), f"{done:.0f} of {total:,} blocks")


@contextmanager
def measure_words(progress: Words | Bars | bool | None, name: str) -> Iterator[Words]:
    """What a verb tells that says in words what it does, whether or not anybody asks.  progress, name: as above."""
    with _draw(progress, name) as meter:
        if meter is None:
            yield progress or (lambda words, share: None)  # type: ignore[misc]
        else:
            yield lambda words, share: meter.tell(share, words)


@contextmanager
def _draw(progress: Callable[..., object] | bool | None, name: str) -> Iterator[Meter | None]:
    """A meter, where there is a bar to draw."""
    bars = Line if progress is True else progress
    if not bars or not makes_bars(bars):
        yield None
        return
    meter, done = Meter(bars, name), False  # type: ignore[arg-type]
    try:
        yield meter
        done = True
    finally:
        meter.close(done)


def makes_bars(given: Callable[..., object]) -> bool:
    """Whether it can be called as tqdm is, and is no function that is told how far it is.

    >>> makes_bars(Line), makes_bars(lambda done, total: None), makes_bars(print)
    (True, False, False)
    """
    try:
        signature(given).bind(total=WHOLE, desc="")
    except (TypeError, ValueError):
        return False
    return True
