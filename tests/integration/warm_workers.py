"""Unconfined sandboxes for tests that grade hundreds of submissions: their workers are forked, not started.

A worker that starts spends a quarter of a trial's processor time on loading packages. Here one process loads
them once, and each submission gets a fork of it, which then does what a worker does when it starts. What a
submission may change, it changes in its own fork. The command line's tests, and all those of the sandboxes,
start workers as they are started for users.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Self

from grader.errors import HarnessFault
from grader.runtime.sandbox.process import STOP_SECONDS, WORKER, WorkerSandbox, step_environment
from grader.runtime.sandbox.unconfined import UnconfinedBackend
from grader.runtime.sockets import Sockets

PARENT = Path(__file__).with_name("warm_parent.py")


class ForkedWorker:
    """A `WorkerHandle` for a worker that another process has forked."""

    process = None

    def __init__(self, requests: int, replies: int, process: int) -> None:
        """Take over the streams and the descriptor of the process."""
        self.requests: IO[bytes] = os.fdopen(requests, "wb")
        self.replies: IO[bytes] = os.fdopen(replies, "rb")
        self._process = process
        self._ended = False

    def bring_in(self) -> None:
        """See `WorkerHandle.bring_in`: the worker sees the files of this machine."""

    def end(self) -> None:
        """See `WorkerHandle.end`."""
        if self._ended:
            return
        self._ended = True
        with contextlib.suppress(OSError):  # it has ended already
            self.requests.close()
        if not select.select([self._process], [], [], STOP_SECONDS)[0]:
            signal.pidfd_send_signal(self._process, signal.SIGKILL)
            select.select([self._process], [], [])
        os.close(self._process)


class WarmBackend(UnconfinedBackend):
    """Starts unconfined workers from one process that has loaded the packages."""

    def __init__(self) -> None:
        """Start that process."""
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._parent = subprocess.Popen(
                [sys.executable, "-I", str(PARENT), str(WORKER)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                env={"LANG": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath)},
            )

    def sandbox(self, staged: Path, sockets: Sockets | None) -> WorkerSandbox:  # noqa: ARG002 - it sees all
        """Start a worker for a staged submission. What is in its scratch space is removed after each step."""
        scratch = staged.with_name(f"{staged.name}-scratch")
        scratch.mkdir(exist_ok=True)
        return WorkerSandbox(
            self._fork(),
            isolation=self.name,
            root=str(staged),
            environment=step_environment(Path(sys.executable).parent, str(scratch)),
        )

    def _fork(self) -> ForkedWorker:
        their_requests, requests = os.pipe()
        replies, their_replies = os.pipe()
        with self._lock:
            socket.send_fds(self._socket, [b"."], [their_requests, their_replies])
            os.close(their_requests)
            os.close(their_replies)
            _, descriptors, _, _ = socket.recv_fds(self._socket, 1, 1)
        if not descriptors:
            raise HarnessFault("the process that forks workers has ended")
        return ForkedWorker(requests, replies, descriptors[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """End the process. Its workers end with their own streams."""
        self._socket.close()
        self._parent.wait()
