"""Claims: who is at work on what, told by files that only one process can make."""

from __future__ import annotations

import os
import platform
import re
import time
import zlib
from functools import cache
from itertools import count
from pathlib import Path

import msgspec

from kellet.data.plain import read_plain

STALE = 3600.0
"""Seconds after which a temporary file, or a claim made on another machine, is nobody's any more."""
EMPTY = 10.0
"""Seconds after which a claim that says nothing is nobody's: its writer died between making and filling it."""
SIGNED = re.compile(r"\.([0-9a-f]{8})-(\d+)-(\d*)-", re.ASCII)
"""Machine, number and birth of the process that writes a temporary file."""
LONGEST = 4096
"""Bytes of a claim."""


class Holder(msgspec.Struct, frozen=True):
    """Who made a claim: a process, when it was born (which tells it from a later one of the same number), and when it
    claimed; session: the work of which it is one worker."""

    host: str = ""
    pid: int = 0
    born: str | None = None
    session: str = ""
    time: float = 0.0

    def __str__(self) -> str:
        if self.host == platform.node():
            return f"process {self.pid} of this machine"
        return f"process {self.pid} of the machine {self.host!r}"


def claim(folder: Path, name: str, session: str = "") -> bool:
    """Whether this process may do the work of that name: nobody else who lives has claimed it.

    A claim whose holder died stays; whoever makes the next number, which only one process can, has taken it over.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for turn in count():
        path = folder / f"{name}.{turn}"
        try:
            with path.open("xb") as stream:
                mine = msgspec.structs.replace(_process(os.getpid()), session=session, time=round(time.time()))
                stream.write(msgspec.json.encode(mine))
            return True
        except FileExistsError:
            if find_holder(path, session):
                return False
    raise AssertionError


def release(folder: Path, name: str) -> None:
    """Give a claim back."""
    # From the lowest number up: as long as any of ours is there, nobody else's is the last.
    for turn in count():
        try:
            (folder / f"{name}.{turn}").unlink()
        except FileNotFoundError:
            return


def find_holder(path: Path, session: str = "") -> Holder | None:
    """Who made a claim and may still be at work: lives, or is on another machine and began within the hour.

    session: of whoever asks; what another machine claimed in it was lost.
    """
    try:
        # A clock that was set back, here or elsewhere, makes no claim last longer.
        age = abs(time.time() - path.stat().st_mtime)
        who = msgspec.json.decode(read_plain(path, LONGEST), type=Holder)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, RecursionError):
        return Holder() if age < EMPTY else None
    if who.host == platform.node():
        born = birth(who.pid)
        return who if born is not None and born == who.born else None
    return who if age < STALE and not (session and who.session == session) else None


def birth(pid: int) -> str | None:
    """When a process of this machine was born, to tell it from a later one of the same number; None if it is dead.

    Empty where the system doesn't say.
    """
    if not 0 < pid < 2**31:
        return None
    try:
        # After the name, which may hold anything: the state, and 19 fields on the ticks from the start of the system.
        state, *fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return None if state in "ZX" else fields[18]
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    try:
        # On Windows signal 0 is no question but Ctrl-C.
        if os.name != "nt":
            os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return ""


def is_abandoned(name: str, written: float) -> bool:
    """Whether a temporary file was left behind: its writer is dead, or on another machine began over an hour ago."""
    if (signed := SIGNED.match(name)) and signed[1] == _machine():
        return birth(int(signed[2])) != signed[3]
    return abs(time.time() - written) > STALE


def sign() -> str:
    """Who writes a temporary file, in its name."""
    return f"{_machine()}-{os.getpid()}-{birth(os.getpid())}"


def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


@cache
def _process(pid: int) -> Holder:
    """This process, which may be a fork of the one that asked before."""
    return Holder(platform.node(), pid, birth(pid))
