"""Grading with a container engine that sees no file of ours, as on another machine or in Docker in Docker.

A class gets the verdicts of the engine on this machine, honest and hostile ones, and nothing is left there.
`tox -e soak` grades the whole catalogue and every hostile submission.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.errors import EXIT_FAULT
from grader.runtime.engine.client import engine
from grader.runtime.postgres.images import postgres_image
from grader.runtime.sandbox.images import sandbox_image
from grader.runtime.sandbox.packages import IMAGE_PYTHON
from tests import hostile
from tests.catalogue import CASES, case_named
from tests.catalogue.verdict import differences, lacking, not_unjudged
from tests.integration.command import PROGRAM, STOP_SECONDS, Place, as_written
from tests.integration.far_engine import FarEngine, far_engine, why_not
from tests.integration.test_catalogue_in_containers import HAVE
from tests.waiting import wait_until

if TYPE_CHECKING:
    from grader.runs.graded import Graded
    from grader.runtime.postgres.container import ContainerBackend
    from grader.runtime.sandbox.container import ContainerSandboxBackend
    from tests.catalogue.case import Case

pytestmark = pytest.mark.docker

CONTAINERS = ("--postgres", "container", "--isolation", "container", "--jobs", "2", "--format", "json")
SECONDS = 3 * 3600.0
SAMPLE = (
    *("right_reference", "right_env_local", "right_psycopg2_sslmode", "right_flask_src_package"),
    *("right_extension_as_on_supabase", "wrong_exit_in_env", "wrong_enum_left_behind"),
)
"""Right and wrong answers, and each way to the database: host and port, TLS, files, extensions."""
ATTACKS = ("hostile_network", "hostile_files", "hostile_rights", "hostile_full_disk", "hostile_kill_all")


@pytest.fixture(scope="module")
def far(
    container_backend: ContainerBackend, container_sandbox: ContainerSandboxBackend
) -> Iterator[FarEngine]:
    """The engine, with our images."""
    if problem := why_not():
        (pytest.fail if os.environ.get("GRADER_REQUIRE_ALL") == "1" else pytest.skip)(problem)
    assert container_backend.problem() is None
    assert container_sandbox.problem() is None
    with (
        engine(seconds=600) as first,
        far_engine(first, (postgres_image().name, sandbox_image().name)) as made,
    ):
        yield made


def graded(
    cases: tuple[Case, ...], folder: Path, environment: Mapping[str, str], seconds: float
) -> dict[str, Graded]:
    """The cases as one class. A step that never ends is given up after ten seconds."""
    here = Place(folder)
    for case in cases:
        case.write(folder / "class" / case.name)
    done = here.run(
        *("grade", "--all", folder / "class", "--out", here.out, *CONTAINERS),
        environment=environment,
        seconds=seconds,
    )
    assert done.returncode in {0, EXIT_FAULT}, done.stderr  # the latter where some cannot be judged there
    assert here.is_clean()
    return {case.name: as_written(here.out / case.name) for case in cases}


def wrong(cases: tuple[Case, ...], found: Mapping[str, Graded]) -> list[str]:
    """What differs from what the cases state."""
    lines: list[str] = []
    for case in cases:
        result = found[case.name]
        lacks = lacking(case, HAVE, tuple(map(int, IMAGE_PYTHON.split("."))))
        said = not_unjudged(result) if lacks else differences(case, result)
        lines += [f"{case.name}: {line}" for line in said]
    return lines


def named(*names: str) -> tuple[Case, ...]:
    """Cases of the catalogue, and hostile ones."""
    attacks = {case.name: case for case in hostile.CASES}
    return tuple(attacks.get(name) or case_named(name) for name in names)


def test_a_class_gets_its_verdicts(far: FarEngine, tmp_path: Path) -> None:
    cases = named(*SAMPLE, *ATTACKS)
    found = graded(cases, tmp_path, far.environment, 1800)
    assert wrong(cases, found) == []
    assert {(item.report.run.backend, item.report.run.isolation) for item in found.values()} == {
        ("container", "container")
    }
    assert far.left() == []


def test_tls_leads_there_too(far: FarEngine, tmp_path: Path) -> None:
    cases = named("right_reference")
    assert wrong(cases, graded(cases, tmp_path, far.encrypted, 600)) == []
    assert far.left() == []


def test_other_sandboxes_reach_its_servers(far: FarEngine, tmp_path: Path) -> None:
    here = Place(tmp_path)
    case = case_named("right_reference")
    case.write(tmp_path / case.name)
    done = here.run(
        *("grade", tmp_path / case.name, "--out", here.out, "--format", "json"),
        *("--postgres", "container", "--isolation", "none"),
        environment=far.environment,
    )
    assert done.returncode == 0, done.stderr
    assert differences(case, as_written(here.out / case.name)) == []
    assert far.left() == []


def test_a_server_of_this_machine_is_out_of_its_reach(far: FarEngine, tmp_path: Path) -> None:
    here = Place(tmp_path)
    case_named("right_reference").write(tmp_path / "ada")
    done = here.run(
        *("grade", tmp_path / "ada", "--out", here.out, "--format", "json"),
        *("--postgres", "embedded", "--isolation", "container"),
        environment=far.environment,
    )
    assert done.returncode == EXIT_FAULT
    assert "does not see the files of this machine" in " ".join(done.stderr.split())
    assert far.left() == []


def test_nothing_is_left_of_a_harness_that_is_killed(far: FarEngine, tmp_path: Path) -> None:
    here = Place(tmp_path)
    for name in ("ada", "grace", "mary"):
        case_named("right_reference").write(tmp_path / "class" / name)
    command = ("grade", "--all", str(tmp_path / "class"), "--out", str(here.out), *CONTAINERS)

    def running() -> int:
        return len(far.client.containers.list(ignore_removed=True))

    with subprocess.Popen(
        [*PROGRAM, *command],
        cwd=tmp_path,
        env=here.environment(**far.environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        wait_until(
            lambda: running() >= 4 or process.poll() is not None,
            "two servers and two sandboxes run",
            seconds=STOP_SECONDS,
        )
        assert process.poll() is None
        process.kill()
    wait_until(lambda: running() == 0, "no container runs", seconds=STOP_SECONDS)

    done = here.run(*command, environment=far.environment)  # also removes what had not been started
    assert done.returncode == 0, done.stderr
    assert far.left() == []
    assert here.is_clean()


@pytest.mark.soak
def test_the_whole_catalogue(far: FarEngine, tmp_path: Path) -> None:
    cases = tuple(case for case in CASES if case.trial_seconds is None)  # else by another assignment
    assert wrong(cases, graded(cases, tmp_path, far.environment, SECONDS)) == []
    assert far.left() == []


@pytest.mark.soak
def test_every_hostile_submission(far: FarEngine, tmp_path: Path) -> None:
    assert wrong(hostile.CASES, graded(hostile.CASES, tmp_path, far.environment, SECONDS)) == []
    assert far.left() == []
