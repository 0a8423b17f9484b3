"""Ancestry: how many of the real points a model that copies still has."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from kellet.evidence import Array
from kellet.laws.model import Model
from kellet.metrics.look import Look, ensure
from kellet.metrics.metric import Metric
from kellet.metrics.real import Real


@runtime_checkable
class Remembers(Protocol):
    """A model that writes nothing but copies of points."""

    @property
    def different(self) -> Array:
        """(R,): how many different points it can write."""
        ...


def distinct_originals(look: Look) -> Array:
    """How many different points the model can write, as a share of how many generation 0's could.

    As long as no two real points are alike and none is new, these are the real points behind its training set: its
    distinct ancestors (`kellet.theory.chain.survival` of categories of probability 1/n).
    """
    first = look.model if look.first is None else look.first
    return ensure(look.model, Remembers).different / ensure(first, Remembers).different  # type: ignore[type-abstract]


def _copies(real: Real, model: Model | None) -> bool:
    return isinstance(model, Remembers)


ORIGINALS = Metric(
    "distinct_originals", "originals left",
    "How many different points can still be written, each a copy of a real one, of those that generation 0 had.",
    distinct_originals, _copies, unit="of the originals", noun="the originals",
    less="had fewer than half of the originals of generation 0",
    limits="Points that are alike count once, and real points that an anchor brings count as originals, too.",
)  # fmt: skip
