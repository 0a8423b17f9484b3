"""An experiment: what is compared with what, complete enough to be written down and done again."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from kedge.anchors import Anchor
from kedge.corpus_curation import Dedup, Quality, Verify
from kedge.curation import Quantile, Shrink, Temperature, TopK, TopP, Verifier
from kedge.errors import InputError
from kedge.families import Adapter, Categorical, Command, Language, Recipe, SpinGlass
from kedge.family import Prior, is_exact
from kedge.regimes import Accumulate, Replace, Subsample
from kedge.worlds import World, files

Regime = Replace | Accumulate | Subsample
Curation = Temperature | Shrink | TopK | TopP | Quantile | Verifier | Dedup | Quality | Verify


class Arm(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One setting: what is kept of the past, which real points enter every generation, what is known beforehand."""

    regime: Regime = Replace()
    anchor: Anchor | None = None
    prior: Prior | None = None
    curation: Curation | None = None


class Cell(msgspec.Struct, frozen=True, dict=True):
    """One arm with all its settings resolved: what one replicate's numbers depend on, and nothing else."""

    world: Any
    family: Any
    size: int | tuple[int, ...]
    generations: int
    regime: Any
    anchor: Anchor | None
    block: int
    curation: Any = None

    @cached_property
    def id(self) -> str:
        """A hash of the settings; where a file is, is not one of them, what is in it is."""
        known = settings(self, complete=False)
        if getattr(self.world, "digest", None):
            known["world"].pop("path")
        return hashlib.sha256(msgspec.json.encode(known, order="sorted", enc_hook=_told)).hexdigest()[:16]

    def spawn_key(self, block: int) -> tuple[int, ...]:
        """The address of a block's random stream: no two cells share one, whatever else is in the run."""
        return (int(self.id[:8], 16), int(self.id[8:], 16), block)


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from", "stop": "to"}):
    """Values of one field of a grid, from one number to another; whole ones if both ends are.

    >>> Span(100, 10_000, 3).values
    (100, 1000, 10000)
    """

    start: int | float
    stop: int | float
    steps: int
    scale: Literal["log", "linear"] = "log"

    def __post_init__(self) -> None:
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


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A world, a family, and arms to compare.

    size: points a generation, or a list with one size for each.  generations: how many after generation 0.
    replicates: independent repetitions.  metrics: names of what is watched, None for all that suit.
    record: the generations whose metrics are kept, "all" or ever fewer ("log").  judged: how
    many points a model writes for the metrics that look at points.  block: replicates computed together (a part of
    the random addresses: another block, other numbers).  grid: a field -> its values, or a span of them; the experiment
    is then a sweep over all combinations.  Fields are ``size``, ``generations``, and any of the world, the family, an
    arm, or (``anchor.count``) of every arm that has it.

    >>> import kedge
    >>> e = Experiment(kedge.worlds.normal(0, 1), kedge.families.Gaussian(), 100, {"replace": Arm()}, generations=10)
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
        world: Any = self.world
        family = self.family
        if getattr(world, "path", None):
            # Absolute, since a run folder must find its data from anywhere.
            digest, path = world.digest or files.digest(world.path), str(Path(world.path).absolute())
            world = msgspec.structs.replace(world, digest=digest, path=path)
        source: Any = world.open(1)
        if isinstance(family, Adapter | Command):
            family = family.ready(getattr(world, "names", None), getattr(source, "levels", {}))
        truth = source.truth
        family = _of_text(family, source)
        if isinstance(family, Categorical):
            if not hasattr(truth, "probabilities"):
                raise InputError(
                    "a world of categories for the categorical family",
                    type(world).__name__.lower(),
                    "--family gaussian, or one --columns",
                )
            family = msgspec.structs.replace(family, size=truth.size)
        elif hasattr(truth, "probabilities"):
            raise InputError(
                "the categorical family for a world of categories",
                type(family).__name__.lower(),
                "--family categorical",
            )
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
        batched = getattr(family, "batched", True)
        wished = getattr(family, "block", None)
        block = self.block or wished or (max(1, min(10_000, 2**16 // numbers)) if batched else 1)
        if self.grid:
            # How many replicates fit into memory together is for each point to say.
            block = self.block
        judged = self.judged or max(2, min(1000, max(self.size if isinstance(self.size, tuple) else (self.size,))))
        resolved = msgspec.structs.replace(self, world=world, family=family, block=block, judged=judged)
        if self.grid:
            resolved = msgspec.structs.replace(resolved, grid=_plain_grid(self.grid))
        if resolved.written:
            # Through plain values once, so that 5 and 5.0 are the same setting.
            resolved = msgspec.convert(msgspec.to_builtins(resolved), Experiment)
        if truth is None and not hasattr(source, "tokeniser"):
            _check_span(family, source)
        for name, arm in self.arms.items():
            _check_arm(name, arm, resolved, source)
        for arm in self.arms.values():
            _check_prior(_with_prior(family, arm.prior) if arm.prior else family, source)
        return resolved

    def axes(self) -> dict[str, tuple[Any, ...]]:
        """The fields of the grid, and their values."""
        return {name: axis.values if isinstance(axis, Span) else tuple(axis) for name, axis in self.grid.items()}

    def points(self) -> Iterator[tuple[dict[str, Any], Experiment]]:
        """Where each field of the grid stands, and the resolved experiment there; one without fields where there is
        no grid.

        >>> import kedge
        >>> arms = {"replace": Arm(), "fresh": Arm(anchor=Anchor(1))}
        >>> e = Experiment(kedge.worlds.normal(), kedge.families.Gaussian(), 9, arms, generations=5,
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
        yield from _points(msgspec.structs.replace(self, grid={}), list(axes.items()))

    @property
    def recorded(self) -> NDArray[np.int64]:
        """The generations whose metrics are kept: all, or ever fewer, about 15 from each power of ten to the next.

        >>> import kedge
        >>> arms = {"replace": Arm()}
        >>> e = Experiment(kedge.worlds.normal(), kedge.families.Gaussian(), 9, arms, generations=10**6, record="log")
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
                self.family if arm.prior is None else _with_prior(self.family, arm.prior),
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
        return "\n".join(_toml(settings(self, complete=True), ())).lstrip() + "\n"

    @staticmethod
    def from_toml(text: str) -> Experiment:
        """Read an experiment; unknown or misspelt settings are refused."""
        try:
            return msgspec.convert(tomllib.loads(text), Experiment)
        except tomllib.TOMLDecodeError as error:
            raise InputError("a TOML file", error, "`kedge run digits --dry-run` for a complete one") from None
        except msgspec.ValidationError as error:
            raise InputError(
                "an experiment", _lower(str(error)), "`kedge run digits --dry-run` for a complete one"
            ) from None

    @staticmethod
    def read(path: str | Path) -> Experiment:
        """Read an experiment file; data files that it names relatively are looked for beside it."""
        path = Path(path)
        try:
            experiment = Experiment.from_toml(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                "a readable experiment file", f"{path}: {error}", "`kedge run digits --dry-run > experiment.toml`"
            ) from None
        named = getattr(experiment.world, "path", None)
        if named and not Path(named).is_absolute():
            world = msgspec.structs.replace(experiment.world, path=str(path.parent / named))
            return msgspec.structs.replace(experiment, world=world)
        return experiment


GRIDDED = ("size", "generations", "world", "family", "arms", "regime", "anchor", "prior", "curation")


def _points(point: Experiment, axes: list[tuple[str, tuple[Any, ...]]]) -> Iterator[tuple[dict[str, Any], Experiment]]:
    """The points below one at which the fields before these stand already; the last field goes fastest."""
    if not axes:
        yield {}, point.resolved()
        return
    (name, values), *others = axes
    for value in values:
        for where, below in _points(_with(point, name.split("."), value, name), others):
            yield {name: value, **where}, below


def _with(thing: Any, path: list[str], value: Any, name: str) -> Any:
    """The same recipe with another value somewhere inside."""
    head, *rest = path
    if isinstance(thing, Experiment) and head in Arm.__struct_fields__:
        having = [arm for arm, setting in thing.arms.items() if getattr(setting, head) is not None]
        if not having:
            raise InputError(f"an arm with {head} for the grid's {name}", "none", "--arm fresh:1")
        # A count is not for the arms whose anchor is a share; but a prior's mean may be set in none.
        having = [arm for arm in having if _inside(thing.arms[arm], path) is not None] or having
        changed = {arm: _with(thing.arms[arm], path, value, name) for arm in having}
        return msgspec.structs.replace(thing, arms={**thing.arms, **changed})
    there = thing if isinstance(thing, dict) else getattr(thing, "__struct_fields__", ())
    if head not in there:
        raise InputError(
            f"one of {', '.join(there) or 'no fields'} in the grid's {name}", repr(head), "[grid] size = [10]"
        )
    inner = thing[head] if isinstance(thing, dict) else getattr(thing, head)
    new = _with(inner, rest, value, name) if rest else value
    if isinstance(thing, dict):
        return {**thing, head: new}
    kind: Any = type(thing)
    try:
        if not rest or isinstance(inner, dict):
            # Through plain values, which checks their types.
            new = msgspec.convert(msgspec.to_builtins(new), _types(kind)[head])
        return msgspec.structs.replace(thing, **{head: new})
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from None
        raise InputError(f"a value that {name} can have", _lower(str(error)), f"another {name}") from None


def settings(value: Any, complete: bool) -> Any:
    """Plain values of a recipe.

    complete: with the fields that stand at their defaults; without them a hash stays the same when a later version adds
    a field.

    >>> settings(Prior(3.0), complete=False), settings(Prior(3.0), complete=True)
    ({'strength': 3.0}, {'strength': 3.0, 'parametrisation': 'natural'})
    """
    if isinstance(value, dict):
        return {key: settings(inner, complete) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(settings(inner, complete) for inner in value)
    if not isinstance(value, msgspec.Struct):
        return value
    config = value.__struct_config__
    plain = {} if config.tag is None else {config.tag_field: config.tag}
    for name, written, default in _fields(type(value)):
        inner = getattr(value, name)
        if inner is not None and inner != {} and (complete or inner != default):
            plain[written] = settings(inner, complete)
    return plain


def _inside(thing: Any, path: list[str]) -> Any:
    """What stands somewhere inside a recipe, None where nothing does."""
    for name in path:
        thing = thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
    return thing


def _plain_grid(grid: dict[str, Any]) -> dict[str, Any]:
    """A grid whose values a file can hold: numbers of NumPy as plain ones."""
    plain: dict[str, Any] = {}
    for name, axis in grid.items():
        if isinstance(axis, Span):
            plain[name] = axis
            continue
        if any(value is None for value in axis):
            raise InputError(f"values in the grid's {name}", "None", "an experiment without it beside the sweep")
        plain[name] = tuple(
            value.item() if isinstance(value, np.generic) else tuple(value) if isinstance(value, list) else value
            for value in axis
        )
    return plain


@lru_cache(maxsize=256)
def _types(kind: Any) -> dict[str, Any]:
    """The type of each field."""
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


@lru_cache(maxsize=256)
def _fields(kind: type) -> tuple[tuple[str, str, Any], ...]:
    """Name, name in files, and default of each field; looking them up takes longer than all the rest."""
    return tuple((field.name, field.encode_name, field.default) for field in msgspec.structs.fields(kind))


def _told(thing: Any) -> str:
    """An object of somebody's own, in words: where it lies in memory is not one of its settings."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(thing))


def _with_prior(family: Any, prior: Prior) -> Any:
    if "prior" not in getattr(family, "__struct_fields__", ()):
        raise InputError("a family that takes a prior", type(family).__name__.lower(), "gaussian, or without a prior")
    return msgspec.structs.replace(family, prior=prior)


def _of_text(family: Any, source: Any) -> Any:
    """Families of text learn from worlds of text, and know how many tokens there are."""
    tokeniser, reads = getattr(source, "tokeniser", None), getattr(family, "text", False)
    if tokeniser is None:
        if reads:
            kind = family.__struct_config__.tag
            raise InputError(
                f"a world of text for the {kind} family", "another", f"a text file, or `kedge run text --family {kind}`"
            )
        return family
    if not reads:
        if isinstance(family, msgspec.Struct):
            raise InputError(
                "a family of text for a world of text", family.__struct_config__.tag, "--family ngram:order=3"
            )
        return family
    given = getattr(family, "vocabulary", None)
    if given is not None and given != tokeniser.size:
        raise InputError(f"the tokeniser's vocabulary of {tokeniser.size}", given, "leaving it out of the family")
    if hasattr(family, "vocabulary"):
        family = msgspec.structs.replace(family, vocabulary=tokeniser.size)
    return family.ready() if isinstance(family, Language) else family


def _check_span(family: Any, source: Any) -> None:
    """Data must lie where the laws of a family can put points."""
    if (span := getattr(family, "span", None)) is None:
        return
    whole = bool(getattr(family, "discrete", False))
    values = np.concatenate([np.ravel(part) for part in (source.training, source.reserve)])
    outside = (values < span[0]) | (values > span[1]) | (whole & (values % 1 != 0))
    if outside.any():
        low, high = span
        kind = "whole numbers" if whole else "positive numbers" if 0 < low < 1e-300 else "numbers"
        where = (
            f" from {low:g} to {high:g}" if high < np.inf else f" of at least {low:g}" if low >= 1 or low == 0 else ""
        )
        other = f"--family rbm:top={values.max():g}" if hasattr(family, "top") else "--family gaussian"
        raise InputError(
            f"{kind}{where} for the {family.__struct_config__.tag} family",
            f"{values[outside][0]:g}",
            'scale = "raw" in the world of an experiment file' if values.min() < 0 else other,
        )


def _check_arm(name: str, arm: Arm, experiment: Experiment, source: Any) -> None:
    sizes = experiment.size if isinstance(experiment.size, tuple) else (experiment.size,)
    real = [arm.anchor.points(n) for n in sizes] if arm.anchor else [0]
    if arm.prior:
        _with_prior(experiment.family, arm.prior)
    family: Any = experiment.family
    if arm.anchor and arm.anchor.weight != 1 and not getattr(family, "weighs", getattr(family, "batched", True)):
        raise InputError(
            f"an anchor of weight 1 for the arm {name!r} of an adapted model", arm.anchor.weight, "more points"
        )
    if isinstance(experiment.family, Categorical):
        _check_counts(name, arm, sizes, experiment.generations)
    if arm.anchor is None or source.truth is not None:
        return
    needed, there = max(arm.anchor.bank or 0, *real), len(source.reserve)
    attempt = f"an anchor of at most {there}, or more data"
    if arm.anchor.once:
        steps = [*real, *[real[-1]] * max(0, experiment.generations + 1 - len(real))]
        needed = sum(steps[1 : experiment.generations + 1])
        attempt = "fewer generations, a smaller anchor, or once = false"
    if needed > there:
        raise InputError(f"at least {needed} real points in the reserve for the arm {name!r}", there, attempt)


def _check_counts(name: str, arm: Arm, sizes: tuple[int, ...], generations: int) -> None:
    """Counts drawn from without replacement must be whole, and fewer than NumPy's hypergeometric tells apart."""
    bank = (arm.anchor.bank if arm.anchor else None) or 0
    pool = 0
    if isinstance(arm.regime, Subsample):
        if arm.anchor and arm.anchor.weight != 1:
            raise InputError(
                f"an anchor of weight 1 for the arm {name!r}, which draws from counts", arm.anchor.weight, "accumulate"
            )
        pool = sum(sizes) + sizes[-1] * max(0, generations + 1 - len(sizes))
    if max(bank, pool) >= 10**9:
        raise InputError(
            f"fewer than 10^9 points to draw from in the arm {name!r}", max(bank, pool), "a smaller size or bank"
        )


def _check_prior(family: Any, source: Any) -> None:
    """A prior's mean must lie where the points lie."""
    prior = getattr(family, "prior", None)
    if prior is None or prior.mean is None:
        return
    truth = source.truth
    mean, several = np.ravel(prior.mean), isinstance(prior.mean, tuple)
    if isinstance(family, Categorical):
        if not several or len(mean) != truth.size or mean.min() < 0 or mean.sum() <= 0:
            raise InputError(
                f"a prior mean with one number >= 0 for each of the {truth.size} categories",
                f"{str(prior.mean)[:40]}",
                "leaving the mean out, to spread them evenly",
            )
        return
    d = int(source.training[0].size if truth is None else np.ravel(truth.mean[0]).size)
    if several and len(mean) != d:
        raise InputError(f"a prior mean with one number for each of {d} dimensions", len(mean), "one number for all")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _toml(table: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """A small table as TOML: plain values first, then tables, each under its full name."""
    # Those of a grid on one line each: their order, which tables after plain values would lose, means something.
    inner = {key: value for key, value in table.items() if isinstance(value, dict) and path != ("grid",)}
    if path and (len(inner) < len(table) or not table):
        yield f"\n[{'.'.join(_key(part) for part in path)}]"
    for key, value in table.items():
        if key not in inner:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        yield from _toml(value, (*path, key))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(v) for v in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(key)} = {_value(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, float):
        return repr(value)
    # TOML spells what JSON spells, but for one letter.
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
