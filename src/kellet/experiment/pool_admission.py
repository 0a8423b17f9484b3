"""What a pool and its writers ask of the world's data and of families; bad input where they don't have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from kellet.data.source import Law, Source
from kellet.errors import InputError
from kellet.evidence import Array
from kellet.experiment.arm import Arm
from kellet.experiment.experiment import Experiment
from kellet.experiment.reserve import count_anchor, count_once, count_people, count_sizes
from kellet.families import Categorical
from kellet.families.abilities import abilities, prepare
from kellet.laws import Frequencies
from kellet.loop.anchors import Anchor, AnyAnchor
from kellet.loop.pool.flow import Flow
from kellet.loop.pool.settings import Pool, Writer, spread
from kellet.loop.pool.web import reads_points
from kellet.loop.regimes import DRAWN
from kellet.loop.sizes import MOST, Size, size_at


@dataclass(frozen=True)
class Member:
    """A writer, or several who are alike, with every default filled in.  whose: what it is called in messages."""

    whose: str
    writer: Writer
    size: Size
    anchor: AnyAnchor


@contextmanager
def name_writer(whose: str) -> Iterator[None]:
    """What is said of anybody's anchor or family, with whose it is."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{error.parts[0]}, in {whose}", *error.parts[1:]) from None


def check_pool(name: str, arm: Arm, experiment: Experiment, source: Source) -> None:
    """Bad input where an arm with a pool can't run in this world."""
    assert arm.pool is not None
    pool, last, counted = arm.pool, experiment.generations, isinstance(experiment.family, Categorical)
    members = list(_list_members(name, arm, experiment))
    for member in members:
        with name_writer(member.whose):
            if arm.prior:
                prepare(member.writer.family, source)
            _check_member(member, last, source)
    flow = Flow.of(pool, [(member.size, member.writer.many) for member in members], last)
    homes = np.zeros(pool.pools)
    for i, writer in enumerate(spread(arm.writers).values()):
        homes[i % pool.pools] += writer.share or 0.0
    if pool.filter and pool.filter.minority and not isinstance(source.truth, Frequencies):
        expected = f"categories, the rarest of which are the minority of the arm {name!r}"
        raise InputError(expected, "a world without", "filter:0.9,0.05")
    if pool.dedup and counted:
        expected = f"documents that can be copies, for the dedup of the arm {name!r}"
        raise InputError(expected, "categories, which are counted", "leaving dedup out")
    if pool.reading == "documents":
        _check_documents(name, pool, flow, members)
        judged = arm.curation is not None and arm.curation.by_points
        if counted and not (pool.whole or reads_points([member.writer.family for member in members], pool, judged)):
            _check_counts(name, pool, flow, homes)
    if np.isnan(flow.share_of_people(homes)).any():
        attempt = "humans:10%, a weaker filter, or a share of what is written for each pool"
        raise InputError(f"a pool that always holds something to read in the arm {name!r}", "none", attempt)
    if not isinstance(source, Law):
        _check_reserve(name, flow, homes, members, len(source.reserve))


def _list_members(name: str, arm: Arm, experiment: Experiment) -> Iterator[Member]:
    for own, writer in arm.settle(experiment.family, experiment.size).items():
        whose = f"the writer {own!r} of the arm {name!r}" if len(arm.writers) > 1 else f"the arm {name!r}"
        yield Member(whose, writer, writer.size or experiment.size, writer.anchor or Anchor(0))


def _check_member(member: Member, last: int, source: Source) -> None:
    """Its own points must find room in its training sets, and in the world."""
    anchor, size, family = member.anchor, member.size, member.writer.family
    if anchor.weight != 1 and not abilities(family).weighs:
        raise InputError("an anchor of weight 1 for an adapted model", anchor.weight, "more points")
    for t in range(min(last, count_sizes(size) + anchor.every) + 1):
        # What chance makes too many of gives way.
        n, k = size_at(size, t), 0 if anchor.random else anchor.dose(size, t).count
        if member.writer.private + k > n:
            got = f"{member.writer.private:,} private ones and {k:,} of an anchor"
            raise InputError(f"real points that fit into the {n:,} of a training set", got, "fewer, or a larger size")
    if isinstance(family, Categorical) and (anchor.bank or 0) >= DRAWN:
        raise InputError("a bank of fewer than 10^9 points", f"{anchor.bank:,}", "a smaller bank")
    if not isinstance(source, Law) and size_at(size, 0) > len(source.training):
        expected = f"at most the {len(source.training):,} training points as the first size"
        raise InputError(expected, f"{size_at(size, 0):,}", f"size = {len(source.training) // 2}")


def _count_first(members: Sequence[Member]) -> int:
    """How many documents writers learn from at first."""
    return sum(size_at(member.size, 0) * member.writer.many for member in members)


def _check_documents(name: str, pool: Pool, flow: Flow, members: Sequence[Member]) -> None:
    if pool.before is not None and round(pool.before) < (first := _count_first(members)):
        expected = f"at least the {first:,} documents before that writers learn from at first in the arm {name!r}"
        raise InputError(expected, f"{round(pool.before):,}", "leaving before out")
    if (most := flow.count()) > MOST:
        expected = f"a pool of at most 10^18 documents in the arm {name!r}"
        raise InputError(expected, f"{most:.3g}", "a window, fewer generations, or laws in place of documents")


def _check_counts(name: str, pool: Pool, flow: Flow, homes: Array) -> None:
    """Counts that are drawn from without replacement must be few enough for NumPy."""
    models, people = (1.0, 1.0) if pool.migration else (float(homes.max()), 1 / pool.pools)
    held = flow.count(models * (1 - pool.caught), people * (1 - pool.mistaken))
    # So many more at most as chance lets through.
    held += 10 * held**0.5 if pool.filter else 0.0
    if held >= DRAWN:
        expected = f"a pool of fewer than 10^9 documents in the arm {name!r}"
        raise InputError(expected, f"{held:.3g}", "a window, a smaller size, or laws in place of documents")


def _check_reserve(name: str, flow: Flow, homes: Array, members: Sequence[Member], there: int) -> None:
    """People's documents, vaults and private points are real ones, of which data have only so many."""
    last, alone = flow.last, [0.0]
    once = any(member.anchor.once for member in members)
    # Where no point comes back, what each generation takes adds up.
    together = float(sum({member.anchor.bank or 0 for member in members}))
    if flow.settings.reading == "documents":
        spare, pools = flow.before - _count_first(members), flow.settings.pools
        alone += [spare / pools, flow.people.max() / pools, flow.people_at(last) / pools]
        together += spare + flow.people.sum() + (last - len(flow.people)) * flow.people_at(last)
    for member in members:
        anchor, size, private, many = member.anchor, member.size, member.writer.private, member.writer.many
        fixed = anchor.dose(size, 0).count if anchor.draw == "fixed" else 0
        alone += [private, anchor.bank or 0, count_anchor(anchor, size, last)]
        together += many * (private + fixed + (count_once(anchor, size, last) if anchor.draw == "fresh" else 0))
        if flow.settings.reading == "laws":
            people = count_people(flow, homes, anchor, size, private)
            alone.append(people.max())
            together += many * (people.sum() + (last - len(people)) * people[-1])
    if (needed := together if once else max(alone)) > there:
        less = "a smaller size, fewer of people's documents, a smaller vault, or more data"
        expected = f"at least {needed:,.0f} real points in the reserve for the arm {name!r}"
        raise InputError(expected, f"{there:,}", "once = false" if once else less)
