"""Sizes, names, kinds of columns and grids, as the command line spells them."""

from __future__ import annotations

import csv
from typing import get_args

from kellet.data.sight import Kind
from kellet.errors import InputError
from kellet.experiment.experiment import Axis, Span
from kellet.experiment.numbers import parse_number, parse_whole, read_word


def parse_size(text: str) -> int | tuple[int, ...]:
    """Points per generation, or one number for each of the first generations.

    >>> parse_size("1e9"), parse_size("100,200,400")
    (1000000000, (100, 200, 400))
    """
    sizes = tuple(parse_whole(part, f"--size {text}", "--size 1000 or --size 100,200,400") for part in text.split(","))
    return sizes[0] if len(sizes) == 1 else sizes


def parse_names(text: str) -> tuple[str, ...]:
    """Names, or words, parted by commas; one that has a comma itself stands in quotes.

    >>> parse_names('"height, cm",weight')
    ('height, cm', 'weight')
    """
    try:
        return tuple(name.strip() for name in next(csv.reader([text], skipinitialspace=True), []))
    except csv.Error as error:
        raise InputError("names parted by commas", f"{text!r}: {error}", "a,b") from None


def parse_kinds(text: str) -> dict[str, Kind]:
    """What columns are: COLUMN=KIND,COLUMN=KIND.

    >>> parse_kinds("age=number,zip=category")
    {'age': 'number', 'zip': 'category'}
    """
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    found = {}
    for part in parse_names(text):
        name, _, kind = part.rpartition("=")
        if not name or kind not in kinds:
            raise InputError(f"COLUMN=KIND, of the kinds {', '.join(kinds)}", repr(part), "--kinds age=number")
        found[name.strip()] = kinds[kind]
    return found


def parse_grid(text: str) -> tuple[str, Axis]:
    """A field of a grid and its values: FIELD=A,B,C or FIELD=FROM..TO:STEPS, evenly spaced in the logarithm.

    >>> parse_grid("size=100,1000"), parse_grid("anchor.count=1..1000:4")[1].values
    (('size', (100, 1000)), (1, 10, 100, 1000))
    """
    name, equals, rest = text.partition("=")
    if not (equals and name.strip() and rest.strip()):
        raise InputError("FIELD=VALUES", repr(text), "--grid size=100,1000 or --grid anchor.count=1..1000:4")
    ends, colon, steps = rest.partition(":")
    low, dots, high = ends.partition("..")
    if dots and colon:
        first, last = (_whole_if(parse_number(end, text)) for end in (low, high))
        return name.strip(), Span(first, last, parse_whole(steps, text))
    return name.strip(), tuple(read_word(part.strip()) for part in rest.split(","))


def _whole_if(number: float) -> int | float:
    return int(number) if number.is_integer() else number
