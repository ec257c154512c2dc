"""What a run grades with, chosen once for all its processes, and refused early where it cannot be had.

Must not know which submissions are graded, nor what becomes of their reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from grader.assignment.model import Assignment
from grader.errors import UnavailableError
from grader.integrations.pytest_plugin.database_check import refuse_if_in_use
from grader.runs.local import LocalRunner
from grader.runtime.postgres.choose import choose_backend
from grader.runtime.sandbox.choose import choose_sandbox
from grader.runtime.workspace import workspace

_WITHOUT = (
    "Without --postgres the rubric makes a server of its own and throws it away afterwards: it needs no "
    "database of yours."
)


@dataclass(frozen=True)
class Means:
    """Which PostgreSQL and which isolation: words that every process of the run understands."""

    postgres: str = field(repr=False)
    """`container`, `embedded`, or the URL of a server, which may hold a password."""
    postgres_name: str
    """The same without the URL."""
    isolation: str

    @property
    def shown(self) -> str:
        """For the head of the output."""
        unconfined = " (the code runs as you)" if self.isolation == "none" else ""
        return f"PostgreSQL: {self.postgres_name}. Isolation: {self.isolation}{unconfined}."


def choose_means(postgres: str, isolation: str, *, own: bool, tell: Callable[[str], None]) -> Means:
    """Find out what works here, before anything is graded.

    Args:
        postgres: what `--postgres` says.
        isolation: what `--isolation` says.
        own: whether it is the work of whoever runs pytest; anything else is code of strangers.
        tell: called with lines for whoever waits.

    Raises:
        GraderError: it does not work here, or the database of a URL is in use.
    """
    is_url = "://" in postgres
    try:
        with closing(choose_backend(postgres, progress=tell)) as backend:
            if is_url:
                refuse_if_in_use(postgres)
            sandbox = choose_sandbox(isolation, backend, batch=not own, progress=tell)
            return Means(postgres if is_url else backend.name, backend.name, sandbox.name)
    except UnavailableError as error:
        if not is_url:
            raise
        raise UnavailableError(error.message, next_step=f"{error.next_step}\n{_WITHOUT}") from error


@contextmanager
def tools_for(assignment: Assignment, means: Means) -> Iterator[LocalRunner]:
    """What was chosen, at work in this process.

    Raises:
        GraderError: it works no longer.
    """
    with closing(choose_backend(means.postgres)) as backend, workspace() as folder:
        sandbox = choose_sandbox(means.isolation, backend, batch=True, progress=_nobody)
        tools = LocalRunner(assignment, backend, sandbox, Path(folder))
        try:
            yield tools
        except BaseException:
            tools.stop()
            raise


def _nobody(_line: str) -> None:
    """Whoever waits was told when the choice was made."""
