"""A pool and its writers, as an arm spells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kellet.errors import InputError
from kellet.experiment.numbers import parse_number, parse_share, parse_whole
from kellet.loop.curation import Dedup
from kellet.loop.pool.humans import parse_humans
from kellet.loop.pool.settings import Detector, Pool, Writer, Writers

POOL = "pool, with writers:5, humans:10%, filter:0.9,0.05 and others of `kellet run --help`"
WORDS = ("documents", "laws", "whole")
OWN = ("writers", "private", "humans", "filter", "halving", "bias", "pools", "migration", "before", "written", *WORDS)
"""Terms that only a pool has."""
KEPT = {"replace": {"window": 1}, "accumulate": {}}
"""What of the past a pool keeps, as regimes say it."""


def parse_pool(terms: Mapping[str, str]) -> tuple[Pool, Writers]:
    """A pool and its writers, from what is said beside ``pool``: word -> value, empty where there is none.

    >>> parse_pool({"humans": "10%", "window": "3"})[0].window
    3
    >>> parse_pool({"writers": "5", "private": "10"})[1]["writer"].many
    5
    """
    pool: dict[str, Any] = {}
    writer: dict[str, Any] = {}
    for word, value in terms.items():
        term = f"{word}:{value}"
        match word:
            case "writers":
                writer["many"] = parse_whole(value, term, "writers:5")
            case "private":
                writer["private"] = parse_whole(value, term, "private:10")
            case "humans":
                pool["humans"] = parse_humans(value)
            case "filter":
                pool["filter"] = _parse_filter(value, term)
            case "window" | "pools":
                pool[word] = parse_whole(value, term, f"{word}:3")
            case "migration":
                pool[word] = parse_share(value, term, "migration:1%")
            case "laws" | "documents":
                pool["reading"] = word
            case "whole":
                pool["whole"] = True
            case "dedup":
                pool["dedup"] = Dedup("exact" if value == "exact" else "minhash")
            case "replace" | "accumulate":
                pool |= KEPT[word]
            case _:
                pool[word] = parse_number(value, term, f"{word}:2")
    return Pool(**pool), {"writer": Writer(**writer)} if writer else {}


def _parse_filter(text: str, term: str) -> Detector:
    shares = [parse_share(part.strip(), term, "filter:0.9,0.05") for part in text.split(",")]
    if len(shares) > 4:
        expected = "a filter's caught and wrong, and perhaps a minority and how often it is wrong there"
        raise InputError(expected, f"{len(shares)} numbers in {term!r}", "filter:0.9,0.05,0.1,0.2")
    return Detector(*shares)
