"""What a job on GitHub Actions reads: its log, where commands may stand, and files for summary and output.

The renderers make the texts; this module knows where they go and which file of the repository is which.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader.errors import GraderError, NothingToGradeError
from grader.observations.model import Observations
from grader.report.model import GradeReport
from grader.report.render.classroom import classroom_result
from grader.report.render.github import (
    SUMMARY_BYTES,
    SourceLine,
    SourceLines,
    job_summary,
    message_command,
    stop_commands,
    workflow_commands,
)
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
def commands_stopped(*, really: bool) -> Iterator[None]:
    """While inside, nothing that is printed is a command to GitHub, whatever a submission makes us print.

    Args:
        really: False to do nothing at all.
    """
    if not really:
        yield
        return
    before, after = stop_commands(secrets.token_hex(16))
    _say(before)
    try:
        yield
    finally:
        # Errors go to the same log over another stream, and have to stay on this side of the line.
        sys.stderr.flush()
        _say(after)


@contextmanager
def ends_annotated(*, really: bool) -> Iterator[None]:
    """Annotate why a command ends without a verdict, so that nobody takes a failed job for failed work.

    Args:
        really: False to do nothing at all.
    """
    try:
        yield
    except NothingToGradeError as error:
        if really:
            _say(message_command("notice", "Nothing to grade", _sentences(error)))
        raise
    except GraderError as error:
        if really:
            _say(message_command("error", "Nothing was graded; no points were lost", _sentences(error)))
        raise
    except Exception:
        if really:
            _say(message_command("error", "The grader failed, not the work", _OUR_BUG))
        raise


def publish(reports: Sequence[GradeReport], places: SourceLines) -> None:
    """Print annotations, and write the job summary and the step's output where GitHub names files for them.

    The output `result` is for GitHub Classroom's reporter and is there for a single submission only.

    Raises:
        GraderError: a file cannot be written to.
    """
    _say(workflow_commands(reports, places))
    _append(SUMMARY_VARIABLE, lambda written: job_summary(reports, limit=SUMMARY_BYTES - written))
    if len(reports) == 1:
        _append(OUTPUT_VARIABLE, lambda _: f"result={classroom_result(reports[0])}\n")


def announce_low(names: Sequence[str], fail_under: float) -> None:
    """Print an annotation that says why the job fails although the grading went well.

    Args:
        names: the submissions below the limit, at least one.
        fail_under: the limit in percent.
    """
    listed = ", ".join(names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    _say(message_command("error", f"Below {fail_under:g} percent", f"{listed}{more}"))


def places_of(path: Path, observations: Observations | None) -> dict[str, SourceLine]:
    """Where a submission's revisions stand in the repository; nothing for an archive or a folder elsewhere.

    The repository is the one that the folder is checked out with; without one, what the job works in.

    Args:
        path: the submission's folder.
        observations: what was seen of it.
    """
    folder = path.resolve()
    top = repository_top(folder) or Path(os.environ.get(_WORKSPACE_VARIABLE) or Path.cwd()).resolve()
    if observations is None or observations.graph is None:
        return {}
    if not folder.is_dir() or not folder.is_relative_to(top):
        return {}
    base = folder.relative_to(top)
    return {
        item.id: SourceLine((base / item.path).as_posix(), item.line) for item in observations.graph.revisions
    }


def _append(variable: str, text: Callable[[int], str]) -> None:
    """Append a text, made when it is known how many bytes there are, to the file that a variable names."""
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


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
