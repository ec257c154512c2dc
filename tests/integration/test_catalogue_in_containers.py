"""The catalogue graded in containers, as one class: the verdicts are those that the embedded server gives.

Both are compared with what each case states: score, bonus, flags, and each criterion and check. What a
verdict could depend on here is graded every day, the whole catalogue by `tox -e soak`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.errors import EXIT_FAULT
from tests.catalogue import CASES, case_named
from tests.catalogue.verdict import differences, lacking, not_unjudged
from tests.integration.command import Place, as_written

if TYPE_CHECKING:
    from pathlib import Path

    from grader.runs.graded import Graded
    from grader.runtime.postgres.container import ContainerBackend
    from grader.runtime.sandbox.container import ContainerSandboxBackend
    from tests.catalogue.case import Case

HAVE = frozenset({"contrib", "icu", "moddatetime", "en_US.utf8"})
"""What cases may need and the server in the container has."""
SECONDS = 2 * 3600.0
CONTAINERS = ("--postgres", "container", "--isolation", "container", "--jobs", "2")
SAMPLE = (
    # the address of the database, taken from the environment in each way that a driver may want it
    "right_env_local",
    "right_supabase_parts",
    "right_url_taken_apart",
    "right_psycopg2_sslmode",
    "right_template_async",
    "wrong_host_of_their_own",
    "wrong_pooled_variable",
    # what only their own env.py can run
    "right_multidb_template",
    "right_flask_multidb_template",
    "right_trigger_by_listener",
    "wrong_helpers_and_create_all",
    # where their code lies, and which folders it is imported from
    "right_flask_src_package",
    "right_flask_app_below_migrations",
    "right_migrations_in_package",
    # what one of the servers, or one of the Pythons, has and the other has not
    "right_extension_as_on_supabase",
    "right_moddatetime",
    "right_unjudged_postgis",
    "right_system_collation",
    "right_newer_syntax",
    "right_older_library",
    "wrong_extension_left_behind",
    # what PostgreSQL says of the same objects and rows in another version
    "right_types_of_extensions",
    "right_partitions_and_numbers",
    "right_enum_value_added",
    "right_column_to_lookup",
)


def _graded(cases: tuple[Case, ...], folder: Path) -> dict[str, Graded]:
    """The cases, graded in containers by one command."""
    here = Place(folder)
    for case in cases:
        case.write(folder / "class" / case.name)
    done = here.run(
        *("grade", "--all", folder / "class", "--out", here.out, "--format", "json", *CONTAINERS),
        seconds=SECONDS,
    )
    assert done.returncode in {0, EXIT_FAULT}, done.stderr  # the latter where some cannot be judged here
    return {case.name: as_written(here.out / case.name) for case in cases}


@pytest.fixture(scope="class")
def graded(
    request: pytest.FixtureRequest,
    container_backend: ContainerBackend,
    container_sandbox: ContainerSandboxBackend,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Graded]:
    """The results of a class of tests."""
    assert container_backend.problem() is None
    assert container_sandbox.problem() is None
    return _graded(request.cls.cases, tmp_path_factory.mktemp("containers"))


def _in_containers(cases: tuple[Case, ...], *marks: pytest.MarkDecorator) -> type:
    class InContainers:
        @pytest.mark.parametrize("case", cases, ids=lambda case: case.name)
        def test_verdict(self, case: Case, graded: dict[str, Graded]) -> None:
            found = graded[case.name]
            lacks = lacking(case, HAVE, tuple(map(int, found.report.run.python.split("."))))
            wrong = not_unjudged(found) if lacks else differences(case, found)
            assert not wrong, "\n".join((case.why, *wrong))

    InContainers.cases = cases  # type: ignore[attr-defined]
    for mark in (pytest.mark.docker, *marks):
        mark(InContainers)
    return InContainers


TestSample = _in_containers(tuple(map(case_named, SAMPLE)))
TestAllOthers = _in_containers(tuple(case for case in CASES if case.name not in SAMPLE), pytest.mark.soak)
