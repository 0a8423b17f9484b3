"""An arm: one setting, compared with others in the same experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

import msgspec

from kellet.errors import InputError, check_text
from kellet.families.abilities import abilities
from kellet.families.family import Prior
from kellet.loop import curation as curations
from kellet.loop.anchors import AnyAnchor
from kellet.loop.pool.settings import Pool, Writers, plain_pool, spread
from kellet.loop.regimes import Accumulate, Replace, Subsample, Window
from kellet.struct import Struct

AnyRegime = Replace | Accumulate | Subsample | Window
ByLaw = curations.Temperature | curations.Shrink | curations.TopK | curations.TopP
ByPoints = curations.Quantile | curations.Verifier | curations.Dedup | curations.Quality | curations.Verify
AnyCuration = ByLaw | ByPoints

F = TypeVar("F")


class Arm(Struct, frozen=True, omit_defaults=True):
    """One setting: what is kept of the past, which real points enter every generation, what is known beforehand.

    pool, writers: where many learn from what all of them and people wrote, in place of a regime; name -> writer, none
    for one who is like the experiment's family.
    """

    regime: AnyRegime = Replace()
    anchor: AnyAnchor | None = None
    prior: Prior | None = None
    curation: AnyCuration | None = None
    pool: Pool | None = None
    writers: Writers = {}  # noqa: RUF012

    def __post_init__(self) -> None:
        if self.pool is None:
            if self.writers:
                raise InputError("a pool that writers learn from", "writers without one", "pool+writers:5")
            return
        if self.regime != Replace():
            got = type(self.regime).__name__.lower()
            raise InputError("a pool, which says itself what is kept of the past", got, "pool+window:3, or pool alone")
        for name in self.writers:
            check_text(name)
        spread(self.writers)

    def learns_by(self, family: F) -> F:
        """The family with the prior of this arm, if it has one and the family takes one."""
        if self.prior is None:
            return family
        return cast(F, abilities(family).with_prior(self.prior))

    def own_writers(self) -> Writers:
        """The writers, each family with the prior of this arm."""
        return {
            name: writer
            if writer.family is None
            else msgspec.structs.replace(writer, family=self.learns_by(writer.family))
            for name, writer in self.writers.items()
        }


def with_draws(plain: Mapping[str, object]) -> dict[str, object]:
    """The plain values of an experiment or an arm, in which an anchor that doesn't say how it is drawn is fresh.

    >>> with_draws({"anchor": {"count": 1}})
    {'anchor': {'draw': 'fresh', 'count': 1}}
    """
    found = dict(plain)
    if "pool" in found:
        found["pool"] = plain_pool(found["pool"])
    if isinstance(writers := plain.get("writers"), dict):
        found["writers"] = {name: with_draws(one) if isinstance(one, dict) else one for name, one in writers.items()}
    if isinstance(anchor := plain.get("anchor"), dict):
        found["anchor"] = {"draw": "fresh", **anchor}
    if isinstance(arms := plain.get("arms"), dict):
        found["arms"] = {name: with_draws(arm) if isinstance(arm, dict) else arm for name, arm in arms.items()}
    return found
