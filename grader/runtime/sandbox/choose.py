"""Which sandbox to use on this machine: the strongest that works; never none for strangers' code unasked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from grader.errors import UnavailableError, UsageError
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.bubblewrap import BubblewrapBackend
from grader.runtime.sandbox.process import WorkerSandbox
from grader.runtime.sandbox.unconfined import UnconfinedBackend

CHOICES = ("auto", "container", "bubblewrap", "none")
UNASKED = (
    "a batch is other people's code; if you trust all of it, or run inside a machine that may break, add "
    "--isolation none"
)
NO_SOCKET = (
    "what is confined has no network, and reaches PostgreSQL by a Unix socket on this machine; this server "
    "has none: use --postgres embedded or --postgres container"
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


def choose_sandbox(
    isolation: str, postgres: PostgresBackend, *, batch: bool, progress: Callable[[str], None]
) -> SandboxBackend:
    """The sandbox for `--isolation`.

    `container` builds its image if that is missing; `auto` does not, and then takes `bubblewrap`.

    Args:
        isolation: One of `CHOICES`. `auto` takes the strongest that works; where none does, it runs a single
            folder unconfined, as one's own code, and refuses a batch.
        postgres: Where the servers come from.
        batch: Whether more than one submission is graded: code of strangers.
        progress: Called with lines for whoever waits.

    Raises:
        UsageError: there is no such isolation.
        UnavailableError: it cannot be had here.
    """
    if isolation not in CHOICES:
        raise UsageError(
            f"there is no isolation called {isolation!r}", next_step=f"Use one of: {', '.join(CHOICES)}."
        )
    problems: list[str] = []
    for backend in _candidates(isolation, postgres, progress):
        if backend.confined and not postgres.sockets:
            problem: str | None = NO_SOCKET
        else:
            problem = backend.problem()
        if problem is None and (backend.confined or isolation == "none" or not batch):
            if problems:
                progress(f"Isolation is {backend.name}. Nothing stronger: {'; '.join(problems)}")
            return backend
        problems.append(f"{backend.name}: {problem or UNASKED}")
    raise UnavailableError(
        "students' code cannot be run on this machine", next_step="; ".join(problems) + "."
    )


def _candidates(
    isolation: str, postgres: PostgresBackend, progress: Callable[[str], None]
) -> list[SandboxBackend]:
    """The backends that may be taken, the strongest first."""
    others: list[SandboxBackend] = [BubblewrapBackend(), UnconfinedBackend()]
    if isolation == "container" or (isolation == "auto" and postgres.name == "container"):
        # Loading the clients of the engine takes longer than starting a worker.
        from grader.runtime.sandbox.container import ContainerSandboxBackend  # noqa: PLC0415
        from grader.runtime.sandbox.images import sandbox_image  # noqa: PLC0415

        if isolation == "container" and postgres.sockets:
            sandbox_image().ensure(progress)
        others.insert(0, ContainerSandboxBackend())
    return [backend for backend in others if isolation in ("auto", backend.name)]
