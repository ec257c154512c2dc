"""Runs pytest-alembic on a submission: its default and its experimental checks, on an empty database.

Must not know of the grader.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Finished, run_limited
from benchmarks.projects import environment, find_project

EXPERIMENTAL = ("all_models_register_on_metadata", "downgrade_leaves_no_trace")
DID_NOT_RUN = "did not run"
"""Used instead of the name of a check."""
_CHECKOUT = Path(__file__).parents[1]
_SUPPORT = Path(__file__).with_name("pytest_alembic_conftest.py")
SOME_FAILED = 1
"""The exit code of pytest when some tests failed."""


@dataclass(frozen=True)
class Prepared:
    """A submission that pytest-alembic can run on."""

    folder: Path
    command: tuple[str, ...]
    variables: dict[str, str]


def prepare(submission: Path, pytest: Path) -> Prepared:
    """Put the `conftest.py` into a copy of a submission.

    Args:
        submission: the copy.
        pytest: the `pytest` program.
    """
    project = find_project(submission)
    tests = project.folder / "tests"
    tests.mkdir(exist_ok=True)
    shutil.copy(_SUPPORT, tests / "conftest.py")
    (tests / "settings.ini").write_text("[pytest]\n", encoding="utf-8")
    # Not with `python -m`, which would add the project to the path and so hide a planted mistake.
    command = (
        *(str(pytest), "--test-alembic", "-q", "--rootdir=.", "-c", "tests/settings.ini"),
        *("-p", "no:cacheprovider", "-o", f"pytest_alembic_include_experimental={','.join(EXPERIMENTAL)}"),
        "tests/conftest.py",
    )
    variables = {"PYTHONPATH": str(_CHECKOUT), **({"BENCHMARK_FLASK": "1"} if project.flask else {})}
    return Prepared(project.folder, command, variables)


def examine(submission: Path, pytest: Path, variables: dict[str, str], *, seconds: float) -> frozenset[str]:
    """Run all checks on a copy of a submission, and return the names of those that fail.

    Args:
        submission: the copy.
        pytest: the `pytest` program.
        variables: environment variables with the URL of the database.
        seconds: the time limit for all checks.
    """
    prepared = prepare(submission, pytest)
    report = submission.with_name(f"{submission.name}.failed")
    variables = environment({**variables, **prepared.variables, "BENCHMARK_FAILED": str(report)})
    done = run_limited(prepared.command, seconds=seconds, cwd=prepared.folder, environment=variables)
    return failed_checks(done, report.read_text(encoding="utf-8").split() if report.exists() else [])


def failed_checks(done: Finished, failed: list[str]) -> frozenset[str]:
    """The names of the failed checks, from the exit code of pytest and the names that it recorded."""
    names = frozenset(name.removeprefix("test_") for name in failed)
    return names | {DID_NOT_RUN} if done.code not in (0, SOME_FAILED) else names
