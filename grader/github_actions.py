"""What a job on GitHub Actions reads: its log, where commands may stand, and the file for its summary.

The renderers make the texts; this module knows where they go and which file of the repository is which.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader.errors import GraderError
from grader.observations import Observations
from grader.render.github import SUMMARY_BYTES, Place, Places, job_summary, stop_commands, workflow_commands
from grader.report import GradeReport

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
_WORKSPACE_VARIABLE = "GITHUB_WORKSPACE"


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


def publish(reports: Sequence[GradeReport], places: Places) -> None:
    """Print annotations, and append the job summary where GitHub names a file for it.

    Raises:
        GraderError: that file cannot be written to.
    """
    _say(workflow_commands(reports, places))
    name = os.environ.get(SUMMARY_VARIABLE)
    if not name:
        return
    try:
        with Path(name).open("ab") as file:
            file.write(job_summary(reports, limit=SUMMARY_BYTES - file.tell()).encode())
    except OSError as error:
        raise GraderError(
            f"{name}: the job summary cannot be written: {error.strerror or error}.",
            next_step=f"{SUMMARY_VARIABLE} names that file.",
        ) from error


def places_of(path: Path, observations: Observations | None) -> dict[str, Place]:
    """Where a submission's revisions stand in the repository; nothing for an archive or a folder elsewhere.

    Args:
        path: the submission's folder.
        observations: what was seen of it.
    """
    top = Path(os.environ.get(_WORKSPACE_VARIABLE) or Path.cwd()).resolve()
    folder = path.resolve()
    if observations is None or observations.graph is None:
        return {}
    if not folder.is_dir() or not folder.is_relative_to(top):
        return {}
    base = folder.relative_to(top)
    return {item.id: Place((base / item.path).as_posix(), item.line) for item in observations.graph.revisions}


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
