"""Repeats: documents that stand there twice, and documents of the reference that return."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kellet.audit.exchange import Exchange
from kellet.audit.finding import Measured


def measure_rows(exchange: Exchange) -> Iterator[Measured]:
    """Of rows of a table."""
    sides = (exchange.reference.tallies, exchange.candidate.tallies)
    if all("row" in side for side in sides):
        yield from measure_repeats(exchange, "row", "", "rows that ")


def measure_repeats(
    exchange: Exchange, kind: str, about: str, what: str, each: int = 1, name: str = "duplicates"
) -> Iterator[Measured]:
    """Of the candidate's documents, those that stand in it twice, and those that stand in the reference too.

    each: keys of a document; with several a document counts by how many of them return.
    """
    again, known = np.zeros((2, exchange.chosen.shape[1]))
    for _, mine, theirs in exchange.counts(kind, 2):
        again += np.where(theirs > 1, theirs, 0).sum(axis=0)
        known += np.where(mine > 0, theirs, 0).sum(axis=0)
    whole = each * exchange.documents[1] * 2.0 ** -exchange.level(kind)
    yield Measured(name, about, f"{what}stand there twice", again / whole, "lacking")
    yield Measured(f"{name}_of_reference", about, f"{what}stand in the reference", known / whole, "copies")
