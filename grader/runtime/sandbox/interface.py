"""What the harness asks of a sandbox, and what it gets back. Knows no implementation."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from grader.observations.model import Layout
from grader.observations.steps import Limit
from grader.runtime.memory import GroupEvents
from grader.runtime.sockets import Sockets

MEGABYTE = 1024 * 1024
Action = Literal["alembic", "flask", "models", "replay"]
"""`alembic`: the command line of that name; `flask`: the same over Flask-Migrate; `models`: `create_all` of
the student's `target_metadata`; `replay`: `upgrade` of the revisions under a neutral `env.py`."""


@dataclass(frozen=True)
class StepLimits:
    """What one step may use, beside its time."""

    output_bytes: int
    """How much is kept of its standard output, and how much of its standard error."""
    memory_bytes: int = 2048 * MEGABYTE
    """Address space of one process; the packages alone map some 400 MB."""
    total_bytes: int = 2304 * MEGABYTE
    """Memory of all its processes together, beyond what they share with the worker."""
    file_bytes: int = 256 * MEGABYTE
    """The largest file that it may write."""
    open_files: int = 256


@dataclass(frozen=True)
class Step:
    """One command to run as if on a fresh command line."""

    action: Action
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the sandbox's own, nearly empty environment."""
    seconds: float = 30.0
    """Wall time after which the step and everything it started is killed."""
    emptied: bool = False
    """Whether upgrade() and downgrade() of every revision do nothing, in a command line's step."""
    leave_after: int | None = None
    """Commit and end the process when env.py has run migrations so often, so that nothing after it is run;
    with `emptied`, when it is about to. None: do not end it."""
    break_off: str | None = None
    """The revision at whose end a command line's upgrade gets an error, before that is committed."""
    then: tuple[str, ...] = ()
    """The arguments of a second command, which the same process runs if the first ended well."""
    alone: bool = False
    """Whether no other step runs meanwhile, and the scratch space is empty before."""
    env_file: str = ""
    """What the step reads from every `.env` of the submission."""
    urls: tuple[str, str] = ("", "")
    """The addresses of the direct and of the pooled connection, for `models` and `replay`."""


@dataclass(frozen=True)
class Outcome:
    """How a step ended. The student's process controls most of this, so it never earns a point by itself."""

    exit_code: int | None
    """None when it was ended by a signal or a limit."""
    stdout: str
    stderr: str
    seconds: float
    limit: Limit | None = None
    data: Mapping[str, int] = field(default_factory=dict)
    """What was counted: `tables` by `models`, or `runs`, how often env.py ran migrations; `broken_off`: the
    revision was; `ended`: the first of two commands ended well. The student's process controls this too.
    `left`: the step left files where others may see them."""
    sql: str = ""
    """What commands with `--sql` wrote, each piece ended by a NUL. After the first of two commands there is
    one NUL more. The student's process controls this too."""

    def scripts(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The pieces of SQL of the first command, and of the second."""
        pieces = self.sql.split("\0")[:-1]
        end = pieces.index("") if "" in pieces else len(pieces)
        return tuple(pieces[:end]), tuple(pieces[end + 1 :])


class Sandbox(Protocol):
    """Runs the steps of one submission. May be used from several threads at once."""

    isolation: str
    """`none`, `bubblewrap` or `container`."""
    root: str
    """The submission's folder, as its steps see it. `set_up` may change it."""
    versions: Mapping[str, str]
    """Versions of `python`, `alembic` and `sqlalchemy` in the sandbox; known after `set_up`."""
    import_seconds: float
    """How long the sandbox took to load its packages; known after `set_up`."""
    port: int | None
    """The port on 127.0.0.1 by which the steps reach the server's socket; None: there is none. Known after
    `set_up`."""

    @property
    def process(self) -> int | None:
        """The first process of the sandbox, if that is one of this machine."""

    @property
    def group_events(self) -> GroupEvents | None:
        """What has happened in the sandbox's own memory group by the last step; None where it has none."""

    def set_up(
        self, layout: Layout, limits: StepLimits, *, socket: Path | None = None, over_copies: bool = False
    ) -> None:
        """Wait until the sandbox has loaded its packages, and describe the submission to it.

        Must be called once, before the first step.

        Args:
            layout: Where the parts of the submission are.
            limits: What each step may use.
            socket: The server's Unix socket, as the harness sees it; None where the server has none.
            over_copies: Each step gets a fresh copy of the submission, to which it may write. There is one
                place for the copy, so only one step runs at a time.

        Raises:
            HarnessFault: the sandbox did not start, or the files cannot be brought into it.
        """

    def run(self, step: Step, around: AbstractContextManager[object] | None = None) -> Outcome:
        """Run one step to its end.

        Args:
            step: What to run.
            around: Entered when the step's turn has come, and left when it has ended.

        Raises:
            HarnessFault: the sandbox itself broke.
        """

    def close(self) -> None:
        """End everything that runs in the sandbox. May be called twice."""


class SandboxBackend(Protocol):
    """A way to confine students' code."""

    name: str
    """The word for it after `--isolation`."""
    good_for: str
    """When to use it, in a few words for `grader doctor`."""
    confined: bool
    """Whether the code is confined. If so, it reaches its server by a Unix socket only."""

    @property
    def python(self) -> str:
        """The version of the Python that students' code gets; for containers without the patch release."""
        return platform.python_version()

    @property
    def identity(self) -> tuple[str, ...] | None:
        """What its working depends on here: the engine, the image, the programs. Asked where it can work.

        None: nothing is known of it beyond this run.
        """
        return None

    def problem(self) -> str | None:
        """Why it cannot work here, and what to do about it; None when it can."""

    def unprepared(self) -> bool:
        """Whether the packages that an assignment names are still to be prepared; asked where it can work."""
        return False

    def prepare(self, progress: Callable[[str], None]) -> None:  # noqa: ARG002 - by default there is nothing
        """Prepare the packages that an assignment names, unless they are there.

        Args:
            progress: Called with lines of text for the person who waits.

        Raises:
            PackagesError: they cannot be had, or do not go together.
            UnavailableError: they cannot be prepared here.
        """
        return

    def ensure_image(self, progress: Callable[[str], None]) -> None:  # noqa: ARG002 - by default there is none
        """Build the container image that it needs, if it needs one that is missing.

        Args:
            progress: Called with lines of text for the person who waits.

        Raises:
            UnavailableError: the image could not be built.
        """
        return

    def sandbox(self, staged: Path, sockets: Sockets | None) -> AbstractContextManager[Sandbox]:
        """Start a sandbox around a submission.

        Starting returns before the sandbox has loaded its packages; `Sandbox.set_up` waits for that.

        Args:
            staged: The submission's folder. A step sees it at `Sandbox.root`.
            sockets: The folder of the server's Unix socket; None where the server has none.

        Raises:
            HarnessFault: it could not be started.
        """
