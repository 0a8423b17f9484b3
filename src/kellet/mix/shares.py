"""Shares: whether every window holds what it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kellet.mix.recipe import REAL

Kind = tuple[str, int, str | None]
"""Origin, generation, stratum."""
SHOWN = 3
"""Windows of a kind that are named."""


def check_shares(windows: list[Counter[Kind]], width: int) -> Iterator[str]:
    """The windows that don't hold their share; windows: the kinds of each, the last one may be short.

    >>> two = Counter({("real", 0, None): 2, ("gpt", 1, None): 8})
    >>> bad = Counter({("real", 0, None): 0, ("gpt", 1, None): 10})
    >>> list(check_shares([two, two, two, two], 10)), list(check_shares([two, bad, two, two], 10))
    ([], ['Window 2 has 0 rows of real; its share is 1.5.', 'Window 2 has 10 rows of gpt; its share is 8.5.'])
    """
    rows = [sum(window.values()) for window in windows]
    size, full = sum(rows), [i for i, many in enumerate(rows) if many == width]
    groups = {kind[:2] for window in windows for kind in window}
    for group in sorted(groups, key=lambda one: (one[0] != REAL, *one)):
        many = [sum(n for kind, n in window.items() if kind[:2] == group) for window in windows]
        total = sum(many)
        low, high = width * total // size, -(-width * total // size)
        wrong = [i for i in full if not low <= many[i] <= high]
        for i in wrong[:SHOWN]:
            yield f"Window {i + 1:,} has {many[i]:,} rows of {group[0]}; its share is {width * total / size:.6g}."
    yield from _check_strata(windows)


def _check_strata(windows: list[Counter[Kind]]) -> Iterator[str]:
    """Of real rows, each stratum has its share up to the end of any window."""
    so_far: Counter[str | None] = Counter()
    total: Counter[str | None] = Counter()
    for window in windows:
        total.update({kind[2]: n for kind, n in window.items() if kind[0] == REAL})
    size, told = sum(total.values()), 0
    for i, window in enumerate(windows, 1):
        so_far.update({kind[2]: n for kind, n in window.items() if kind[0] == REAL})
        seen = sum(so_far.values())
        for stratum, rows in total.items():
            low, high = seen * rows // size, -(-seen * rows // size)
            if not low <= so_far[stratum] <= high and told < SHOWN:
                told += 1
                yield (
                    f"Up to window {i:,} there are {so_far[stratum]:,} real rows of {stratum}; "
                    f"its share is {seen * rows / size:.6g}."
                )
