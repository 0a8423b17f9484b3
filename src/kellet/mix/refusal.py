"""Refusals: what is not mixed, and why."""

from __future__ import annotations

from collections.abc import Iterable

from kellet.characters import reveal


class RefusalError(Exception):
    """A mix that would not hold what was asked, or lose what must not be lost; nothing is written.

    reasons: a sentence for each.

    >>> raise RefusalError(["No real row is left."])
    Traceback (most recent call last):
    kellet.mix.refusal.RefusalError: No real row is left.
    """

    def __init__(self, reasons: Iterable[str]):
        self.reasons = tuple(reveal(" ".join(reason.split())) for reason in reasons)
        super().__init__("\n".join(self.reasons))
