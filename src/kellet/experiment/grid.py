"""Grids: an experiment at every combination of the values of some of its fields."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from kellet.errors import InputError
from kellet.experiment.resolution import Opened
from kellet.experiment.settings import lower
from kellet.experiment.span import Span

if TYPE_CHECKING:
    from kellet.experiment.experiment import Experiment


ARM = ("regime", "anchor", "prior", "curation")
"""Fields of an arm, which a grid may name without saying which arm."""
GRIDDED = ("size", "generations", "world", "family", "arms", *ARM)


def points(
    point: Experiment, axes: list[tuple[str, tuple[Any, ...]]], opened: Opened
) -> Iterator[tuple[dict[str, Any], Experiment]]:
    """The points below one at which the fields before these stand already; the last field goes fastest."""
    if not axes:
        yield {}, point.resolved_with(opened)
        return
    (name, values), *others = axes
    for value in values:
        for where, below in points(with_value(point, name.split("."), value, name), others, opened):
            yield {name: value, **where}, below


def with_value(thing: Any, path: list[str], value: Any, name: str) -> Any:
    """The same recipe with another value somewhere inside."""
    head, *rest = path
    if head in ARM and hasattr(thing, "arms"):
        having = [arm for arm, setting in thing.arms.items() if getattr(setting, head) is not None]
        if not having:
            raise InputError(f"an arm with {head} for the grid's {name}", "none", "--arm fresh:1")
        # A count is not for the arms whose anchor is a share; but a prior's mean may be set in none.
        having = [arm for arm in having if inside(thing.arms[arm], path) is not None] or having
        changed = {arm: with_value(thing.arms[arm], path, value, name) for arm in having}
        return msgspec.structs.replace(thing, arms={**thing.arms, **changed})
    there = thing if isinstance(thing, dict) else getattr(thing, "__struct_fields__", ())
    if head not in there:
        raise InputError(
            f"one of {', '.join(there) or 'no fields'} in the grid's {name}", repr(head), "[grid] size = [10]"
        )
    inner = thing[head] if isinstance(thing, dict) else getattr(thing, head)
    new = with_value(inner, rest, value, name) if rest else value
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
        raise InputError(f"a value that {name} can have", lower(str(error)), f"another {name}") from None


def inside(thing: Any, path: list[str]) -> Any:
    """What stands somewhere inside a recipe, None where nothing does."""
    for name in path:
        thing = thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
    return thing


def plain_grid(grid: dict[str, Any]) -> dict[str, Any]:
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
