"""Answer: what a mix holds, beside what was asked for."""

from __future__ import annotations

from kellet.characters import reveal
from kellet.mix.manifest import Count, Manifest
from kellet.mix.recipe import REAL
from kellet.page.answer import Answer
from kellet.page.table import Table

HASH = (
    "The root stands for every row, label and setting of this mix and of those before it. A chain of hashes can't show "
    "that it wasn't written anew as a whole: keep the root elsewhere, and compare."
)


def describe(manifest: Manifest) -> str:
    """A sentence about a mix."""
    real = sum(count.rows for count in manifest.counts if count.origin == REAL)
    names = [name for name in manifest.origins if name != REAL]
    wrote = f"{manifest.size - real:,} that {' and '.join(names)} wrote" if names else "none that a model wrote"
    windows = f"every window of {min(manifest.recipe.window, manifest.size):,} holds its share"
    return f"{manifest.size:,} rows: {real:,} real ones ({real / manifest.size:.4g} of all) and {wrote}; {windows}."


def answer(manifest: Manifest, folder: str) -> Answer:
    """For people and programs.  folder: where it is."""
    rows = tuple(_tabulate(count, manifest) for count in manifest.counts)
    table = Table(
        "Asked for and delivered",
        ("origin", "generation", "stratum", "asked", "rows", "asked a window", "least", "most"),
        rows,
        caption="Least and most: rows in any full window. What a window lacks of its share a later one has more.",
        align="lrlrrrrr",
    )
    return Answer(
        title="A mix",
        sentences=(manifest.sentence,),
        document=lambda: manifest,
        tables=(table,),
        notes=(*manifest.notes, f"Folder: {folder}. Root: {manifest.root}", HASH),
        lede="The next training set, made of real rows and of rows that models wrote.",
    )


def _tabulate(count: Count, manifest: Manifest) -> tuple[str, ...]:
    window = count.rows * min(manifest.recipe.window, manifest.size) / manifest.size
    stratum = "" if count.stratum is None else reveal(count.stratum)
    return (
        reveal(count.origin), f"{count.generation}", stratum, f"{count.asked:,.6g}", f"{count.rows:,}",
        f"{window:,.5g}", f"{count.least:,}", f"{count.most:,}",
    )  # fmt: skip
