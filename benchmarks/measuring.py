"""Runs a command and measures its time and the peak memory of its process.

Processes that the command starts (servers, workers) do not count. Must not know what the command does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Self

_LOOK_SECONDS = 0.05
"""The interval for reading the memory. The kernel keeps the peak, so only the last interval is missed."""
_CLOCK_FACTOR = 10
_GRACE_SECONDS = 20.0
_SHOWN = 1500
"""How many of the last characters of a failed command's output the error shows."""
_LARGEST_OUTPUT = 64 * 1024 * 1024
_MOST_MEMORY = 2 * 1024**3


class BenchmarkError(Exception):
    """Something could not be measured. The message says what, and why."""


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    seconds: float
    """Wall time."""
    peak_bytes: int | None
    """The peak memory of the process; None if the system does not give it."""


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int | None
    """Its exit code, negative for a signal; None after its time limit."""
    output: str
    """Its output, standard output and errors together."""


def measure(
    command: Sequence[str | Path],
    *,
    seconds: float,
    cwd: Path,
    environment: Mapping[str, str],
    good: frozenset[int] = frozenset({0}),
) -> Run:
    """Run a command once and measure it.

    Args:
        command: the program and its arguments.
        seconds: the time limit.
        cwd: where to run it.
        environment: all its variables.
        good: the exit codes of a successful run.

    Raises:
        BenchmarkError: it failed, or reached the time limit.
    """
    with TemporaryFile() as output:
        began = time.monotonic()
        process = _start(command, output.fileno(), cwd, environment)
        with _Peak(process.pid) as peak:
            code = _wait(process, seconds, grace=_GRACE_SECONDS)
            took = time.monotonic() - began
        output.seek(0)
        said = output.read().decode("utf-8", "replace")
    if code not in good:
        how = "did not end in time" if code is None else f"ended with {code}"
        shown = " ".join(map(str, command))
        raise BenchmarkError(f"{shown[:300]} {how}:\n{said.strip()[-_SHOWN:]}")
    return Run(took, peak.bytes)


def run_limited(
    command: Sequence[str | Path],
    *,
    seconds: float,
    cwd: Path,
    environment: Mapping[str, str],
) -> Finished:
    """Run a command of a submission with limits on time, memory and output.

    Args:
        command: the program and its arguments.
        seconds: the limit on the processor time of each of its processes. The limit by the clock is much
            longer, so that a busy machine does not change the result.
        cwd: where to run it.
        environment: all its variables.
    """
    # The shell sets the limits, so that no Python code runs in the forked process.
    limits = (
        f"ulimit -v {_MOST_MEMORY // 1024}; ulimit -f {_LARGEST_OUTPUT // 512}; ulimit -t {seconds:.0f}; "
        'exec "$@"'
    )
    with TemporaryFile() as output:
        process = _start(["sh", "-c", limits, "sh", *command], output.fileno(), cwd, environment)
        code = _wait(process, seconds * _CLOCK_FACTOR)
        output.seek(0)
        return Finished(code, output.read(1_000_000).decode("utf-8", "replace"))


def _start(
    command: Sequence[str | Path], output: int, cwd: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=cwd,
        env=dict(environment),
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], seconds: float, *, grace: float = 0.0) -> int | None:
    """Wait for the end of a process. After the time limit, kill its group and return None.

    Args:
        process: the leader of its group.
        seconds: the time limit.
        grace: seconds that it gets to stop its servers, after an interrupt and before it is killed.
    """
    ran_out = threading.Event()

    def stop() -> None:
        ran_out.set()
        _end(process, grace)

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        # Not with a timeout: `wait` would then poll, and notice the end up to 50 ms late.
        code = process.wait()
    except BaseException:
        _end(process, grace)
        raise
    finally:
        timer.cancel()
    return None if ran_out.is_set() else code


def _end(process: subprocess.Popen[bytes], grace: float) -> None:
    with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGINT)
        process.wait(grace)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class _Peak:
    """Records the peak memory of a process during a block."""

    def __init__(self, process: int) -> None:
        self.bytes: int | None = None
        self._status = Path(f"/proc/{process}/status")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            with contextlib.suppress(OSError):
                self.bytes = peak_in(self._status.read_text(encoding="ascii")) or self.bytes


def peak_in(status: str) -> int | None:
    """The peak resident memory in a Linux `/proc/PID/status`, in bytes; None if it is not there."""
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None
