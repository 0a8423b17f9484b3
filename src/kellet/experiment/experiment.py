"""An experiment: what is compared with what, complete enough to be written down and done again."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal, TypedDict

import msgspec
import numpy as np
from numpy.typing import NDArray

from kellet.data.formats.remote import is_url
from kellet.data.plain import read_plain
from kellet.errors import InputError, check_path, check_text
from kellet.experiment.arm import Arm, with_draws
from kellet.experiment.programs import find_foreign, find_programs, may_bring, refuse
from kellet.experiment.settings import explain, settings, toml
from kellet.experiment.toml import ATTEMPT, parse_toml
from kellet.families import Recipe
from kellet.families.family import Family
from kellet.families.yours.python import welcome
from kellet.loop.sizes import MOST
from kellet.struct import Struct, convert, is_several, take_settings, to_plain
from kellet.version import __version__
from kellet.worlds.world import OfFiles, World, check_world

Record = Literal["all", "log"]


LARGEST = 2**23
"""Bytes of an experiment file."""
POINTS = 10**5
"""Of a grid, each of which is an experiment of its own."""
LONGEST = 1000
"""Characters of a name."""


class Span(Struct, frozen=True, rename={"start": "from", "stop": "to"}):
    """Values of one field of a grid, from one number to another; whole ones if both ends are.

    >>> Span(100, 10_000, 3).values
    (100, 1000, 10000)
    """

    start: int | float
    stop: int | float
    steps: int
    scale: Literal["log", "linear"] = "log"

    def __post_init__(self) -> None:
        self.check_finite("start", "stop", negative=True)
        if self.steps > POINTS:
            raise InputError(f"a grid of at most {POINTS:,} steps", self.steps, "10")
        if self.steps < 2 or (self.scale == "log" and min(self.start, self.stop) <= 0):
            raise InputError("at least 2 steps, between numbers > 0 for a logarithmic scale", self, "from 1 to 100")

    @property
    def values(self) -> tuple[int | float, ...]:
        """The values, without repetition."""
        spread = np.geomspace if self.scale == "log" else np.linspace
        found = spread(self.start, self.stop, self.steps)
        if isinstance(self.start, int) and isinstance(self.stop, int):
            return tuple(dict.fromkeys(int(value) for value in np.round(found)))
        return tuple(dict.fromkeys(float(value) for value in found))


def check_name(name: object) -> None:
    """Bad input where no file can hold it, or nobody read it; what can't be seen of it is shown escaped."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST:
        raise InputError(f"a name of an arm of 1 to {LONGEST:,} letters", repr(name), '[arms."a name"]')
    check_text(name)


Axis = tuple[Any, ...] | Span
"""The values of one field of a grid."""


def _count(axis: object) -> int:
    """How many values it has at most."""
    return axis.steps if isinstance(axis, Span) else len(axis) if isinstance(axis, tuple | list) else 1


def plain_grid(grid: dict[str, Axis]) -> dict[str, Axis]:
    """A grid whose values a file can hold: numbers of NumPy as plain ones."""
    plain: dict[str, Axis] = {}
    for name, axis in grid.items():
        if isinstance(axis, Span):
            plain[name] = axis
            continue
        if not is_several(axis):
            raise InputError(f"several values in the grid's {name}", repr(axis), f"{name}=({axis!r},)")
        values = tuple(tuple(map(to_plain, value)) if is_several(value) else to_plain(value) for value in axis)
        if None in values:
            raise InputError(f"values in the grid's {name}", "None", "an experiment without it beside the sweep")
        plain[name] = values
    return plain


class Settings(TypedDict, total=False):
    """The fields of an `Experiment`, as keywords."""

    world: World
    family: Recipe | Family[Any, Any]
    size: int | tuple[int, ...]
    arms: dict[str, Arm]
    generations: int
    replicates: int
    seed: int
    metrics: tuple[str, ...] | None
    record: Record
    judged: int | None
    block: int | None
    grid: dict[str, Axis]


class Experiment(Struct, frozen=True):
    """A world, a family, and arms to compare.

    size: points per generation, or a list with one size for each.  generations: how many after generation 0.
    replicates: independent repetitions.  metrics: names of what is watched, "usual" for all that usually are; None for
    those alone.  record: the generations whose metrics are kept, "all" or ever fewer ("log").  judged: how many points
    a model writes for the metrics that look at points.  block: replicates computed together (a part of the random
    addresses: another block, other numbers).  grid: a field -> its values, or a span of them; the experiment is then a
    sweep over all combinations.  Fields are ``size``, ``generations``, and any of the world, the family, an
    arm, or (``anchor.count``) of every arm that has it.

    >>> import kellet
    >>> e = Experiment(kellet.worlds.Normal(), kellet.families.Gaussian(), 100, {"replace": Arm()}, generations=10)
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
    record: Record = "all"
    judged: int | None = None
    block: int | None = None
    grid: dict[str, Axis] = {}  # noqa: RUF012

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "family", welcome(self.family))
        if not self.sizes or min(self.sizes) < 1:
            raise InputError("a size of at least 1 point per generation", self.size, "100")
        if max(self.sizes) > MOST:
            raise InputError("a size of at most 10^18 points per generation", max(self.sizes), "1e18")
        if not self.arms:
            raise InputError("at least one arm", "none", "arms = {replace = {}}")
        check_world(self.world)
        for name, arm in self.arms.items():
            check_name(name)
            if not isinstance(arm, Arm):
                raise InputError(f"an Arm called {name}", repr(arm), "kellet.Arm()")
        for name, value, least in (
            ("generations", self.generations, 1), ("replicates", self.replicates, 1), ("seed", self.seed, 0),
            ("judged", self.judged, 2), ("block", self.block, 1),
        ):  # fmt: skip
            if value is not None and value < least:
                raise InputError(f"{name} of at least {least}", value, str(max(least, 10)))
            if value is not None and value > MOST:
                raise InputError(f"{name} of at most 10^18", value, "1000")
        if (count := math.prod(map(_count, self.grid.values()))) > POINTS:
            raise InputError(f"a grid of at most {POINTS:,} points", f"{count:,}", "fewer values of each field")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The size of each of the first generations, the last one staying."""
        return self.size if isinstance(self.size, tuple) else (self.size,)

    @property
    def families(self) -> tuple[Recipe, ...]:
        """Whatever learns: the family of all, and those of single writers."""
        own = (writer.family for arm in self.arms.values() for writer in arm.writers.values())
        return (self.family, *(family for family in own if family is not None))

    @property
    def axes(self) -> dict[str, tuple[object, ...]]:
        """The fields of the grid, and their values."""
        return {name: axis.values if isinstance(axis, Span) else tuple(axis) for name, axis in self.grid.items()}

    @property
    def records(self) -> NDArray[np.int64]:
        """The generations whose metrics are kept: all, or ever fewer, about 15 from each power of ten to the next.

        >>> import kellet
        >>> arms = {"replace": Arm()}
        >>> e = Experiment(kellet.worlds.Normal(), kellet.families.Gaussian(), 9, arms, 10**6, record="log")
        >>> len(e.records), e.records[:5], e.records[-1]
        (86, array([0, 1, 2, 3, 4]), np.int64(1000000))
        """
        if self.record == "all":
            return np.arange(self.generations + 1)
        steps = np.geomspace(1, self.generations, 2 + int(15 * np.log10(self.generations)))
        return np.unique(np.concatenate([[0], np.round(steps).astype(np.int64)]))

    @property
    def writable(self) -> bool:
        """Whether it can be written down: the world and the family are recipes, not objects of somebody's own."""
        return isinstance(self.world, msgspec.Struct) and isinstance(self.family, msgspec.Struct)

    @property
    def provenance(self) -> dict[str, str]:
        """What numbers come from: the experiment, and the versions that compute it."""
        recipe = self.to_toml() if self.writable else repr(self)
        return {"experiment": recipe, "kellet": __version__, "numpy": np.__version__}

    def check_programs(self) -> None:
        """Bad input where something would run that nobody here has asked for."""

    def to_toml(self) -> str:
        """The experiment as a file a person can read and change."""
        if not self.writable:
            raise InputError(
                "a world and a family that a file can name",
                f"{type(self.world).__name__} and {type(self.family).__name__}",
                "running without a folder, or naming a class: Adapter('package.module:Class')",
            )
        plain = settings(self, complete=True)
        for arm in plain["arms"].values():
            if "pool" in arm:
                # Which says itself what is kept of the past.
                del arm["regime"]
        return "\n".join(toml(plain, ())).lstrip() + "\n"

    @staticmethod
    def from_toml(text: str, trust: bool = False) -> Experiment:
        """Read an experiment; unknown or misspelt settings are refused.

        trust: whether programs and classes that it names may run; else what would run them is refused.
        """
        plain = parse_toml(text)
        try:
            found: Experiment = convert(with_draws(plain), Experiment)
            return found if trust else Untrusted.of_stranger(found)
        except RecursionError:
            raise InputError("an experiment", "a file nested too deep", ATTEMPT) from None
        except msgspec.ValidationError as error:
            raise explain(error, "an experiment", ATTEMPT) from None

    @staticmethod
    def read(path: str | Path, trust: bool = False) -> Experiment:
        """Read an experiment file; data files that it names relatively are looked for beside it; trust: as in
        `from_toml`."""
        check_path(path)
        path = Path(path)
        try:
            experiment = Experiment.from_toml(read_plain(path, LARGEST).decode(), trust)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                "a readable experiment file", f"{path}: {error}", "`kellet run digits --dry-run > experiment.toml`"
            ) from None
        world = experiment.world
        if isinstance(world, OfFiles) and world.path and not (is_url(world.path) or Path(world.path).is_absolute()):
            world = msgspec.structs.replace(world, path=str(path.parent / world.path))
            return msgspec.structs.replace(experiment, world=world)
        return experiment

    @staticmethod
    def of(experiment: Experiment | None, changes: Settings) -> Experiment:
        """The experiment that is given, with changes, or the one that the settings describe.

        >>> Experiment.of(None, {"sise": 100})
        Traceback (most recent call last):
        kellet.errors.InputError: expected settings of Experiment; got sise. Try size.
        """
        given = take_settings(Experiment, changes)
        if experiment is not None:
            if not isinstance(experiment, Experiment):
                raise InputError("an Experiment, or settings by name", repr(experiment), "family=..., world=...")
            return msgspec.structs.replace(experiment, **given) if given else experiment
        needed = ("world", "family", "size", "generations")
        if missing := [name for name in needed if name not in given]:
            raise InputError(", ".join(needed), f"no {', '.join(missing)}", f"{missing[0]}=...")
        return Experiment(**{**given, "arms": given.get("arms") or {"replace": Arm()}})


class Untrusted(Experiment, frozen=True):
    """An experiment that a file describes, of which nobody has said yet that its programs and classes may run.

    It can be looked at, and what came of it.  Only where there is something to run, or a grid may bring it, is it one:
    else an `Experiment` like any other.
    """

    @staticmethod
    def of_stranger(experiment: Experiment) -> Experiment:
        """An experiment out of a file."""
        brought = any(may_bring(name, axis) for name, axis in experiment.grid.items())
        harmless = not brought and not any(find_programs(experiment))
        return experiment if harmless else Untrusted(**msgspec.structs.asdict(experiment))

    def check_programs(self) -> None:
        if named := find_foreign(self):
            refuse(named)
