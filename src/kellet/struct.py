"""How recipes are made in Python: what a file would be told of a wrong setting, a program is told too."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, wraps
from inspect import Parameter, signature
from os import PathLike, fspath
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeGuard, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np

from kellet.errors import InputError, check_text, quote_value

NAMES = {float: "a number", int: "a whole number", str: "a word", bool: "true or false"}
SEVERAL = {float: "numbers", int: "whole numbers", str: "words"}
EXAMPLES = {float: "0.5", int: "10", str: "'...'", bool: "True"}
MAPPINGS = (dict, Mapping)
CONTAINERS = (tuple, list, Sequence, *MAPPINGS)
MANY = 8
"""Kinds of recipes, from which on not all are named."""
OWN = ("world", "family")
"""Settings for which something of a person's own will do, whatever its class."""
F = TypeVar("F", bound=Callable[..., object])


class Constructor(msgspec.StructMeta):
    """Looks at what a recipe is to be made of before it is made."""

    if not TYPE_CHECKING:  # An editor completes the settings from their fields, as long as it doesn't see this.

        def __call__(cls, *values, **named):  # noqa: N805
            first = take_settings(cls, dict(zip(cls.__struct_fields__, values, strict=False)))
            given = first | take_settings(cls, named)
            if missing := [name for name in _required(cls) if name not in given]:
                raise InputError(f"settings of {cls.__name__}", f"no {', '.join(missing)}", f"{missing[0]}=...")
            if len(values) > len(_places(cls)) or len(given) < len(first) + len(named):
                got = f"{len(values)} of them by place and {', '.join(named) or 'none'} by name"
                attempt = f"{next(iter(cls.__struct_fields__), 'none')}=..."
                raise InputError(f"settings of {cls.__name__}, each once and by name", got, attempt)
            return super().__call__(*first.values(), **{name: given[name] for name in named})


class Struct(msgspec.Struct, metaclass=Constructor, frozen=True, forbid_unknown_fields=True):
    """A recipe: plain settings, which Python and files spell alike.

    Numbers of NumPy, whole floats and paths are kept as what a file has for them.

    >>> class Poisson(Struct, frozen=True):
    ...     mean: float = 1.0
    >>> Poisson(men=2.0)
    Traceback (most recent call last):
    kellet.errors.InputError: expected settings of Poisson; got men. Try mean.
    >>> Poisson("two")
    Traceback (most recent call last):
    kellet.errors.InputError: expected mean as a number; got 'two'. Try mean=1.0.
    """

    @property
    def programs(self) -> tuple[str, ...]:
        """What of somebody's own it runs, programs and classes, spelled as on the command line."""
        return ()

    def check_least(self, least: int, *names: str) -> None:
        """Refuse settings of these names that are smaller; None is one that wasn't made."""
        for name in names:
            if (value := getattr(self, name)) is not None and value < least:
                raise InputError(f"{name} of at least {least}", value, f"{name}={10 * least}")

    def check_finite(self, *names: str, zero: bool = False, negative: bool = False) -> None:
        """Refuse settings of these names that aren't finite, or, unless it is allowed, 0 or negative; None wasn't made.

        A setting may be one number or several.
        """
        bound = "" if negative else " >= 0" if zero else " > 0"
        for name in names:
            if (value := getattr(self, name)) is None:
                continue
            numbers = np.asarray(value, dtype=np.float64)
            right = np.isfinite(numbers) & (negative | (numbers > 0) | (zero & (numbers == 0)))
            if not right.all():
                raise InputError(f"a finite {name}{bound}", str(value)[:60], f"{name}=0.1")


def checked(verb: F) -> F:
    """The same function, which says what is wrong with a keyword as a recipe does."""

    @wraps(verb)
    def call(*values: object, **named: object) -> object:
        known = _keywords(verb)
        placed = [one.name for one in signature(verb).parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
        _check_call(verb, placed[: len(values)], len(values), named)
        first = [known[name].take(name, value) for name, value in zip(placed, values, strict=False)]
        return verb(*first, *values[len(first) :], **_take("keywords that are known", known, named))

    return call  # type: ignore[return-value]


def _check_call(verb: Callable[..., object], placed: list[str], count: int, named: Mapping[str, object]) -> None:
    """Bad input where a function is called with too little or too much."""
    parameters = signature(verb).parameters.values()
    several = any(one.kind is one.VAR_POSITIONAL for one in parameters)
    most = count if several else sum(one.kind is one.POSITIONAL_OR_KEYWORD for one in parameters)
    open_ended = (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)
    needed = [one.name for one in parameters if one.default is one.empty and one.kind not in open_ended]
    if missing := [name for name in needed if name not in named and name not in placed]:
        raise InputError(f"what {verb.__name__} needs", f"no {', '.join(missing)}", f"{missing[0]}=...")
    if count > most or not named.keys().isdisjoint(placed):
        got = f"{count} without a name, and {', '.join(named) or 'none'} by name"
        raise InputError(f"at most {most} arguments of {verb.__name__} without a name, each once", got, "names for all")


def take_settings(kind: type[msgspec.Struct], given: Mapping[str, object]) -> dict[str, Any]:
    """What a recipe is made of; bad input where a name is none of its settings, or a value none that it takes."""
    return _take(f"settings of {kind.__name__}", _settings(kind), given)


def _take(expected: str, settings: Mapping[str, Setting], given: Mapping[str, object]) -> dict[str, Any]:
    for name in given:
        if name not in settings:
            meant = difflib.get_close_matches(name, settings, 1)
            raise InputError(expected, name, meant[0] if meant else ", ".join(settings))
    return {name: settings[name].take(name, value) for name, value in given.items()}


@dataclass(frozen=True)
class Setting:
    """What may be given for a keyword: words, numbers or things of the kinds ``alone``, or several of those ``inside``.

    container: what holds several, tuple or dict; None where there is only one.  nested: whether what it holds are
    several again.  optional: whether None may be given.
    """

    alone: tuple[Any, ...]
    inside: tuple[Any, ...]
    container: type | None
    default: object
    nested: bool = False
    optional: bool = False

    @staticmethod
    def of(hint: Any, default: object) -> Setting:
        hints = _split(hint)
        several = [one for one in hints if get_origin(one) in CONTAINERS]
        alone = _flatten([one for one in hints if one not in several])
        parts = [part for one in several for part in get_args(one)[get_origin(one) in MAPPINGS :]]
        container = None if not several else dict if get_origin(several[0]) in MAPPINGS else tuple
        nested = any(get_origin(one) in CONTAINERS for part in parts for one in _split(part))
        return Setting(alone, _flatten(parts), container, default, nested, NoneType in hints or default is None)

    def take(self, name: str, value: object) -> Any:
        """A value as it is kept."""
        if self.container is dict and isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str):
                    raise InputError(f"words as the names in {name}", repr(key), f"{name}={self.example}")
                check_text(key)
            return {key: self._keep(name, part, self.inside, self.nested) for key, part in value.items()}
        if self.container is tuple and is_several(value):
            return tuple(self._keep(name, part, self.inside, self.nested) for part in value)
        return self._keep(name, value, self.alone)

    def _keep(self, name: str, value: object, kinds: tuple[Any, ...], nested: bool = False) -> object:
        if Any in kinds:
            return value
        if nested and is_several(value):
            return tuple(self._keep(name, part, kinds, nested) for part in value)
        value = to_plain(value)
        if isinstance(value, PathLike) and str in kinds:
            value = fspath(value)
        if isinstance(value, str):
            check_text(value)
        if any(type(value) is kind for kind in kinds) or (isinstance(value, str) and value in kinds):
            return value
        if not isinstance(value, str | int | float):
            if (value is None and self.optional and kinds is self.alone) or self._suits(name, value, kinds):
                return value
        elif not isinstance(value, str | bool):
            if float in kinds and (int in kinds or abs(value) < sys.float_info.max):
                return value if int in kinds else float(value)
            if int in kinds and abs(value) < np.inf and value == value // 1:
                return int(value)
        raise InputError(f"{name} as {self.words}", quote_value(value), f"{name}={self.example}")

    def _suits(self, name: str, value: object, kinds: tuple[Any, ...]) -> bool:
        """Whether a thing that is no number or word is one of the kinds; of protocols nobody can tell here."""
        if any(isinstance(kind, TypeVar) for kind in kinds) or (Callable in kinds and callable(value)):
            return True
        classes = [kind for kind in kinds if isinstance(kind, type) and kind not in NAMES]
        return (name in OWN and bool(classes)) or any(is_protocol(kind) or isinstance(value, kind) for kind in classes)

    @property
    def words(self) -> str:
        """What may be given."""
        words = [_name(kind) for kind in self.alone]
        if self.container:
            several = " or ".join(SEVERAL.get(kind) or _name(kind) for kind in self.inside)
            words.append(f"a {self.container.__name__} of {several}")
        if len(words) > MANY:
            words = [*words[:3], "another of them"]
        return " or ".join([", ".join(words[:-1]), words[-1]]) if words[1:] else words[0]

    @property
    def example(self) -> str:
        """What else to give."""
        if isinstance(self.default, str | int | float):
            return repr(self.default)
        one = EXAMPLES.get((self.alone or self.inside)[0]) or f"{_name((self.alone or self.inside)[0])}(...)"
        if self.alone:
            return repr(self.alone[0]) if isinstance(self.alone[0], str) else one
        return f"{{...: {one}}}" if self.container is dict else f"({one},)"


def to_plain(value: object) -> object:
    """A number, or several, of NumPy's as Python has them; a short one is what it is written as, 0.1 and not
    0.10000000149.

    >>> to_plain(np.float32(0.1)), to_plain(np.array(3)), to_plain(np.array([[1, 2]]))
    (0.1, 3, ((1, 2),))
    """
    if isinstance(value, np.ndarray):
        return to_plain(value[()]) if value.ndim == 0 else tuple(to_plain(part) for part in value)
    if isinstance(value, np.floating):
        return float(str(value)) if value.itemsize < np.float64().itemsize else float(value)
    return value.item() if isinstance(value, np.generic) else value


def convert(plain: object, kind: Any) -> Any:
    """What the plain values of a file say, as things of this kind; a whole number may be written as 10.0.

    >>> convert({"mean": 1}, msgspec.defstruct("Poisson", [("mean", float)])).mean
    1.0
    >>> convert([10.0, 20], tuple[int, ...])
    (10, 20)
    """
    return msgspec.convert(_make_whole(plain, kind), kind)


def _make_whole(plain: object, hint: Any) -> object:
    """The same plain values, with whole numbers where only such may stand."""
    hints = _split(hint)
    if isinstance(plain, float) and int in hints and float not in hints and plain.is_integer():
        return int(plain)
    if isinstance(plain, list):
        parts = [part for one in hints if get_origin(one) in CONTAINERS for part in get_args(one) if part is not ...]
        return [_make_whole(value, parts[0]) for value in plain] if parts else plain
    if not isinstance(plain, dict):
        return plain
    for one in hints:
        if get_origin(one) in MAPPINGS:
            return {key: _make_whole(value, get_args(one)[1]) for key, value in plain.items()}
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            config = one.__struct_config__
            if config.tag is None or plain.get(config.tag_field) == config.tag:
                kinds = {field.encode_name: field.type for field in msgspec.structs.fields(one)}
                return {key: _make_whole(value, kinds.get(key, Any)) for key, value in plain.items()}
    return plain


def is_several(value: object) -> TypeGuard[Iterable[object]]:
    """Whether it is several values in an order."""
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping | Set)


def is_protocol(kind: type) -> bool:
    """Whether it says what things can do, and not what they are."""
    return bool(getattr(kind, "_is_protocol", False))


def _split(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _name(kind: Any) -> str:
    return repr(kind) if isinstance(kind, str) else NAMES.get(kind) or str(kind.__name__)


@lru_cache(maxsize=256)
def _required(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The settings that have no default."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if field.required)


@lru_cache(maxsize=256)
def _places(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The settings that may be given without their names."""
    return tuple(name for name, one in signature(kind).parameters.items() if one.kind is one.POSITIONAL_OR_KEYWORD)


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


def _flatten(hints: Iterable[Any]) -> tuple[Any, ...]:
    """The types in unions and containers, and the words of literals, each once."""
    found: list[Any] = []
    for hint in hints:
        origin, inner = get_origin(hint), get_args(hint)
        if origin is Literal:
            found += inner
        elif origin is Callable:
            found.append(origin)
        elif inner:
            found += _flatten(inner)
        elif hint not in (NoneType, ...):
            found.append(hint)
    return tuple(dict.fromkeys(found))
