"""Which sandbox to use on this machine: the strongest that works; never none for strangers' code unasked."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from grader.errors import UnavailableError, UsageError
from grader.sandbox.bubblewrap import BubblewrapBackend
from grader.sandbox.process import WorkerSandbox
from grader.sandbox.unconfined import UnconfinedBackend

CHOICES = ("auto", "bubblewrap", "none")
UNASKED = (
    "a batch is other people's code; if you trust all of it, or run inside a machine that may break, add "
    "--isolation none"
)


class SandboxBackend(Protocol):
    """A way to confine students' code."""

    @property
    def name(self) -> str:
        """`none`, `bubblewrap` or `container`."""

    def problem(self) -> str | None:
        """Why it cannot work here, and what to do about it; None when it can."""

    @property
    def confined(self) -> bool:
        """Whether the code is kept in; then it reaches its server by the socket alone."""

    def sandbox(self, staged: Path, sockets: Path | None) -> AbstractContextManager[WorkerSandbox]:
        """Start a sandbox around a staged submission and the folder of its server's socket."""


def choose_sandbox(isolation: str, *, batch: bool, sockets: bool = True) -> SandboxBackend:
    """The sandbox for `--isolation`.

    Args:
        isolation: One of `CHOICES`. `auto` takes the strongest that works; where none does, it runs a single
            folder unconfined, as one's own code, and refuses a batch.
        batch: Whether more than one submission is graded: code of strangers.
        sockets: Whether the servers are reached by Unix sockets, without which nothing can be confined.

    Raises:
        UsageError: there is no such isolation.
        UnavailableError: it cannot be had here.
    """
    if isolation not in CHOICES:
        raise UsageError(
            f"there is no isolation called {isolation!r}", next_step=f"Use one of: {', '.join(CHOICES)}."
        )
    problems = []
    for backend in (BubblewrapBackend(), UnconfinedBackend()):
        if isolation not in ("auto", backend.name):
            continue
        if backend.confined and not sockets:
            problem: str | None = "a confined submission reaches its server by a Unix socket, and this server has none"
        else:
            problem = backend.problem()
        if problem is None and (backend.confined or isolation == "none" or not batch):
            return backend
        problems.append(f"{backend.name}: {problem or UNASKED}")
    raise UnavailableError("students' code cannot be run on this machine", next_step="; ".join(problems) + ".")
