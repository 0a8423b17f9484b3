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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.data.source import Corpus, Source
from kellet.errors import InputError
from kellet.evidence import Points
from kellet.families.abilities import Archive, Learner, check_kind
from kellet.families.yours import guarded
from kellet.families.yours.documents import Documents
from kellet.families.yours.guarded import NO_NUMBER, NO_TOKEN, Failure, Guest, Lesson
from kellet.families.yours.processes import start_program
from kellet.families.yours.tables import Layout, Levels

if TYPE_CHECKING:
    import polars as pl

Format = Literal["csv", "jsonl", "parquet", "txt"]
TEXT = "text"
"""The column of documents."""
EXAMPLE = "'python train.py {train} {model}' and 'python sample.py {model} {n} {out}'"


class Command(Learner, frozen=True, tag="command"):
    """Two programs of somebody's, in any language, for tables and texts; one replicate at a time.

    train: a command line with ``{train}``, the table to learn from, and ``{model}``, where to put what was learnt: a
    file or a folder of that name, with any ending.  ``{previous}`` is where the generation before put its own, empty at
    the first.  sample: a command line with ``{model}``, ``{n}``, how many rows to write, and ``{out}``, where to.
    ``{seed}`` is a whole number below 2^31, also in the environment as KELLET_SEED: a program that draws from it gives
    the same numbers again.  No shell reads the lines, and places are filled in after they were split into words.

    format: of ``{train}`` and ``{out}``, which must have the same ``columns`` (those of the world where it has any,
    else x0, x1, ...), with words in those that have ``levels``, as those of a mixed world do, and nothing where
    something is missing, as a number may be in columns at ``gaps``; csv unless it is said.  In a world of text they
    have one column, ``text``, a document a row, in jsonl unless it is said; "txt" is a document a line.  timeout:
    seconds that one call may take before it and all that it started are killed.  contents: digest of the files that the
    command lines name, filled in when an experiment is resolved.

    A call that exits with another code than 0, is killed, takes too long, or writes something else than n rows of
    finite numbers in those columns, or than n texts, leaves the replicate *failed*, with what went wrong.
    """

    train: str
    sample: str
    format: Format | None = None
    timeout: float = 3600.0
    columns: tuple[str, ...] | None = None
    levels: Levels = msgspec.field(default_factory=dict)
    gaps: tuple[int, ...] = ()
    contents: str | None = None

    batched = False
    archives = True
    text = None  # type: ignore[assignment]

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

    @property
    def programs(self) -> tuple[str, ...]:
        return f"command:{self.train}", f"command:{self.sample}"

    def recall(self, source: Source) -> Self:
        layout = Layout.of(source)
        columns = self.columns or layout.columns
        return msgspec.structs.replace(self, columns=columns, levels=layout.levels, gaps=layout.gaps)

    def prepare(self, source: Source) -> Self:
        """The same with its columns and the digest of its files, once it is certain that both programs are there."""
        check_kind(self, source)
        if self.format == "txt" and not isinstance(source, Corpus):
            raise InputError("csv, jsonl or parquet for a program that learns from tables", "txt", "format=csv")
        layout = Layout.of(source)
        words = [shlex.split(line) for line in (self.train, self.sample)]
        for program, *_ in words:
            if shutil.which(program) is None:
                raise InputError("a program that can be run", program, "its whole path, or installing it")
        # A program that lies in the way it is called by path belongs to the experiment; one that is installed does not.
        own = [word for first, *rest in words for word in (*([] if Path(first).is_absolute() else [first]), *rest)]
        there = [Path(word) for word in dict.fromkeys(own) if Path(word).is_file()]
        contents = guarded.check_contents(there, self.contents)
        return msgspec.structs.replace(
            self, columns=self.columns or layout.columns, levels=layout.levels, gaps=layout.gaps, contents=contents
        )

    def fit(self, evidence: Points, rng: Generator, previous: object = None, archive: Archive | None = None) -> Guest:
        values = guarded.read_points(evidence)
        archive = archive or Archive()
        sheet: Sheet = Rows(Layout(self.columns, self.levels, self.gaps), int(np.prod(values.shape[1:])))
        if archive.tokeniser is not None:
            sheet = Texts(Documents(archive.tokeniser, values.shape[1]))
        form = self.format or sheet.usual
        before = previous.thing if isinstance(previous, Guest) else None
        seed = _draw_seed(rng)

        def teach(generation: int) -> Lesson:
            folder = Path(tempfile.mkdtemp(prefix="kellet-"))
            program = Program(self, sheet, form, generation, folder, archive.log)
            table = program.folder / f"train.{form}"
            _write_table(sheet.make(values), table)
            earlier = before.model if isinstance(before, Program) else ""
            program.run("train", self.train, seed, train=table, previous=earlier)
            table.unlink(missing_ok=True)
            if not list(program.folder.glob("model*")):
                raise Failure("train exited with code 0 but left nothing at {model}")
            return program, program.write, None

        return guarded.learn(teach, values, previous, gaps=self.gaps, blank=sheet.blank)


@dataclass(frozen=True)
class Rows:
    """Points as rows of a table.  width: numbers of a point."""

    layout: Layout
    width: int
    usual: ClassVar[Format] = "csv"
    blank: ClassVar[np.generic] = NO_NUMBER

    @property
    def columns(self) -> tuple[str, ...]:
        return self.layout.names(self.width)

    @property
    def words(self) -> tuple[str, ...]:
        """Columns that hold no numbers."""
        return tuple(self.layout.levels)

    def make(self, values: NDArray[Any]) -> pl.DataFrame:
        """The table that a program learns from."""
        table: pl.DataFrame = self.layout.make(values.reshape(len(values), -1).astype(np.float64), "polars")
        return table

    def read(self, table: pl.DataFrame) -> NDArray[Any]:
        """The points of a table that a program wrote."""
        return self.layout.read(table, self.width)


@dataclass(frozen=True)
class Texts:
    """Blocks of tokens as rows of a table of one column."""

    documents: Documents
    usual: ClassVar[Format] = "jsonl"
    blank: ClassVar[np.generic] = NO_TOKEN
    columns: ClassVar[tuple[str, ...]] = (TEXT,)
    words: ClassVar[tuple[str, ...]] = (TEXT,)

    def make(self, values: NDArray[Any]) -> pl.DataFrame:
        """The table that a program learns from."""
        import polars as pl

        return pl.DataFrame({TEXT: self.documents.spell(values)}, schema={TEXT: pl.String})

    def read(self, table: pl.DataFrame) -> NDArray[Any]:
        """The blocks of a table that a program wrote."""
        return self.documents.read("" if text is None else text for text in table[TEXT])


Sheet = Rows | Texts


@dataclass(frozen=True, eq=False)
class Program:
    """What a program learnt, in a folder of its own that goes when the model goes."""

    recipe: Command
    sheet: Sheet
    form: Format
    generation: int
    folder: Path
    log: Path | None = None

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    @property
    def model(self) -> Path:
        return self.folder / "model"

    def write(self, n: int, rng: Generator) -> NDArray[Any]:
        out = self.folder / f"out.{self.form}"
        try:
            self.run("sample", self.recipe.sample, _draw_seed(rng), n=n, out=out)
            return self.sheet.read(_read_table(out, self.sheet.columns, self.sheet.words))
        finally:
            out.unlink(missing_ok=True)

    def run(self, what: str, line: str, seed: int, **places: object) -> None:
        """One call of a program, within its time; a Failure if it goes wrong."""
        filled = {"model": self.model, "seed": seed, **places}
        words = [re.sub(r"\{(\w+)\}", lambda hit: str(filled.get(hit[1], hit[0])), word) for word in shlex.split(line)]
        out, errors = (self.folder / f"std{name}" for name in ("out", "err"))
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = self._call(words, seed, out, errors, what)
        if self.log:
            _append(self.log, f"generation {self.generation}, {what}: {shlex.join(words)}", out, errors)
        last = _find_last_line(errors) or _find_last_line(out)
        if code is None:
            raise Failure(f"{what} was stopped after {self.recipe.timeout:g} seconds{last}")
        if code < 0:
            raise Failure(f"{what} was killed by {_name_signal(-code)}{last}")
        if code > 0:
            raise Failure(f"{what} exited with code {code}{last}")

    def _call(self, words: list[str], seed: int, out: Path, errors: Path, what: str) -> int:
        """The exit code of a program; `TimeoutExpired` where it takes too long."""
        environment = {**os.environ, "KELLET_SEED": str(seed)}
        try:
            with (
                out.open("wb") as first,
                errors.open("wb") as second,
                start_program(words, stdin=subprocess.DEVNULL, stdout=first, stderr=second, env=environment) as process,
            ):
                return process.wait(self.recipe.timeout)
        except OSError as error:
            raise Failure(f"{what} could not be started: {error.strerror}") from None


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


def _write_table(table: pl.DataFrame, path: Path) -> None:
    match path.suffix:
        case ".csv":
            table.write_csv(path)
        case ".jsonl":
            table.write_ndjson(path)
        case ".txt":
            # A document a line: what ends a line inside of one is a space.
            lines = (" ".join(text.split("\n")) for text in table[TEXT])
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        case _:
            table.write_parquet(path)


def _read_table(path: Path, columns: tuple[str, ...], words: tuple[str, ...]) -> pl.DataFrame:
    """The table that a program wrote; a Failure where it has other columns.  words: those that hold no numbers."""
    import polars as pl

    if not path.exists():
        raise Failure("sample exited with code 0 but left nothing at {out}")
    try:
        match path.suffix:
            case ".csv":
                # What is no number may still be a category.
                nothing: Any = dict.fromkeys(set(columns) - set(words), "NA") if words else ["", "NA", "NaN", "nan"]
                types = dict.fromkeys(words, pl.String)
                table = pl.read_csv(path, infer_schema_length=None, null_values=nothing, schema_overrides=types)
            case ".jsonl":
                table = pl.read_ndjson(path, infer_schema_length=None)
            case ".txt":
                table = pl.DataFrame({TEXT: path.read_text(encoding="utf-8").splitlines()})
            case _:
                table = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise Failure(f"sample wrote no readable {path.suffix}: {str(error).splitlines()[0]}") from None
    if sorted(table.columns) != sorted(columns):
        raise Failure(f"sample wrote the columns {_join(table.columns)} where it learnt from {_join(columns)}")
    return table


def _join(columns: Any) -> str:
    shown = ", ".join(map(repr, columns[:8]))
    return f"{shown} and {len(columns) - 8} more" if len(columns) > 8 else shown
