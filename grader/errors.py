"""The expected errors, each with a message, a next step for the user, and an exit code.

Two of them must never be confused. `BrokenSubmission` means that the student made a mistake, and fails
criteria. `HarnessFault` means that the grader failed: the report is `error`, and no points are lost. All
other errors end the whole command.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXIT_BELOW = 1
EXIT_FAULT = 5
EXIT_INTERRUPTED = 130
EXIT_CODES: Mapping[int, str] = MappingProxyType(
    {
        0: "graded, whatever the scores; or done, for the other commands",
        EXIT_BELOW: "a score is below --fail-under; or `assignment check` found something",
        2: "the command line or one of your files is wrong; the message says which and where",
        3: "nothing to grade",
        4: "no PostgreSQL, or no isolation of the kind asked for",
        EXIT_FAULT: (
            "a submission ended in `error`: the grader failed on it, grade it again; or none can be tried, "
            "and the message says why; or the grader has a bug"
        ),
        EXIT_INTERRUPTED: "interrupted; finished submissions are on disk",
    }
)
"""Every exit code of the command line, with its meaning."""


class GraderError(Exception):
    """The base of all expected errors: a message, a next step, and an exit code."""

    exit_code = 2

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class Interrupted(KeyboardInterrupt):
    """A command was interrupted; says what is there, and how to go on."""

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class UsageError(GraderError):
    """The command line asks for something impossible."""


class ConfigurationError(GraderError):
    """An assignment file or another setting is wrong. The message names the key and the line."""


class NothingToGradeError(GraderError):
    """The given paths hold no submission."""

    exit_code = 3


class UnavailableError(GraderError):
    """The requested PostgreSQL, isolation or program is not available on this machine."""

    exit_code = 4


class HarnessFault(GraderError):  # noqa: N818 - called a fault everywhere
    """The grader failed while it tried a submission. The report is `error`, never a zero."""

    exit_code = 5


class DisturbedTrial(HarnessFault):
    """Memory or disk space ran out around a trial, or a process of it ended. It is tried again by itself."""


class OutOfMemory(DisturbedTrial):
    """Memory ran out around a trial."""


class BrokenPair(HarnessFault):
    """The PostgreSQL and the isolation of a run do not work together: every submission would meet that."""

    def __init__(
        self, names: tuple[str, str], message: str, *, next_step: str, reason: str, worked: bool
    ) -> None:
        """Say what is broken.

        Args:
            names: the backend of PostgreSQL, and the isolation.
            message: see `GraderError`.
            next_step: see `GraderError`.
            reason: what was seen, without what follows from it.
            worked: whether they worked earlier in the same run.
        """
        super().__init__(message, next_step=next_step)
        self.names = names
        self.reason = reason
        self.worked = worked


class BrokenSubmission(GraderError):  # noqa: N818 - named after its cause
    """The submission cannot be staged, for example because of a damaged archive. The student's mistake."""

    exit_code = 0
