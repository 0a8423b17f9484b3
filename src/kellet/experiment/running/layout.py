"""The layout of a run folder: the names that Kellet makes there, all of which lie in it.

No other name is read or removed, and nothing that a stranger's link leads to.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from kellet.data.plain import name_kind
from kellet.errors import InputError
from kellet.experiment.running.claims import STALE

NAME = re.compile(r"(\w+)-(\d{1,18})-([0-9a-f]{8})\.(parquet|npz)", re.ASCII)
"""A file of a block: cell, number, CRC-32, kind."""
PACK = re.compile(r"pack-0-[0-9a-f]{8}\.parquet")
CLAIM = re.compile(r"\w+-\d{1,18}\.\d+", re.ASCII)
STRAY = re.compile(r"\.(?:[0-9a-f]{8}-\d+-\d*-)?(?:[a-z0-9_]{8}|\d+-\d+|\d+)\.tmp", re.ASCII)
"""A file that is being written, here or in a store."""
FILES = {
    "": re.compile(r"(?:experiment\.toml|run\.json|report\.html|plan\.json|plan\.html)"),
    "cells": NAME,
    "packs": PACK,
    "claims": CLAIM,
    "logs": re.compile(r"\w+-\d+\.txt", re.ASCII),
}
FOLDERS = {
    "": re.compile(r"(?:cells|packs|claims|logs|models|\d+)", re.ASCII),
    "models": re.compile(r"\w+-\d+", re.ASCII),
}
"""A number is the part of a plan for a size."""


def check(root: Path) -> None:
    """Refuse a run folder of whose names one leads out of it, or is no plain file or folder."""
    home = Path(os.path.realpath(root))
    try:
        for folder in dict.fromkeys([*FILES, *FOLDERS]):
            for entry in _entries(root / folder):
                if folder in FOLDERS and FOLDERS[folder].fullmatch(entry.name):
                    refuse_exit(entry, home)
                    if not (entry.is_dir() or entry.name.isdigit()):
                        raise InputError("a folder", f"{entry.path}, which is none", "deleting it, or another --out")
                elif folder in FILES and FILES[folder].fullmatch(entry.name):
                    refuse_exit(entry, home)
                    if not entry.is_file(follow_symlinks=False) and (kind := name_kind(_mode(entry))):
                        raise InputError("a file", f"{entry.path}, which is {kind}", "deleting it, or another --out")
        # Models are removed when they are not to be kept, with all that is in them.
        for folder, _, _ in os.walk(root / "models"):
            for entry in _entries(Path(folder)):
                refuse_exit(entry, home)
    except OSError as error:
        got = f"{error.filename or root}: {error.strerror or error}"
        raise InputError("a run folder that can be read", got, "another one") from None


def refuse_exit(entry: os.DirEntry[str] | Path, home: Path) -> None:
    """Refuse a link that leads out of a folder, whose own path is one without links."""
    if entry.is_symlink():
        path = os.fspath(entry)
        if not (target := Path(os.path.realpath(path))).is_relative_to(home):
            raise InputError("a run folder that lies in one place", f"{path}, a link to {target}", "deleting that link")


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except (FileNotFoundError, NotADirectoryError):
        return


def _mode(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_mode
    except FileNotFoundError:
        return entry.stat(follow_symlinks=False).st_mode


def sort_files(names: Mapping[str, float]) -> tuple[dict[str, dict[tuple[str, int], tuple[str, float]]], list[str]]:
    """The files of blocks by kind, each with the time of its writing, and those that newer ones replace."""
    found: dict[str, dict[tuple[str, int], tuple[str, float]]] = {"parquet": {}, "npz": {}}
    replaced = []
    # By name where the clock doesn't tell; what was written tomorrow was written before it was set right.
    now = time.time() + STALE
    for name, written in sorted(names.items(), key=lambda item: (item[1] if item[1] < now else 0.0, item[0])):
        if parts := NAME.fullmatch(name):
            cell, number, _, kind = parts.groups()
            key = cell, int(number)
            if key in found[kind]:
                replaced.append(found[kind][key][0])
            found[kind][key] = name, written
    return found, replaced
