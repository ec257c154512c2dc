"""Which sandbox to use on this machine: the strongest that works; never none for strangers' code unasked."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from grader.errors import UnavailableError, UsageError
from grader.sandbox.process import WorkerSandbox
from grader.sandbox.unconfined import UnconfinedBackend

CHOICES = ("auto", "none")


class SandboxBackend(Protocol):
    """A way to confine students' code."""

    @property
    def name(self) -> str:
        """`none`, `bubblewrap` or `container`."""

    def problem(self) -> str | None:
        """Why it cannot work here, and what to do about it; None when it can."""

    def sandbox(self, staged: Path) -> AbstractContextManager[WorkerSandbox]:
        """Start a sandbox around a staged submission; it ends with the block."""


def choose_sandbox(isolation: str, *, batch: bool) -> SandboxBackend:
    """The sandbox for `--isolation`.

    Args:
        isolation: One of `CHOICES`. `auto` runs a single folder unconfined, as one's own code, and refuses
            a batch.
        batch: Whether more than one submission is graded: code of strangers.

    Raises:
        UsageError: there is no such isolation.
        UnavailableError: it cannot be had here.
    """
    if isolation not in CHOICES:
        raise UsageError(
            f"there is no isolation called {isolation!r}", next_step=f"Use one of: {', '.join(CHOICES)}."
        )
    if isolation == "auto" and batch:
        raise UnavailableError(
            "this version cannot confine the code of a batch of submissions",
            next_step="If you trust all of it, or run inside a machine that may break, add --isolation none.",
        )
    backend = UnconfinedBackend()
    if problem := backend.problem():
        raise UnavailableError("students' code cannot be run on this machine", next_step=problem)
    return backend
