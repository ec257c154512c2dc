"""What the grader writes for a job on GitHub Actions: annotations in its log, the job summary, step outputs.

The renderers make the texts; this module writes them to the right places.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader.errors import GraderError, NothingToGradeError
from grader.report.formats.github import (
    SUMMARY_BYTES,
    job_summary,
    message_command,
    stop_commands,
    workflow_commands,
)
from grader.report.model import GradeReport
from grader.report.render.classroom import classroom_result
from grader.submission.git.course_repository import repository_top

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
OUTPUT_VARIABLE = "GITHUB_OUTPUT"
_WORKSPACE_VARIABLE = "GITHUB_WORKSPACE"
_MOST_NAMED = 10
_OUR_BUG = (
    "This is a fault of the grader itself; it says nothing about the work and costs no points. The log has "
    "what its maintainers need to know."
)


def on_github() -> bool:
    """Whether this runs in a job on GitHub."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def commands_stopped(*, enabled: bool) -> Iterator[None]:
    """Inside the block, GitHub takes nothing in the output as a command, whatever a submission prints."""
    if not enabled:
        yield
        return
    before, after = stop_commands(secrets.token_hex(16))
    _print(before)
    try:
        yield
    finally:
        # Standard error goes to the same log: it must be there before commands are allowed again.
        sys.stderr.flush()
        _print(after)


@contextmanager
def annotate_errors(*, enabled: bool) -> Iterator[None]:
    """Annotate an error that ends the command, so that nobody takes a failed job for failed work."""
    try:
        yield
    except NothingToGradeError as error:
        if enabled:
            _print(message_command("notice", "Nothing to grade", _sentences(error)))
        raise
    except GraderError as error:
        if enabled:
            _print(message_command("error", "Nothing was graded; no points were lost", _sentences(error)))
        raise
    except Exception:
        if enabled:
            _print(message_command("error", "The grader failed, not the work", _OUR_BUG))
        raise


def publish(reports: Sequence[GradeReport], folders: Mapping[str, str]) -> None:
    """Print annotations, and write the job summary and the step's output where GitHub names files for them.

    The output `result` is for GitHub Classroom's reporter and is there for a single submission only.

    Raises:
        GraderError: a file cannot be written to.
    """
    _print(workflow_commands(reports, folders))
    _append(SUMMARY_VARIABLE, lambda written: job_summary(reports, limit=SUMMARY_BYTES - written))
    if len(reports) == 1:
        _append(OUTPUT_VARIABLE, lambda _: f"result={classroom_result(reports[0])}\n")


def announce_low(names: Sequence[str], fail_under: float) -> None:
    """Print an annotation: the job fails because these submissions are below the limit, in percent."""
    listed = ", ".join(names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    _print(message_command("error", f"Below {fail_under:g} percent", f"{listed}{more}"))


def folder_in_repository(path: Path) -> str | None:
    """The folder of a submission in its repository; None for an archive or a folder elsewhere.

    The repository is the one that the folder is checked out with, or else the workspace of the job.
    """
    folder = path.resolve()
    top = repository_top(folder) or Path(os.environ.get(_WORKSPACE_VARIABLE) or Path.cwd()).resolve()
    if not folder.is_dir() or not folder.is_relative_to(top):
        return None
    return folder.relative_to(top).as_posix()


def _append(variable: str, text: Callable[[int], str]) -> None:
    """Append a text to the file that a variable names; `text` is given the number of bytes in the file."""
    name = os.environ.get(variable)
    if not name:
        return
    try:
        with Path(name).open("ab") as file:
            file.write(text(file.tell()).encode())
    except OSError as error:
        raise GraderError(
            f"{name}: what GitHub is to show cannot be written: {error.strerror or error}.",
            next_step=f"{variable} names that file.",
        ) from error


def _sentences(error: GraderError) -> str:
    return f"{error.message}\n{error.next_step}".strip()


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
