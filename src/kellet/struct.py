"""How recipes are made in Python: what a file would be told of a wrong setting, a program is told too."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from kellet.errors import InputError

NAMES = {float: "a number", int: "a whole number", str: "a word", bool: "true or false"}
EXAMPLES = {float: "0.5", int: "10", str: "'...'", bool: "True"}
MANY = 8
"""Kinds of recipes, from which on not all are named."""
F = TypeVar("F", bound=Callable[..., object])


class Constructor(msgspec.StructMeta):
    """Checks what a recipe is made of before it is made."""

    if not TYPE_CHECKING:  # An editor completes the settings from their fields, as long as it doesn't see this.

        def __call__(cls, *values, **named):  # noqa: N805
            check_settings(cls, dict(zip(cls.__struct_fields__, values, strict=False)) | named)
            return super().__call__(*values, **named)


class Struct(msgspec.Struct, metaclass=Constructor, frozen=True, forbid_unknown_fields=True):
    """A recipe: plain settings, which Python and files spell alike.

    >>> class Poisson(Struct, frozen=True):
    ...     mean: float = 1.0
    >>> Poisson(men=2.0)
    Traceback (most recent call last):
    kellet.errors.InputError: expected settings of Poisson; got men. Try mean.
    >>> Poisson("two")
    Traceback (most recent call last):
    kellet.errors.InputError: expected mean as a number; got 'two'. Try mean=1.0.
    """


def checked(verb: F) -> F:
    """The same function, which says what is wrong with a keyword as a recipe does."""

    @wraps(verb)
    def call(*values: object, **named: object) -> object:
        check("keywords that are known", _keywords(verb), named)
        return verb(*values, **named)

    return call  # type: ignore[return-value]


def check_settings(kind: type[msgspec.Struct], given: Mapping[str, object]) -> None:
    """Refuse what a recipe can't be made of."""
    check(f"settings of {kind.__name__}", _settings(kind), given)


def check(expected: str, settings: Mapping[str, Setting], given: Mapping[str, object]) -> None:
    """Refuse names that are no settings, and words and numbers where a setting takes none."""
    for name, value in given.items():
        if name not in settings:
            meant = difflib.get_close_matches(name, settings, 1)
            raise InputError(expected, name, meant[0] if meant else ", ".join(settings))
        settings[name].check(name, value)


@dataclass(frozen=True)
class Setting:
    """What may be given for a keyword: the types of the thing, or of those in it."""

    types: tuple[Any, ...]
    default: object
    mapping: bool

    @staticmethod
    def of(hint: Any, default: object) -> Setting:
        return Setting(tuple(dict.fromkeys(_flatten(hint))), default, get_origin(hint) in (dict, Mapping))

    def check(self, name: str, value: object) -> None:
        if self.mapping and not isinstance(value, Mapping):
            raise InputError(f"{name} as a dict", repr(value), f"{name}={{...: {self.example}}}")
        for part in _parts(value):
            if not self.suits(part):
                raise InputError(f"{name} as {self.words}", repr(part), f"{name}={self.example}")

    def suits(self, part: object) -> bool:
        """Whether a word or a number is among what is taken; of all else its owner knows more."""
        if Any in self.types or not isinstance(part, str | int | float):
            return True
        if isinstance(part, str):
            return str in self.types or part in self.types
        return float in self.types or (int in self.types and part == part // 1) or type(part) in self.types

    @property
    def words(self) -> str:
        words = [repr(one) if isinstance(one, str) else NAMES.get(one, one.__name__) for one in self.types]
        if len(words) > MANY:
            words = [*words[:3], "another of them"]
        return " or ".join([", ".join(words[:-1]), words[-1]]) if words[1:] else words[0]

    @property
    def example(self) -> str:
        if isinstance(self.default, str | int | float):
            return repr(self.default)
        first = self.types[0]
        return repr(first) if isinstance(first, str) else EXAMPLES.get(first, f"{first.__name__}(...)")


@lru_cache(maxsize=256)
def _settings(kind: type[msgspec.Struct]) -> dict[str, Setting]:
    hints = get_type_hints(kind)
    return {field.name: Setting.of(hints[field.name], field.default) for field in msgspec.structs.fields(kind)}


@lru_cache(maxsize=16)
def _keywords(verb: Callable[..., object]) -> dict[str, Setting]:
    hints = get_type_hints(verb)
    found: dict[str, Setting] = {}
    for name, parameter in signature(verb).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            (keywords,) = get_args(hints[name])
            found |= {key: Setting.of(hint, None) for key, hint in get_type_hints(keywords).items()}
        else:
            found[name] = Setting.of(hints[name], parameter.default)
    return found


def _flatten(hint: Any) -> Iterator[Any]:
    """The types in a union or a container, and the words of a literal."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        yield from inner
    elif origin is Callable:
        yield origin
    elif inner:
        for one in inner[1:] if origin in (dict, Mapping) else inner:
            yield from _flatten(one)
    elif hint not in (type(None), ...):
        yield hint


def _parts(value: object) -> Iterator[object]:
    """A value, or those in it."""
    if isinstance(value, tuple | list | Mapping):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _parts(part)
    else:
        yield value
