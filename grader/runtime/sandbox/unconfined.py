"""No confinement at all: the worker as a plain process of this machine.

For one's own code, or on a machine that may break. A batch of strangers' code runs here only with
`--isolation none`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages, Interpreter
from grader.runtime.sandbox.interface import SandboxBackend
from grader.runtime.sandbox.process import WORKER, ProcessHandle, WorkerSandbox, step_environment
from grader.runtime.sockets import Sockets


class UnconfinedBackend(SandboxBackend):
    """Starts workers as this user. They reach all that this user reaches."""

    name = "none"
    good_for = "for code that you trust"
    confined = False

    def __init__(self, extras: ExtraPackages = NO_EXTRAS) -> None:
        """Store the packages that students' code gets besides those of every exercise."""
        self._interpreter = Interpreter(extras)

    @property
    def identity(self) -> tuple[str, ...] | None:
        """See `SandboxBackend.identity`: the interpreter."""
        return (str(self._interpreter.program),)

    def problem(self) -> str | None:
        """Works wherever processes can be forked."""
        if not hasattr(os, "fork"):
            return "this system cannot fork processes: use Linux, macOS or WSL"
        return None

    def unprepared(self) -> bool:
        """See `SandboxBackend.unprepared`."""
        return not self._interpreter.ready()

    def prepare(self, progress: Callable[[str], None]) -> None:
        """See `SandboxBackend.prepare`."""
        self._interpreter.ensure(progress)

    def sandbox(self, staged: Path, sockets: Sockets | None) -> WorkerSandbox:  # noqa: ARG002 - it sees all
        """Start a worker for a staged submission. Beside its folder, one is made for the files of steps."""
        scratch = staged.with_name(f"{staged.name}-scratch")
        scratch.mkdir(exist_ok=True)
        python = self._interpreter.program
        return WorkerSandbox(
            ProcessHandle([str(python), "-I", str(WORKER)]),
            isolation=self.name,
            root=str(staged),
            environment=step_environment(python.parent, str(scratch)),
        )
