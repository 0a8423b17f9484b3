"""Flags: alarms of single columns, which stay few however many columns and measures there are.

All findings of columns are one family.  A p-value of one among many must be far smaller than one by itself; where
assignments are too few to tell, the columns in question get more of them, and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import numpy as np

from kellet.audit.finding import Finding, Measured
from kellet.audit.history import ALARMS, adjust

Again = Callable[[frozenset[str], int], Iterable[Measured]]
"""What is measured of some columns, by so many assignments."""
FEW = 10
"""Assignments as far out as what was observed, up to which it is not known how far out that is."""
MOST = 19_999
"""Assignments beside the observed one."""
LEARNT = "use"
"""What costs too much to be measured again, and is of groups of rows: a family by itself."""


def calm(findings: Sequence[Finding], level: float) -> tuple[Finding, ...]:
    """The findings, of which those alarms stay that so many findings would not show by chance: first those of
    everything together, which make the verdict, then those of columns."""
    families: dict[str, list[Finding]] = {"": [], "column": []}
    for one in findings:
        families.setdefault(LEARNT if one.about and one.measure == LEARNT else one.about and "column", []).append(one)
    return tuple(chain.from_iterable(adjust(family, level) for family in families.values()))


def settle(findings: Sequence[Finding], many: int, again: Again, level: float) -> tuple[Finding, ...]:
    """The same, of findings by so many assignments each, after a closer look where that many can't tell."""
    found = calm(findings, level)
    calmed = {_name(one) for one in found if one.verdict not in ALARMS}
    coarse = {_name(one) for one in findings if _is_coarse(one, many)} & calmed
    more = min(MOST, int(np.ceil(4 * sum(bool(one.about) for one in findings) / level)))
    if not coarse or more <= many:
        return found
    measured = again(frozenset(about for _, about in coarse), more)
    closer = {_name(one): Finding.of(one, level) for one in measured if (one.measure, one.about) in coarse}
    return calm([closer.get(_name(one), one) for one in findings], level)


def _is_coarse(one: Finding, many: int) -> bool:
    alarm = one.verdict in ALARMS and one.about and one.measure != LEARNT
    return bool(alarm and one.p * (many + 1) <= 2 * (FEW + 1))


def _name(one: Finding | Measured) -> tuple[str, str]:
    return one.measure, one.about
