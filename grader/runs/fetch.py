"""Grades a submission that has to be fetched first: a git repository named by its address.

`grading` takes paths; this module puts the fetching in front of it, with the same ladder from errors to
results: the student's doing is a verdict, everything else an `error` that asks for a new run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grader.errors import BrokenSubmission
from grader.judging.judge import judge
from grader.judging.pictures import details_of
from grader.observations.model import Finding, SubmissionFacts
from grader.runs.pipeline import Graded, Runner, broken, grade, untried
from grader.submission.git.address import GitAddress
from grader.submission.git.fetch import fetched
from grader.submission.staging import source_name


def grade_fetched(
    address: GitAddress,
    submission_id: str,
    runner: Runner,
    *,
    progress: Callable[[str], None],
    stopped: Callable[[], bool],
    grade_at: Callable[[Path], Graded] | None = None,
) -> Graded:
    """Fetch a repository and grade it; never raises for anything that is wrong with it or with the network.

    Args:
        address: where it is.
        submission_id: what to call it.
        runner: what to grade with.
        progress: told of each part of the work.
        stopped: says when the run was interrupted; fetching ends then.
        grade_at: grades what was fetched, where something else than grading may be done with it.
    """
    progress("fetching")
    limits = runner.assignment.limits
    try:
        with fetched(address, runner.staging.folder, limits, stopped=stopped) as repository:
            if grade_at is not None:
                return grade_at(repository)
            return grade(repository, submission_id, runner, progress=progress)
    except BrokenSubmission as refused:
        finding = Finding("unreadable_submission", refused.message)
        name = source_name(address.folder)
        seen = untried(SubmissionFacts(submission_id, name, "", None, (finding,)))
        return Graded(judge(seen, runner.assignment), seen, details=details_of(seen, runner.assignment))
    except Exception as error:  # noqa: BLE001 - a bug of ours must not cost a student points
        return broken(address.folder, submission_id, runner.assignment, error)
