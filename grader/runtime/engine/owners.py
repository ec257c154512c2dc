"""Names the process that a container belongs to, so that containers of ended processes can be removed."""

from __future__ import annotations

import os
from pathlib import Path


def this_process() -> str:
    """A name that no other process on any machine has; empty where the system offers none."""
    return _name(os.getpid())


def is_gone(owner: str) -> bool:
    """Whether a process has ended. False where that cannot be known from here.

    Process ids mean something only within one start of one machine, and within one namespace of ids there.
    """
    here, _, _ = this_process().rpartition("/")
    place, _, process = owner.rpartition("/")
    pid, _, _ = process.partition("-")
    return bool(here) and place == here and pid.isdecimal() and _name(int(pid)) != owner


def _name(pid: int) -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return f"{boot}/{namespace}/{pid}-{_started(pid)}"


def _started(pid: int) -> str:
    """When a process started, in ticks since the machine did; empty when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The name, in parentheses, may hold anything; the start is the 20th field after it.
    return text.rpartition(")")[2].split()[19]
