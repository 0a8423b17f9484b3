"""Watching: looks at what a model writes, again and again, whose false alarms share one level."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from kellet.audit.exchange import Exchange
from kellet.audit.expectations import attach, expect
from kellet.audit.finding import LEVEL, Finding
from kellet.audit.gates import hold
from kellet.audit.history import adjust, count_assignments, spend
from kellet.audit.result import Gate, Look
from kellet.audit.retention import sum_keys
from kellet.audit.scanning import Reading, Scan
from kellet.audit.values import list_invented, list_losses, measure_keys
from kellet.errors import InputError
from kellet.places.writing import undisturbed
from kellet.profile.profile import Profile

WATCHED = ("rare", "invented")
"""Of all measures those that are asked again and again: each more would cost the others power."""
Sample = Callable[[Any, Any], Sequence[str]]
"""Of a model and its tokenizer."""


@dataclass(eq=False)
class Watch:
    """Looks of which `planned` share a level; later ones never alarm.

    looks, gates: found so far; of gates those of the last look.
    """

    reference: Profile
    sample: Sample
    asked: tuple[str, ...]
    planned: int
    seed: int
    looks: list[Look] = field(default_factory=list)
    gates: tuple[Gate, ...] = ()

    def look(self, model: Any, tokenizer: Any, name: str) -> Look:
        """The next one."""
        t = len(self.looks) + 1
        with undisturbed(model, self.seed + t):
            texts = self.sample(model, tokenizer)
        if isinstance(texts, str) or not all(isinstance(one, str) for one in texts):
            raise InputError("a list of texts of sample(model, tokenizer)", type(texts).__name__, "list[str]")
        if t == self.planned + 1:
            warnings.warn(
                f"The {self.planned} looks that share a level are taken: later ones never alarm.", stacklevel=2
            )
        level = spend(t, self.planned) if t <= self.planned else 0.0
        found = self.compare(count_texts(texts, self.reference.things), name, level)
        self.gates = tuple(hold(widen(found, level / max(len(self.asked), 1)), self.asked))
        self.looks.append(found)
        return found

    def compare(self, written: Profile, name: str, level: float) -> Look:
        """What is written against the reference."""
        rng = np.random.default_rng(self.seed)
        many = count_assignments(1, self.planned, LEVEL / len(WATCHED))
        exchange = Exchange.of(self.reference, written, rng, many)
        if "words" not in self.reference.tallies:
            raise InputError(
                "a profile of texts", ", ".join(self.reference.tallies) or "an empty one", "kellet profile"
            )
        measured = attach(
            measure_keys(sum_keys(exchange, "words"), "", "words"), expect(exchange, {"": "words"}, None, rng)
        )
        return Look(
            name=name,
            documents=written.height,
            groups=exchange.grouping.many,
            findings=adjust([Finding.of(one, level) for one in measured if one.measure in WATCHED], level),
            losses=list_losses(exchange, "words"),
            invented=list_invented(exchange, "words"),
        )

    @property
    def lost(self) -> bool:
        """What the last look says: whether a gate failed, or without gates whether something was lost."""
        if self.gates:
            return any(gate.passed is False for gate in self.gates)
        return self.looks[-1].verdict == "lost"


def count_texts(texts: Sequence[str], things: str) -> Profile:
    """Their profile."""
    scan = Scan(Reading(None, things, "lines"))
    scan.add(list(texts), "what the model wrote")
    return scan.take()


def widen(look: Look, level: float) -> Look:
    """A look whose intervals hold at another level: where what scatters is about normal, so many times wider.

    >>> widen(Look(name="x", documents=9, groups=(8, 8), findings=()), 0.01).findings
    ()
    """
    from scipy.special import ndtri

    wider = float(ndtri(level / 2) / ndtri(LEVEL / 2)) if level else np.inf
    findings = (
        msgspec.structs.replace(
            one, low=one.value - wider * (one.value - one.low), high=one.value + wider * (one.high - one.value)
        )
        for one in look.findings
    )
    return msgspec.structs.replace(look, findings=tuple(findings))
