"""Anybody's own model in any language: one program that trains, one that writes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import msgspec
import numpy as np
from numpy.random import Generator

from kellet.data.source import Source
from kellet.errors import InputError
from kellet.evidence import Array, Points
from kellet.families.abilities import Archive, Learner, check_kind
from kellet.families.yours import guarded
from kellet.families.yours.guarded import Failure, Guest, Lesson, Levels

Format = Literal["csv", "jsonl", "parquet"]
EXAMPLE = "'python train.py {train} {model}' and 'python sample.py {model} {n} {out}'"


class Command(Learner, frozen=True, tag="command"):
    """Two programs of somebody's, in any language, for tables; one replicate at a time.

    train: a command line with ``{train}``, the table to learn from, and ``{model}``, where to put what was learnt: a
    file or a folder of that name, with any ending.  ``{previous}`` is where the generation before put its own, empty at
    the first.  sample: a command line with ``{model}``, ``{n}``, how many rows to write, and ``{out}``, where to.
    ``{seed}`` is a whole number below 2^31, also in the environment as KELLET_SEED: a program that draws from it gives
    the same numbers again.  No shell reads the lines, and places are filled in after they were split into words.

    format: of ``{train}`` and ``{out}``, which must have the same ``columns`` (those of the world where it has any,
    else x0, x1, ...), with words in those that have ``levels``, as those of a mixed world do.  timeout: seconds that
    one call may take before it and all that it started are killed.  contents: digest of the files that the command
    lines name, filled in when an experiment is resolved.

    A call that exits with another code than 0, is killed, takes too long, or writes something else than n rows of
    finite numbers in those columns, leaves the replicate *failed*, with what went wrong.
    """

    train: str
    sample: str
    format: Format = "csv"
    timeout: float = 3600.0
    columns: tuple[str, ...] | None = None
    levels: Levels = msgspec.field(default_factory=dict)
    contents: str | None = None

    batched = False
    archives = True

    def __post_init__(self) -> None:
        both = ("train", self.train, ("train", "model")), ("sample", self.sample, ("model", "n", "out"))
        for what, line, places in both:
            if missing := [f"{{{place}}}" for place in places if f"{{{place}}}" not in line]:
                raise InputError(f"{' and '.join(missing)} in the command that is to {what}", repr(line), EXAMPLE)
            try:
                shlex.split(line)
            except ValueError as error:
                raise InputError("a command line", f"{line!r}: {error}", EXAMPLE) from None
        if not 0 < self.timeout < np.inf:
            raise InputError("a time limit > 0 in seconds", self.timeout, "3600")

    def describe(self) -> str:
        return f"a program of the reader's own ({self.train})"

    def prepare(self, source: Source) -> Self:
        """The same with its columns and the digest of its files, once it is certain that both programs are there."""
        check_kind(self, source)
        columns, levels = guarded.read_columns(source)
        words = [shlex.split(line) for line in (self.train, self.sample)]
        for program, *_ in words:
            if shutil.which(program) is None:
                raise InputError("a program that can be run", program, "its whole path, or installing it")
        # A program that lies in the way it is called by path belongs to the experiment; one that is installed does not.
        own = [word for first, *rest in words for word in (*([] if Path(first).is_absolute() else [first]), *rest)]
        there = [Path(word) for word in dict.fromkeys(own) if Path(word).is_file()]
        contents = guarded.check_contents(there, self.contents)
        return msgspec.structs.replace(self, columns=self.columns or columns, levels=levels, contents=contents)

    def fit(self, evidence: Points, rng: Generator, previous: object = None, archive: Archive | None = None) -> Guest:
        values = guarded.read_points(evidence)
        rows = values.reshape(len(values), -1).astype(np.float64)
        columns = guarded.name_columns(self.columns, rows.shape[1])
        before = previous.thing if isinstance(previous, Guest) else None
        seed = _draw_seed(rng)

        def teach(generation: int) -> Lesson:
            folder = Path(tempfile.mkdtemp(prefix="kellet-"))
            program = Program(self, columns, generation, folder, None if archive is None else archive.log)
            table = program.folder / f"train.{self.format}"
            _write_table(guarded.decode(rows, columns, self.levels), table)
            earlier = before.model if isinstance(before, Program) else ""
            program.run("train", self.train, seed, train=table, previous=earlier)
            table.unlink(missing_ok=True)
            if not list(program.folder.glob("model*")):
                raise Failure("train exited with code 0 but left nothing at {model}")
            return program, program.write, None

        return guarded.learn(teach, values, previous)


@dataclass(frozen=True, eq=False)
class Program:
    """What a program learnt, in a folder of its own that goes when the model goes."""

    recipe: Command
    columns: tuple[str, ...]
    generation: int
    folder: Path
    log: Path | None = None

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    @property
    def model(self) -> Path:
        return self.folder / "model"

    def write(self, n: int, rng: Generator) -> Array:
        out = self.folder / f"out.{self.recipe.format}"
        try:
            self.run("sample", self.recipe.sample, _draw_seed(rng), n=n, out=out)
            return _read_table(out, self.columns, self.recipe.levels)
        finally:
            out.unlink(missing_ok=True)

    def run(self, what: str, line: str, seed: int, **places: object) -> None:
        """One call of a program, within its time; a Failure if it goes wrong."""
        filled = {"model": self.model, "seed": seed, **places}
        words = [re.sub(r"\{(\w+)\}", lambda hit: str(filled.get(hit[1], hit[0])), word) for word in shlex.split(line)]
        out, errors = (self.folder / f"std{name}" for name in ("out", "err"))
        try:
            with out.open("wb") as first, errors.open("wb") as second:
                code = _call(words, {**os.environ, "KELLET_SEED": str(seed)}, self.recipe.timeout, first, second)
        except OSError as error:
            raise Failure(f"{what} could not be started: {error.strerror}") from None
        if self.log:
            _append(self.log, f"generation {self.generation}, {what}: {shlex.join(words)}", out, errors)
        last = _find_last_line(errors) or _find_last_line(out)
        if code is None:
            raise Failure(f"{what} was stopped after {self.recipe.timeout:g} seconds{last}")
        if code < 0:
            raise Failure(f"{what} was killed by {_name_signal(-code)}{last}")
        if code > 0:
            raise Failure(f"{what} exited with code {code}{last}")


def _call(words: list[str], environment: Mapping[str, str], timeout: float, out: Any, errors: Any) -> int | None:
    """The exit code, or None where time ran out; nothing of what it started stays behind then."""
    none = subprocess.DEVNULL
    process = subprocess.Popen(words, stdin=none, stdout=out, stderr=errors, env=environment, start_new_session=True)
    try:
        return process.wait(timeout)
    except BaseException as error:
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            return None
        raise


def _draw_seed(rng: Generator) -> int:
    """A seed that every language takes: R and Fortran have 32 bits with a sign."""
    return int(rng.integers(2**31))


def _append(path: Path, title: str, *printed: Path) -> None:
    """Append what a program printed to a log."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as log:
        log.write(f"--- {title}\n".encode())
        for part in printed:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, log)


def _find_last_line(path: Path) -> str:
    """The last line with something in it, after a colon; empty where there is none."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4096))
        lines = [line.strip() for line in stream.read().decode(errors="replace").splitlines()]
    return next((f": {line}" for line in reversed(lines) if line), "")


def _name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _write_table(columns: Mapping[str, Any], path: Path) -> None:
    import polars as pl

    table = pl.DataFrame({name: values.tolist() for name, values in columns.items()})
    match path.suffix:
        case ".csv":
            table.write_csv(path)
        case ".jsonl":
            table.write_ndjson(path)
        case _:
            table.write_parquet(path)


def _read_table(path: Path, columns: tuple[str, ...], levels: Levels) -> Array:
    """(n, d): the columns of a table that a program wrote; a Failure where it has others, or words among numbers."""
    import polars as pl

    if not path.exists():
        raise Failure("sample exited with code 0 but left nothing at {out}")
    try:
        match path.suffix:
            case ".csv":
                # What is no number may still be a category.
                nothing: Any = dict.fromkeys(set(columns) - set(levels), "NA") if levels else ["", "NA", "NaN", "nan"]
                words = dict.fromkeys(levels, pl.String)
                table = pl.read_csv(path, infer_schema_length=None, null_values=nothing, schema_overrides=words)
                table = table.with_columns(pl.col(name).fill_null("") for name in levels if name in table.columns)
            case ".jsonl":
                table = pl.read_ndjson(path, infer_schema_length=None)
            case _:
                table = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise Failure(f"sample wrote no readable {path.suffix}: {str(error).splitlines()[0]}") from None
    if sorted(table.columns) != sorted(columns):
        raise Failure(f"sample wrote the columns {_join(table.columns)} where it learnt from {_join(columns)}")
    parts = []
    for name in columns:
        if name in levels:
            parts.append(guarded.encode(table[name].to_list(), name, levels[name]))
        elif table[name].dtype.is_numeric() or table[name].null_count() == table.height:
            parts.append(table[name].cast(pl.Float64).to_numpy())
        else:
            raise Failure(f"sample wrote what is no number in column {name!r}")
    return np.stack(parts, axis=1)


def _join(columns: Any) -> str:
    shown = ", ".join(map(repr, columns[:8]))
    return f"{shown} and {len(columns) - 8} more" if len(columns) > 8 else shown
