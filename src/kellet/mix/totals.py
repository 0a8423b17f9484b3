"""Totals: how many rows of each kind a mix has, from what was asked and from what is there; or why it can't be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from kellet.errors import InputError, quote
from kellet.mix.recipe import REAL, Recipe, parse_anchor
from kellet.mix.sources import Kind, Source


@dataclass(frozen=True)
class Part:
    """Rows of one kind from one source: so many are there, and so many of them wanted."""

    source: int
    kind: Kind
    there: int
    wanted: int


@dataclass(eq=False)
class Totals:
    """parts: of the mix, those of which nothing is wanted too.  asked: of each kind.  reasons: why it can't be mixed.
    notes: what is to be said."""

    parts: list[Part] = field(default_factory=list)
    asked: dict[Kind, Fraction] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def rows(self) -> dict[Kind, int]:
        """Of each kind, real ones first."""
        found: Counter[Kind] = Counter()
        for part in self.parts:
            found[part.kind] += part.wanted
        order = dict.fromkeys([*(kind for kind in found if kind.origin == REAL), *found])
        return {kind: found[kind] for kind in order if found[kind]}


def find_totals(recipe: Recipe, sources: Sequence[Source], there: Sequence[Mapping[Kind, int]]) -> Totals:
    """there: rows of each kind in each source."""
    totals = Totals()
    anchor = parse_anchor(recipe.anchor, recipe.size)
    real = floor(anchor + Fraction(1, 2))
    if anchor and not real:
        totals.reasons.append(f"{float(anchor):.3g} real rows among {recipe.size:,} are none: ask for a larger --size.")
    before = _add_previous(totals, sources, there)
    written = sum(many for kind, many in before.items() if kind.origin != REAL)
    held = sum(before.values()) - written
    if held > real or written > recipe.size - real:
        what, many, most = ("real", held, real) if held > real else ("written", written, recipe.size - real)
        totals.reasons.append(
            f"The earlier mix has {many:,} {what} rows, and there is room for {most:,}: raise --size or --anchor."
        )
        return totals
    _add_real(totals, recipe, sources, there, Fraction(anchor), real - held)
    _add_written(totals, recipe, sources, there, recipe.size - real - written, recipe.size - anchor - written)
    _check_floor(totals, recipe, real)
    return totals


def share_out(total: int, weights: Sequence[Fraction], least: Sequence[int] | None = None) -> list[int]:
    """So many rows in proportion to weights, those with the largest remainders rounded up; none below its least.

    >>> share_out(10, [Fraction(5), Fraction(4), Fraction(1, 10)]), share_out(10, [Fraction(9), Fraction(1)], [1, 3])
    ([6, 4, 0], [7, 3])
    """
    given = [0] * len(weights) if least is None else list(least)
    fixed = [False] * len(weights)
    while True:
        free = [i for i, done in enumerate(fixed) if not done]
        whole = sum(weights[i] for i in free)
        left = total - sum(given[i] for i, done in enumerate(fixed) if done)
        if not whole:
            return given
        due = {i: left * weights[i] / whole for i in free}
        if not (short := [i for i in free if due[i] < given[i]]):
            break
        for i in short:
            fixed[i] = True
    for i in free:
        given[i] = floor(due[i])
    rest = total - sum(given)
    for i in sorted(free, key=lambda i: (given[i] - due[i], i))[:rest]:
        given[i] += 1
    return given


def _add_previous(totals: Totals, sources: Sequence[Source], there: Sequence[Mapping[Kind, int]]) -> Counter[Kind]:
    """All rows of an earlier mix."""
    found: Counter[Kind] = Counter()
    for place, source in enumerate(sources):
        if source.role == "previous":
            for kind, many in sorted(
                there[place].items(), key=lambda item: (item[0].origin != REAL, *map(str, item[0]))
            ):
                totals.parts.append(Part(place, kind, many, many))
                found[kind] += many
    totals.asked |= {kind: Fraction(many) for kind, many in found.items()}
    return found


def _add_real(
    totals: Totals,
    recipe: Recipe,
    sources: Sequence[Source],
    there: Sequence[Mapping[Kind, int]],
    anchor: Fraction,
    wanted: int,
) -> None:
    """Real rows by strata, of which none may die."""
    (place,) = (place for place, source in enumerate(sources) if source.role == "real")
    rows = dict(sorted(there[place].items(), key=lambda item: str(item[0].stratum)))
    many = sum(rows.values())
    if wanted > recipe.repeat * many:
        each = "at most once" if recipe.repeat == 1 else f"at most {recipe.repeat} times"
        totals.reasons.append(
            f"{wanted:,} real rows are wanted of {many:,}, {each} each: offer more of them, or raise --max-repeat."
        )
        return
    strata = recipe.stratify is not None and bool(wanted)
    least = [min(one, recipe.least) if strata else 0 for one in rows.values()]
    if sum(least) > wanted:
        totals.reasons.append(
            f"{len(rows):,} strata of real rows keep at least {recipe.least} each, {sum(least):,} in all, and "
            f"{wanted:,} are wanted: ask for more by --anchor."
        )
        return
    given = share_out(wanted, [Fraction(one) for one in rows.values()], least)
    dead = [str(kind.stratum) for kind, one in zip(rows, given, strict=True) if strata and not one]
    if dead:
        totals.reasons.append(f"No real row is left of {quote(dead)}: ask for more by --anchor, or raise --least.")
    for kind, one, low in zip(rows, given, least, strict=True):
        part = Part(place, kind, rows[kind], one)
        share = (anchor - sum(p.wanted for p in totals.parts if p.kind.origin == REAL and p.source != place)) * rows[
            kind
        ]
        totals.asked[kind] = totals.asked.get(kind, Fraction(0)) + max(Fraction(low), share / many)
        totals.parts.append(part)


def _add_written(
    totals: Totals,
    recipe: Recipe,
    sources: Sequence[Source],
    there: Sequence[Mapping[Kind, int]],
    wanted: int,
    asked: Fraction,
) -> None:
    """Rows that models wrote, by the weights of their sources."""
    places = [place for place, source in enumerate(sources) if source.role == "synthetic"]
    names = [sources[place].origin for place in places]
    if (weights := recipe.weights) and set(weights) != set(names):
        raise InputError(
            f"a weight for each of {quote(names)}, or for none",
            quote(weights),
            f"--weight {names[0]}=1" if names else "none",
        )
    rows = [sum(there[place].values()) for place in places]
    heavy = [
        Fraction(str(weights[name])) if weights else Fraction(many) for name, many in zip(names, rows, strict=True)
    ]
    if wanted and not sum(heavy):
        got = "weights of 0" if names else "none"
        raise InputError(f"synthetic rows, of which {wanted:,} are wanted", got, "--synthetic, or a larger --anchor")
    given = share_out(wanted, heavy)
    for place, name, weight, many, one in zip(places, names, heavy, rows, given, strict=True):
        kind = Kind(name, sources[place].generation)
        due = wanted * weight / sum(heavy) if wanted else Fraction(0)
        totals.parts.append(Part(place, kind, many, one))
        totals.asked[kind] = totals.asked.get(kind, Fraction(0)) + (due * asked / wanted if wanted else 0)
        if not one and weight and wanted:
            totals.reasons.append(
                f'"{name}" with its weight would have {float(due):.3g} rows, which are none: raise --size or --weight.'
            )
        if not one and not (weight and wanted):
            totals.notes.append(f"Of {name} nothing is mixed.")
        if one > recipe.repeat * many:
            totals.reasons.append(
                f'{one:,} rows of "{name}" are wanted and {many:,} are there: ask for a smaller --size, offer more of '
                f"them, or raise --max-repeat."
            )


def _check_floor(totals: Totals, recipe: Recipe, real: int) -> None:
    share = Fraction(real, recipe.size)
    sure = share * (1 - Fraction(str(recipe.contaminated)))
    least = Fraction(str(recipe.floor))
    if share < least:
        totals.reasons.append(
            f"The real share, {float(share):.4%}, is below the floor of {float(least):.4%}: raise --anchor."
        )
    elif sure < least:
        totals.reasons.append(
            f"Models may have written {recipe.contaminated:.4%} of the real rows, and the rest, {float(sure):.4%} of "
            f"the mix, is below the floor of {float(least):.4%}: raise --anchor, or offer cleaner rows."
        )
