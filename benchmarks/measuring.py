"""Runs a command to its end: how long it took, and how much memory its process held at most.

The figures are the process's own: what it starts (servers, workers) is not counted. Knows nothing of what is
measured.
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
"""Between two looks at the memory. The system keeps the highest value, so only the last moment is missed."""
_CLOCK_FACTOR = 10
_GRACE_SECONDS = 20.0
_SHOWN = 1500
"""How much of what a failed command wrote last is passed on, in characters."""
_LARGEST_OUTPUT = 64 * 1024 * 1024
_MOST_MEMORY = 2 * 1024**3


class BenchmarkError(Exception):
    """Something could not be measured; the message says what and why."""


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    seconds: float
    """Wall time."""
    peak_bytes: int | None
    """The most memory that the process held; None where the system does not tell."""


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int | None
    """Its exit code, negative for a signal; None when it ran into its time limit."""
    output: str
    """What it wrote, standard output and errors together."""


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
        seconds: after which it counts as stuck.
        cwd: where to run it.
        environment: all its variables.
        good: the exit codes of a run that did its work.

    Raises:
        BenchmarkError: it failed or was stuck.
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
        how = "was stuck" if code is None else f"ended with {code}"
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
    """Run a command of a submission, held to limits on time, memory and output, to whatever end it comes.

    Args:
        command: the program and its arguments.
        seconds: the processor time that each of its processes may use; so that what it comes to does not hang
            on what else the machine has to do, it may take much longer by the clock.
        cwd: where to run it.
        environment: all its variables.
    """
    # A shell's limits, so that nothing of this process has to run in the forked one.
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
    """Wait for the end; end the process and its group when it takes too long, and then give None.

    Args:
        process: the leader of its group.
        seconds: how long it may take.
        grace: how long it is given to put away what it started, when it is not let run to its end.
    """
    ran_out = threading.Event()

    def stop() -> None:
        ran_out.set()
        _end(process, grace)

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        # Not with a timeout: that would look again and again, and see the end up to 50 ms late.
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
    """Looks at the memory of a process again and again within a block."""

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
    """The highest resident memory in a Linux `/proc/PID/status`, in bytes; None when it is not in there."""
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None
