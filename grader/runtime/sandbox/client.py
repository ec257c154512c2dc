"""Talks to a worker over its two streams, in whatever sandbox the worker runs."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import asdict, dataclass
from typing import IO, Any

import msgspec

from grader.errors import HarnessFault
from grader.observations.model import Layout
from grader.observations.steps import Limit
from grader.runtime.memory import GroupEvents
from grader.runtime.sandbox.interface import MEGABYTE, Outcome, Step, StepLimits

GRACE_SECONDS = 60.0
"""How much longer than a step's own limit the worker may take to answer, before it counts as broken. Where
two cores are busy with other work, ending what a fork bomb left behind takes some 15 s."""
END_SECONDS = 15.0
"""How long to wait for the rest of the worker's replies when it is closed."""
START_SECONDS = 60.0
"""How long the worker may take to import its packages: usually half a second, some seconds from a cold
disk."""
LONGEST_LINE = 24 * MEGABYTE
"""The longest line that is read, in bytes. Two outputs of `MOST_OUTPUT_BYTES` and as much SQL fit in, each
six times as long in JSON."""


@dataclass(frozen=True)
class Setup:
    """The first message to a worker. The fields of `limits` are sent beside the others."""

    root: str
    """The staged submission, as the worker sees it."""
    layout: Layout
    environment: Mapping[str, str]
    """The environment of every step, without what the step itself adds."""
    limits: StepLimits
    processes: int | None = None
    """How many processes the worker's user may have; None where that user has other processes."""
    copy: str | None = None
    """Where each step gets a fresh copy of the submission, to which it may write. None: no copies are made.
    There is one place for the copy, so only one step may run at a time."""
    socket: str | None = None
    """The server's Unix socket, as the worker sees it. The worker's port leads to it."""
    own_group: bool = False
    """Whether the worker is in a memory group of its own, whose files it sees."""


class Reply(msgspec.Struct, forbid_unknown_fields=True):
    """The worker's message about a step that has ended."""

    id: int
    exit_code: int | None
    stdout: str
    stderr: str
    seconds: float
    limit: Limit | None
    data: dict[str, int]
    sql: str = ""
    group_events: GroupEvents | None = None


class Ready(msgspec.Struct, forbid_unknown_fields=True):
    """The worker's first message."""

    versions: dict[str, str]
    import_seconds: float
    problem: str | None = None
    """Why it cannot run anything; then it ends."""
    port: int | None = None
    """The port on its own loopback that leads to the server; None where there is no loopback."""


# Made here, while only one thread runs: msgspec crashes when two threads decode a type for the first time.
_REPLY = msgspec.json.Decoder(Reply)
_READY = msgspec.json.Decoder(Ready)


class WorkerClient:
    """Sends steps to a worker, and returns each outcome to the thread that waits for it."""

    def __init__(self, requests: IO[bytes], replies: IO[bytes]) -> None:
        self._requests = requests
        self._replies = replies
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: dict[int, Future[Reply]] = {}
        self._next = 0
        self._ended: str | None = None
        self.group_events: GroupEvents | None = None
        """See `Sandbox.group_events`."""
        self._ready: Future[Ready] = Future()
        self._reader = threading.Thread(target=self._read, name="worker-replies", daemon=True)
        self._reader.start()

    def wait_ready(self) -> Ready:
        """Wait until the worker has loaded its packages.

        Raises:
            HarnessFault: the worker ended, did not answer, or could not load them.
        """
        try:
            ready = self._ready.result(START_SECONDS)
        except FutureTimeoutError:
            raise HarnessFault("the worker that runs students' code did not start in time") from None
        if ready.problem is not None:
            raise HarnessFault(
                f"the packages that students' code needs cannot be loaded: {ready.problem}",
                next_step="Install the grader again with all that it depends on; `pip check` finds gaps.",
            )
        return ready

    def set_up(self, setup: Setup) -> None:
        """Send the set-up; must come before the first step."""
        fields = asdict(setup)
        self._send({**fields.pop("limits"), **fields})

    def run(self, step: Step) -> Outcome:
        """Run one step; may be called from several threads.

        Raises:
            HarnessFault: the worker ended or did not answer.
        """
        future: Future[Reply] = Future()
        with self._lock:
            if self._ended is not None:
                raise HarnessFault(self._ended)
            self._next += 1
            number = self._next
            self._waiting[number] = future
        self._send(
            {
                "id": number,
                "action": step.action,
                "arguments": list(step.arguments),
                "environment": dict(step.environment),
                "urls": list(step.urls),
                "env_file": step.env_file,
                "seconds": step.seconds,
                "emptied": step.emptied,
                "leave_after": step.leave_after,
                "break_off": step.break_off,
                "then": list(step.then),
                "alone": step.alone,
            }
        )
        try:
            reply = future.result(step.seconds + GRACE_SECONDS)
        except FutureTimeoutError:
            raise HarnessFault("the worker that runs students' code no longer answers") from None
        self.group_events = reply.group_events or self.group_events
        fields = msgspec.structs.asdict(reply)
        del fields["id"], fields["group_events"]
        return Outcome(**fields)

    def join(self) -> bool:
        """Wait for the end of a worker's replies; False if another process still holds them open."""
        self._reader.join(END_SECONDS)
        return not self._reader.is_alive()

    def _send(self, message: Mapping[str, Any]) -> None:
        try:
            with self._writing:
                self._requests.write(json.dumps(message).encode() + b"\n")
                self._requests.flush()
        except (OSError, ValueError):
            raise HarnessFault("the worker that runs students' code has ended") from None

    def _line(self) -> bytes:
        """The next line; empty at the end."""
        line = self._replies.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE:
            raise ValueError(f"a line of more than {LONGEST_LINE:,} bytes")
        return line

    def _read(self) -> None:
        reason = "the worker that runs students' code ended unexpectedly"
        try:
            first = self._line()
            if first:
                self._ready.set_result(_READY.decode(first))
            while line := self._line():
                reply = _REPLY.decode(line)
                with self._lock:
                    future = self._waiting.pop(reply.id, None)
                if future is not None:
                    future.set_result(reply)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            reason = f"the worker that runs students' code sent something unreadable: {error}"
            with contextlib.suppress(OSError):
                self._replies.close()  # so that a worker that goes on writing gets an error
        with self._lock:
            self._ended = reason
            waiting, self._waiting = list(self._waiting.values()), {}
        for future in waiting:
            future.set_exception(HarnessFault(reason))
        if not self._ready.done():
            self._ready.set_exception(HarnessFault(reason))
