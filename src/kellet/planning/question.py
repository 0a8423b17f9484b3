"""Question: what is asked of a loop, and what is searched for in it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import msgspec

from kellet.data.source import Law, Source
from kellet.errors import InputError
from kellet.experiment.arm import AnyCuration, Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.spelling import parse_anchor
from kellet.loop.anchors import AnyAnchor, Fresh
from kellet.loop.pool.settings import spread
from kellet.planning.need import Need
from kellet.planning.reserve import Reserve
from kellet.planning.search import Progress
from kellet.planning.supply import People, Supply, Vault, Wanted

ROOM = 2
"""How many times as much as each model needs of a vault that never runs out it is to read of one that may."""
POOLED = 'an arm with a pool, such as --arm "pool+writers:5"'


@dataclass(frozen=True)
class Question:
    """What is asked of an experiment, as in `plan`.

    name, arm: what all loops have.  searches: what is searched for, one after the other.
    """

    keep: Mapping[str, float] | None
    confidence: float
    anchor: str
    contaminated: float
    name: str
    arm: Arm
    searches: tuple[Wanted, ...]
    precision: float
    theory_alone: bool
    jobs: int
    executor: Executor | None
    progress: Progress | None


def choose_arm(experiment: Experiment, arm: Arm | str | None, curation: AnyCuration | None) -> tuple[str, Arm]:
    """What all loops have, and its name: the arm asked for, else the first that has a pool, else a plain one."""
    if isinstance(arm, str):
        if arm not in experiment.arms:
            raise InputError(f"an arm of the experiment: {', '.join(experiment.arms)}", repr(arm), "one of these")
        name, chosen = arm, experiment.arms[arm]
    elif arm is not None:
        name, chosen = "pool", arm
    else:
        pools = ((name, found) for name, found in experiment.arms.items() if found.pool is not None)
        name, chosen = next(pools, ("replace", Arm()))
    if arm is not None and chosen.pool is None:
        raise InputError(POOLED, f"{name!r}, which has none", "leaving --arm out")
    return name, msgspec.structs.replace(chosen, curation=curation) if curation else chosen


def choose_searches(arm: Arm, search: Wanted | None, anchor: str, contaminated: float) -> tuple[Wanted, ...]:
    """What is searched for in an arm; where nobody says, of a pool what people must write and what a vault must hold.

    anchor: how a vault is drawn from, or how the real points are that are searched for.
    """
    if (pool := arm.pool) is None:
        if search in ("humans", "vault"):
            raise InputError(f"{POOLED}, to search for {search}", "none", "leaving --search out")
        return ("anchor",)
    drawn = _read_draw(anchor) is not None
    read = pool.window != 0 and (pool.filter is None or pool.filter.caught < 1)
    if search == "humans":
        if anchor != "fresh" or contaminated:
            got = f"--anchor {anchor}" if anchor != "fresh" else f"a contaminated share of {contaminated:g}"
            raise InputError("only what people write to be searched for, beside the arm's own anchor", got,
                             "--search anchor, or --arm with that anchor")  # fmt: skip
        if not read:
            got = "one where all of it is forgotten or found out"
            raise InputError("a pool of which model text is read", got, "--search anchor")
        return ("humans",)
    if search == "vault" and contaminated:
        raise InputError("a clean vault", f"a contaminated share of {contaminated:g}", "--search anchor")
    if search == "vault" and anchor != "fresh" and not drawn:
        raise InputError("how much each model reads of the vault that is searched for", anchor, "--anchor bank:10%")
    own = arm.anchor is not None or any(writer.anchor is not None for writer in arm.writers.values())
    vault: tuple[Wanted, ...] = ("vault",) if drawn or (own and anchor == "fresh") else ("anchor", "vault")
    if search == "anchor":
        return ("anchor",)
    if search == "vault":
        return vault
    if anchor != "fresh" or contaminated:
        return ("vault",) if drawn else ("anchor",)
    return ("humans", *vault) if read else vault


def _read_draw(text: str) -> AnyAnchor | None:
    """How much of a vault each writer takes, from ``bank:10%`` or ``bank:500``; None where something else is said."""
    word, _, amount = text.partition(":")
    return parse_anchor(f"fresh:{amount}") if word == "bank" and amount and "/" not in amount else None


def find_supply(
    wanted: Wanted, asked: Question, experiment: Experiment, source: Source, arm: Arm, before: Need | None
) -> Supply | None:
    """What is to be searched for; None where a vault isn't needed or nobody knows how much of it is.

    before: what was found just before, of a vault that never runs out.
    """
    size = int(experiment.size)  # type: ignore[arg-type]
    if wanted == "humans":
        return People.of(arm, size)
    if wanted == "anchor":
        reserve = Reserve.of(asked.anchor, asked.contaminated, experiment, source)
        return reserve if arm.pool is None else replace(reserve, writers=len(spread(arm.writers)))
    draw = _read_draw(asked.anchor)
    if before is not None and before.search == "anchor":
        if not before.points:
            return None
        draw = Fresh(share=min(ROOM * before.points, before.most) / size)
    rows = None if isinstance(source, Law) else len(source.reserve)
    return Vault.of(arm, size, draw, experiment.family, experiment.generations, rows)
