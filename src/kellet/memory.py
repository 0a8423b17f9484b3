"""Memory: how much of it this process may still take."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
INFORMATION = Path("/proc/meminfo")


def free_memory() -> int:
    """Bytes that this process may still take: what the machine has to spare, or less where a container or a limit of
    the shell allows less."""
    return max(0, min((*_machine(), *_group(), *_limit()), default=2**33))


def _machine() -> list[int]:
    with suppress(OSError, ValueError, IndexError):
        lines = INFORMATION.read_text(encoding="ascii").splitlines()
        return [1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    with suppress(OSError, ValueError, AttributeError):
        return [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    return []


def _group() -> list[int]:
    with suppress(OSError, ValueError):
        most, used = ((GROUPS / name).read_text(encoding="ascii") for name in ("memory.max", "memory.current"))
        return [int(most) - int(used)]
    return []


def _limit() -> list[int]:
    with suppress(ImportError):
        import resource

        soft = resource.getrlimit(resource.RLIMIT_AS)[0]
        return [] if soft == resource.RLIM_INFINITY else [soft]
    return []
