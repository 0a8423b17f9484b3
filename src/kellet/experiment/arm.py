"""An arm: one setting, compared with others in the same experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

import msgspec

from kellet.errors import InputError
from kellet.families.abilities import abilities
from kellet.families.family import Prior
from kellet.families.recipe import Recipe
from kellet.loop import curation as curations
from kellet.loop.anchors import Anchor, AnyAnchor
from kellet.loop.pool.humans import plain_humans
from kellet.loop.pool.settings import Pool, Writers, check_writers, describe_writers, list_writers, spread
from kellet.loop.regimes import Accumulate, Replace, Subsample, Window
from kellet.loop.sizes import Size
from kellet.page.wording import describe
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
            attempt = "pool+documents" if got == "subsample" else "pool+window:3, or pool alone"
            raise InputError("a pool, which says itself what is kept of the past", got, attempt)
        check_writers(self.writers)
        if (there := len(spread(self.writers))) < self.pool.pools:
            attempt = f"pools:{there}, or writers:{self.pool.pools}"
            raise InputError(f"a writer for each of {self.pool.pools} pools", f"{there} in all", attempt)

    def learns_by(self, family: F) -> F:
        """The family with the prior of this arm, if it has one and the family takes one."""
        if self.prior is None:
            return family
        return cast(F, abilities(family).with_prior(self.prior))

    def describe(self, size: Size, told: bool = False) -> str:
        """What it does, as a sentence; size: of a training set; told: whether its writers were described before.

        >>> import kellet
        >>> Arm(anchor=kellet.Anchor(1)).describe(100)
        'Each generation learns only from what the one before wrote, plus 1 real point drawn fresh each time.'
        """
        kept = describe(self.regime, "Regime {}")
        if self.pool is not None:
            kept = f"{self.pool.describe()}; {'the same writers' if told else describe_writers(self.writers, size)}"
        added = [self.anchor.describe(size)] if self.anchor else []
        if self.prior:
            added.append(f"prior knowledge worth {self.prior.strength:g} imaginary points at every fit")
        curated = f"; what is written {self.curation.describe()}" if self.curation else ""
        return f"{kept}{''.join(f', plus {one}' for one in added)}{curated}."

    def settle(self, family: Recipe, size: Size) -> Writers:
        """The writers with every default filled in; family, size: of those who have none of their own."""
        return {
            name: msgspec.structs.replace(
                one, family=self.learns_by(one.family or family), size=one.size or size,
                anchor=one.anchor or self.anchor or Anchor(0),
            )
            for name, one in list_writers(self.writers).items()
        }  # fmt: skip

    def own_writers(self) -> Writers:
        """The writers, each family with the prior of this arm."""
        return {
            name: writer
            if writer.family is None
            else msgspec.structs.replace(writer, family=self.learns_by(writer.family))
            for name, writer in self.writers.items()
        }


def with_draws(plain: Mapping[str, object]) -> dict[str, object]:
    """The plain values of an experiment or a part of one, in which an anchor that doesn't say how it is drawn is fresh,
    and what people write, and a writer's family, may stand in words.

    >>> with_draws({"anchor": {"count": 1}}), with_draws({"pool": {"humans": "10%"}})
    ({'anchor': {'draw': 'fresh', 'count': 1}}, {'pool': {'humans': {'share': 0.1}}})
    """
    found = dict(plain)
    if "humans" in found:
        found["humans"] = plain_humans(found["humans"])
    if isinstance(pool := plain.get("pool"), dict):
        found["pool"] = with_draws(pool)
    if isinstance(writers := plain.get("writers"), dict):
        found["writers"] = {name: _plain_writer(one) for name, one in writers.items()}
    if isinstance(anchor := plain.get("anchor"), dict):
        found["anchor"] = {"draw": "fresh", **anchor}
    if isinstance(arms := plain.get("arms"), dict):
        found["arms"] = {name: with_draws(arm) if isinstance(arm, dict) else arm for name, arm in arms.items()}
    return found


def _plain_writer(plain: object) -> object:
    """A writer as a table; it may be no more than a family, spelled as on the command line.

    >>> _plain_writer("ngram:order=4")["family"]["order"], _plain_writer({"family": "poisson", "size": 5})["size"]
    (4, 5)
    """
    # The package of spellings also reads whole arms, and so imports this file.
    from kellet.experiment.spelling.families import parse_family

    table = {"family": plain} if isinstance(plain, str) else plain
    if not isinstance(table, dict):
        return plain
    if isinstance(family := table.get("family"), str):
        table = {**table, "family": msgspec.to_builtins(parse_family(family))}
    return with_draws(table)
