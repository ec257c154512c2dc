"""What the trial asks of a sandbox, and what it gets back; knows nothing of any implementation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from grader.observations.steps import Limit

Action = Literal["alembic", "flask", "models", "replay"]
"""`alembic`: the command line of that name; `flask`: the same over Flask-Migrate; `models`: `create_all` of
the student's `target_metadata`; `replay`: `upgrade` of the revisions under a neutral `env.py`."""


@dataclass(frozen=True)
class Step:
    """One command to run as if on a fresh command line."""

    action: Action
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the sandbox's own, nearly empty environment."""
    seconds: float = 30.0
    """Wall time after which the step and everything it started is killed."""


@dataclass(frozen=True)
class Outcome:
    """How a step ended: a value, whatever happened. A student's process earns nothing by what is in here."""

    exit_code: int | None
    """None when it was ended by a signal or a limit."""
    stdout: str
    stderr: str
    seconds: float
    limit: Limit | None = None
    data: Mapping[str, int] = field(default_factory=dict)
    """What an action counted, e.g. `tables` for `models`; a claim like all the rest."""


class Sandbox(Protocol):
    """A place that runs a submission's steps. Usable from several threads at once."""

    @property
    def isolation(self) -> str:
        """`none`, `bubblewrap` or `container`."""

    @property
    def root(self) -> str:
        """The submission's folder, as its steps see it; known for good once it has been set up."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of `python`, `alembic` and `sqlalchemy` in the sandbox."""

    def run(self, step: Step) -> Outcome:
        """Run one step to its end.

        Raises:
            HarnessFault: the sandbox itself broke.
        """

    def close(self) -> None:
        """End everything that runs in the sandbox. May be called twice."""
