"""How pytest-alembic is run on a submission: its default and its experimental checks, on an empty database.

Knows nothing of the grader.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Finished, run_limited
from benchmarks.projects import environment, find_project

EXPERIMENTAL = ("all_models_register_on_metadata", "downgrade_leaves_no_trace")
DID_NOT_RUN = "did not run"
"""In place of a check's name."""
_CHECKOUT = Path(__file__).parents[1]
_SUPPORT = Path(__file__).with_name("pytest_alembic_conftest.py")
SOME_FAILED = 1
"""pytest's exit code for that."""


@dataclass(frozen=True)
class Prepared:
    """A submission with what pytest-alembic needs beside it."""

    folder: Path
    command: tuple[str, ...]
    variables: dict[str, str]


def prepare(submission: Path, pytest: Path) -> Prepared:
    """Put the support file into a submission, which must be a copy.

    Args:
        submission: what to grade.
        pytest: the program.
    """
    project = find_project(submission)
    tests = project.folder / "tests"
    tests.mkdir(exist_ok=True)
    shutil.copy(_SUPPORT, tests / "conftest.py")
    (tests / "settings.ini").write_text("[pytest]\n", encoding="utf-8")
    # As a program and not with `python -m`, which would put the project on the path: a fault to be found.
    command = (
        *(str(pytest), "--test-alembic", "-q", "--rootdir=.", "-c", "tests/settings.ini"),
        *("-p", "no:cacheprovider", "-o", f"pytest_alembic_include_experimental={','.join(EXPERIMENTAL)}"),
        "tests/conftest.py",
    )
    variables = {"PYTHONPATH": str(_CHECKOUT), **({"BENCHMARK_FLASK": "1"} if project.flask else {})}
    return Prepared(project.folder, command, variables)


def examine(submission: Path, pytest: Path, variables: dict[str, str], *, seconds: float) -> frozenset[str]:
    """Run all checks on a copy of a submission; give the names of those that fail.

    Args:
        submission: a copy that may be written to.
        pytest: the program.
        variables: the way to the server.
        seconds: how long all of it may take.
    """
    prepared = prepare(submission, pytest)
    report = submission.with_name(f"{submission.name}.failed")
    variables = environment({**variables, **prepared.variables, "BENCHMARK_FAILED": str(report)})
    done = run_limited(prepared.command, seconds=seconds, cwd=prepared.folder, environment=variables)
    return failed_checks(done, report.read_text(encoding="utf-8").split() if report.exists() else [])


def failed_checks(done: Finished, failed: list[str]) -> frozenset[str]:
    """The checks that failed, by how pytest ended and what it wrote down as failed."""
    names = frozenset(name.removeprefix("test_") for name in failed)
    return names | {DID_NOT_RUN} if done.code not in (0, SOME_FAILED) else names
