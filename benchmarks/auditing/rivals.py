"""Side by side with others: what each says of samples of one law, and where a part of the tail is gone.

The tail: values of a table, or words of texts, that the reference has 1 to 3 times, and modes of which it has at most
10 points.  A tenth, or a half, of those is gone from another sample: the most frequent stands in their place.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from auditing.sources import CENTRES, DIMENSIONS, draw_paragraphs, pick_modes, read_adult
from numpy.random import Generator
from rich.table import Table

from kellet.audit.comparing import compare
from kellet.audit.history import ALARMS
from kellet.audit.pairing import Question, Side
from kellet.audit.result import Look
from kellet.audit.words import find
from kellet.data.content import Album, Content, Documents, Rows

TOOLS = {"sdmetrics": "tables", "mostlyai-qa": "tables", "prdc": "points", "diversity": "texts"}
FIRST = {"mostlyai-qa": ["torch==2.13.0+cpu"], "diversity": ["nltk", "numpy", "tqdm"]}
"""What is installed before them: PyTorch without CUDA, where it is at hand, is gigabytes smaller; and all that the
scores of diversity need, which imports more than it says that it requires."""
ALONE = ("diversity",)
"""Installed without what they require."""
CASES = ("one law", "one law, a tenth of the size", "a tenth of the tail gone", "half of the tail gone")
PARTS = (0.1, 0.5)
RARE, FEW = 3, 10
"""Times that the reference has a value, or a mode, of the tail at most."""
COLUMNS = ("age", "workclass", "education", "occupation", "capital_gain", "capital_loss", "hours_per_week",
           "native_country")  # fmt: skip
Sets = dict[str, Any]


def compare_rivals(data: Path, environments: Path | None) -> Iterator[Table | str]:
    """A table for each kind of data."""
    rng = np.random.default_rng(400)
    made = {"tables": make_tables(rng, data), "points": make_points(rng), "texts": make_texts(rng, data)}
    with tempfile.TemporaryDirectory() as folder:
        for kind, sets in made.items():
            _write(sets, Path(folder, kind))
            table = Table("by", "what", *CASES, title=f"The same {kind}, told by each", show_lines=True)
            table.add_row("kellet", "verdict, and what is rare", *audit_cases(sets))
            for tool in (tool for tool, form in TOOLS.items() if form == kind):
                before = time.perf_counter()
                found = run(tool, (environments or Path(folder)) / tool, Path(folder, kind))
                for score, values in found["scores"].items():
                    table.add_row(f"{tool} {found['version']}", score, *(f"{values[case]:.4f}" for case in CASES))
                yield f"({tool}: {time.perf_counter() - before:,.0f} s, its installation too)"
            yield table


def audit_cases(sets: Sets) -> Iterator[str]:
    """Kellet's words, one case at a time."""
    for case in CASES:
        sides = (Side(name, _read(sets[name])) for name in ("reference", case))
        yield _tell(compare(*sides, Question()).look)


def _read(one: Any) -> Content:
    match one:
        case pl.DataFrame():
            return Rows(one)
        case np.ndarray():
            return Album(one.reshape(len(one), 1, DIMENSIONS, 1))
        case _:
            return Documents(tuple(one))


def _tell(look: Look) -> str:
    rare = find(look, "rare")
    due = rare.zero if rare.fresh is None else rare.fresh
    alarms = [one.measure for one in look.findings if not one.about and one.verdict in ALARMS]
    kept = f"{rare.value:.1%}, due {due:.1%}, p {rare.p:.2g}, seen from {rare.detectable:.0%}"
    return f"{look.verdict}{' (' * bool(alarms)}{', '.join(alarms)}{')' * bool(alarms)}: {kept}"


def make_tables(rng: Generator, data: Path, size: int = 8000) -> Sets:
    frame = read_adult(data).select(COLUMNS)
    rows = frame[rng.choice(len(frame), 3 * size, replace=False)]
    reference, same, holdout = (rows[start : start + size] for start in range(0, 3 * size, size))
    found = {"reference": reference, "holdout": holdout, CASES[0]: same, CASES[1]: same[: size // 10]}
    for case, part in zip(CASES[2:], PARTS, strict=True):
        found[case] = same.with_columns(_lose(reference[name], part, rng) for name in COLUMNS)
    return found


def _lose(column: pl.Series, part: float, rng: Generator) -> pl.Expr:
    """A column without some of the values that the reference has seldom."""
    values = column.value_counts(name="times").sort("times", column.name)
    rare = values.filter(pl.col("times") <= RARE)[column.name]
    gone = rare.gather(rng.choice(len(rare), round(part * len(rare)), replace=False)) if len(rare) else rare
    kept = pl.col(column.name)
    return pl.when(kept.is_in(gone.implode())).then(pl.lit(values[column.name][-1])).otherwise(kept).alias(column.name)


def make_points(rng: Generator, size: int = 3000) -> Sets:
    modes = [pick_modes(rng, size) for _ in range(2)]
    rare = np.flatnonzero(np.bincount(modes[0], minlength=len(CENTRES)) <= FEW)
    found = {"reference": _scatter(modes[0], rng), CASES[0]: _scatter(modes[1], rng)}
    found[CASES[1]] = found[CASES[0]][: size // 10]
    for case, part in zip(CASES[2:], PARTS, strict=True):
        gone = rng.choice(rare, round(part * len(rare)), replace=False)
        found[case] = _scatter(np.where(np.isin(modes[1], gone), 0, modes[1]), rng)
    return found


def _scatter(modes: np.ndarray, rng: Generator) -> np.ndarray:
    return (CENTRES[modes] + rng.standard_normal((len(modes), DIMENSIONS))).astype(np.float32)


def make_texts(rng: Generator, data: Path, size: int = 900) -> Sets:
    texts = draw_paragraphs(rng, 2 * size, data).texts
    reference, same = list(texts[:size]), list(texts[size:])
    counts = Counter(word for text in reference for word in text.split())
    rare, frequent = sorted(word for word, times in counts.items() if times <= RARE), counts.most_common(1)[0][0]
    found = {"reference": reference, CASES[0]: same, CASES[1]: same[: size // 10]}
    for case, part in zip(CASES[2:], PARTS, strict=True):
        gone = set(rng.choice(rare, round(part * len(rare)), replace=False).tolist())
        found[case] = [" ".join(frequent if word in gone else word for word in text.split()) for text in same]
    return found


def _write(sets: Sets, folder: Path) -> None:
    folder.mkdir()
    for name, one in sets.items():
        match one:
            case pl.DataFrame():
                one.write_csv(folder / f"{name}.csv")
            case np.ndarray():
                np.save(folder / f"{name}.npy", one)
            case _:
                (folder / f"{name}.txt").write_text("\n".join(one), encoding="utf-8")


def run(tool: str, environment: Path, folder: Path) -> dict[str, Any]:
    """What a tool says, in an environment of its own, which is made where it isn't there."""
    python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not (environment / "installed").exists():
        venv.create(environment, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if tool in FIRST:
            subprocess.run([*install, *FIRST[tool]], check=False, capture_output=True)
        subprocess.run([*install, *["--no-deps"] * (tool in ALONE), tool], check=True)
        (environment / "installed").touch()
    command = [str(python), str(Path(__file__).with_name("others.py")), tool, str(folder)]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    if told.returncode:
        raise RuntimeError(f"{tool} failed: {told.stderr[-2000:]}")
    return json.loads(told.stdout)
