"""The memory of this machine, or of the container that the grader runs in, as the kernel counts it.

A memory group is what Linux calls a cgroup: version 2, or the `memory` hierarchy of version 1. A container is
in one, and so is what systemd starts. A limit of a group also holds for the groups below it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FIRST_TO_END = 1000
"""The `oom_score_adj` of all that is a submission's: when memory runs out, the kernel ends the largest of
these processes, and neither the grader nor a server as a whole."""
NEARLY = 1024**2
"""A group of version 1 has reached its limit if it once used all but so many bytes of it."""
_NO_LIMIT = 1 << 60
"""A limit of version 1 from here on is none: the kernel writes the largest number of whole pages."""


@dataclass(frozen=True)
class _Files:
    """What the files of a memory group are called."""

    limit: str
    used: str
    cache: str
    """The line of `memory.stat` for cached files, which the kernel drops when memory is needed."""
    events: str


_VERSION_2 = _Files("memory.max", "memory.current", "inactive_file", "memory.events.local")
_VERSION_1 = _Files(
    "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "memory.oom_control"
)


@dataclass(frozen=True)
class GroupEvents:
    """What happened in a memory group that is a submission's own."""

    kills: int
    """How many of its processes the kernel has ended because memory ran out, here or on the whole machine."""
    full: bool
    """Whether the group has reached its own limit."""


GROUP_FILES = {
    "events": "memory.events",
    "kills": "memory/memory.oom_control",
    "most": "memory/memory.max_usage_in_bytes",
    "limit": "memory/memory.limit_in_bytes",
}
"""The files of a container's own group that tell its events, below `/sys/fs/cgroup`: one of version 2, and of
version 1 all others."""


def events_in(texts: Mapping[str, str | None]) -> GroupEvents | None:
    """The events in the texts of `GROUP_FILES`, None for a missing file; None if there are none."""
    if (events := texts["events"]) is not None:
        values = _values(events)
        return GroupEvents(values.get("oom_kill", 0), values.get("oom", 0) > 0)
    kills = _values(texts["kills"] or "").get("oom_kill")
    if kills is None:
        return None
    most, limit = (int(texts[name] or 0) for name in ("most", "limit"))
    return GroupEvents(kills, most >= limit - NEARLY)


class Memory:
    """The memory that this process may use, and what became of it. Each call reads it anew."""

    def __init__(self, proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> None:
        """Read from the given places; they are the system's own, except in tests."""
        self._proc = proc
        self._groups = groups

    def free(self) -> int | None:
        """Bytes that can still be used; None where the system does not tell."""
        found = [self._of_machine("MemAvailable"), *(left for _, left in self._limits())]
        return min((size for size in found if size is not None), default=None)

    def total(self) -> int | None:
        """Bytes that could be used if nothing else ran; None where the system does not tell."""
        found = [self._of_machine("MemTotal"), *(limit for limit, _ in self._limits())]
        return min((size for size in found if size is not None), default=None)

    def kills(self) -> int | None:
        """How many processes the kernel has ended so far because memory ran out; None where it does not tell.

        Counts those of this process's own group. Where the group has no counter, counts those of the machine.
        """
        group, files = self._own_group()
        for path, name in ((group / files.events, "oom_kill"), (self._proc / "vmstat", "oom_kill")):
            with contextlib.suppress(OSError):
                if (count := _values(path.read_text()).get(name)) is not None:
                    return count
        return None

    def _of_machine(self, name: str) -> int | None:
        try:
            kilobytes = _values((self._proc / "meminfo").read_text().replace(":", " ")).get(name)
        except OSError:
            return None
        return None if kilobytes is None else kilobytes * 1024

    def _limits(self) -> Iterator[tuple[int, int]]:
        """For each group around this process that has a limit: the limit, and what is left of it."""
        group, files = self._own_group()
        for folder in (group, *group.parents):
            with contextlib.suppress(OSError, ValueError):
                limit = int((folder / files.limit).read_text())  # `max` is no number
                if limit < _NO_LIMIT:
                    used = int((folder / files.used).read_text())
                    cached = _values((folder / "memory.stat").read_text()).get(files.cache, 0)
                    yield limit, limit - used + cached
            if folder == self._groups:
                return

    def own_group(self) -> tuple[Path, bool, bool]:
        """The folder of this process's memory group, whether it is of version 1, and whether it is delegated.

        It is delegated if systemd says so, or if it is the top of all groups that a container sees.
        """
        group, files = self._own_group()
        version_1 = files is _VERSION_1
        top = group == (self._groups / "memory" if version_1 else self._groups)
        # Outside of containers, the top group is called `/` in version 1, and has no limit in version 2.
        contained = top and (self._own_path() != "/" if version_1 else (group / files.limit).exists())
        return group, version_1, contained or _delegated_by_systemd(group)

    def _own_group(self) -> tuple[Path, _Files]:
        """The folder of this process's memory group, and what its files are called."""
        path, version_1 = self._own_path(), "memory" in self._paths()
        root = self._groups / "memory" if version_1 else self._groups
        group = root / path.lstrip("/")
        # A container may see its own group at the root, and know it by its name on the machine.
        return (group if group.is_dir() else root), (_VERSION_1 if version_1 else _VERSION_2)

    def _own_path(self) -> str:
        paths = self._paths()
        return paths.get("memory", paths.get("", "/"))

    def _paths(self) -> dict[str, str]:
        """The paths of this process's groups, by what they control; in version 2, that is empty."""
        try:
            lines = (self._proc / "self" / "cgroup").read_text().splitlines()
        except OSError:
            lines = []
        return {kind: path for _, kind, path in (line.split(":", 2) for line in lines if line.count(":") > 1)}


def _delegated_by_systemd(folder: Path) -> bool:
    for name in ("user.delegate", "trusted.delegate"):
        with contextlib.suppress(OSError, AttributeError):  # only Linux has attributes
            if os.getxattr(folder, name) == b"1":
                return True
    return False


def _values(text: str) -> dict[str, int]:
    """Lines of a name and a number."""
    words = (line.split() for line in text.splitlines())
    return {line[0]: int(line[1]) for line in words if len(line) > 1 and line[1].isdecimal()}
