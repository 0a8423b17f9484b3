"""What an audit found: one look for each data set that was compared with the reference."""

from __future__ import annotations

import msgspec

from kellet.audit.finding import Finding, Verdict
from kellet.audit.history import History


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """A key of which the candidate has less, or more, than its zero.

    kind, about: of which kind, and of which column.  name: what it is; None where names are not to be shown, or where a
    profile doesn't know it.  reference, candidate: how often either side has it.  expected: how often as many real
    documents would have it, by its share of the reference.
    """

    kind: str
    about: str
    name: str | None
    reference: int
    candidate: int
    expected: float


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that a person set, and what came of it: `passed` only if the whole interval passes, None if that
    can't be told.

    asked: as it was written, such as ``rare>=0.9``.  look: of which data set.  value, low, high: what it was held
    against, as a share of the zero.
    """

    asked: str
    look: str
    value: float
    low: float
    high: float
    passed: bool | None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One data set, compared with the reference.

    name: its file.  documents: how many it has.  groups: how many groups of documents were exchanged, of the reference
    and of it.  findings: the measures of everything together first (``about`` empty), then by column or kind.  losses:
    the most surprising first.  invented: keys that the reference lacks, the most frequent first.  notes: what was done
    to compare it, and what is odd.
    """

    name: str
    documents: int
    groups: tuple[int, int]
    findings: tuple[Finding, ...]
    losses: tuple[Loss, ...] = ()
    invented: tuple[Loss, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of what is found about everything together: lost, then copied, then more; else what is said of
        what is rare, if anything is."""
        found = [one for one in self.findings if not one.about]
        alarms: tuple[Verdict, ...] = ("lost", "copied", "more")
        if alarm := next((alarm for alarm in alarms if any(one.verdict == alarm for one in found)), None):
            return alarm
        rare = [one.verdict for one in found if one.measure == "rare"]
        return "pass" if "pass" in (rare or [one.verdict for one in found]) else "inconclusive"


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the reference in each data set, in their order: generations, where that is what they are.

    reference: its file.  documents: how many it has.  things: what they are.  gates: as far as there are any.
    histories: of the measures of everything together, where there are several data sets.  notes: about all of it.
    redacted: whether names of values are left out.
    """

    reference: str
    documents: int
    things: str
    looks: tuple[Look, ...]
    gates: tuple[Gate, ...] = ()
    histories: tuple[History, ...] = ()
    notes: tuple[str, ...] = ()
    redacted: bool = False
