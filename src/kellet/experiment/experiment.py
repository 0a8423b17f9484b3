"""An experiment: what is compared with what, complete enough to be written down and done again."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.experiment.arm import Arm
from kellet.experiment.cell import Cell
from kellet.experiment.grid import GRIDDED, plain_grid, points
from kellet.experiment.resolution import Opened, check_arm, with_prior
from kellet.experiment.settings import lower, settings, toml
from kellet.experiment.span import Span
from kellet.families import SpinGlass
from kellet.families.abilities import abilities, ready
from kellet.families.family import is_exact
from kellet.families.recipe import Recipe
from kellet.worlds.world import World


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A world, a family, and arms to compare.

    size: points a generation, or a list with one size for each.  generations: how many after generation 0.
    replicates: independent repetitions.  metrics: names of what is watched, None for all that suit.
    record: the generations whose metrics are kept, "all" or ever fewer ("log").  judged: how
    many points a model writes for the metrics that look at points.  block: replicates computed together (a part of
    the random addresses: another block, other numbers).  grid: a field -> its values, or a span of them; the experiment
    is then a sweep over all combinations.  Fields are ``size``, ``generations``, and any of the world, the family, an
    arm, or (``anchor.count``) of every arm that has it.

    >>> import kellet
    >>> e = Experiment(kellet.worlds.normal(0, 1), kellet.families.Gaussian(), 100, {"replace": kellet.Arm()},
    ...                generations=10)
    >>> Experiment.from_toml(e.to_toml()) == e
    True
    """

    world: World
    family: Recipe
    size: int | tuple[int, ...]
    arms: dict[str, Arm]
    generations: int
    replicates: int = 100
    seed: int = 0
    metrics: tuple[str, ...] | None = None
    record: Literal["all", "log"] = "all"
    judged: int | None = None
    block: int | None = None
    grid: dict[str, tuple[Any, ...] | Span] = {}

    def __post_init__(self) -> None:
        sizes = self.size if isinstance(self.size, tuple) else (self.size,)
        if not sizes or min(sizes) < 1:
            raise InputError("a size of at least 1 point a generation", self.size, "100")
        if not self.arms:
            raise InputError("at least one arm", "none", "arms = {replace = {}}")
        for name, least in (("generations", 1), ("replicates", 1), ("seed", 0), ("judged", 2), ("block", 1)):
            if (value := getattr(self, name)) is not None and value < least:
                raise InputError(f"{name} of at least {least}", value, str(max(least, 10)))

    def resolved(self) -> Experiment:
        """The same experiment with every default that depends on its data filled in, checked against them."""
        return self._typed().resolved_with(Opened())

    def _typed(self) -> Experiment:
        """The same through plain values once, so that 5 and 5.0 are the same setting."""
        typed = msgspec.structs.replace(self, grid=plain_grid(self.grid)) if self.grid else self
        return msgspec.convert(msgspec.to_builtins(typed), Experiment) if self.written else typed

    def resolved_with(self, opened: Opened) -> Experiment:
        """As `resolved`, of one whose settings have their types already."""
        world, family, source = opened.of(self)
        truth = source.truth
        numbers = 1
        sizes = self.size if isinstance(self.size, tuple) else (self.size,)
        largest = max(sizes)
        if truth is None:
            numbers = largest * int(source.training[0].size)
            if sizes[0] > len(source.training):
                raise InputError(
                    f"at most the {len(source.training)} training points as the first size",
                    sizes[0],
                    f"--size {len(source.training) // 2}",
                )
        elif hasattr(truth, "probabilities"):
            numbers = truth.size
        elif isinstance(family, SpinGlass):
            numbers = 2**family.spins
        elif not is_exact(family):
            numbers = largest
        able = abilities(family)
        # How many replicates fit into memory together is for each point of a grid to say.
        most = max(1, min(10_000, 2**16 // numbers)) if able.batched else 1
        block = self.block if self.grid else self.block or able.block or most
        judged = self.judged or max(2, min(1000, max(self.size if isinstance(self.size, tuple) else (self.size,))))
        resolved = msgspec.structs.replace(self, world=world, family=family, block=block, judged=judged)
        for name, arm in self.arms.items():
            check_arm(name, arm, resolved, source)
        for arm in self.arms.values():
            if arm.prior:
                ready(with_prior(family, arm.prior), source)
        return resolved

    def axes(self) -> dict[str, tuple[Any, ...]]:
        """The fields of the grid, and their values."""
        return {name: axis.values if isinstance(axis, Span) else tuple(axis) for name, axis in self.grid.items()}

    def points(self) -> Iterator[tuple[dict[str, Any], Experiment]]:
        """Where each field of the grid stands, and the resolved experiment there; one without fields where there is
        no grid.

        >>> import kellet
        >>> arms = {"replace": kellet.Arm(), "fresh": kellet.Arm(anchor=kellet.Anchor(1))}
        >>> e = Experiment(kellet.worlds.normal(), kellet.families.Gaussian(), 9, arms, generations=5,
        ...                grid={"size": (10, 20), "anchor.count": (1, 2)})
        >>> [(point.size, point.arms["fresh"].anchor.count) for _, point in e.points()]
        [(10, 1), (10, 2), (20, 1), (20, 2)]
        """
        axes = self.axes()
        for name, values in axes.items():
            if not values or name.partition(".")[0] not in GRIDDED:
                raise InputError(
                    f"a grid of values for {', '.join(GRIDDED)} or a field of theirs",
                    f"{name} = {list(values)}",
                    '[grid] size = [100, 1000], "anchor.count" = [1, 10]',
                )
            if any(value in values[:i] for i, value in enumerate(values) if not isinstance(self.grid[name], Span)):
                raise InputError(f"each value of the grid's {name} once", list(values), "leaving one out")
        yield from points(msgspec.structs.replace(self, grid={})._typed(), list(axes.items()), Opened())

    @property
    def recorded(self) -> NDArray[np.int64]:
        """The generations whose metrics are kept: all, or ever fewer, about 15 from each power of ten to the next.

        >>> import kellet
        >>> arms = {"replace": kellet.Arm()}
        >>> e = Experiment(kellet.worlds.normal(), kellet.families.Gaussian(), 9, arms, generations=10**6, record="log")
        >>> len(e.recorded), e.recorded[:5], e.recorded[-1]
        (86, array([0, 1, 2, 3, 4]), np.int64(1000000))
        """
        if self.record == "all":
            return np.arange(self.generations + 1)
        steps = np.geomspace(1, self.generations, 2 + int(15 * np.log10(self.generations)))
        return np.unique(np.concatenate([[0], np.round(steps).astype(np.int64)]))

    @property
    def written(self) -> bool:
        """Whether it can be written down: the world and the family are recipes, not objects of somebody's own."""
        return isinstance(self.world, msgspec.Struct) and isinstance(self.family, msgspec.Struct)

    def cells(self) -> dict[str, Cell]:
        """The cell of each arm; the experiment must be resolved."""
        return self._cells

    @cached_property
    def _cells(self) -> dict[str, Cell]:
        assert self.block is not None
        return {
            name: Cell(
                self.world,
                self.family if arm.prior is None else with_prior(self.family, arm.prior),
                self.size,
                self.generations,
                arm.regime,
                arm.anchor,
                self.block,
                arm.curation,
            )
            for name, arm in self.arms.items()
        }

    def to_toml(self) -> str:
        """The experiment as a file a person can read and change."""
        if not self.written:
            raise InputError(
                "a world and a family that a file can name",
                f"{type(self.world).__name__} and {type(self.family).__name__}",
                "running without a folder, or naming a class: Adapter('package.module:Class')",
            )
        return "\n".join(toml(settings(self, complete=True), ())).lstrip() + "\n"

    @staticmethod
    def from_toml(text: str) -> Experiment:
        """Read an experiment; unknown or misspelt settings are refused."""
        try:
            return msgspec.convert(tomllib.loads(text), Experiment)
        except tomllib.TOMLDecodeError as error:
            raise InputError("a TOML file", error, "`kellet run digits --dry-run` for a complete one") from None
        except msgspec.ValidationError as error:
            raise InputError(
                "an experiment", lower(str(error)), "`kellet run digits --dry-run` for a complete one"
            ) from None

    @staticmethod
    def read(path: str | Path) -> Experiment:
        """Read an experiment file; data files that it names relatively are looked for beside it."""
        path = Path(path)
        try:
            experiment = Experiment.from_toml(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                "a readable experiment file", f"{path}: {error}", "`kellet run digits --dry-run > experiment.toml`"
            ) from None
        named = getattr(experiment.world, "path", None)
        if named and not Path(named).is_absolute():
            world = msgspec.structs.replace(experiment.world, path=str(path.parent / named))
            return msgspec.structs.replace(experiment, world=world)
        return experiment
