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
class Order:
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

    def __init__(self, order: Order, *, seconds: float) -> None:
        """Start the keeper and wait until its order is carried out.

        Args:
            order: what to do.
            seconds: how long that may take.

        Raises:
            HarnessFault: it failed, or took too long; nothing is left of it.
        """
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
        try:
            answer = self._ask(order, time.monotonic() + seconds)
        except BaseException:
            self.close()
            raise
        self.pid = int(answer)

    def _ask(self, order: Order, deadline: float) -> int:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - both are pipes by construction
        assert stdout is not None  # noqa: S101
        line = b""
        with contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(asdict(order)).encode() + b"\n")
            stdin.flush()
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([stdout], [], [], left)[0]:
                raise HarnessFault("PostgreSQL did not become ready in time", next_step=_NEXT_STEP)
            chunk = os.read(stdout.fileno(), 65536)
            if not chunk:
                raise HarnessFault("the process that keeps PostgreSQL ended by itself", next_step=_NEXT_STEP)
            line += chunk
        answer = json.loads(line)
        if "failed" in answer:
            raise HarnessFault(
                f"PostgreSQL could not be started: {answer['failed'].strip()}", next_step=_NEXT_STEP
            )
        return int(answer["ready"])

    def close(self) -> None:
        """Let go, and wait until everything is gone. May be called twice."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_NEXT_STEP = (
    "Free some memory and disk space and try again; `grader doctor` tells what works on this machine."
)
