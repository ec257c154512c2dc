"""How many submissions this machine can try at once. Must not know how they are tried."""

from __future__ import annotations

import os
from pathlib import Path

SUBMISSION_BYTES = 384 * 1024**2
"""What one submission is given room for. Measured at the peak of a usual one: 180 MB for its server, its
worker and two steps at a time, and 30 MB for the data folder, which is in memory too."""
_OWN_BYTES = 256 * 1024**2
"""What the harness needs for itself, however many submissions there are."""
_MEMORY = Path("/proc/meminfo")
_GROUPS = Path("/sys/fs/cgroup")


def jobs_here() -> int:
    """One submission a core, as each keeps a server and a worker busy, as far as memory goes."""
    memory = free_memory()
    room = cores() if memory is None else (memory - _OWN_BYTES) // SUBMISSION_BYTES
    return max(1, min(cores(), room))


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_memory(meminfo: Path = _MEMORY, groups: Path = _GROUPS) -> int | None:
    """Bytes of memory that programs can still be given; None where nothing says how many."""
    found = [item for item in (_available(meminfo), _left_in_group(groups)) if item is not None]
    return min(found, default=None)


def _available(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return None
    sizes = dict(line.split(":", 1) for line in lines if ":" in line)
    size = sizes.get("MemAvailable", "").split()
    return int(size[0]) * 1024 if size else None


def _left_in_group(groups: Path) -> int | None:
    """What a container's own limit leaves."""
    try:
        limit = (groups / "memory.max").read_text().strip()
        used = int((groups / "memory.current").read_text())
        lines = (groups / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        return None
    # Files that were read and could be read again are counted as used, and give way.
    cached = sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
    return int(limit) - used + cached if limit.isdecimal() else None
