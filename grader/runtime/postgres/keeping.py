"""The harness's side of a keeper process: gives the order, waits for the answer, lets go."""

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
class KeeperRequest:
    """What a keeper shall do; the fields are explained in `keeper.py`."""

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
    ready: str | None = None
    settle: tuple[int, int] | None = None


class Keeper:
    """A folder, and what runs in it, that last until `close()` or until this process ends in any way."""

    def __init__(self, order: KeeperRequest, *, seconds: float) -> None:
        """Start the keeper and wait until it has made the folder; `wait` waits for the rest of the order.

        Args:
            order: what to do.
            seconds: how long all of it may take.

        Raises:
            HarnessFault: it failed, or took too long; nothing is left of it.
        """
        self.pid = 0
        """The program's, once it is ready."""
        self._deadline = time.monotonic() + seconds
        self._read = b""
        # A session of its own: an interrupt from the terminal must not reach it before the harness lets go.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("keeper.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={},
        )
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - a pipe by construction
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(asdict(order)).encode() + b"\n")
            stdin.flush()
        self._answer("made")

    def wait(self) -> Keeper:
        """Wait until the order is carried out.

        Raises:
            HarnessFault: it failed, or took too long; nothing is left of it.
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
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - a pipe by construction
        while b"\n" not in self._read:
            left = self._deadline - time.monotonic()
            if left <= 0 or not select.select([stdout], [], [], left)[0]:
                raise HarnessFault("PostgreSQL did not become ready in time", next_step=_NEXT_STEP)
            chunk = os.read(stdout.fileno(), 65536)
            if not chunk:
                raise HarnessFault("the process that keeps PostgreSQL ended by itself", next_step=_NEXT_STEP)
            self._read += chunk
        line, _, self._read = self._read.partition(b"\n")
        return line

    def let_go(self) -> None:
        """Have everything put away, without waiting for it. May be called twice."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def close(self) -> None:
        """Let go, and wait until everything is gone. May be called twice."""
        self.let_go()
        if self._process.stdout is not None:
            self._process.stdout.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_NEXT_STEP = (
    "Free some memory and disk space and try again; `grader doctor` tells what works on this machine."
)
