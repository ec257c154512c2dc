"""Tells what happened around a trial from what the submission did.

A process of a trial may end because the machine is out of memory, or because another program has killed it;
and on a machine that has far too much to do, a step may run out of time. The trial then shows nothing,
however its steps ended, and is repeated with nothing beside it. A submission that uses more than its own
limits, or kills itself, does so alone, too, and is judged.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from grader.errors import DisturbedTrial, HarnessFault, OutOfMemory
from grader.observations.model import Observations
from grader.observations.steps import Limit
from grader.runtime.machine import overloaded
from grader.runtime.memory import GroupEvents, Memory
from grader.runtime.postgres.interface import PostgresServer
from grader.runtime.postgres.sessions import group_events
from grader.runtime.slots import Slot

_DISK_FULL = "No space left on device"
_LEAST_DISK_BYTES = 64 * 1024**2
"""With less, a usual trial does not fit."""
_MORE_MEMORY = "Give the machine, or the container that the grader runs in, more memory; or use `--jobs 1`."
_AGAIN = "Grade the submission again."
_NO_MEMORY = "memory ran out: the kernel ended a process of this trial"


_TIME = (Limit.TIME, Limit.TRIAL)


class Disturbances:
    """Watches over one trial from before its slot is taken."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._kills = memory.kills()

    @contextmanager
    def around(self, slot: Slot | None = None) -> Iterator[None]:
        """Turn each fault of the block into one after which the trial is repeated alone.

        Args:
            slot: where the trial takes place, once that is known.

        Raises:
            DisturbedTrial: something of the harness failed.
        """
        try:
            yield
        except DisturbedTrial:
            raise
        except HarnessFault as fault:
            events = slot.group.events() if slot is not None and slot.group is not None else None
            if self._kernel_killed() or (events is not None and events.kills):
                raise OutOfMemory(f"{_NO_MEMORY} ({fault.message})", next_step=_MORE_MEMORY) from fault
            raise DisturbedTrial(fault.message, next_step=fault.next_step) from fault

    def check(self, observations: Observations, slot: Slot, *, settle: bool) -> None:
        """Check that a finished trial shows the submission and nothing else.

        Args:
            observations: what was seen.
            slot: where it was tried.
            settle: see `Runner.try_out`.

        Raises:
            DisturbedTrial: memory or disk space ran out. Unless it is to be settled, also: a process was
                killed, or time ran out on a machine that is overloaded.
        """
        steps = list(observations.all_steps())
        recovered = slot.server.recovered.is_set()
        groups = [
            slot.sandbox.group_events,
            slot.group.events() if slot.group is not None else None,
            _server_events(slot.server) if recovered else None,
        ]
        known = [events for events in groups if events is not None]
        over_limit = any(events.full for events in known) or any(step.limit is Limit.MEMORY for step in steps)
        if (self._kernel_killed() or any(events.kills for events in known)) and not (settle and over_limit):
            raise OutOfMemory(_NO_MEMORY, next_step=_MORE_MEMORY)
        if not settle and recovered:
            raise DisturbedTrial(
                "a process of the PostgreSQL server was killed during the trial", next_step=_AGAIN
            )
        if not settle and any(step.limit is Limit.KILLED for step in steps):
            raise DisturbedTrial("a signal ended a step of the trial", next_step=_AGAIN)
        if not settle and any(step.limit in _TIME for step in steps) and overloaded():
            raise DisturbedTrial(
                "a step of the trial ran out of time on a machine that had too much to do", next_step=_AGAIN
            )
        failed = (step for step in steps if not step.succeeded and step.limit is not Limit.SERVER)
        if any(_DISK_FULL in step.output for step in failed) and (not settle or _disk_is_full(slot.server)):
            raise DisturbedTrial("there was no disk space left", next_step="Free some disk space.")

    def _kernel_killed(self) -> bool:
        """Whether the kernel has ended processes of the grader's own memory group for lack of memory."""
        kills = self._memory.kills()
        return kills is not None and self._kills is not None and kills > self._kills


def _server_events(server: PostgresServer) -> GroupEvents | None:
    if not server.contained:
        return None
    with suppress(HarnessFault):
        return group_events(server.endpoint)
    return None


def _disk_is_full(server: PostgresServer) -> bool:
    """Whether the disk of a server's data folder is full now, when the submission no longer writes."""
    if server.contained or not server.endpoint.is_socket:
        return False
    with suppress(OSError):
        return shutil.disk_usage(server.endpoint.host).free < _LEAST_DISK_BYTES
    return False
