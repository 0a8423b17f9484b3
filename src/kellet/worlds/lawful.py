"""Lawful worlds: true distributions that are known."""

from __future__ import annotations

from typing import Any

from kellet.data.source import Law
from kellet.page.wording import settings
from kellet.worlds.observable import Recipe


class Lawful(Recipe, frozen=True):
    """A world that is a distribution."""

    def describe(self) -> str:
        return f"a known law ({settings(self)})"

    def law(self, replicates: int) -> Any:
        """The true law, a model with one row per replicate."""
        raise NotImplementedError

    def open(self, replicates: int = 1) -> Law:
        """The law, ready to be observed by so many replicates."""
        return Law(self.law(replicates), replicates, self.law)
