"""The pipeline from one submission's path or address to its result, readable from top to bottom.

A fault of the harness becomes a report with the status `error`. A fault of the student becomes a verdict.
Neither leaves this module as an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

from grader import __version__
from grader.errors import BrokenSubmission, ConfigurationError
from grader.observations.model import Environment, Finding, FindingKind, Observations, SubmissionFacts
from grader.observations.schema import SchemaSnapshot
from grader.runs.graded import Graded, Phases, Timings, broken, judged
from grader.runs.runner import Runner
from grader.submission.git.address import GitAddress
from grader.submission.git.fetch import fetched
from grader.submission.staging import source_name

NOT_STARTED = "not started"
"""Stands for each version in the observations of a submission that was not tried."""


def fetch_and_grade(
    address: GitAddress,
    submission_id: str,
    runner: Runner,
    grade_at: Callable[[Path], Graded],
    *,
    progress: Callable[[str], None],
    stopped: Callable[[], bool],
) -> Graded:
    """Fetch a repository and grade it; never raises for a fault of it, of the network or of the harness.

    Raises:
        ConfigurationError: the assignment does not fit its own reference. Nothing can be graded by it.
    """
    progress("fetching")
    try:
        with fetched(
            address,
            runner.staging.folder,
            runner.assignment.limits,
            history=bool(runner.assignment.of_kind("unedited")),
            stopped=stopped,
        ) as repository:
            return grade_at(repository)
    except BrokenSubmission as refused:
        return judged(_unreadable(address.folder, submission_id, refused), runner.assignment)
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug of the grader must not cost a student points
        return broken(address.folder, submission_id, runner.assignment, error)


def grade(
    source: Path,
    submission_id: str,
    runner: Runner,
    *,
    progress: Callable[[str], None] = lambda _: None,
    settle: bool = True,
) -> Graded:
    """Grade one submission; never raises for a fault of it or of the harness.

    `settle` says that this attempt decides, see `Runner.try_out`.

    Raises:
        ConfigurationError: the assignment does not fit its own reference. Nothing can be graded by it.
    """
    phases = Phases(progress)
    try:
        observations = _observe(source, submission_id, runner, phases, settle=settle)
        seconds = round(sum(phases.seconds().values()), 3)
        phases.begin("judging")
        graded = judged(replace(observations, seconds=seconds), runner.assignment)
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug of the grader must not cost a student points
        return broken(source, submission_id, runner.assignment, error)
    return replace(graded, timings=Timings(phases.seconds(), observations.timings))


def _observe(
    source: Path, submission_id: str, runner: Runner, phases: Phases, *, settle: bool
) -> Observations:
    """Stage a submission, and try it if it has migrations to run.

    Raises:
        GraderError: something of the harness failed.
    """
    phases.begin("staging")
    try:
        with runner.staging.staged(source, submission_id, runner.assignment) as staged:
            if staged.graph is not None:
                return runner.try_out(staged, phases, settle=settle)
            runner.cancel_expected()
            return _untried(staged.facts)
    except BrokenSubmission as refused:
        runner.cancel_expected()
        return _unreadable(source, submission_id, refused)


def _unreadable(source: Path, submission_id: str, refused: BrokenSubmission) -> Observations:
    """The observations of a submission whose files cannot be taken in."""
    finding = Finding(FindingKind.UNREADABLE_SUBMISSION, refused.message)
    return _untried(SubmissionFacts(submission_id, source_name(source), "", None, (finding,)))


def _untried(facts: SubmissionFacts) -> Observations:
    """The observations of a submission without migrations to run: only its files are known."""
    names = [field.name for field in fields(Environment) if field.name != "packages"]
    return Observations(
        submission=facts,
        graph=None,
        environment=Environment(packages=(), **{**dict.fromkeys(names, NOT_STARTED), "grader": __version__}),
        reference=SchemaSnapshot(()),
    )
