"""A memory group for each submission, where the grader may make groups: its limit is the submission's alone.

It may in a container that can write to its groups, and in what systemd delegates to it, for example by
`systemd-run --scope --property=Delegate=yes grader ...`. Elsewhere there is only what the warden sees. Must
not know what runs in a group.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from pathlib import Path

from grader.runtime.memory import GROUP_FILES, GroupEvents, Memory, events_in

_REMOVE_SECONDS = 2.0
"""How long the kernel may take to notice that a group is empty."""
_PAUSE = 0.02
_OWN = "grader"
"""The group that the grader itself moves to: in version 2, a group with limited groups has no processes."""
_PREFIX = "submission-"
_FORGOTTEN_SECONDS = 3600.0
"""After this time, an empty group is one that a killed grader has left."""


class MemoryGroup:
    """A group with a limit. `remove` ends it when its processes have ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def adopt(self, *processes: int) -> None:
        """Move processes here, with all that they have started. What they start later is here, too."""
        waiting = list(processes)
        while waiting:
            process = waiting.pop()
            with contextlib.suppress(OSError):  # it has ended
                (self._folder / "cgroup.procs").write_text(str(process))
                for listing in Path(f"/proc/{process}/task").glob("*/children"):
                    waiting += map(int, listing.read_text().split())

    def events(self) -> GroupEvents | None:
        """What has happened here so far; None if the kernel does not tell."""
        texts: dict[str, str | None] = dict.fromkeys(GROUP_FILES)
        for key, name in GROUP_FILES.items():
            with contextlib.suppress(OSError):
                texts[key] = (self._folder / Path(name).name).read_text()
        return events_in(texts)

    def remove(self) -> None:
        """Remove the group. It stays if a process of it does not end."""
        deadline = time.monotonic() + _REMOVE_SECONDS
        while time.monotonic() < deadline:
            try:
                self._folder.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(_PAUSE)
            else:
                return


class MemoryGroups:
    """Makes groups below the grader's own."""

    def __init__(self, folder: Path, *, version_1: bool) -> None:
        self._folder = folder
        self._version_1 = version_1

    @classmethod
    def here(cls, memory: Memory | None = None) -> MemoryGroups | None:
        """What makes groups; None where the grader may not make any."""
        folder, version_1, delegated = (memory or Memory()).own_group()
        if not delegated or not os.access(folder, os.W_OK):
            return None
        if not version_1:
            try:
                if (folder / "cgroup.procs").read_text().split() != [str(os.getpid())]:
                    return None  # the others in it are none of our business
                (folder / _OWN).mkdir(exist_ok=True)
                (folder / _OWN / "cgroup.procs").write_text(str(os.getpid()))
                (folder / "cgroup.subtree_control").write_text("+memory")
            except OSError:
                return None
        _sweep(folder)
        return cls(folder, version_1=version_1)

    def make(self, limit: int) -> MemoryGroup | None:
        """A new group that may use so many bytes; None if the kernel refuses."""
        folder = self._folder / f"{_PREFIX}{secrets.token_hex(4)}"
        try:
            folder.mkdir()
            (folder / ("memory.limit_in_bytes" if self._version_1 else "memory.max")).write_text(str(limit))
        except OSError:
            with contextlib.suppress(OSError):
                folder.rmdir()
            return None
        swap = ("memory.memsw.limit_in_bytes", limit) if self._version_1 else ("memory.swap.max", 0)
        with contextlib.suppress(OSError):  # without swap there is no such file
            (folder / swap[0]).write_text(str(swap[1]))
        return MemoryGroup(folder)


def _sweep(folder: Path) -> None:
    """Remove empty groups that killed graders have left. The kernel refuses to remove others."""
    for group in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - group.stat().st_mtime > _FORGOTTEN_SECONDS:
                group.rmdir()
