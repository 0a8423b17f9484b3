"""Preparation: the experiment whose loops a plan runs, opened and cut to fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from kellet import metrics
from kellet.data.source import DataSet, Source
from kellet.experiment.arm import Arm
from kellet.experiment.box import see
from kellet.experiment.experiment import Experiment
from kellet.experiment.extent import check_points
from kellet.experiment.resolution import resolve
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.recorder import find_metrics
from kellet.experiment.running.status import name_call
from kellet.families import Categorical
from kellet.families.abilities import abilities
from kellet.families.family import ExactFamily
from kellet.loop.pool.settings import spread
from kellet.metrics.real import real_of
from kellet.page.wording import join
from kellet.planning import reasons
from kellet.planning.cost import fit_block
from kellet.planning.levels import translate
from kellet.planning.outcomes import Keep
from kellet.planning.question import Question
from kellet.planning.supply import People, Supply, Vault, count_written
from kellet.worlds.observable import observable


@dataclass(frozen=True)
class Case:
    """An experiment of one size, its world opened.

    experiment: resolved.  levels: metric -> level.  arm: what all loops have.
    """

    experiment: Experiment
    source: Source
    levels: dict[str, float]
    arm: Arm

    @property
    def size(self) -> int:
        """Points of a training set."""
        return int(self.experiment.size)  # type: ignore[arg-type]

    def settings(self, supply: Supply, levels: Mapping[str, float], asked: Question) -> dict[str, Any]:
        """What a plan says of what it was asked."""
        experiment, source, pool = self.experiment, self.source, self.arm.pool
        about = {
            "world": observable(experiment.world).describe(), "data": see(experiment.world),
            "seed": experiment.seed, "columns": source.names if isinstance(source, DataSet) else (),
            "date": datetime.now(UTC).date().isoformat(), "command": name_call(),
            "family": type(experiment.family).__name__.lower(), "size": experiment.size,
            "generations": experiment.generations, "confidence": asked.confidence, "keep": dict(levels),
            "draw": str(supply), "most": supply.most, "search": supply.wanted,
        }  # fmt: skip
        if pool is None:
            return about
        writers = spread(self.arm.writers)
        families = (type(writer.family or experiment.family).__name__.lower() for writer in writers.values())
        return about | {
            "family": join(list(dict.fromkeys(families))), "arm": asked.name, "pool": pool.describe(),
            "writers": len(writers), "written": count_written(pool, self.arm.writers, self.size), "now": supply.now,
            "drawn": supply.drawn if isinstance(supply, Vault) else 0,
            "halving": supply.halving if isinstance(supply, People) else None,
        }  # fmt: skip

    def find_rarest(self, keeps: list[Keep], points: int | None, confidence: float) -> tuple[str, float] | None:
        """The rarest category that so many real points keep, and its probability."""
        for name in [keep.metric for keep in keeps] + ["surviving_types", "surviving_levels", "surviving_classes"]:
            kinds = reasons.find_kinds(self.source, self.experiment.world, name) if points else None
            if points and kinds is not None:
                return reasons.find_rarest(kinds, self.size, points, self.experiment.generations, confidence)
        return None

    def leave_out(self, *notes: str) -> list[str]:
        """What metrics leave out of these data, behind other notes, where they say something."""
        watched = [metrics.find_metric(name).notes for name in self.experiment.metrics or ()]
        real, judged = real_of(self.source), self.experiment.judged or 0
        return [*filter(None, notes), *(note for tell in watched if tell for note in tell(real, judged))]


def prepare(experiment: Experiment, asked: Question) -> Case:
    """What trials belong to; bad input where it can't have what all loops have."""
    experiment = msgspec.structs.replace(experiment, arms={asked.name: asked.arm}, metrics=None)
    # Networks say how many of them train together best; others take few enough for several processes to share a trial.
    if wished := abilities(experiment.family).block:
        experiment = msgspec.structs.replace(experiment, block=wished)
    else:
        small = 50 if isinstance(experiment.family, ExactFamily) else 8
        small = 8 if isinstance(experiment.family, Categorical) else small
        experiment = msgspec.structs.replace(
            experiment, block=min(experiment.block or resolve(experiment).block, small)
        )
    resolved = resolve(experiment)
    check_points(resolved)
    experiment, arm = resolved.experiment, resolved.experiment.arms[asked.name]
    levels = translate(asked.keep, [metric.name for metric in find_metrics(resolved)])
    # A folder of loops without a pool holds those of any curation.
    arms = {asked.name: arm} if arm.pool else {"replace": Arm()}
    return Case(msgspec.structs.replace(experiment, arms=arms, metrics=tuple(levels)), resolved.source, levels, arm)


def size_blocks(case: Case, budget: float, until: float, folder: Folder | None) -> Case:
    """The same with blocks of as many loops as the budget has time for; those that a folder has already."""
    if folder is not None and "experiment.toml" in folder.place.names():
        block = folder.experiment().block
    else:
        block = fit_block(case.experiment, case.arm, tuple(case.levels), budget, until)
    return Case(msgspec.structs.replace(case.experiment, block=block), case.source, case.levels, case.arm)
