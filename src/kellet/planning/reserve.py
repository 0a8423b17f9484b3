"""Reserve: the real points that there are to anchor with, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from kellet.data.source import Law, Source
from kellet.errors import InputError
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.spelling import parse_draw
from kellet.loop.anchors import Anchor, AnyAnchor, Draw, Fresh
from kellet.loop.pool.settings import Writer
from kellet.planning.supply import anchor_writers, find_size


@dataclass(frozen=True)
class Reserve:
    """Which anchor k real points are: a `Supply`.

    draw: fresh, fixed or bank, the latter of ``bank`` points.  contaminated: share that models wrote.  most: the
    largest k.  rows: how many there are in all, None where they are drawn from a law.  size: of the training set that k
    is of; ``writers`` of a pool who have others take the same share of theirs.
    """

    draw: Draw
    bank: int | None
    contaminated: float
    most: int
    rows: int | None
    size: int = 0
    writers: int = 1
    now: int = 0
    wanted: Literal["anchor"] = "anchor"

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
        return Reserve(draw, bank, contaminated, min(size, rows or size, bank or size), rows, size)

    def anchor(self, k: int) -> AnyAnchor | None:
        """k points, of which some may in truth have been written by a model."""
        if self.dirty(k) == k:
            return None
        return Anchor(k, draw=self.draw, bank=self.bank, contaminated=self.dirty(k) / k)

    def arm(self, arm: Arm, points: int) -> Arm:
        """The arm with k points in every training set, of a pool in every writer's."""
        if arm.pool is None:
            return msgspec.structs.replace(arm, anchor=self.anchor(points))

        def give(_: str, writer: Writer) -> AnyAnchor:
            n = find_size(writer, self.size)
            most = min(n - writer.private, self.rows or n, self.bank or n)
            return self.anchor(min(round(points * n / self.size), most)) or Fresh(0)

        return anchor_writers(arm, give)

    def name(self, points: int) -> str:
        """So many of them, in words."""
        return f"{points:,} {self}" if points else "nothing real"

    def collect(self, points: int, generations: int) -> int:
        """How many real points have to be got in all, after generation 0."""
        anchor = self.anchor(points)
        return self.writers * collect(anchor, points, generations) if anchor else 0

    def dirty(self, k: int) -> int:
        """How many of k points are taken to be written by models."""
        return round(k * self.contaminated)

    @property
    def runs_out(self) -> bool:
        """Whether it is the reserve that ends k, not the size of a training set."""
        return self.rows is not None and self.most == self.rows

    def __str__(self) -> str:
        return self.draw if self.bank is None else f"{self.draw}:/{self.bank}"


def collect(anchor: AnyAnchor, points: int, generations: int) -> int:
    """How many real points have to be got in all, after generation 0, for so many in each."""
    return {"fresh": points * generations, "fixed": points, "bank": anchor.bank or 0}[anchor.draw]
