"""A started worker, which all sandboxes have in common, and workers that are processes of this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import IO, Protocol, Self

from grader.errors import HarnessFault
from grader.observations.model import Layout
from grader.runtime.memory import FIRST_TO_END, GroupEvents
from grader.runtime.sandbox.client import Setup, WorkerClient
from grader.runtime.sandbox.interface import Outcome, Step, StepLimits
from grader.runtime.sandbox.turns import Turns

WORKER = Path(__file__).with_name("worker.py")
BESIDE_WORKER = ("denied_calls.py", "loopback.py", "loopback.pem", "plain_models.py")
"""The files that the worker loads from its own folder."""
CONFINED = "confined"
"""The worker's argument in a sandbox: it denies itself and its steps the calls of `denied_calls.py`."""
HOSTS = Path(__file__).with_name("hosts")
"""A file for `/etc/hosts` in sandboxes without a network: a connection to `localhost` must be refused, and
not fail because the name is unknown."""
STOP_SECONDS = 10.0
"""How long the worker may take to kill what it has started and to end; then it is killed."""


_FIRST_TO_END = (
    *("/bin/sh", "-c", f'{{ echo {FIRST_TO_END} >/proc/self/oom_score_adj; }} 2>/dev/null; exec "$@"', "sh"),
)
"""What a command begins with, so that it and all that it starts have this score. If root sets it, or where
`/proc` cannot be written to, no step can change it back."""


class WorkerHandle(Protocol):
    """The streams of a worker, and how to end it."""

    requests: IO[bytes]
    replies: IO[bytes]

    @property
    def process(self) -> int | None:
        """Its first process, if that is one of this machine."""

    def bring_in(self) -> None:
        """Bring the submission's files to where the worker sees them, unless it sees where they are.

        Raises:
            HarnessFault: they cannot be brought there.
        """

    def end(self) -> None:
        """Close the worker's input, which ends it; kill it if it does not end. May be called twice."""


class ProcessHandle:
    """A worker that is a process of this machine; its command may begin with what confines it."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it.

        Raises:
            HarnessFault: it could not be started.
        """
        if shutil.which(command[0]) is None:  # the shell would start all the same
            raise HarnessFault(f"the worker process could not be started: No such file: {command[0]}")
        try:
            self._process = subprocess.Popen(
                [*_FIRST_TO_END, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={"LANG": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath)},
            )
        except OSError as error:
            raise HarnessFault(f"the worker process could not be started: {error}") from error
        if self._process.stdin is None or self._process.stdout is None:
            raise HarnessFault("the worker process has no pipes")
        self.requests = self._process.stdin
        self.replies = self._process.stdout
        self.process = self._process.pid

    def bring_in(self) -> None:
        """See `WorkerHandle.bring_in`: the worker sees the files of this machine."""

    def end(self) -> None:
        """See `WorkerHandle.end`."""
        with contextlib.suppress(OSError):  # it has ended already
            self.requests.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class WorkerSandbox:
    """A started worker; see `Sandbox`. The packages load while the caller does something else."""

    def __init__(
        self,
        handle: WorkerHandle,
        *,
        isolation: str,
        root: str,
        environment: Mapping[str, str],
        sockets: str | None = None,
        processes: int | None = None,
        own_group: bool = False,
    ) -> None:
        """Take over a worker that has been started.

        Args:
            handle: The worker.
            isolation: `none`, `bubblewrap` or `container`.
            root: The staged submission, as the worker sees it.
            environment: The environment of every step, without the database's address.
            sockets: The folder of the server's socket, as the worker sees it; None when the worker sees it at
                the same place as the harness.
            processes: How many processes the worker's user may have; None where that user has other
            processes.
            own_group: Whether the worker is in a memory group of its own, whose files it sees.
        """
        self.isolation = isolation
        self.root = root
        self.versions: Mapping[str, str] = {}
        self.import_seconds = 0.0
        self.port: int | None = None
        self._environment = environment
        self._processes = processes
        self._own_group = own_group
        self._sockets = sockets
        self._over_copies = False
        self._copied = False
        """Whether a step had its copy of the submission."""
        self._turns = Turns()
        self._alone = False
        """Whether each step runs alone from now on."""
        self._handle = handle
        self._client = WorkerClient(handle.requests, handle.replies)

    def set_up(
        self, layout: Layout, limits: StepLimits, *, socket: Path | None = None, over_copies: bool = False
    ) -> None:
        """See `Sandbox.set_up`."""
        self._handle.bring_in()
        ready = self._client.wait_ready()
        self.versions = ready.versions
        self.import_seconds = ready.import_seconds
        copy = f"{self._environment['TMPDIR']}/copy/submission" if over_copies else None
        seen = None
        if socket is not None:
            seen = str(socket) if self._sockets is None else f"{self._sockets}/{socket.name}"
            self.port = ready.port
        self._client.set_up(
            Setup(
                *(self.root, layout, self._environment, limits, self._processes),
                copy=copy,
                socket=seen,
                own_group=self._own_group,
            )
        )
        if copy is not None:
            self.root = copy
            self._over_copies = self._alone = True  # there is one place for the copy

    def run(self, step: Step, around: AbstractContextManager[object] | None = None) -> Outcome:
        """Run one step; see `Sandbox.run`.

        Raises:
            HarnessFault: also when the first step could not be given its copy of the submission. That a later
                one could not be, is what earlier steps have left, and how this one ended.
        """
        if self._sockets is not None and step.environment.get("PGHOST", "").startswith("/"):
            step = replace(step, environment={**step.environment, "PGHOST": self._sockets})
        with self._turns.taken(alone=step.alone or self._alone), around or nullcontext():
            outcome = self._client.run(replace(step, alone=step.alone or self._alone))
        if outcome.data.get("left"):
            # It left files where a step beside it may have seen them. No later step will see any.
            self._alone = True
        if self._over_copies and not self._copied and "uncopied" in outcome.data:
            raise HarnessFault(
                "the submission could not be copied for its first step", next_step="Free some disk space."
            )
        self._copied = True
        return outcome

    @property
    def process(self) -> int | None:
        """See `Sandbox.process`."""
        return self._handle.process

    @property
    def group_events(self) -> GroupEvents | None:
        """See `Sandbox.group_events`."""
        return self._client.group_events

    def close(self) -> None:
        """End the worker and all that it has started. May be called twice."""
        self._handle.end()
        if self._client.join():  # else a thread still reads, and closing would wait for it
            self._handle.replies.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def step_environment(scripts: Path, home: str) -> dict[str, str]:
    """The variables of every step.

    Args:
        scripts: the folder of the interpreter and of the packages' commands.
        home: a folder that the step may write to.
    """
    return {
        "PATH": os.pathsep.join([str(scripts), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "120",
    }
