"""Run folders: everything about one run, readable by any verb, safe under ``kill -9``.

``experiment.toml`` is the complete, resolved experiment; ``cells/<cell>-<block>.parquet`` holds tidy rows
(replicate, generation, one column a metric) of one block of replicates, ``….npz`` beside block 0 what its first
replicate wrote; ``run.json`` says which versions computed it; ``logs/<cell>-<block>.txt`` is what somebody's own
programs printed.  Every other file is written under a temporary name and renamed, so it is either whole or absent, and
its presence is the checkpoint.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from kedge.errors import InputError
from kedge.evidence import Array
from kedge.experiment import Cell, Experiment

STALE = 3600.0
"""Seconds after which a temporary file is nobody's any more."""


class Status(msgspec.Struct, frozen=True):
    """``run.json``: where the numbers come from.

    status: "running" or "finished".  seconds: of computing, over all sessions.
    """

    kedge: str
    numpy: str
    python: str
    call: tuple[str, ...]
    status: str
    started: str
    seconds: float = 0.0


class Block(msgspec.Struct, frozen=True):
    """What one block of replicates gave.

    generations: (G,), those recorded.  values: metric name -> (R, G).  collapsed: (R,), the generation at which a fit
    degenerated, -1 where none did.  specimens: name -> array, from the first replicate of block 0 only.
    failed: (R,), the generation at which somebody's program broke, -1 where none did; from then on nothing was
    measured.  failure: which generation, and what went wrong; empty where nothing did.
    """

    cell: str
    number: int
    generations: Any
    values: dict[str, Array]
    collapsed: Any
    reason: str
    specimens: dict[str, Any]
    failed: Any = None
    failure: str = ""

    @property
    def broke(self) -> Any:
        """(R,): ``failed``, or -1 everywhere where it was not given."""
        return np.full(len(self.collapsed), -1) if self.failed is None else np.asarray(self.failed)


class Folder:
    """One run folder."""

    def __init__(self, path: str | Path):
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"Folder({str(self.path)!r})"

    @staticmethod
    def open(path: str | Path) -> Folder:
        """An existing run folder."""
        folder = Folder(path)
        if not (folder.path / "experiment.toml").is_file():
            what = (
                "a folder without experiment.toml"
                if folder.path.is_dir()
                else "nothing there"
                if not folder.path.exists()
                else "a file"
            )
            raise InputError("a run folder", f"{path}, {what}", "`kedge run digits` to make one")
        return folder

    def begin(self, experiment: Experiment) -> None:
        """Make the folder, or check that it holds the same experiment: arms and replicates may have been added."""
        if self.path.exists() and not self.path.is_dir():
            raise InputError("a folder to write to", f"{self.path}, which is a file", "another --out")
        toml = self.path / "experiment.toml"
        if toml.exists():
            before = self.experiment()
            changed = [
                name
                for name in Experiment.__struct_fields__
                if name not in ("arms", "replicates") and _known(before, name) != _known(experiment, name)
            ]
            if changed:
                raise InputError(
                    f"the experiment that {self.path} holds",
                    f"another {' and '.join(changed)}",
                    "another --out, or the same settings to resume",
                )
        elif self.path.is_dir() and not all(map(_stray, self.path.iterdir())):
            raise InputError(
                "an empty folder or a run folder", f"{self.path}, which holds other files", "another --out"
            )
        self.path.mkdir(parents=True, exist_ok=True)
        self.write_text("experiment.toml", experiment.to_toml())
        (self.path / "cells").mkdir(exist_ok=True)
        # What a killed writer left behind; a young file may be another writer's, at work on the same run.
        for stray in filter(_stray, (*self.path.iterdir(), *(self.path / "cells").iterdir())):
            with suppress(FileNotFoundError):
                if time.time() - stray.stat().st_mtime > STALE:
                    stray.unlink()

    def experiment(self) -> Experiment:
        """The experiment that it holds."""
        return Experiment.read(self.path / "experiment.toml")

    def status(self) -> Status | None:
        """Where the numbers come from, or None before a run began."""
        try:
            return msgspec.json.decode((self.path / "run.json").read_bytes(), type=Status)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            raise InputError(
                "a run.json that Kedge wrote", error, "running the experiment again with another --out"
            ) from None

    def set_status(self, status: Status) -> None:
        self.write_text("run.json", msgspec.json.format(msgspec.json.encode(status), indent=2).decode() + "\n")

    def has(self, cell: Cell, block: int) -> bool:
        """Whether that block is done."""
        return self._block(cell.id, block).exists()

    def write(self, block: Block) -> None:
        """Keep a block: specimens first, since the presence of the rows says that all is there."""
        import polars as pl

        target = self._block(block.cell, block.number)
        if block.specimens:
            with _whole(target.with_suffix(".npz")) as temporary, temporary.open("wb") as stream:
                np.savez_compressed(stream, **block.specimens)
        replicates, generations = next(iter(block.values.values())).shape
        rows = pl.DataFrame(
            {
                "replicate": np.repeat(np.arange(replicates, dtype=np.int32), generations),
                "generation": np.tile(np.asarray(block.generations, dtype=np.int64), replicates),
                "collapsed": np.repeat(np.asarray(block.collapsed, dtype=np.int32), generations),
                "failed": np.repeat(block.broke.astype(np.int32), generations),
                **{name: values.ravel() for name, values in block.values.items()},
            }
        )
        with _whole(target) as temporary:
            told = {"kedge.reason": block.reason, "kedge.failure": block.failure}
            rows.write_parquet(temporary, compression="lz4", statistics=False, metadata=told)

    def read(self, cell: Cell, block: int) -> Block | None:
        """A block, or None while it is not done."""
        import polars as pl

        target = self._block(cell.id, block)
        if not target.exists():
            return None
        try:
            rows = pl.read_parquet(target)
            told = pl.read_parquet_metadata(target)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise InputError(
                "a block that Kedge wrote", f"{target}: {error}", "deleting that file and running again"
            ) from None
        generations = rows["generation"].unique(maintain_order=True).to_numpy()
        values = {
            name: rows[name].to_numpy().reshape(-1, len(generations))
            for name in rows.columns
            if name not in ("replicate", "generation", "collapsed", "failed")
        }
        # Runs of before failures were told apart have no such column.
        collapsed, failed = (
            rows[name].to_numpy().reshape(-1, len(generations))[:, 0] if name in rows.columns else None
            for name in ("collapsed", "failed")
        )
        reason, failure = told.get("kedge.reason", ""), told.get("kedge.failure", "")
        specimens = {} if block else self.specimens(cell)
        return Block(cell.id, block, generations, values, collapsed, reason, specimens, failed, failure)

    def specimens(self, cell: Cell) -> dict[str, Any]:
        """What the first replicate of a cell wrote, at a few generations."""
        path = self._block(cell.id, 0).with_suffix(".npz")
        if not path.exists():
            return {}
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}

    def log(self, cell: Cell, block: int) -> Path:
        """Where what somebody's programs print is kept; there only if they were called."""
        return self.path / "logs" / f"{cell.id}-{block}.txt"

    def write_text(self, name: str, text: str) -> Path:
        """Write a small file whole."""
        target = self.path / name
        with _whole(target) as temporary:
            temporary.write_text(text, encoding="utf-8")
        return target

    def _block(self, cell: str, block: int) -> Path:
        return self.path / "cells" / f"{cell}-{block}.parquet"


def _stray(path: Path) -> bool:
    """Whether it is a temporary file of `_whole`."""
    return path.name.startswith(".") and path.suffix == ".tmp"


def _known(experiment: Experiment, name: str) -> Any:
    """A setting; data are known by what is in them, not by where they are."""
    value = getattr(experiment, name)
    if getattr(value, "digest", None):
        return msgspec.structs.replace(value, path="")
    return value


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A temporary name beside target, renamed to it only when everything was written."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; a run folder is shared like any other.
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
