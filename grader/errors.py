"""The ways a run of the harness can end early: each with an exit code and a next step for the user.

Two families that must never be mixed up: `BrokenSubmission` is the student's doing and fails criteria;
`HarnessFault` is ours, marks a report as `error` and never costs points. The rest end the whole command.
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
        EXIT_BELOW: "a score is below --fail-under",
        2: "the command line or a file of yours is wrong; the message says which and where",
        3: "nothing to grade",
        4: "no PostgreSQL, or no isolation of the kind asked for",
        EXIT_FAULT: (
            "a submission ended in `error`: the harness failed on it, grade it again; or the grader has a bug"
        ),
        EXIT_INTERRUPTED: "interrupted; what was finished is on disk",
    }
)
"""Every exit code of the command line, with what it says."""


class GraderError(Exception):
    """Base of all expected errors: a message for a person, what to do next, and an exit code."""

    exit_code = 2

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class UsageError(GraderError):
    """The command line asks for something that cannot be done."""


class ConfigurationError(GraderError):
    """An assignment file or another setting is wrong; the message names the key and the line."""


class NothingToGradeError(GraderError):
    """The paths given hold no submission at all."""

    exit_code = 3


class UnavailableError(GraderError):
    """No PostgreSQL or no isolation of the kind asked for can be had on this machine."""

    exit_code = 4


class HarnessFault(GraderError):  # noqa: N818 - a fault is what it is called throughout
    """Something of ours broke while a submission was tried: its report is `error`, never a zero."""

    exit_code = 5


class BrokenSubmission(GraderError):  # noqa: N818 - named after whose doing it is
    """The submission itself cannot be taken in (a bad archive, say): the student's doing."""

    exit_code = 0
