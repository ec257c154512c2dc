"""The PostgreSQL backend and the isolation of a pytest run: chosen once, for all of its processes.

Must not know which submissions are graded, or what becomes of their reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from grader.errors import UnavailableError
from grader.integrations.pytest_plugin.selection import Selection
from grader.runs.database_in_use import refuse_if_in_use
from grader.runs.local import LocalRunner
from grader.runtime.pairs.choose import Wanted, choose_pair, proof_of
from grader.runtime.postgres.choose import choose_backend
from grader.runtime.postgres.extensions import with_extensions
from grader.runtime.slots import Slots
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
        if is_url:
            with closing(choose_backend(postgres, progress=progress)):
                refuse_if_in_use(postgres)
        wanted = Wanted(postgres, isolation, batch=not selection.own, extras=selection.extras)
        pair = choose_pair(wanted, progress=progress, try_first=True)
        with closing(pair.postgres) as backend:
            with_extensions(backend, selection.assignment.project.extensions)
            return Backends(postgres if is_url else backend.name, *pair.names)
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
    wanted = Wanted(backends.postgres, backends.isolation, extras=selection.extras)
    # The user has seen the lines about the choice already.
    pair = choose_pair(wanted, progress=lambda _: None)
    with closing(pair.postgres), workspace() as folder:
        offering = with_extensions(pair.postgres, selection.assignment.project.extensions)
        staging, slots = StagingArea(folder, own=selection.own), Slots(offering, pair.sandbox, folder)
        runner = LocalRunner(
            *(selection.assignment, offering, pair.sandbox, folder),
            staging=staging,
            slots=slots,
            proof=proof_of(pair, offering, slots),
        )
        try:
            yield runner
        except BaseException:
            runner.stop()
            raise
