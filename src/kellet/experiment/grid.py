"""Grids: an experiment at every combination of the values of some of its fields."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeVar, cast

import msgspec

from kellet.errors import InputError
from kellet.experiment.arm import with_draws
from kellet.experiment.experiment import Experiment, Span
from kellet.experiment.resolution import Opening, Resolved, retype
from kellet.experiment.settings import explain
from kellet.struct import convert

ARM = ("regime", "anchor", "prior", "curation", "pool", "writers")
"""Fields of an arm, which a grid may name without saying which arm."""
EXAMPLES = {"pool": "pool+humans:10%+filter:0.9,0.05", "writers": "pool+writers:5, whose name is writer"}
GRIDDED = ("size", "generations", "world", "family", "arms", *ARM)

T = TypeVar("T")
Where = dict[str, object]
"""Each field of a grid, and the value at which it stands."""


def points(experiment: Experiment, recalling: bool = False) -> Iterator[tuple[Where, Resolved]]:
    """Where each field of the grid stands, and the resolved experiment there; one without fields where there is no
    grid.  The last field goes fastest.  recalling: as in `Opening`.

    >>> import kellet
    >>> arms = {"replace": kellet.Arm(), "fresh": kellet.Arm(anchor=kellet.Anchor(1))}
    >>> e = Experiment(kellet.worlds.Normal(), kellet.families.Gaussian(), 9, arms, generations=5,
    ...                grid={"size": (10, 20), "anchor.count": (1, 2)})
    >>> [(at.experiment.size, at.experiment.arms["fresh"].anchor.count) for _, at in points(e)]
    [(10, 1), (10, 2), (20, 1), (20, 2)]
    """
    opening = Opening(recalling)
    for where, point in spread(experiment):
        yield where, opening.resolve(point)


def spread(experiment: Experiment) -> Iterator[tuple[Where, Experiment]]:
    """The same, not resolved yet."""
    for name, values in experiment.axes.items():
        if not values or name.partition(".")[0] not in GRIDDED:
            raise InputError(
                f"a grid of values for {', '.join(GRIDDED)} or a field of theirs",
                f"{name} = {list(values)}",
                '[grid] size = [100, 1000], "anchor.count" = [1, 10]',
            )
        if any(value in values[:i] for i, value in enumerate(values) if not isinstance(experiment.grid[name], Span)):
            raise InputError(f"each value of the grid's {name} once", list(values), "leaving one out")
    plain = retype(msgspec.structs.replace(experiment, grid={}))
    yield from _below(plain, list(experiment.axes.items()))


def _below(point: Experiment, axes: list[tuple[str, tuple[object, ...]]]) -> Iterator[tuple[Where, Experiment]]:
    """The points below one at which the fields before these stand already."""
    if not axes:
        yield {}, point
        return
    (name, values), *others = axes
    for value in values:
        for where, below in _below(with_value(point, name.split("."), value, name), others):
            yield {name: value, **where}, below


def with_value(thing: T, path: list[str], value: object, name: str) -> T:
    """The same recipe with another value somewhere inside."""
    head, *rest = path
    if isinstance(thing, Experiment) and head in ARM:
        within = path[:-1] or path
        having = [arm for arm, setting in thing.arms.items() if inside(setting, within) is not None]
        if not having:
            attempt = f"--arm {EXAMPLES.get(head, 'fresh:1')}"
            raise InputError(f"an arm with {'.'.join(within)} for the grid's {name}", "none", attempt)
        # A count is not for the arms whose anchor is a share; but a prior's mean may be set in none.
        having = [arm for arm in having if inside(thing.arms[arm], path) is not None] or having
        changed = {arm: with_value(thing.arms[arm], path, value, name) for arm in having}
        return msgspec.structs.replace(thing, arms={**thing.arms, **changed})
    there = _fields(thing)
    if head not in there:
        raise InputError(
            f"one of {', '.join(there) or 'no fields'} in the grid's {name}", repr(head), "[grid] size = [10]"
        )
    inner = there[head]
    if isinstance(inner, msgspec.Struct) and rest == [inner.__struct_config__.tag_field]:
        # Of what kind it is: another type, if its fields have room in it.
        rest, value = [], {**msgspec.to_builtins(inner), rest[0]: value}
    new = with_value(inner, rest, value, name) if rest else value
    if not isinstance(thing, msgspec.Struct):
        return cast(T, {**there, head: new})
    try:
        if not rest or isinstance(inner, dict):
            # Through plain values, which checks their types.
            plain = with_draws({head: msgspec.to_builtins(new)})[head]
            new = convert(plain, _types(type(thing))[head])
        return msgspec.structs.replace(thing, **{head: new})
    except msgspec.ValidationError as error:
        raise explain(error, f"a value that {name} can have", f"another {name}") from None


def inside(thing: object, path: list[str]) -> object:
    """What stands somewhere inside a recipe, None where nothing does."""
    for name in path:
        thing = _fields(thing).get(name)
    return thing


def _fields(thing: object) -> dict[str, object]:
    if isinstance(thing, dict):
        return thing
    return msgspec.structs.asdict(thing) if isinstance(thing, msgspec.Struct) else {}


@lru_cache(maxsize=256)
def _types(kind: type[msgspec.Struct]) -> dict[str, object]:
    """The type of each field."""
    return {field.name: field.type for field in msgspec.structs.fields(kind)}
