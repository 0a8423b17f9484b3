"""Wording: numbers, lists, and what things say of themselves, as a sentence has them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec


@runtime_checkable
class Describable(Protocol):
    """Whatever says what it is: a world, a family, a regime, a curation; somebody's own, too, if it likes."""

    def describe(self) -> str:
        """In words for someone who never heard of it, to stand in the middle of a sentence."""
        ...


def describe(thing: object, otherwise: str = "{}") -> str:
    """What a thing says of itself; where it says nothing, its name, put into what is said ``otherwise``.

    >>> class Mine: pass
    >>> describe(Mine(), "a world of the reader's own, {}")
    "a world of the reader's own, Mine"
    """
    if isinstance(thing, Describable):
        return thing.describe()
    name = settings(thing) if isinstance(thing, msgspec.Struct) else type(thing).__name__
    return otherwise.replace("{}", name)


def settings(recipe: msgspec.Struct) -> str:
    """A recipe as its name and what is not usual about it.

    >>> class Poisson(msgspec.Struct, tag="poisson"):
    ...     mean: float = 3.0
    >>> settings(Poisson()), settings(Poisson(2.5))
    ('poisson', 'poisson, mean 2.5')
    """
    parts = [str(recipe.__struct_config__.tag or type(recipe).__name__)]
    for field in msgspec.structs.fields(recipe):
        value = getattr(recipe, field.name)
        plain = isinstance(value, int | float | str) and field.name not in ("digest", "seed", "path")
        if plain and (field.required or value != field.default):
            parts.append(f"{field.name} {value:g}" if isinstance(value, float) else f"{field.name} {value}")
    return ", ".join(parts)


def percent(share: float) -> str:
    """A share in per cent, as precise as it can be read.

    >>> percent(0.0996), percent(25.0), percent(1.2e6)
    ('10 %', '2500 %', '1.2e+08 %')
    """
    if share == 0:
        return "0 %"
    if share < 0.001:
        return "under 0.1 %"
    if share > 1000:
        return f"{100 * share:.1e} %"
    return f"{100 * share:.0f} %" if round(100 * share, 1) >= 10 else f"{100 * share:.1f} %"


def number(n: float) -> str:
    """A whole number with its thousands apart.

    >>> number(64264)
    '64,264'
    """
    return f"{n:,.0f}"


def spell(n: int) -> str:
    """A small whole number in words.

    >>> spell(6), spell(13)
    ('six', '13')
    """
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return words[n] if n < len(words) else number(n)


def join(names: list[str]) -> str:
    """Names as a list in a sentence.

    >>> join(["a"]), join(["a", "b"]), join(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
