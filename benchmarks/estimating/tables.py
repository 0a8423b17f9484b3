"""Rows that synthesizers wrote, among census rows.

Census: a synthesizer's table and real rows that it hadn't seen.  Adult: four synthesizers that learn from 2,000 rows,
each among the references in turn ("seen") or left out of them ("unseen"), with 2,000 human rows that none of them saw,
or, "leaked", with those that they learnt from.  Corpora have 1,000 rows, 500 of the census.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from estimating.cases import Case, draw, halve, tabulate
from rich.table import Table

from kellet.estimate.layout import lay_out
from kellet.estimate.rows import RowReference
from kellet.evidence import Array, Points
from kellet.families.mixtures.copula import Copula

LARGEST = {"census": 500}
"""Rows of a corpus, where they are not 1,000."""
ROWS = 2000
"""Of each writer."""
CHANGED = 0.3


@dataclass(frozen=True)
class Task:
    data: Path
    kind: str
    left: str | None
    seed: int


def copula(codes: Array, rng: np.random.Generator) -> Array:
    """Kellet's family."""
    return np.asarray(Copula().fit(Points(codes[None])).sample(ROWS, rng).values[0])


def shuffle(codes: Array, rng: np.random.Generator) -> Array:
    """Each column by itself."""
    return rng.permuted(codes, axis=0)


def alter(codes: Array, rng: np.random.Generator) -> Array:
    """Rows of which some values are other rows'."""
    return np.where(rng.random(codes.shape) < CHANGED, shuffle(codes, rng), codes)


def breed(codes: Array, rng: np.random.Generator) -> Array:
    """Each value that of a row or of one that is most like it, of 50 (a SMOTE for categories)."""
    others = codes[rng.choice(len(codes), (len(codes), 50))]
    alike = (others == codes[:, None]).sum(axis=2).argmax(axis=1)
    return np.where(rng.random(codes.shape) < 0.5, codes, others[np.arange(len(codes)), alike])


WRITERS: dict[str, Callable[[Array, np.random.Generator], Array]] = {
    "copula": copula, "columns apart": shuffle, "a third changed": alter, "crossed": breed,
}  # fmt: skip


def write(learnt: pl.DataFrame, name: str, rng: np.random.Generator) -> pl.DataFrame:
    """Rows that a synthesizer writes."""
    levels = {one.name: one.unique().sort() for one in learnt}
    codes = np.stack([levels[one.name].search_sorted(one).to_numpy() for one in learnt], axis=1).astype(float)
    found = WRITERS[name](codes, rng).astype(int)
    return pl.DataFrame([level[found[:, i]].alias(one) for i, (one, level) in enumerate(levels.items())])


def make(task: Task, rng: np.random.Generator) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """References and the rest, by writer, humans first."""
    if task.kind == "census":
        frames = {"human": "hol", "synth": "syn_mostly"}
        whole = {name: pl.read_csv(task.data / "census" / f"census2k-{file}.csv.gz") for name, file in frames.items()}
        halves = {name: halve(range(len(frame)), rng) for name, frame in whole.items()}
        one, other = ({name: frame[halves[name][i]] for name, frame in whole.items()} for i in range(2))
        return one, other
    adult = pl.read_csv(task.data / "adult.csv")
    adult = adult[rng.permutation(len(adult))]
    learnt, taught, rest = (adult[i * ROWS : (i + 1) * ROWS] for i in range(3))
    written = {name: write(learnt, name, rng) for name in WRITERS}
    human = learnt if task.kind == "leaked" else taught
    half = ROWS // 2
    return (
        {"human": human} | {name: frame[:half] for name, frame in written.items() if name != task.left},
        {"human": rest} | {name: frame[half:] for name, frame in written.items()},
    )


def work(task: Task) -> list[Case]:
    """Estimates of corpora of one division of the rows."""
    rng = np.random.default_rng(task.seed)
    taught, rest = make(task, rng)
    layout = lay_out(taught["human"])
    human, *models = (layout.read(frame, name) for name, frame in taught.items())
    reference = RowReference.learn(layout, human, dict(zip(list(taught)[1:], models, strict=True)), task.seed)
    owner = np.repeat(np.arange(len(rest)), [len(frame) for frame in rest.values()])
    rows = np.concatenate([layout.read(frame, name) for name, frame in rest.items()])
    parts = reference.count(rows, np.arange(len(rows)), len(rows))
    return draw(reference, parts, owner, list(rest), (task.kind, "rows"), task.left, rng, LARGEST.get(task.kind, 1000))


def try_tables(data: Path, divisions: int, pool: Executor) -> list[Table]:
    """How often what is said of rows is right."""
    kinds = [("census", None), ("seen", None), ("leaked", None), *(("unseen", name) for name in WRITERS)]
    tasks = [Task(data, kind, left, seed) for seed in range(divisions) for kind, left in kinds]
    each: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    shares: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in (case for cases in pool.map(work, tasks) for case in cases):
        each[case.kind, case.generator].append(case)
        shares[case.kind, f"{case.share:.0%}"].append(case)
    return [
        tabulate("rows by writer", each, ("references", "writer")),
        tabulate("rows by share", shares, ("references", "true share")),
    ]
