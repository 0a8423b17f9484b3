"""Memory: how many bytes may be taken, of all that this machine, this container and this process have."""

from __future__ import annotations

import os
import re
from pathlib import Path

from kellet.errors import InputError

VARIABLE = "KELLET_MEMORY"
"""Where a person says how much, as in 4GB; processes that are started for a run take it over."""
SHARE = 0.5
"""Of what there is, where nobody says how much."""
LEAST = 2**26
GROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where Linux says what a container may take; version 2 and version 1."""
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def budget() -> int:
    """Bytes that what is read may take."""
    if told := os.environ.get(VARIABLE):
        return parse_bytes(told, VARIABLE)
    return max(LEAST, int(SHARE * min(_measure())))


def limit(told: str, option: str = "--memory") -> None:
    """From now on at most so much, in this process and in those that it starts."""
    parse_bytes(told, option)
    os.environ[VARIABLE] = told


def require(size: int, what: str, attempt: str) -> None:
    """Refuse what would take so many bytes, where that is too much.  attempt: what helps beside more memory."""
    if size > (most := budget()):
        got = f"{what}, which takes about {spell(size)}"
        raise InputError(f"what fits into {spell(most)} of memory", got, f"{attempt}, or --memory if there is more")


def parse_bytes(text: str, source: str) -> int:
    """Bytes as people write them.

    >>> parse_bytes("4GB", "--memory"), parse_bytes("512 MiB", "--memory"), parse_bytes("1.5g", "--memory")
    (4000000000, 536870912, 1500000000)
    """
    found = re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?)\s*([kmgt]i?)?b?", text.strip(), re.IGNORECASE | re.ASCII)
    size = int(float(found[1]) * UNITS[(found[2] or "").lower()]) if found else 0
    if not LEAST <= size <= 2**60:
        shown = text if len(text) < 40 else f"{text[:40]}..."
        raise InputError(f"an amount of memory of at least {spell(LEAST)}", f"{source} {shown!r}", f"{source} 4GB")
    return size


def spell(size: int) -> str:
    """Bytes for people.

    >>> spell(4_000_000_000), spell(67_108_864), spell(10**18)
    ('4 GB', '67.1 MB', '1,000,000,000 GB')
    """
    if size < 10**9:
        return f"{size / 1e6:.3g} MB"
    return f"{size / 1e9:.3g} GB" if size < 10**12 else f"{size // 10**9:,} GB"


def _measure() -> list[int]:
    """What the machine has, what the container may take, and what is left of the addresses of this process."""
    found = []
    if hasattr(os, "sysconf"):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for path in GROUPS:
        told = _read(path).strip()
        if told.isdigit():
            found.append(int(told))
    try:
        import resource
    # Windows has no such limits.
    except ImportError:
        return found or [2**33]
    addresses = resource.getrlimit(resource.RLIMIT_AS)[0]
    if addresses != resource.RLIM_INFINITY:
        pages = _read("/proc/self/statm").split()[:1]
        found.append(addresses - sum(map(int, pages)) * resource.getpagesize())
    return found or [2**33]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
