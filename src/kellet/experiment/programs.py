"""Programs and classes of somebody's own that an experiment names: whoever runs it runs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn

import msgspec

from kellet.errors import InputError, quote
from kellet.families.yours.named import is_familiar
from kellet.struct import Struct


def find_programs(thing: object) -> Iterator[str]:
    """All that a recipe names, and the recipes inside it.

    >>> from kellet import Arm, curation
    >>> list(find_programs({"ours": Arm(curation=curation.Verify("./judge"))}))
    ['verify:./judge']
    """
    if isinstance(thing, Struct):
        yield from thing.programs
        thing = msgspec.structs.asdict(thing)
    inside = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, tuple | list) else ()
    for part in inside:
        yield from find_programs(part)


def may_bring(name: str, value: object) -> bool:
    """Whether a field of a grid may make of a recipe without programs one with some: by what kind it is, or its class.

    >>> may_bring("family.kind", ("adapter",)), may_bring("family.estimator", ("mle",))
    (True, False)
    """
    if isinstance(value, dict):
        return "kind" in value or any(may_bring(name, part) for part in value.values())
    if isinstance(value, tuple | list):
        return any(may_bring(name, part) for part in value)
    return isinstance(value, str) and name.rpartition(".")[2] in ("kind", "thing")


def find_foreign(thing: object) -> list[str]:
    """Those that are no estimators of scikit-learn's, each once."""
    return [program for program in dict.fromkeys(find_programs(thing)) if not is_familiar(program)]


def show(programs: Iterable[str]) -> str:
    """Their names, of which strangers make what they like, as they can stand in a line.

    >>> print(show(["verify:./judge\\n\\x1b[2J"]))
    "verify:./judge\\n\\x1b[2J"
    """
    # Nothing is left out: what isn't shown would run unseen.
    named = [ascii(program)[1:-1] for program in programs]
    return quote(named, most=len(named))


def refuse(programs: Iterable[str]) -> NoReturn:
    """Bad input: these would run."""
    attempt = "--trust, or trust=True in Python, if you know who wrote it"
    raise InputError("no programs or classes that only a file names", show(programs), attempt)
