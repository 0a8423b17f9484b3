"""Anybody's program judges what is written."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.data.source import Corpus, Source
from kellet.data.tokens import Tokeniser
from kellet.errors import InputError
from kellet.evidence import Points
from kellet.families.yours.processes import start_program
from kellet.laws.model import Model
from kellet.loop.curation.curation import ByPoints, Curation


class Broken(InputError):  # noqa: N818
    """The program that judges broke: what it was asked in is failed, to be tried again."""


class Verify(ByPoints, frozen=True, omit_defaults=True, tag="verify"):
    """Anybody's program judges every written document; those that it refuses weigh 0.

    command: called once for all documents that a generation writes, by no shell.  It reads a line of JSON for each,
    with its "text" (or "values", where the world isn't one of text), and writes a line for each: true, false, 1 or 0.
    timeout: seconds until it and all that it started are killed.
    """

    command: str
    timeout: float = 600.0

    def __post_init__(self) -> None:
        try:
            words = shlex.split(self.command)
        except ValueError as error:
            raise InputError("a command line", f"{self.command!r}: {error}", "verify:./judge") from None
        if not words:
            raise InputError("a program that judges documents", repr(self.command), "verify:./judge")
        if not 0 < self.timeout < np.inf:
            raise InputError("a time limit > 0 in seconds", self.timeout, "600")

    @property
    def programs(self) -> tuple[str, ...]:
        return (f"verify:{self.command}",)

    def open(self, model: Model, source: Source) -> Panel:
        return Panel(self, source.tokeniser if isinstance(source, Corpus) else None)

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        return Panel(self, None).points(points, n, rng)

    def describe(self) -> str:
        return f"passes a program that judges it ({self.command})"


@dataclass(frozen=True)
class Panel(Curation):
    """`Verify` that knows how tokens are spelt."""

    recipe: Verify
    tokeniser: Tokeniser | None
    by_points: ClassVar[bool] = True

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        documents = points.values.reshape(-1, *points.values.shape[2:])
        lines = (
            [{"values": _write(document)} for document in documents]
            if self.tokeniser is None
            else [{"text": self.tokeniser.decode(document.tolist())} for document in documents]
        )
        kept = np.array(_verdicts(self.recipe, "".join(f"{json.dumps(line)}\n" for line in lines), len(lines)))
        return Points(points.values, points.weighed * kept.reshape(points.values.shape[:2]), points.origin)


def _write(point: NDArray[Any]) -> Any:
    """A point as JSON has it, null where a number is missing."""
    return np.where(np.isnan(point), np.array(None), point.astype(object)).tolist()


def _verdicts(recipe: Verify, text: str, n: int) -> list[bool]:
    """What a program says about n lines."""
    what = f"a program that judges {n} documents, {recipe.command!r}"
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    try:
        with start_program(shlex.split(recipe.command), **pipes, encoding="utf-8", errors="replace") as process:
            out, errors = process.communicate(text, recipe.timeout)
    except OSError as error:
        raise Broken(what, error.strerror, "its whole path, or making it executable") from None
    except subprocess.TimeoutExpired:
        raise Broken(what, f"nothing after {recipe.timeout:g} seconds", "a longer timeout") from None
    if process.returncode:
        last = (errors.strip().splitlines() or ["nothing on standard error"])[-1]
        raise Broken(what, f"exit code {process.returncode}: {last}", "trying it on a line of JSON")
    lines = out.split()
    known = {"true": True, "false": False, "1": True, "0": False}
    if len(lines) != n or not known.keys() >= set(lines):
        odd = next((line for line in lines if line not in known), None)
        got = f"{len(lines)} lines" if odd is None else repr(odd)
        raise Broken(f"{what}, a line each: true, false, 1 or 0", got, "one verdict for each line that it reads")
    return [known[line] for line in lines]
