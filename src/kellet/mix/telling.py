"""Telling: what a manifest says, in sentences that several papers share."""

from __future__ import annotations

from collections import Counter

from kellet.mix.manifest import Manifest
from kellet.mix.recipe import REAL

MISSING = "To be added by a person: Kellet doesn't know it."


def is_stratified(manifest: Manifest) -> bool:
    """Whether rows have a stratum."""
    return any(one.stratum is not None for one in manifest.counts)


def count_origins(manifest: Manifest) -> dict[tuple[str, int], int]:
    """(origin, generation) -> rows, real ones first."""
    counts: Counter[tuple[str, int]] = Counter()
    for one in manifest.counts:
        counts[one.origin, one.generation] += one.rows
    return dict(sorted(counts.items(), key=lambda item: (item[0][0] != REAL, item[0])))


def name_origin(origin: str, generation: int) -> str:
    """Where rows are from, as far as is known: nobody has seen people write those that were given as real.

    >>> name_origin("real", 0), name_origin("gpt", 2)
    ('given as real', 'by the model gpt, generation 2')
    """
    return "given as real" if origin == REAL else f"by the model {origin}, generation {generation}"


def describe_sources(manifest: Manifest) -> str:
    """How many rows who wrote."""
    parts = [f"{rows:,} {name_origin(*kind)}" for kind, rows in count_origins(manifest).items()]
    return f"{manifest.size:,} rows: {', '.join(parts)}."


def describe_recipe(manifest: Manifest) -> str:
    """What was done with them."""
    asked = manifest.recipe
    each = f"each window of {asked.window:,} rows holds its share of each origin, but for rounding"
    strata = f", and the real rows that of each stratum ({asked.stratify})" if asked.stratify else ""
    return (
        f"Rows were drawn, shuffled ({asked.shuffle}) and laid so that {each}{strata}. Their values were not changed."
    )


def tell_limits(manifest: Manifest) -> str:
    """What the numbers rest on."""
    before = f" {len(manifest.chain):,} earlier mixes stand in its chain." if manifest.chain else ""
    return (
        "What is called real is what was given as real: Kellet refuses rows that the chain of earlier mixes knows as a "
        f"model's, and can't see others.{before} A chain of hashes shows that nothing was changed since, not that it "
        "was right."
    )
