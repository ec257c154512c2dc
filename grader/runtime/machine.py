"""How many submissions this machine can try at once. Must not know how they are tried."""

from __future__ import annotations

import os
from pathlib import Path

SUBMISSION_BYTES = 384 * 1024**2
"""Memory for one submission. A usual one was measured at 180 MB for its server, its worker and two steps at a
time, and 30 MB for the data folder, which is in memory too."""
_OWN_BYTES = 256 * 1024**2
"""Memory for the harness itself, however many submissions there are."""
_MEMORY = Path("/proc/meminfo")
_GROUPS = Path("/sys/fs/cgroup")


def jobs_here() -> int:
    """How many submissions to try at once: one for each core, or fewer if there is too little memory."""
    memory = free_memory()
    room = cores() if memory is None else (memory - _OWN_BYTES) // SUBMISSION_BYTES
    return max(1, min(cores(), room))


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_memory(meminfo: Path = _MEMORY, groups: Path = _GROUPS) -> int | None:
    """Bytes of free memory; None where the system does not tell."""
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
    """Bytes that the memory limit of this container leaves; None without a limit."""
    try:
        limit = (groups / "memory.max").read_text().strip()
        used = int((groups / "memory.current").read_text())
        lines = (groups / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        return None
    # Cached files count as used, but the system frees them when memory is needed.
    cached = sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
    return int(limit) - used + cached if limit.isdecimal() else None
