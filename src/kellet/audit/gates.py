"""Gates: conditions that a person sets on an audit; a gate passes only if its whole interval passes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from kellet.audit.finding import Finding
from kellet.audit.result import Gate, Look
from kellet.errors import InputError, quote

SPELLING = re.compile(
    r"\s*(?P<measure>[^<>=\[\]]+?)\s*(\[(?P<about>.+)\])?\s*(?P<sign>>=|<=)\s*(?P<number>[\d.]+)\s*(?P<cent>%?)\s*"
)
ATTEMPT = "--gate 'rare>=0.9'"


def check_gates(asked: Sequence[str]) -> None:
    """Bad input where one can't be understood; before anything is computed.

    >>> check_gates(["rare>=0.9", "rare[age] >= 80 %"])
    >>> check_gates(["rare=0.9"])
    Traceback (most recent call last):
    kellet.errors.InputError: expected a gate MEASURE>=SHARE or MEASURE[COLUMN]<=SHARE; got rare=0.9. Try --gate ...
    """
    for one in asked:
        _parse(one)


def hold(look: Look, asked: Sequence[str]) -> Iterator[Gate]:
    """Each gate, held against a look: its measure as a share of its zero."""
    for one in asked:
        measure, about, at_least, limit = _parse(one)
        finding = _find(look, measure, about, one)
        zero = finding.zero if finding.fresh is None else finding.fresh
        with np.errstate(divide="ignore", invalid="ignore"):
            value, low, high = (float(np.divide(x, zero)) for x in (finding.value, finding.low, finding.high))
        inside, outside = (low >= limit, high < limit) if at_least else (high <= limit, low > limit)
        known = np.isfinite(value) and finding.verdict != "inconclusive"
        yield Gate(
            asked=one.strip(), look=look.name, value=value, low=low, high=high,
            passed=(True if inside else False if outside else None) if known else None,
        )  # fmt: skip


def _find(look: Look, measure: str, about: str, asked: str) -> Finding:
    found = [one for one in look.findings if one.measure == measure and one.about == about]
    if not found:
        there = [f"{one.measure}[{one.about}]" if one.about else one.measure for one in look.findings]
        raise InputError(
            f"one of the measures {quote(there)}", asked, f"--gate '{there[0]}>=0.9'" if there else ATTEMPT
        )
    return found[0]


def _parse(text: str) -> tuple[str, str, bool, float]:
    """Measure, column, whether it is a lower limit, and the limit."""
    found = SPELLING.fullmatch(text)
    try:
        limit = float(found["number"]) / (100 if found["cent"] else 1) if found else np.nan
    except ValueError:
        limit = np.nan
    if not found or not np.isfinite(limit):
        raise InputError("a gate MEASURE>=SHARE or MEASURE[COLUMN]<=SHARE", text, ATTEMPT)
    return found["measure"], found["about"] or "", found["sign"] == ">=", limit
