"""The PostgreSQL backend and the isolation of a pytest run: chosen once, for all of its processes.

Must not know which submissions are graded, or what becomes of their reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from grader.errors import UnavailableError
from grader.integrations.pytest_plugin.database_check import refuse_if_in_use
from grader.integrations.pytest_plugin.selection import Selection
from grader.runs.local import LocalRunner
from grader.runtime.postgres.choose import choose_backend
from grader.runtime.postgres.extensions import with_extensions
from grader.runtime.sandbox.choose import choose_sandbox
from grader.runtime.workspace import workspace
from grader.submission.staging import StagingArea

_WITHOUT = (
    "Without --postgres the rubric makes a server of its own and throws it away afterwards: it needs no "
    "database of yours."
)


@dataclass(frozen=True)
class Backends:
    """The choice, as texts that can be sent to the workers of xdist."""

    postgres: str = field(repr=False)
    """`container`, `embedded`, or the URL of a server, which may hold a password."""
    postgres_name: str
    """The same, without the URL."""
    isolation: str

    @property
    def header(self) -> str:
        """The choice in words, for the head of pytest's output."""
        unconfined = " (the code runs as you)" if self.isolation == "none" else ""
        return f"PostgreSQL: {self.postgres_name}. Isolation: {self.isolation}{unconfined}."


def choose_backends(
    postgres: str, isolation: str, selection: Selection, progress: Callable[[str], None]
) -> Backends:
    """Choose what works on this machine, before anything is graded.

    Args:
        postgres: the value of `--postgres`.
        isolation: the value of `--isolation`.
        selection: what is graded. Anything but the user's own work is code of strangers.
        progress: called with lines for the user.

    Raises:
        GraderError: the choice does not work on this machine, or the database of the URL is in use.
    """
    is_url = "://" in postgres
    try:
        with closing(choose_backend(postgres, progress=progress)) as backend:
            if is_url:
                refuse_if_in_use(postgres)
            sandbox = choose_sandbox(
                isolation, backend, batch=not selection.own, progress=progress, extras=selection.extras
            )
            with_extensions(backend, selection.assignment.project.extensions)
            return Backends(postgres if is_url else backend.name, backend.name, sandbox.name)
    except UnavailableError as error:
        if not is_url:
            raise
        raise UnavailableError(error.message, next_step=f"{error.next_step}\n{_WITHOUT}") from error


@contextmanager
def runner_with(backends: Backends, selection: Selection) -> Iterator[LocalRunner]:
    """A runner in this process with the backends that were chosen.

    Args:
        backends: what was chosen.
        selection: what is graded, and by what.

    Raises:
        GraderError: they do not work any more.
    """
    with closing(choose_backend(backends.postgres)) as postgres, workspace() as folder:
        # The user has seen the lines about the choice already.
        sandbox = choose_sandbox(
            backends.isolation, postgres, batch=True, progress=lambda _: None, extras=selection.extras
        )
        offering = with_extensions(postgres, selection.assignment.project.extensions)
        staging = StagingArea(folder, own=selection.own)
        runner = LocalRunner(selection.assignment, offering, sandbox, folder, staging=staging)
        try:
            yield runner
        except BaseException:
            runner.stop()
            raise
