"""Gives the submissions of the catalogue to all tools, and counts which planted mistakes each tool finds.

For the other tools, any complaint counts as a found mistake, whatever it says. For the grader, only the whole
expected verdict counts: the criteria and checks that fail, the points, the flags and the causes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg2
from psycopg2 import sql

from benchmarks import naive, pytest_alembic_run
from benchmarks.chains import CHECKOUT
from benchmarks.contenders import GraderForm
from benchmarks.measuring import measure
from benchmarks.planted import detection, is_right
from benchmarks.projects import environment, find_project
from benchmarks.results import Detection
from benchmarks.servers import RunningServer, fresh_server, prepared_server
from grader.errors import GraderError, HarnessFault
from grader.observations import model as observations
from grader.report.formats.json import read_grade_json
from grader.runs.graded import Graded
from grader.runtime.postgres.settings import as_arguments, server_settings
from tests.catalogue.case import Case
from tests.catalogue.verdict import differences

_CHECKS_SECONDS = 120.0
"""The time limit for all checks of pytest-alembic on a submission. Some mistakes are endless loops."""
_BATCH_SECONDS = 3600.0
_AT_ONCE = 2
_MAJOR = 17
_LOG_EVERY = 20
Log = Callable[[str], None]
Found = TypeVar("Found")


def detect_by_grader(cases: Sequence[Case], form: GraderForm, scratch: Path, log: Log) -> Detection:
    """Grade all cases in one run.

    Raises:
        BenchmarkError: the run failed.
    """
    with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as name:
        folder, out = Path(name, "submissions"), Path(name, "reports")
        for case in cases:
            case.write(folder / case.name)
        log(f"{form.name}: grading {len(cases)} submissions of the catalogue")
        command = (
            *(sys.executable, "-m", "grader", "grade", "--all", folder, "--out", out, "--jobs", "2"),
            *("--postgres", form.postgres, "--isolation", form.isolation),
        )
        # A submission that was not graded counts as a wrong verdict.
        good = frozenset({0, HarnessFault.exit_code})
        measure(command, seconds=_BATCH_SECONDS, cwd=CHECKOUT, environment=environment({}), good=good)
        wrong = {case.name: _differences(case, out / case.name) for case in cases}
    for case_name, lines in wrong.items():
        for line in lines:
            log(f"{case_name}: {line}")
    return detection(
        form.name,
        cases,
        {case.name: bool(wrong[case.name]) == is_right(case) for case in cases},
    )


def _differences(case: Case, report: Path) -> list[str]:
    """The differences between the verdict on a case and the verdict that the catalogue expects."""
    try:
        seen = observations.decode((report / "observations.json").read_bytes())
        return differences(case, Graded(read_grade_json(report / "grade.json"), seen))
    except (OSError, GraderError) as error:
        return [f"there is no report: {error}"]


def detect_by_script(
    cases: Sequence[Case], image: str, references: Sequence[Path], scratch: Path, log: Log
) -> Detection:
    """Run the commands of the naive script on each case, up to the first complaint. All share one server.

    Raises:
        BenchmarkError: the server does not start.
    """
    right = [path.read_text(encoding="utf-8") for path in references]
    with fresh_server(image) as server:

        def examine(case: Case) -> bool:
            with _copy_of(case, scratch) as folder, _database(server, case) as (name, variables):
                script = naive.Script(
                    find_project(folder),
                    variables,
                    lambda: naive.dump(server.container, name),
                    right,
                )
                return any(True for _ in script.complaints())

        found = _examine_all(cases, examine, "naive script", log)
    return detection("naive script", cases, found)


def detect_by_pytest_alembic(
    cases: Sequence[Case], image: str, pytest: Path, scratch: Path, log: Log
) -> list[Detection]:
    """Run pytest-alembic on each case, and count it three times: default checks, one more check, all checks.

    Raises:
        BenchmarkError: the server does not start.
    """
    with prepared_server(image, as_arguments(server_settings(_MAJOR))) as server:

        def examine(case: Case) -> frozenset[str]:
            with _copy_of(case, scratch) as folder, _database(server, case) as (_, variables):
                return pytest_alembic_run.examine(folder, pytest, variables, seconds=_CHECKS_SECONDS)

        failed = _examine_all(cases, examine, "pytest-alembic", log)
    leave_out: dict[str, set[str]] = {
        "pytest-alembic": set(pytest_alembic_run.EXPERIMENTAL),
        "pytest-alembic, downgrade_leaves_no_trace too": {"all_models_register_on_metadata"},
        "pytest-alembic, all checks": set(),
    }
    return [
        detection(tool, cases, {name: bool(checks - ignored) for name, checks in failed.items()})
        for tool, ignored in leave_out.items()
    ]


def _examine_all(
    cases: Sequence[Case], examine: Callable[[Case], Found], tool: str, log: Log
) -> dict[str, Found]:
    """Examine all cases, two at once. Returns the results by case name."""
    found: dict[str, Found] = {}
    with ThreadPoolExecutor(_AT_ONCE) as lanes:
        for number, (case, result) in enumerate(zip(cases, lanes.map(examine, cases), strict=True), 1):
            found[case.name] = result
            if number % _LOG_EVERY == 0 or number == len(cases):
                log(f"{tool}: {number} of {len(cases)} submissions of the catalogue")
    return found


@contextmanager
def _copy_of(case: Case, scratch: Path) -> Iterator[Path]:
    """A writable folder with the files of a case."""
    with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as name:
        folder = Path(name) / "submission"
        for path, data in case.files().items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        yield folder


@contextmanager
def _database(server: RunningServer, case: Case) -> Iterator[tuple[str, dict[str, str]]]:
    """An empty database for a case: its name, and the environment variables with its URL."""
    name = "".join(letter if letter.isalnum() else "_" for letter in case.name)
    address, _, first = server.variables["DIRECT_URL"].rpartition("/")
    where = {"host": server.variables.get("PGHOST"), "port": server.variables.get("PGPORT")}

    def administer(statement: str) -> None:
        dsn = f"{address}/{first}"
        with closing(
            psycopg2.connect(dsn, **{key: value for key, value in where.items() if value})
        ) as session:
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))

    # The prepared cluster has no template1. Its template0 can only be copied as files.
    administer("CREATE DATABASE {} TEMPLATE template0 STRATEGY file_copy")
    try:
        url = f"{address}/{name}"
        yield name, {**server.variables, "DIRECT_URL": url, "DATABASE_URL": url}
    finally:
        administer("DROP DATABASE {} WITH (FORCE)")
