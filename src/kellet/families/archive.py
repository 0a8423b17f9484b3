"""An archive: where fits leave what a run keeps beside its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kellet.data.tokens import Tokeniser


@dataclass(frozen=True)
class Archive:
    """Where the fits of one block of replicates leave what they print and what they learnt.

    log: the file that what somebody's programs print is appended to.  models: the folder for networks, finished ones
    and those whose training was interrupted.  tokeniser: of the world, to be kept with each of them.  Where either is
    None nothing of that kind is kept.
    """

    log: Path | None = None
    models: Path | None = None
    tokeniser: Tokeniser | None = None
