"""Writings: what the generations of a run wrote, as data sets that an audit compares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from kellet.audit.pairing import Side
from kellet.data.content import Album, Content, Documents, Rows
from kellet.data.source import Corpus, DataSet, Law
from kellet.errors import InputError, quote
from kellet.evidence import Array
from kellet.experiment.run import Run
from kellet.experiment.running.blocks import Specimen
from kellet.experiment.running.folder import Folder
from kellet.experiment.running.recorder import exhibits
from kellet.experiment.running.stores import place, remote
from kellet.loop.regimes import Replace
from kellet.loop.sizes import size_at
from kellet.worlds.observable import observable

if TYPE_CHECKING:
    import polars as pl

LARGEST = 10**6
"""Draws of a law at most: as many rows take half a minute to audit."""


@dataclass(frozen=True, eq=False)
class Writings:
    """What the first replicate of one arm of a run wrote.

    sides: a data set for each recorded generation; steps: how many times each was written over, since the real data
    that generation 0 learnt from.  share: of real points in what each generation learnt from, None where the loop is
    none that can be forecast.  notes: what was taken, and how.
    """

    sides: tuple[Side, ...]
    steps: tuple[int, ...] = ()
    share: float | None = 0.0
    notes: tuple[str, ...] = ()


def gather(sources: tuple[Any, ...], arm: str | None = None) -> tuple[tuple[Any, ...], Writings]:
    """What is to be audited, in which a run stands for what its generations wrote."""
    runs = [i for i, source in enumerate(sources) if is_run(source)]
    if len(runs) > 1:
        raise InputError("one run at most", len(runs), "kellet compare")
    if not runs:
        if arm is not None:
            raise InputError("a run folder, of which an arm is meant", f"arm {arm!r} and none", "leaving the arm out")
        return sources, Writings(())
    [at] = runs
    found = read(sources[at], arm)
    rest = (*sources[:at], *found.sides, *sources[at + 1 :])
    if len(sources) > 1:
        _refuse_passages(found)
        # Between other data sets nobody knows what was written over how often.
        steps = found.steps if (at, len(sources)) == (1, 2) else ()
        return rest, replace(found, steps=steps, share=found.share if steps else None)
    return rest, replace(found, steps=found.steps[1:])


def is_run(source: Any) -> bool:
    """Whether it is a run, or its folder."""
    if isinstance(source, Run):
        return True
    if not isinstance(source, str | Path):
        return False
    # Of a store only what looks like a folder is asked.
    there = not PurePosixPath(str(source)).suffix if remote(source) else Path(source).is_dir()
    return there and bool(place(source).read(["experiment.toml"]))


def read(source: Run | str | Path, arm: str | None = None) -> Writings:
    """What an arm of a run wrote; the first arm where none is named."""
    if not isinstance(source, Run) and Folder.of_run(source).experiment().grid:
        raise InputError("a run that is no sweep", source, "`kellet run` of one point of its grid")
    run = source if isinstance(source, Run) else Run.read(source)
    arms = list(run.blocks)
    if arm is not None and arm not in arms:
        raise InputError(f"one of the arms {quote(arms)}", quote([arm]), f"--arm {arms[0]!r}")
    chosen = arm or arms[0]
    name = "the run" if run.folder is None else Path(str(run.folder)).name
    recorded = run.specimens(chosen)
    shown = exhibits(run.experiment.generations)
    found = {t: content for t, content in zip(shown, _contents(run, recorded), strict=False) if content is not None}
    if len(found) < 2:
        got = f"{len(found)} in the arm {chosen!r} of {name}"
        attempt = "another --arm, or a run of a table, a text, pictures or words that is no sweep"
        raise InputError("a run that keeps what two generations or more wrote", got, attempt)
    of = f"generation {{}} of {name}"
    return Writings(
        sides=tuple(
            Side(of.format(t) if i == 0 else f"generation {t}", one) for i, (t, one) in enumerate(found.items())
        ),
        steps=tuple(t + 1 for t in found),
        share=_find_share(run, chosen),
        notes=tuple(_tell(run, chosen, recorded)),
    )


def _contents(run: Run, recorded: dict[str, Specimen]) -> Iterator[Content | None]:
    """What each recorded generation wrote, None where it wrote nothing that can be read."""
    source, world = run.resolved.source, observable(run.experiment.world)
    if "probabilities" in recorded:
        labels = world.labels
        name = getattr(run.experiment.world, "column", world.things.removesuffix("s"))
        for i, law in enumerate(recorded["probabilities"]):
            yield _draw(law, labels, name, run, i)
    elif isinstance(source, Corpus):
        tokens = source.tokeniser
        for blocks in recorded.get("written", ()):
            yield Documents(tuple(tokens.decode([int(token) for token in block if token >= 0]) for block in blocks))
    else:
        for points in recorded.get("points", ()):
            pixels = world.pictures(points)
            if pixels is not None:
                yield Album(pixels if pixels.ndim == 4 else pixels[..., None])
            else:
                yield Rows(_tabulate(points, source)) if np.isfinite(points).any() else None


def _draw(law: Array, labels: tuple[str, ...] | None, name: str, run: Run, place: int) -> Rows | None:
    """As many points as a generation learns from, drawn from a law (A,), always the same."""
    import polars as pl

    if not np.isfinite(law).all() or law.sum() <= 0:
        return None
    n = min(size_at(run.experiment.size, exhibits(run.experiment.generations)[place]), LARGEST)
    drawn = np.random.default_rng((run.experiment.seed, place)).choice(len(law), n, p=law / law.sum())
    spelt = pl.Series(labels if labels else [f"{name} {i + 1}" for i in range(len(law))])
    return Rows(spelt.gather(drawn).alias(name).to_frame())


def _tabulate(points: Array, source: DataSet | Law | Corpus) -> pl.DataFrame:
    """Points (n, ...) in the columns and units of the file that they were learnt from."""
    import polars as pl

    rows = points.reshape(len(points), -1)
    if not isinstance(source, DataSet):
        return pl.DataFrame({f"x{j}": column for j, column in enumerate(rows.T)})
    if source.codebook is not None:
        return source.codebook.rows(rows)
    columns = source.original(rows).T
    names = source.names or tuple(f"x{j}" for j in range(len(columns)))
    return pl.DataFrame({name: source.forms[name].write(column) if name in source.forms else column
                         for name, column in zip(names, columns, strict=True)})  # fmt: skip


def _find_share(run: Run, name: str) -> float | None:
    """The real share of each training set, where each replaces the last one."""
    arm, sizes = run.experiment.arms[name], run.experiment.sizes
    if arm.pool is not None or not isinstance(arm.regime, Replace) or arm.prior is not None or len(set(sizes)) > 1:
        return None
    if arm.anchor is None:
        return 0.0
    return None if arm.anchor.every > 1 or arm.anchor.weight != 1 else arm.anchor.dose(sizes[0], 1).clean / sizes[0]


def _tell(run: Run, arm: str, recorded: dict[str, Specimen]) -> Iterator[str]:
    if len(run.blocks) > 1:
        others = [name for name in run.blocks if name != arm]
        yield f"This is the arm {arm!r}; --arm NAME audits another one: {quote(others, 4)}."
    if "probabilities" in recorded:
        size = max(run.experiment.sizes)
        few = f", of the run's {size:,}" if size > LARGEST else ""
        yield f"What a generation of it writes is a draw of {min(size, LARGEST):,} from the law that it learnt{few}."


def _refuse_passages(found: Writings) -> None:
    """Passages of so many tokens, spelt by a tokeniser, are nobody's documents."""
    if any(isinstance(side.content, Documents) for side in found.sides):
        got = "a run of texts, whose generations write passages of a fixed length"
        raise InputError("a run alone, or one of a table or of pictures", got, "auditing the run alone")
