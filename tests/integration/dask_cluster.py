"""A Dask cluster of processes on this machine: a scheduler, and workers that can be killed."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.integration.command import Place
from tests.waiting import wait_until

PLAIN = ("-m", "distributed.cli.dask_worker")
OTHER_GRADER = (
    "-c",
    "import grader; grader.__version__ = '0.0.9'; from distributed.cli.dask_worker import main; main()",
)
"""A worker with another release of the grader, as far as it knows."""
NO_GRADER = (
    "-c",
    "import sys; sys.modules['grader'] = None; from distributed.cli.dask_worker import main; main()",
)
"""A worker without the grader."""


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, place: Place) -> None:
        """Start nothing.

        Args:
            place: where they may write.
        """
        self._place = place
        self._stack = ExitStack()
        self._file = place.top / "scheduler.json"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def start(self, workers: int) -> None:
        """Start a scheduler and workers, one submission each."""
        self._process("scheduler", ("-m", "distributed.cli.dask_scheduler"), "--port", "0")
        wait_until(self._is_up, "the scheduler is up")
        for _ in range(workers):
            self.add_worker()

    def add_worker(self, program: tuple[str, ...] = PLAIN) -> subprocess.Popen[bytes]:
        """Start one more worker; it is up when its log says so."""
        name = f"worker{len(self.workers)}"
        worker = self._process(name, program, "--nthreads", "1", "--no-nanny", "--memory-limit", "0")
        self.workers.append(worker)
        wait_until(lambda: "Registered to:" in self.log(name), f"{name} is up")
        return worker

    def log(self, name: str) -> str:
        """What a process has written."""
        return (self._place.top / f"{name}.log").read_text(errors="replace")

    def is_clean(self) -> bool:
        """Nothing of a run is left among the workers' temporary files."""
        return not any(self._place.temporary.glob("migration-grader-*"))

    def stop(self) -> None:
        """End all processes."""
        self._stack.close()

    def _is_up(self) -> bool:
        with contextlib.suppress(OSError, ValueError):
            self.address = str(json.loads(self._file.read_text())["address"])
        return bool(self.address)

    def _process(self, name: str, program: tuple[str, ...], *arguments: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self._place.top / f"{name}.log").open("wb"))
        command = [sys.executable, *program, "--scheduler-file", str(self._file), "--host", "127.0.0.1"]
        process = subprocess.Popen(
            [*command, "--no-dashboard", *arguments],
            cwd=self._place.top,
            env=self._place.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        self._stack.callback(_end, process)
        return process


@contextmanager
def cluster(folder: Path, *, workers: int) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts."""
    folder.mkdir()
    made = Cluster(Place(folder))
    try:
        made.start(workers)
        yield made
    finally:
        made.stop()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
