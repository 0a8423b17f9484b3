"""Reserve: the real points that there are to anchor with, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from kellet.errors import InputError
from kellet.experiment.experiment import Experiment
from kellet.loop.anchors import Anchor, AnyAnchor


@dataclass(frozen=True)
class Reserve:
    """Which anchor k real points are.

    draw: fresh, fixed or bank, the latter of ``bank`` points.  contaminated: share that models wrote.  most: the
    largest k.  rows: how many there are in all, None where they are drawn from a law.
    """

    draw: Literal["fresh", "fixed", "bank"]
    bank: int | None
    contaminated: float
    most: int
    rows: int | None

    @staticmethod
    def of(text: str, contaminated: float, experiment: Experiment, source: Any) -> Reserve:
        """From ``fresh``, ``fixed`` or ``bank:K``."""
        draw, _, bank = text.partition(":")
        if draw not in ("fresh", "fixed", "bank") or (draw == "bank") != bool(bank) or (bank and not bank.isdigit()):
            raise InputError("fresh, fixed or bank:K", text, "--anchor bank:500")
        if bank and int(bank) < 1:
            raise InputError("a bank of at least 1 point", text, "--anchor bank:500")
        if contaminated and draw != "fresh":
            raise InputError("contamination of fresh points", draw, "--anchor fresh")
        size = int(experiment.size)  # type: ignore[arg-type]
        rows = None if source.truth is not None else len(source.reserve)
        if bank and rows is not None and int(bank) > rows:
            raise InputError(f"a bank of at most the {rows} points of the reserve", bank, f"--anchor bank:{rows}")
        most = min(size, rows or size, int(bank or size))
        return Reserve(draw, int(bank) if bank else None, contaminated, most, rows)  # type: ignore[arg-type]

    def anchor(self, k: int) -> AnyAnchor | None:
        """k points, of which some may in truth have been written by a model."""
        if self.dirty(k) == k:
            return None
        return Anchor(k, draw=self.draw, bank=self.bank, contaminated=self.dirty(k) / k)

    def dirty(self, k: int) -> int:
        """How many of k points are taken to be written by models."""
        return round(k * self.contaminated)

    @property
    def spent(self) -> bool:
        """Whether it is the reserve that ends k, not the size of a training set."""
        return self.rows is not None and self.most == self.rows

    def __str__(self) -> str:
        return self.draw if self.bank is None else f"{self.draw}:{self.bank}"
