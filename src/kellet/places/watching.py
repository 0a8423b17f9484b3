"""Watching: looks at what a model writes, again and again, whose false alarms share one level."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kellet.audit.exchange import Exchange
from kellet.audit.expectations import attach, expect
from kellet.audit.finding import LEVEL, Finding
from kellet.audit.gates import hold
from kellet.audit.history import ALARMS, adjust, count_assignments, spend
from kellet.audit.result import Gate, Look
from kellet.audit.retention import sum_keys
from kellet.audit.scanning import Reading, Scan
from kellet.audit.values import list_invented, list_losses, measure_keys
from kellet.audit.words import say_gate, say_look
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
        self.gates = tuple(hold(found, self.asked))
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
    def alarm(self) -> str:
        """What the last look alarms of, if of anything: gates that fail by more than chance at its level, or without
        gates a loss."""
        look = self.looks[-1]
        beyond = tuple(one.measure for one in look.findings if one.verdict in ALARMS)
        failed = [gate for gate in self.gates if gate.passed is False and gate.asked.startswith(beyond)]
        if failed or (look.verdict == "lost" and not self.asked):
            return " ".join([say_look(look), *map(say_gate, failed)])
        return ""


def count_texts(texts: Sequence[str], things: str) -> Profile:
    """Their profile."""
    scan = Scan(Reading(None, things, "lines"))
    scan.add(list(texts), "what the model wrote")
    return scan.take()
