"""The one way in which tests wait for something that happens in another process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 60.0
"""Far more than anything takes, also on a machine that is busy with other things."""
_PAUSE = 0.02


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = SECONDS) -> None:
    """Look again and again until it is so; fail when that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds:g} s: {what}"
        time.sleep(_PAUSE)


def is_there(process: int) -> bool:
    """A process of that id exists; one that has ended and waits for its parent to notice does not count."""
    return _state(process) not in {None, "Z"}


def is_zombie(process: int) -> bool:
    """A process of that id has ended, and nobody has taken notice."""
    return _state(process) == "Z"


def in_session(session: int) -> list[int]:
    """The processes of a session, ended ones that nobody has taken notice of included."""
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if (fields := _fields(path)) is not None and int(fields[3]) == session
    ]


def children(parent: int) -> list[int]:
    """The processes that a process has started and that still run."""
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if (fields := _fields(path)) is not None and int(fields[1]) == parent and fields[0] != "Z"
    ]


def _state(process: int) -> str | None:
    fields = _fields(Path(f"/proc/{process}/stat"))
    return None if fields is None else fields[0]


def _fields(path: Path) -> list[str] | None:
    """State, parent, group, session and so on: what stands behind the name, which may hold anything."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # it ended meanwhile
        return None
