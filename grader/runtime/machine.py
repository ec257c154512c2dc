"""How many submissions this machine can try at once, and whether it is too busy for those that it tries.

Must not know how they are tried.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from grader.runtime.memory import Memory

SUBMISSION_BYTES = 384 * 1024**2
"""Memory for one submission. A usual one was measured at 180 MB for its server, its worker and two steps at a
time, and 30 MB for the data folder, which is in memory too."""
MOST_BYTES = 2304 * 1024**2
"""The most memory that the steps of one submission may use together, on a machine that has as much."""
_SHARE = 3 / 4
"""The share of a smaller machine's memory that they may use. The server and the grader need the rest."""
_SERVER_BYTES = 1280 * 1024**2
"""The most memory for a server and its data, as for a container of its own."""
_GROUP_SHARE = 7 / 8
"""The same with the server: more, so that a step can be ended before the kernel ends just anything."""
_OWN_BYTES = 256 * 1024**2
"""Memory for the harness itself, however many submissions there are."""
_BUSY_LOAD = 4.0
"""Programs that want to run, for each core. Two passes and a server, on each core, make two."""
_HERE = Memory()
_SETTLE_SECONDS = 2.0
"""How long a submission takes until it uses the memory that it needs."""


def jobs_here() -> int:
    """How many submissions to try at once: one for each core, or fewer if there is too little memory."""
    room = jobs_in_memory()
    return cores() if room is None else max(1, min(cores(), room))


def jobs_in_memory() -> int | None:
    """How many submissions there is memory for, at least 1; None where the system does not tell."""
    memory = _HERE.free()
    return None if memory is None else max(1, (memory - _OWN_BYTES) // SUBMISSION_BYTES)


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def overloaded() -> bool:
    """Whether far more wants to run here than the cores can serve, so that a step may run out of time."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > _BUSY_LOAD * cores()


def most_for_one() -> int:
    """How many bytes the steps of one submission may use together.

    A machine with less than `MOST_BYTES` grants a share of what it has, and never less than a submission is
    promised.
    """
    total = _HERE.total()
    return MOST_BYTES if total is None else max(SUBMISSION_BYTES, min(MOST_BYTES, int(total * _SHARE)))


def most_for_group() -> int:
    """How many bytes a submission may use with its server, where it has a memory group of its own."""
    total = _HERE.total()
    most = MOST_BYTES + _SERVER_BYTES
    return most if total is None else max(SUBMISSION_BYTES, min(most, int(total * _GROUP_SHARE)))


class MemoryRoom:
    """Says during a run whether there is memory for another submission. May be used from several threads.

    What a submission needs still counts as free when it begins, so a new one is counted by what it is
    promised.
    """

    def __init__(
        self, free: Callable[[], int | None] = _HERE.free, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._free = free
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: dict[object, float] = {}

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Count a submission within the block."""
        key = object()
        with self._lock:
            self._begun[key] = self._clock()
        try:
            yield
        finally:
            with self._lock:
                del self._begun[key]

    def has_room(self, running: int = 0) -> bool:
        """Whether another submission fits; True where the system does not tell.

        Args:
            running: how many have been started, whether they are counted already or not.
        """
        free = self._free()
        with self._lock:
            since = self._clock() - _SETTLE_SECONDS
            new = sum(moment > since for moment in self._begun.values())
            new += max(0, running - len(self._begun))
        return free is None or free >= (new + 1) * SUBMISSION_BYTES
