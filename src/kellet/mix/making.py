"""Making: a mix from its sources, step by step, each of which may refuse."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b, file_digest
from pathlib import Path

import msgspec
import numpy as np

from kellet.data.files import stamp
from kellet.errors import InputError
from kellet.mix.answer import describe
from kellet.mix.arranging import Arrangement, Written, write_whole
from kellet.mix.layout import Layout, lay_out
from kellet.mix.ledger import Findings, Ledger
from kellet.mix.lineage import Lineage, read_mix
from kellet.mix.manifest import NAME, Count, FileMark, Input, Manifest, Shard, seal
from kellet.mix.merkle import find_root
from kellet.mix.nearness import sign
from kellet.mix.papers import write_papers
from kellet.mix.recipe import REAL, Recipe
from kellet.mix.refusal import RefusalError
from kellet.mix.scattering import Scatter, Spill
from kellet.mix.schema import require_json
from kellet.mix.sources import Kind, Source
from kellet.mix.strata import find_strata
from kellet.mix.survey import Progress, survey
from kellet.mix.totals import Totals, find_totals
from kellet.mix.working import State, Working
from kellet.page.document import text
from kellet.version import __version__


def make(recipe: Recipe, sources: Sequence[Source], lineage: Lineage, out: Path, progress: Progress) -> Manifest:
    """Mix, or refuse; nothing is written unless all of it is."""
    strata = find_strata(recipe.stratify, sources[0])
    found = survey(sources, strata, progress)
    if recipe.format == "jsonl":
        require_json(found.schema)
    there = [found.total(place) for place in range(len(sources))]
    totals = find_totals(recipe, sources, there)
    if reasons := found.reasons + totals.reasons:
        raise RefusalError(reasons)
    many = sum(sum(kinds.values()) for kinds in there)
    layout = lay_out(totals, recipe.window, found.size / many)
    starts = _find_starts(recipe, lineage, totals)
    scatter = Scatter(recipe, sources, found, strata, totals, layout, starts)
    with Working.open(out) as working:
        key = _find_key(recipe, sources, lineage)
        state = working.recall(key)
        if state is None:
            try:
                state = _scatter(scatter, lineage, working, key, progress)
            except BaseException:
                working.discard()
                raise
        names = dict.fromkeys([REAL, *(source.origin for source in sources if source.origin)])
        names |= dict.fromkeys(kind.origin for kind in layout.kinds)
        arrangement = Arrangement(recipe, layout, tuple(names))
        written = _arrange(arrangement, working, progress)
        manifest = Manifest(
            sentence="",
            inputs=tuple(
                Input(
                    origin=source.origin, kind=source.role, files=files, rows=sum(kinds.values()), root=source.root
                ) for source, files, kinds in zip(sources, state.files, there, strict=True)
            ),
            origins=tuple(names),
            columns={name: str(kind) for name, kind in found.schema.items()},
            shards=tuple(Shard(file=one.file, rows=one.rows, sums=one.sums) for one in written),
            counts=_count(layout, totals.asked, written, recipe),
            recipe=recipe,
            chain=lineage.chain,
            versions=_find_versions(),
            notes=(*totals.notes, *state.notes),
            drawn=_find_drawn(totals, starts),
            rows=find_root([leaf for one in written for leaf in one.leaves]).hex(),
        )  # fmt: skip
        manifest = seal(msgspec.structs.replace(manifest, sentence=describe(manifest)))
        write_whole(working.ready / NAME, text(manifest).encode())
        write_papers(manifest, working.ready, working.out.name)
        working.finish()
    return manifest


def _find_starts(recipe: Recipe, lineage: Lineage, totals: Totals) -> dict[Kind, int]:
    """Where in the order of real rows this mix begins: where the last one ended, or, where there is none, after those
    that its generations before would have taken; always at the same place, where the rows are to be fixed."""
    parts = [part for part in totals.parts if part.source == 0]
    if recipe.fixed:
        return dict.fromkeys((part.kind for part in parts), 0)
    if lineage.chain:
        return {part.kind: lineage.drawn.get(part.kind.stratum or "", 0) for part in parts}
    return {part.kind: ((recipe.generation or 1) - 1) * part.wanted for part in parts}


def _find_drawn(totals: Totals, starts: Mapping[Kind, int]) -> dict[str, int]:
    parts = [part for part in totals.parts if part.source == 0]
    return {part.kind.stratum or "": starts[part.kind] + part.wanted for part in parts}


def _scatter(scatter: Scatter, lineage: Lineage, working: Working, key: str, progress: Progress) -> State:
    """One pass over all, after which it is known whether real rows are real."""
    working.begin()
    ledger = Ledger(working.ledger)
    with ThreadPoolExecutor(1) as beside:
        # Hashes of whole files leave Python's lock alone.
        marks = beside.submit(lambda: tuple(_mark(source) for source in scatter.sources))
        columns = [name for name in scatter.survey.schema if scatter.recipe.near]
        for identities, frame in lineage.find_written(columns):
            ledger.add("written", identities)
            if columns:
                signed, bands = sign(frame)
                ledger.add_near("near written", identities[signed], bands)
        scatter.scatter(Spill(working.spill, scatter.layout), ledger, progress)
        files = marks.result()
    seen = ledger.look(scatter.recipe.repeat)
    offered = sum(scatter.survey.total(0).values())
    if reasons := _refuse(scatter.recipe, seen, offered):
        raise RefusalError(reasons)
    notes = [
        f"The mix {link.root[:16]}... is not in {link.folder}: its rows were not looked at." for link in lineage.missing
    ]
    if seen.again:
        notes.append(f"{seen.again:,} of {offered:,} real rows offered repeat others.")
    if seen.both:
        notes.append(f"{seen.both:,} different real rows offered stand among written ones too.")
    state = State(key, files, tuple(notes))
    working.keep(state)
    return state


def _refuse(recipe: Recipe, seen: Findings, offered: int) -> list[str]:
    """Why rows offered as real, or how often they come, can't be accepted."""
    reasons = []
    if seen.both > recipe.overlap * offered:
        reasons.append(
            f"{seen.both:,} different rows offered as real stand among those that models wrote, one with the identity "
            f"{seen.example}...: leave them out, or raise --overlap where rows so short coincide by chance."
        )
    if seen.near > max(seen.both, recipe.overlap * offered):
        reasons.append(
            f"{seen.near:,} rows offered as real are near duplicates of rows that models wrote: leave them out, or "
            f"raise --overlap."
        )
    if seen.often:
        most = "once" if recipe.repeat == 1 else f"{recipe.repeat} times"
        reasons.append(
            f"{seen.often:,} real rows would come more than {most}, one of them {seen.most:,} times: offer each once, "
            f"or raise --max-repeat."
        )
    return reasons


def _arrange(arrangement: Arrangement, working: Working, progress: Progress) -> list[Written]:
    """All shards, but those that are there."""
    found = []
    shards = arrangement.layout.shards
    for shard in range(shards):
        progress(f"writing shard {shard + 1:,} of {shards:,}", shard / shards)
        written = working.find_written(shard)
        if written is None:
            written = arrangement.write(working.spill, working.ready, shard)
            working.keep_written(shard, written)
        found.append(written)
    return found


def _count(layout: Layout, asked: object, written: Sequence[Written], recipe: Recipe) -> tuple[Count, ...]:
    """Rows of each kind as they were laid, beside what was asked for."""
    laid = np.array([row for one in written for row in one.counts])
    full = laid[laid.sum(axis=1) == recipe.window] if recipe.size >= recipe.window else laid
    return tuple(
        Count(
            origin=kind.origin, generation=kind.generation, stratum=kind.stratum, asked=float(asked[kind]),  # type: ignore[index]
            rows=int(laid[:, place].sum()), least=int(full[:, place].min()), most=int(full[:, place].max()),
        ) for place, kind in enumerate(layout.kinds)
    )  # fmt: skip


def _mark(source: Source) -> tuple[FileMark, ...]:
    """The hashes of its files; of an earlier mix they must be what its manifest says."""
    marks = []
    for path in dict.fromkeys(path for path, _ in source.shards):
        with path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
        marks.append(FileMark(name=path.name, bytes=path.stat().st_size, sha256=found))
    if source.role == "previous":
        known = {shard.file for shard in read_mix(source.shards[0][0].parent).shards}
        if changed := [mark.name for mark in marks if mark not in known]:
            raise InputError("shards as the earlier mix has them", f"changed ones: {changed[0]}", "`kellet verify`")
    return tuple(marks)


def _find_key(recipe: Recipe, sources: Sequence[Source], lineage: Lineage) -> str:
    """What must be the same for a mix to go on."""
    files = [[str(one) for one in stamp([path for path, _ in source.shards])] for source in sources]
    names = [[source.origin, source.role, [part for _, part in source.shards]] for source in sources]
    roots = [link.root for link in lineage.chain]
    raw = msgspec.json.encode([recipe, files, names, roots, _find_versions()])
    return blake2b(raw, digest_size=32).hexdigest()


def _find_versions() -> dict[str, str]:
    import polars as pl

    return {
        "kellet": __version__,
        "numpy": np.__version__,
        "polars": pl.__version__,
        "python": platform.python_version(),
    }
