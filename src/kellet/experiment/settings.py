"""Settings of recipes as plain values: for hashes, and as TOML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from kellet.characters import spell
from kellet.errors import InputError
from kellet.worlds.world import OfFiles


def settings(value: Any, complete: bool) -> Any:
    """Plain values of a recipe.

    complete: with the fields that stand at their defaults; without them a hash stays the same when a later version adds
    a field.

    >>> from kellet import Prior
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
    # Fresh anchors had no tag once, and hashes say nothing of what was always so.
    tagged = config.tag is not None and (complete or config.tag != "fresh")
    plain = {config.tag_field: config.tag} if tagged else {}
    for name, written, default in _fields(type(value)):
        inner = getattr(value, name)
        if inner is not None and inner != {} and (complete or inner != default):
            plain[written] = settings(inner, complete)
    return plain


class Same:
    """An object that equals only itself: 5 and 5.0 are equal, but not the same setting."""

    def __init__(self, it: object) -> None:
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.it is self.it

    def __hash__(self) -> int:
        return id(self.it)


@lru_cache(maxsize=16)
def encode(thing: Same) -> msgspec.Raw:
    """A setting of a cell as it enters its hash; many cells share most of theirs."""
    known = settings(thing.it, complete=False)
    if isinstance(thing.it, OfFiles) and thing.it.digest:
        # Its contents stand for a file; Python's own text has always been without.
        known.pop("path" if thing.it.path else "digest")
    return msgspec.Raw(msgspec.json.encode(known, order="sorted", enc_hook=describe))


@lru_cache(maxsize=256)
def _fields(kind: type) -> tuple[tuple[str, str, Any], ...]:
    """Name, name in files, and default of each field; looking them up takes longer than all the rest."""
    return tuple((field.name, field.encode_name, field.default) for field in msgspec.structs.fields(kind))


def describe(thing: object) -> str:
    """An object of somebody's own, in words: where it lies in memory is not one of its settings."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(thing))


def explain(error: msgspec.ValidationError, whole: str, attempt: str) -> InputError:
    """What is wrong with a recipe, in one sentence that says where.

    whole: what was expected, where the error doesn't say more.

    >>> import kellet
    >>> kellet.Experiment.from_toml("generations = 'ten'")
    Traceback (most recent call last):
    kellet.errors.InputError: expected a whole number at `generations`; got text. Try `kellet run digits ...
    """
    got, _, place = str(error).rstrip(".").partition(" - at `$")
    place = place.strip("`.")
    if isinstance(error.__cause__, InputError):
        expected, said, own, lines = error.__cause__.parts
        return InputError(expected, f"{said} at `{place}`" if place else said, own, lines)
    if types := re.fullmatch(r"Expected `([\w |]+)`, got `(\w+)`", got):
        expected, came = (_typed(kind) for kind in types.groups())
        return InputError(f"{expected} at `{place}`" if place else f"{whole}, {expected}", came, attempt)
    got = got.replace("Object contains unknown field", "an unknown setting")
    return InputError(whole, lower(got) + (f" at `{place}`" if place else ""), attempt)


def _typed(kind: str) -> str:
    named = {"object": "a table", "null": "nothing", "str": "text", "bool": "true or false"}
    named |= {"int": "a whole number", "float": "a number", "array": "a list"}
    return " or ".join(named.get(one, one) for one in kind.split(" | "))


def lower(text: str) -> str:
    """A sentence without its capital, to go on another."""
    return text[:1].lower() + text[1:]


def toml(table: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """A small table as TOML: plain values first, then tables, each under its full name."""
    # Those of a grid on one line each: their order, which tables after plain values would lose, means something.
    inner = {key: value for key, value in table.items() if isinstance(value, dict) and path != ("grid",)}
    if path and (len(inner) < len(table) or not table):
        yield f"\n[{'.'.join(_key(part) for part in path)}]"
    for key, value in table.items():
        if key not in inner:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        yield from toml(value, (*path, key))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(v) for v in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(key)} = {_value(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, float):
        return repr(value)
    # TOML spells what JSON spells, and DEL.
    return spell(msgspec.json.encode(value).decode(), pairs=False)
