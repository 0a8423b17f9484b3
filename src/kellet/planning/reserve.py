"""Reserve: the real points that there are to anchor with, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from kellet.data.source import Law, Source
from kellet.errors import InputError
from kellet.experiment.experiment import Experiment
from kellet.experiment.spelling import parse_draw
from kellet.loop.anchors import Anchor, AnyAnchor, Draw


@dataclass(frozen=True)
class Reserve:
    """Which anchor k real points are.

    draw: fresh, fixed or bank, the latter of ``bank`` points.  contaminated: share that models wrote.  most: the
    largest k.  rows: how many there are in all, None where they are drawn from a law.
    """

    draw: Draw
    bank: int | None
    contaminated: float
    most: int
    rows: int | None

    @staticmethod
    def of(text: str, contaminated: float, experiment: Experiment, source: Source) -> Reserve:
        """From ``fresh``, ``fixed`` or ``bank:/K``."""
        draw, bank = parse_draw(text)
        if contaminated and draw != "fresh":
            raise InputError("contamination of fresh points", draw, "--anchor fresh")
        size = int(experiment.size)  # type: ignore[arg-type]
        rows = None if isinstance(source, Law) else len(source.reserve)
        if bank and rows is not None and bank > rows:
            raise InputError(f"a bank of at most the {rows} points of the reserve", bank, f"--anchor bank:/{rows}")
        return Reserve(draw, bank, contaminated, min(size, rows or size, bank or size), rows)

    def anchor(self, k: int) -> AnyAnchor | None:
        """k points, of which some may in truth have been written by a model."""
        if self.dirty(k) == k:
            return None
        return Anchor(k, draw=self.draw, bank=self.bank, contaminated=self.dirty(k) / k)

    def dirty(self, k: int) -> int:
        """How many of k points are taken to be written by models."""
        return round(k * self.contaminated)

    @property
    def runs_out(self) -> bool:
        """Whether it is the reserve that ends k, not the size of a training set."""
        return self.rows is not None and self.most == self.rows

    def __str__(self) -> str:
        return self.draw if self.bank is None else f"{self.draw}:/{self.bank}"
