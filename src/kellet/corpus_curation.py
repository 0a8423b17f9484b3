"""Curation of text: what is dropped of written documents before anything learns from them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kellet.errors import InputError
from kellet.evidence import Points

BANDS, ROWS, SHINGLE = 14, 8, 5
"""Of MinHash: bands of so many rows each, and tokens of a shingle, as the large web corpora have them."""


class ByDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """Curation that looks at single documents."""

    by_points: ClassVar[bool] = True

    def law(self, model: Any) -> Any:
        return model

    def enough(self, n: int) -> int:
        return n


class Dedup(ByDocument, frozen=True, omit_defaults=True, tag="dedup"):
    """Of documents that one generation writes twice, the first alone counts; copies weigh 0.

    how: "exact", or "minhash", which also finds documents that share most of their runs of five tokens: those of which
    ``similar`` of 112 smallest hashes agree, an estimate of the Jaccard index, among pairs that agree in all eight of
    one of 14 bands.  A. Broder, On the resemblance and containment of documents, SEQUENCES (1997); K. Lee et al.,
    Deduplicating Training Data Makes Language Models Better, ACL (2022).

    >>> documents = Points(np.array([[[1, 2], [3, 4], [1, 2]]]))
    >>> Dedup().points(documents, 3, np.random.default_rng(0)).weights
    array([[1., 1., 0.]])
    """

    how: Literal["exact", "minhash"] = "exact"
    similar: float = 0.8

    def __post_init__(self) -> None:
        if self.how not in ("exact", "minhash"):
            raise InputError("deduplication that is exact or minhash", self.how, "dedup:exact")
        if not 0 < self.similar <= 1:
            raise InputError("a similarity in (0, 1]", self.similar, "0.8")

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        rows = points.values.reshape(*points.values.shape[:2], -1)
        first = _first_of_equals if self.how == "exact" else self._first_of_alike
        kept = np.stack([first(np.ascontiguousarray(documents)) for documents in rows])
        return Points(points.values, points.weighed * kept, points.origin)

    def _first_of_alike(self, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """(n,): whether no earlier one of rows (n, L) is alike."""
        hashes = signatures(rows)
        kept = _first_of_equals(rows)
        for band in range(BANDS):
            part = np.ascontiguousarray(hashes[:, band * ROWS : (band + 1) * ROWS])
            _, first, group = np.unique(part, axis=0, return_index=True, return_inverse=True)
            before = first[group.reshape(-1)]
            kept &= (before == np.arange(len(rows))) | ((hashes == hashes[before]).mean(axis=1) < self.similar)
        return kept


def signatures(rows: NDArray[Any]) -> NDArray[np.uint64]:
    """(n, 112): of the runs of five tokens in each of rows (n, L), padded with -1, the smallest of each of 112 hashes.

    Documents of fewer tokens are one run.
    """
    tokens = np.asarray(rows, dtype=np.int64).astype(np.uint64)
    size = min(SHINGLE, tokens.shape[1])
    last = tokens.shape[1] - size + 1
    runs = np.zeros((len(rows), last), dtype=np.uint64)
    for j in range(size):
        runs = _mixed(runs * np.uint64(0x9E3779B97F4A7C15) + tokens[:, j : j + last])
    whole = np.asarray(rows)[:, size - 1 :] >= 0
    whole[:, 0] = True
    keys = np.random.default_rng(0).integers(2**63, size=BANDS * ROWS).astype(np.uint64)
    nothing = np.uint64(2**64 - 1)
    return np.stack([np.where(whole, _mixed(runs ^ key), nothing).min(axis=1) for key in keys], axis=1)


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit depends on every bit: the finaliser of SplitMix64 (G. Steele et al., OOPSLA 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _first_of_equals(rows: NDArray[Any]) -> NDArray[np.bool_]:
    kept = np.zeros(len(rows), dtype=bool)
    kept[np.unique(rows, axis=0, return_index=True)[1]] = True
    return kept


class Quality(ByDocument, frozen=True, tag="quality"):
    """Of the written documents only the ``keep`` share of least perplexity under generation 0's model; more are
    written, so that as many remain.

    After G. Wenzek et al., CCNet, LREC (2020), whose judge is a model of real text.
    """

    keep: float

    def __post_init__(self) -> None:
        if not 0 < self.keep <= 1:
            raise InputError("a share to keep in (0, 1]", self.keep, "0.9, or 90%")

    def enough(self, n: int) -> int:
        return int(np.ceil(n / self.keep))

    def knowing(self, model: Any, source: Any) -> Judge:
        if getattr(source, "tokeniser", None) is None:
            raise InputError("a world of text for the quality of documents", "another", "quantile:90%")
        return Judge(self, model)

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        raise TypeError("quality must know generation 0's model first: kellet.curation.acquainted")


@dataclass(frozen=True)
class Judge:
    """`Quality` that knows generation 0's model."""

    recipe: Quality
    model: Any
    by_points: ClassVar[bool] = True

    def law(self, model: Any) -> Any:
        return model

    def enough(self, n: int) -> int:
        return self.recipe.enough(n)

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        tokens = (points.values >= 0).sum(axis=2)
        events = tokens + (tokens < points.values.shape[2])
        surprise = -self.model.log_probabilities(points.values) / events
        return points.take(np.argsort(surprise, axis=1, kind="stable")[:, :n])


class Verify(ByDocument, frozen=True, omit_defaults=True, tag="verify"):
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

    def knowing(self, model: Any, source: Any) -> Panel:
        return Panel(self, getattr(source, "tokeniser", None))

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        return Panel(self, None).points(points, n, rng)


@dataclass(frozen=True)
class Panel:
    """`Verify` that knows how tokens are spelt."""

    recipe: Verify
    tokeniser: Any
    by_points: ClassVar[bool] = True

    def law(self, model: Any) -> Any:
        return model

    def enough(self, n: int) -> int:
        return n

    def points(self, points: Points, n: int, rng: Generator) -> Points:
        documents = points.values.reshape(-1, *points.values.shape[2:])
        told = (
            [{"values": document.tolist()} for document in documents]
            if self.tokeniser is None
            else [{"text": self.tokeniser.decode(document.tolist())} for document in documents]
        )
        kept = np.array(_verdicts(self.recipe, "".join(f"{json.dumps(line)}\n" for line in told), len(told)))
        return Points(points.values, points.weighed * kept.reshape(points.values.shape[:2]), points.origin)


def _verdicts(recipe: Verify, told: str, n: int) -> list[bool]:
    """What a program says about n lines."""
    what = f"a program that judges {n} documents, {recipe.command!r}"
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            shlex.split(recipe.command), stdin=pipe, stdout=pipe, stderr=pipe, encoding="utf-8", errors="replace",
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise InputError(what, error.strerror, "its whole path, or making it executable") from None
    try:
        out, errors = process.communicate(told, recipe.timeout)
    except subprocess.TimeoutExpired:
        raise InputError(what, f"nothing after {recipe.timeout:g} seconds", "a longer timeout") from None
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                if hasattr(os, "killpg"):
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
            process.communicate()
    if process.returncode:
        last = (errors.strip().splitlines() or ["nothing on standard error"])[-1]
        raise InputError(what, f"exit code {process.returncode}: {last}", "trying it on a line of JSON")
    lines = out.split()
    known = {"true": True, "false": False, "1": True, "0": False}
    if len(lines) != n or not known.keys() >= set(lines):
        odd = next((line for line in lines if line not in known), None)
        got = f"{len(lines)} lines" if odd is None else repr(odd)
        raise InputError(f"{what}, a line each: true, false, 1 or 0", got, "one verdict for each line that it reads")
    return [known[line] for line in lines]
