"""Webs: what many writers and their pool need, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from kellet.experiment.verdict.shares import wilson
from kellet.metrics.catalogue import find_metric
from kellet.page.wording import number, percent, spell
from kellet.planning.need import Need

MEAN = "What is kept is the mean over all writers; a single one may keep less."


def join_levels(need: Need) -> str:
    """What must be left, metric by metric."""
    return ", ".join(f"{find_metric(name).title} {100 * level:g} %" for name, level in need.keep.items())


def introduce(need: Need) -> str:
    """Who learns from what, and what must be left of it."""
    many = f"{spell(need.writers).capitalize()} models" if need.writers > 1 else "Models"
    return (
        f"{many} of the kind {need.family} learn, generation after generation, from {need.size:,} documents where the "
        f"arm doesn't say another size. "
        f"{need.pool}. After {need.generations:,} generations this must be left, relative to a real sample of the "
        f"same size, in the mean over models: {join_levels(need)}."
    )


def tell(needs: Sequence[Need]) -> Iterator[str]:
    """One sentence for each thing that was searched for in the same pool."""
    first = needs[0]
    models = f"{spell(first.writers)} models" if first.writers > 1 else "a model"
    keep = f"what a real sample of the same size keeps ({join_levels(first)})"
    aim = f"for {models} to keep {keep} over {first.generations:,} generations"
    for i, need in enumerate(needs):
        said = f"{aim}, {clause(need)}" if i == 0 else f"or, {clause(need)}" if need.conclusive else clause(need)
        said = said if need.conclusive or falls_short(need) else f"inconclusive: {said}"
        yield f"{said[0].upper()}{said[1:]}."


def falls_short(need: Need) -> bool:
    """Whether the most that was tried surely isn't enough."""
    last = max(need.trials, key=lambda trial: trial.points, default=None)
    return need.points is None and last is not None and wilson(last.successes, last.tries)[1] < need.confidence


def clause(need: Need) -> str:
    """What was found, as the part of a sentence."""
    return {"humans": _people, "anchor": _anchor, "vault": _vault}[need.search](need)


def _people(need: Need) -> str:
    if need.points == 0 and need.conclusive:
        return f"people need write nothing more: without them {_surely(need)}"
    if need.points is None:
        return f"not even {_most(need)} documents that people write in a generation{_enough(need, 'are')}"
    when = "per generation" if need.halving is None else "in the first generation, "
    if need.halving is not None:
        when += f"{'falling by half' if need.halving > 0 else 'doubling'} every {abs(need.halving):g} generations,"
    share = f"{percent(need.share or 0.0)} of all" + ("" if need.halving is None else " that is written then")
    now = f"; they write {number(need.now)} now" if need.now else ""
    beside = f"beside the {number(need.written)} of the models ({share}{_span(need)})"
    return f"people must write {_many(need)} documents {when} {beside}{now}"


def _anchor(need: Need) -> str:
    if need.points == 0 and need.conclusive:
        return f"no vault is needed: without one {_surely(need)}"
    each = f"of every {need.size:,} documents that a model learns from"
    if need.points is None:
        return f"{each} not even {_most(need)} clean ones{_enough(need, 'are')}"
    source = {"fresh": "from a vault that never runs out", "fixed": "and always the same"}.get(need.draw)
    source = source or f"from a vault of {int(need.draw.partition('/')[2]):,}"
    share = percent(need.share or 0.0)
    return f"{each} {_many(need)} must be clean ones {source} ({share}{_span(need)})"


def _vault(need: Need) -> str:
    if need.points == 0 and need.conclusive:
        return f"no vault is needed: without one {_surely(need)}"
    reads = f"if {need.drawn:,} of every {need.size:,} documents that a model learns from come from there"
    if need.points is None:
        return f"not even a vault of {_most(need)}{_enough(need, 'is', f' {reads}')}"
    now = f"; it holds {need.now:,} now" if need.now else ""
    span = _span(need).removeprefix("; ")
    return f"a vault must hold {_many(need)} clean documents{f' ({span})' if span else ''} {reads}{now}"


def _surely(need: Need) -> str:
    return f"the pool keeps as much with {100 * need.confidence:g} % confidence up to then"


def _many(need: Need) -> str:
    if need.conclusive:
        return f"at least {need.points:,}"
    low, high = _ends(need)
    return f"between {low} and {high} (perhaps {need.points:,})"


def _span(need: Need) -> str:
    return f"; 90 % interval {'–'.join(_ends(need))}" if need.conclusive else ""


def _ends(need: Need) -> tuple[str, str]:
    high = f"{math.ceil(need.high):,}" if need.high <= 20 * need.most else "nobody knows how many"
    return f"{math.ceil(need.low) if need.low >= 1 else 0:,}", high


def _most(need: Need) -> str:
    return f"{max((trial.points for trial in need.trials), default=need.most):,}"


def _enough(need: Need, verb: str, when: str = "") -> str:
    """What the most that was tried kept."""
    if not need.trials:
        return f" {verb} surely enough{when}"
    last = max(need.trials, key=lambda trial: trial.points)
    kept = f"{last.successes:,} of {last.tries:,} such webs kept everything"
    return f", the most that was tried, {verb} {'' if falls_short(need) else 'surely '}enough{when}: {kept}"
