"""The harness's side of a supervisor process: starts it, sends the order, waits for the answers, ends it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from grader.errors import HarnessFault

_STOP_SECONDS = 20.0


@dataclass(frozen=True)
class SupervisorRequest:
    """The order to a supervisor process. `supervisor_process.py` explains the fields."""

    folder: str
    mode: int = 0o700
    folders: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    trees: tuple[tuple[str, str], ...] = ()
    data: dict[str, object] | None = None
    command: tuple[str, ...] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    owner: tuple[int, int] | None = None
    largest: int | None = None
    memory: int | None = None
    room: dict[str, object] | None = None
    ready: str | None = None
    settle: tuple[int, int] | None = None


class Supervisor:
    """A folder and a program in it. Both are there until `close()`, or until this process ends."""

    def __init__(self, order: SupervisorRequest, *, seconds: float) -> None:
        """Start the supervisor and wait until it has made the folder. `wait` waits for the program.

        Args:
            order: what to do.
            seconds: how long the folder and the program together may take.

        Raises:
            HarnessFault: it failed, or took too long. Nothing is left of it.
        """
        self.pid = 0
        """The process id of the program, once it is ready."""
        self._deadline = time.monotonic() + seconds
        self._read = b""
        # In a session of its own: an interrupt from the terminal must not end it before the harness does.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("supervisor_process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={},
        )
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018 - pipes by construction
        self._orders, self._answers = self._process.stdin, self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            self._orders.write(json.dumps(asdict(order)).encode() + b"\n")
            self._orders.flush()
        self._answer("made")

    def wait(self) -> Supervisor:
        """Wait until the program is ready.

        Raises:
            HarnessFault: it failed, or took too long. Nothing is left of it.
        """
        self.pid = self._answer("ready")
        return self

    def _answer(self, wanted: str) -> int:
        try:
            answer = json.loads(self._next_line())
        except BaseException:
            self.close()
            raise
        if "failed" in answer:
            self.close()
            raise HarnessFault(
                f"PostgreSQL could not be started: {answer['failed'].strip()}", next_step=_NEXT_STEP
            )
        return int(answer[wanted])

    def _next_line(self) -> bytes:
        while b"\n" not in self._read:
            left = self._deadline - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                raise HarnessFault("PostgreSQL did not become ready in time", next_step=_NEXT_STEP)
            chunk = os.read(self._answers.fileno(), 65536)
            if not chunk:
                raise HarnessFault("the process that keeps PostgreSQL ended by itself", next_step=_NEXT_STEP)
            self._read += chunk
        line, _, self._read = self._read.partition(b"\n")
        return line

    def begin_stop(self) -> None:
        """Tell the supervisor to end all, and do not wait for that. May be called twice."""
        with contextlib.suppress(BrokenPipeError):
            self._orders.close()

    def close(self) -> None:
        """End the program, remove the folder, and wait until both are gone. May be called twice."""
        self.begin_stop()
        self._answers.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_NEXT_STEP = (
    "Free some memory and disk space and try again; `grader doctor` tells what works on this machine."
)
