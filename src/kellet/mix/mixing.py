"""Mixing: the next training set, in which every window holds its share of real rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kellet.errors import InputError, check_path
from kellet.mix import answer as answers
from kellet.mix.asking import find_sources, read_estimate, read_plan
from kellet.mix.lineage import trace
from kellet.mix.making import make
from kellet.mix.manifest import Manifest
from kellet.mix.recipe import WINDOW, Recipe
from kellet.mix.working import check_free
from kellet.page.answer import Answer
from kellet.page.bar import Bars, Words, measure_words
from kellet.struct import checked


@dataclass(frozen=True)
class Mix:
    """What was mixed, and the folder where it lies."""

    manifest: Manifest
    folder: Path

    def answer(self) -> Answer:
        """For people and programs."""
        return answers.answer(self.manifest, str(self.folder))

    def _repr_html_(self) -> str:
        return self.answer()._repr_html_()


@checked
def mix(
    real: str | Path | Sequence[str | Path],
    synthetic: Mapping[str, str | Path | Sequence[str | Path]] | None = None,
    *,
    out: str | Path,
    size: int | None = None,
    anchor: str | int | float | None = None,
    plan: str | Path | None = None,
    floor: float = 0.0,
    weights: Mapping[str, float] | None = None,
    generation: int | None = None,
    stratify: str | None = None,
    least: int = 1,
    fixed: bool = False,
    after: str | Path | None = None,
    accumulate: str | Path | None = None,
    window: int = WINDOW,
    shuffle: Literal["rows", "shards"] = "rows",
    repeat: int = 1,
    format: Literal["parquet", "jsonl"] = "parquet",
    seed: int = 0,
    near: bool = False,
    contaminated: float = 0.0,
    estimate: str | Path | None = None,
    overlap: float = 0.0,
    progress: Words | Bars | bool | None = None,
) -> Mix:
    """The next training set as a folder of shards and a manifest, or a `RefusalError`.

    real: files of rows that no model wrote.  synthetic: files that models wrote, by the models' names.  out: a folder
    that isn't there yet.  size: rows in all.  anchor: real rows among them, as a count, a share ("10%", 0.1) or real
    for synthetic ("1.45:1").  plan: the JSON of `kellet plan`, in place of both.  after: the mix from which the models
    learnt that wrote the synthetic rows.  accumulate: one whose rows all come too.  estimate: the JSON of `kellet
    estimate` about the real rows.  progress: as in `kellet.plan`.  Others as in `Recipe`.

    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ("real", "written"):
    ...     _ = (folder / f"{name}.csv").write_text("a\\n" + "".join(f"{name} {i}\\n" for i in range(90)))
    >>> found = mix(folder / "real.csv", {"m1": folder / "written.csv"}, size=100, anchor="20%", out=folder / "mix")
    >>> [(count.origin, count.rows) for count in found.manifest.counts]
    [('real', 20), ('m1', 80)]
    """
    for path in (out, after, accumulate):
        if path is not None:
            check_path(path)
    out = Path(out)
    check_free(out)
    if plan is not None:
        if anchor is not None:
            raise InputError("an anchor or a plan", "both", "leaving out --anchor")
        points, planned = read_plan(plan)
        anchor, size = points, planned if size is None else size
    if anchor is None or size is None:
        raise InputError("how many rows, and how many of them real", "nothing of it", "--size 10000 --anchor 10%")
    before = [Path(path) for path in (after, accumulate) if path is not None]
    lineage = trace(before, out)
    lineage.require_unchanged()
    generation = generation or lineage.generation
    recipe = Recipe(
        size=size, anchor=_spell(anchor), floor=floor, weights=dict(weights or {}), generation=generation,
        stratify=stratify, least=least, fixed=fixed, window=window, shuffle=shuffle, repeat=repeat, format=format,
        seed=seed, near=near, overlap=overlap,
        contaminated=contaminated if estimate is None else max(contaminated, read_estimate(estimate)),
    )  # fmt: skip
    sources = find_sources(real, synthetic or {}, Path(accumulate) if accumulate is not None else None, generation)
    with measure_words(progress, "mix") as tell:
        manifest = make(recipe, sources, lineage, out, tell)
    return Mix(manifest, out)


def _spell(anchor: str | float) -> str:
    """As `parse_anchor` reads it; a number below 1 is a share."""
    if isinstance(anchor, float):
        return f"{100 * anchor:.15g}%" if anchor < 1 else f"{anchor:.15g}"
    return str(anchor)
