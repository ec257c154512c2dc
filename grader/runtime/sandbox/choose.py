"""Chooses the sandbox: the strongest that works here. Runs a batch unconfined only when asked to."""

from __future__ import annotations

from collections.abc import Callable

from grader.errors import UnavailableError, UsageError
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.bubblewrap import BubblewrapBackend
from grader.runtime.sandbox.extras import NO_EXTRAS, ExtraPackages
from grader.runtime.sandbox.interface import SandboxBackend
from grader.runtime.sandbox.unconfined import UnconfinedBackend

UNASKED = (
    "a batch is other people's code; if you trust all of it, or run inside a machine that may break, add "
    "--isolation none"
)
NO_SOCKET = (
    "what is confined has no network, and reaches PostgreSQL by a Unix socket on this machine; this server "
    "has none: use --postgres embedded or --postgres container"
)


def _container(extras: ExtraPackages = NO_EXTRAS) -> SandboxBackend:
    # Loading the clients of the engine takes longer than starting a worker.
    from grader.runtime.sandbox.container import ContainerSandboxBackend  # noqa: PLC0415

    return ContainerSandboxBackend(extras)


SANDBOXES: dict[str, Callable[[ExtraPackages], SandboxBackend]] = {
    "container": _container,
    "bubblewrap": BubblewrapBackend,
    "none": UnconfinedBackend,
}
"""Every sandbox by its name, the strongest first. A new sandbox is a file of its own and a line here."""
CHOICES = ("auto", *SANDBOXES)
"""What `--isolation` may say."""


def names_for_auto(postgres: str) -> list[str]:
    """What `auto` may take beside a PostgreSQL, the strongest first.

    A server outside of a container says that there is no engine, and asking it again takes time.
    """
    return [name for name in SANDBOXES if name != "container" or postgres == "container"]


def choose_sandbox(
    isolation: str,
    postgres: PostgresBackend,
    *,
    batch: bool,
    progress: Callable[[str], None],
    extras: ExtraPackages = NO_EXTRAS,
    refused: Callable[[SandboxBackend], str | None] = lambda _: None,
) -> SandboxBackend:
    """The sandbox for `--isolation`.

    A sandbox that is asked for by its name builds its image if that is missing; `auto` builds none.

    Args:
        isolation: One of `CHOICES`. `auto` takes the strongest that works; where none does, it runs a single
            folder unconfined, as one's own code, and refuses a batch.
        postgres: Where the servers come from.
        batch: Whether more than one submission is graded: code of strangers.
        progress: Called with lines for whoever waits.
        extras: The packages that the assignment names. They have to be prepared.
        refused: Says why one that should work is not taken with this PostgreSQL; None if it may be taken.

    Raises:
        UsageError: there is no such isolation.
        UnavailableError: it cannot be had here, or the packages are not prepared for it.
    """
    if isolation not in CHOICES:
        raise UsageError(
            f"there is no isolation called {isolation!r}", next_step=f"Use one of: {', '.join(CHOICES)}."
        )
    problems: list[str] = []
    for name in names_for_auto(postgres.name) if isolation == "auto" else [isolation]:
        backend = SANDBOXES[name](extras)
        problem = _problem(backend, postgres, progress if isolation == name else None) or refused(backend)
        if problem is None and (backend.confined or isolation == "none" or not batch):
            if problems:
                progress(f"Isolation is {backend.name}. Nothing stronger: {'; '.join(problems)}")
            if backend.unprepared():
                raise UnavailableError(
                    f"the packages that this exercise needs are not prepared for the isolation {name}",
                    next_step=f"Run `{extras.command}` once, and grade again.",
                )
            return backend
        problems.append(f"{backend.name}: {problem or UNASKED}")
    raise UnavailableError(
        "students' code cannot be run on this machine", next_step="; ".join(problems) + "."
    )


def _problem(
    backend: SandboxBackend, postgres: PostgresBackend, build: Callable[[str], None] | None
) -> str | None:
    """Why a sandbox cannot be used with these servers; `build` is told about an image that is built first."""
    if backend.confined and not postgres.sockets:
        return NO_SOCKET
    if build is not None:
        backend.ensure_image(build)
    return backend.problem()
