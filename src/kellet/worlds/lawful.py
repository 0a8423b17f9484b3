"""Lawful worlds: true distributions that are known."""

from __future__ import annotations

from typing import Any

import msgspec

from kellet.data.source import Law


class Lawful(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A world that is a distribution."""

    def law(self, replicates: int) -> Any:
        """The true law, a model with one row per replicate."""
        raise NotImplementedError

    def open(self, replicates: int = 1) -> Law:
        """The law, ready to be observed by so many replicates."""
        return Law(self.law(replicates), replicates, self.law)
