"""Run folders: everything about one run, readable by any verb, safe under ``kill -9``.

``experiment.toml`` is the complete, resolved experiment; ``cells/<cell>-<block>-<crc>.parquet`` holds tidy rows
(replicate, generation, one column a metric) of one block of replicates, ``….npz`` beside block 0 what its first
replicate wrote, and both carry the CRC-32 of their bytes in their names; ``run.json`` says which versions computed it;
``logs/<cell>-<block>.txt`` is what somebody's own programs printed; ``claims/`` says who is at work on what;
``packs/`` holds once more what thousands of files in ``cells/`` hold, to read them at once, and may be deleted.  A file
is either whole or absent, and its presence is the checkpoint.
"""

from __future__ import annotations

import io
import os
import platform
import tempfile
import time
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from kellet.errors import InputError
from kellet.experiment.experiment import Experiment
from kellet.experiment.grid import points
from kellet.experiment.resolution import Resolved
from kellet.experiment.running.blocks import (
    LARGEST,
    Block,
    Key,
    Specimens,
    decode,
    encode,
    is_sound,
    pack_blocks,
    read_arrays,
    unpack,
)
from kellet.experiment.running.claims import STALE, birth, is_abandoned
from kellet.experiment.running.columns import Columns
from kellet.experiment.running.layout import CLAIM, FILES, PACK, STRAY, sort_files
from kellet.experiment.running.sound import read_sound
from kellet.experiment.running.status import Status, check_same
from kellet.experiment.running.stores import Local, place, remote

HELD, LARGE = 2**26, 2**22
"""Bytes of files whose numbers are held in memory, in all and each; others are read when they are looked at."""
MANY = 500
"""Blocks that are worth keeping together."""
ROW, SLACK = 1024, 2**20
"""Bytes that a row takes at the most, however badly it is packed, and a file beside its rows."""
QUIET = 600.0
"""Seconds without a new block after which a run on another machine counts as stopped."""


class Folder:
    """One run folder: a path, or the URL of one in a store that fsspec reaches."""

    def __init__(self, path: str | Path):
        self.place = place(path)
        self.loose = 0
        """Blocks that were read from files of their own, since the last `pack`."""

    @property
    def path(self) -> Path | str:
        """Where it is: a path, or a URL."""
        return self.place.root if isinstance(self.place, Local) else str(self.place)

    def __repr__(self) -> str:
        return f"Folder({str(self.place)!r})"

    def __str__(self) -> str:
        return str(self.place)

    def __truediv__(self, name: str) -> Path | str:
        """Where a file of it is."""
        return self.place.root / name if isinstance(self.place, Local) else f"{self.place}/{name}"

    @staticmethod
    def open(path: str | Path) -> Folder:
        """An existing run folder."""
        folder = Folder(path)
        folder.place.check()
        if not folder.place.read(["experiment.toml"]):
            what = (
                "a folder without experiment.toml"
                if folder.place.names()
                else "a file"
                if not remote(path) and Path(path).is_file()
                else "an empty folder"
                if not remote(path) and Path(path).is_dir()
                else "nothing there"
            )
            raise InputError("a run folder", f"{path}, {what}", "`kellet run digits` to make one")
        return folder

    @staticmethod
    def of_run(path: str | Path) -> Folder:
        """An existing folder of a run or a sweep; a plan's holds trials, of which no run can be made."""
        folder = Folder.open(path)
        if folder.is_plan:
            verb = "show" if "plan.json" in folder.place.names() else "plan"
            raise InputError("the folder of a run", f"{path}, which holds a plan", f"`kellet {verb} {path}`")
        return folder

    @property
    def is_plan(self) -> bool:
        """Whether it holds a plan."""
        return bool((status := self.status()) and status.verb == "plan") or "plan.json" in self.place.names()

    def begin(self, experiment: Experiment) -> None:
        """Make the folder, or check that it holds the same experiment: arms and replicates may have been added."""
        self.place.check()
        if isinstance(self.place, Local) and self.place.root.exists() and not self.place.root.is_dir():
            raise InputError("a folder to write to", f"{self}, which is a file", "another --out")
        there = self.place.names()
        if "experiment.toml" in there:
            check_same(self.experiment(), experiment, str(self))
            if (status := self.status()) and status.seed not in (None, experiment.seed):
                raise InputError(
                    f"seed {status.seed}, with which {self} was begun",
                    f"seed {experiment.seed} in its experiment.toml",
                    "another --out, or that seed to resume",
                )
        elif not all(map(STRAY.fullmatch, there)):
            raise InputError("an empty folder or a run folder", f"{self}, which holds other files", "another --out")
        self.write_text("experiment.toml", experiment.to_toml())
        self.tidy()

    def tidy(self) -> None:
        """Remove what killed writers left behind, and blocks that newer ones replace."""
        # A young file may be another writer's, at work on the same run, and so may a claim of any age.
        old = time.time() - STALE
        for folder in FILES:
            for name, written in self.place.names(folder).items():
                if STRAY.fullmatch(name) and is_abandoned(name, written):
                    self.place.remove(f"{folder}/{name}" if folder else name)
        claims = [name for name, at in self.place.names("claims").items() if CLAIM.fullmatch(name) and at < old]
        for name in set(claims) - set(self.place.holders() if claims else ()):
            self.place.remove(f"claims/{name}")
        for name in sort_files(self.place.names("cells"))[1]:
            self.place.remove(f"cells/{name}")

    def experiment(self) -> Experiment:
        """The experiment that it holds."""
        if isinstance(self.place, Local):
            return Experiment.read(self.place.find("experiment.toml"))
        try:
            return Experiment.from_toml(self.place.read(["experiment.toml"])["experiment.toml"].decode())
        except (KeyError, UnicodeDecodeError) as error:
            got = f"{self}/experiment.toml: {error}"
            raise InputError("a readable experiment file", got, "running again with another --out") from None

    def points(self) -> list[Resolved]:
        """Its experiment at every point of its grid; where it has none the data need not be there any more."""
        experiment = self.experiment()
        if experiment.grid:
            return [point for _, point in points(experiment, recalling=True)]
        return [Resolved(experiment)]

    def status(self) -> Status | None:
        """Where the numbers come from, or None before a run began."""
        try:
            written = self.place.read(["run.json"]).get("run.json")
            return None if written is None else msgspec.json.decode(written, type=Status)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise InputError(
                "a run.json that Kellet wrote", error, "running the experiment again with another --out"
            ) from None

    def set_status(self, status: Status) -> None:
        """Write down how far it is, and that this process says so."""
        pid = os.getpid()
        status = msgspec.structs.replace(status, host=platform.node(), pid=pid, born=birth(pid) or "")
        self.write_text("run.json", msgspec.json.format(msgspec.json.encode(status), indent=2).decode() + "\n")
        if status.status == "finished":
            self.tidy()

    def busy(self) -> bool:
        """Whether somebody is at work on it.

        The process that wrote run.json last lives, or a claim is held; of another machine one can only see whether a
        block came within the last ten minutes.
        """
        status = self.status()
        if status is None or status.status == "finished":
            return False
        if status.pid and status.host == platform.node() and birth(status.pid) == status.born:
            return True
        if self.place.holders():
            return True
        return (
            status.host != platform.node() and time.time() - max(self.place.names("cells").values(), default=0) < QUIET
        )

    def done(self) -> dict[Key, str]:
        """The blocks that are there, each with the name of its file in ``cells/``; not whether they are sound."""
        return {key: name for key, (name, _) in sort_files(self.place.names("cells"))[0]["parquet"].items()}

    def load(
        self, keys: Iterable[Key], verify: bool = True, most: int | None = None
    ) -> tuple[dict[Key, Block], dict[str, str]]:
        """Those of the blocks that are done, and files that hold none: name -> what is wrong with it.

        verify: whether specimens are checked as well, which are read only when somebody looks at them.  most: rows of a
        block.
        """
        files = sort_files(self.place.names("cells"))[0]
        wanted = {key: files["parquet"][key] for key in keys if key in files["parquet"]}
        blocks = self._from_packs(wanted, most) if len(wanted) >= MANY else {}
        corrupt: dict[str, str] = {}
        size = LARGEST if most is None else ROW * most + SLACK
        held = 0
        loose = {key: name for key, (name, _) in wanted.items() if key not in blocks}
        self.loose += len(loose)
        for sound in read_sound(self.place, loose, corrupt, size):
            held += sum(map(len, sound.values()))
            apart = held > HELD or max(map(len, sound.values()), default=0) > LARGE
            paths = {key: self._at_hand(loose[key], data) for key, data in sound.items()} if apart else None
            for block in decode(sound, most, paths):
                blocks[block.key] = msgspec.structs.replace(block, file=wanted[block.key])
            corrupt |= {loose[key]: "holds no block" for key in sound if key not in blocks}
        shown = {key: name for key, (name, _) in files["npz"].items() if key in blocks}
        whole: dict[Key, bool] = {}
        for sound in read_sound(self.place, shown, corrupt, LARGEST) if verify else ():
            whole |= {key: read_arrays(data) is not None for key, data in sound.items()}
        for key, name in shown.items():
            block = blocks.pop(key)
            if block.origin and block.origin.specimens not in ("", name.rsplit("-", 1)[1].removesuffix(".npz")):
                corrupt[name] = "belongs to another block"
            elif not whole.get(key, True):
                corrupt[name] = "holds no specimens"
            elif key in whole or not verify:
                blocks[key] = msgspec.structs.replace(block, specimens=Specimens(self.place, f"cells/{name}"))
        return blocks, corrupt

    def _at_hand(self, name: str, data: bytes) -> Path:
        """Where a block's file can be read from again and again: of one in a store a copy on this machine."""
        if isinstance(self.place, Local):
            return self.place.find(f"cells/{name}")
        (path := self._beside(name)).parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def _from_packs(self, wanted: Mapping[Key, tuple[str, float]], most: int | None) -> dict[Key, Block]:
        """What packs hold of these files as they are now."""
        found: dict[Key, Block] = {}
        size = LARGEST if most is None else ROW * most * len(wanted) + SLACK
        packs = filter(PACK.fullmatch, self.place.names("packs"))
        for name, data in self.place.read((f"packs/{name}" for name in packs), size).items():
            # One that was written by another version, or by nobody of ours, is none.
            if is_sound(name, data) and (blocks := unpack(data, most)) is not None:
                found |= {block.key: block for block in blocks if wanted.get(block.key) == block.file}
        return found

    def pack(self, blocks: Mapping[Key, Block]) -> None:
        """Keep many small blocks together as well, if many had to be read one by one."""
        if self.loose < MANY or any(isinstance(block.values, Columns) for block in blocks.values()):
            return
        before = dict.fromkeys(filter(PACK.fullmatch, self.place.names("packs")))
        for data in pack_blocks(blocks.values()):
            name = f"pack-0-{zlib.crc32(data):08x}.parquet"
            self.place.write(f"packs/{name}", data)
            before.pop(name, None)
        for name in before:
            self.place.remove(f"packs/{name}")
        self.loose = 0

    def write(self, block: Block) -> None:
        """Keep a block: specimens first, since the presence of the rows says that all is there."""
        if block.specimens:
            arrays = io.BytesIO()
            np.savez_compressed(arrays, **block.specimens)  # type: ignore[arg-type]
            written = self._keep(block, arrays.getvalue(), "npz")
            if block.origin:
                origin = msgspec.structs.replace(block.origin, specimens=written)
                block = msgspec.structs.replace(block, origin=origin)
        if remote(str(self)):
            log = self.log(block.cell, block.number)
            if log.exists():
                self.place.write(f"logs/{log.name}", log.read_bytes())
                log.unlink()
        self._keep(block, encode(block), "parquet")

    def _keep(self, block: Block, data: bytes, kind: str) -> str:
        """Write a file of a block; its checksum."""
        found = f"{zlib.crc32(data):08x}"
        self.place.write(f"cells/{block.cell}-{block.number}-{found}.{kind}", data)
        return found

    def claim(self, cell_id: str, block: int, session: str = "") -> bool:
        """Whether this process may compute a block: nobody else who lives has claimed it.

        Claims of processes of this machine that died, and those of other machines that are older than an hour, are
        taken over, and so are those of the same session, whose worker there was lost.  In a remote store everybody
        may: two may compute the same block, and get the same numbers.
        """
        return self.place.claim(f"{cell_id}-{block}", session)

    def release(self, cell_id: str, block: int) -> None:
        """Give a claim back, once the block is there or nobody is at work on it any more."""
        self.place.release(f"{cell_id}-{block}")

    def log(self, cell_id: str, block: int) -> Path:
        """Where what somebody's programs print is kept; there only if they were called.

        For a remote folder a file on this machine, which `write` carries over.
        """
        name = f"{cell_id}-{block}.txt"
        if isinstance(self.place, Local):
            return self.place.root / "logs" / name
        return self._beside(name)

    def _beside(self, name: str) -> Path:
        return Path(_aside().name, f"{zlib.crc32(str(self).encode()):08x}", name)

    def write_text(self, name: str, text: str) -> Path | str:
        """Write a small file whole."""
        self.place.write(name, text.encode())
        return self / name


@cache
def _aside() -> tempfile.TemporaryDirectory[str]:
    """A folder of this process, which goes with it."""
    return tempfile.TemporaryDirectory(prefix="kellet-")


def keep_block(experiment: Experiment, out: str | Path | None) -> Experiment:
    """The experiment with the block of the folder where it goes on, which another arm doesn't change."""
    if out is None or experiment.block is not None or experiment.grid:
        return experiment
    folder = Folder(out)
    if "experiment.toml" not in folder.place.names():
        return experiment
    return msgspec.structs.replace(experiment, block=folder.experiment().block)
