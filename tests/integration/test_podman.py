"""Podman instead of Docker, over the same API: verdicts, limits, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from grader.errors import EXIT_FAULT
from grader.runtime.engine.client import engine
from grader.runtime.postgres.images import postgres_image
from grader.runtime.sandbox.container import WorkerContainer
from grader.runtime.sandbox.container_files import files_of_container
from grader.runtime.sandbox.images import sandbox_image
from grader.runtime.sockets import Sockets
from tests import hostile
from tests.catalogue import case_named
from tests.catalogue.verdict import differences
from tests.integration.command import CHECKOUT, REFERENCE, TEMPLATE, Place, as_written
from tests.integration.podman import podman_of_root, podman_without_root
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grader.runs.graded import Graded
    from grader.runtime.postgres.container import ContainerBackend
    from grader.runtime.sandbox.container import ContainerSandboxBackend
    from tests.catalogue.case import Case
    from tests.integration.podman import Podman

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(sys.platform != "linux", reason="Podman runs on Linux"),
]
CONTAINERS = ("--postgres", "container", "--isolation", "container")
CATALOGUE = (
    "right_env_local",
    "right_flask_src_package",
    "right_moddatetime",
    "right_multidb_template",
    "right_newer_syntax",
    "right_system_collation",
    "wrong_extension_left_behind",
    "wrong_faked_output",
    "wrong_helpers_and_create_all",
    "wrong_pooled_variable",
)
HOSTILE = (
    "hostile_claims_and_exit_in_revision",
    "hostile_connections",
    "hostile_files",
    "hostile_fork_bomb",
    "hostile_full_disk",
    "hostile_leaves_things",
    "hostile_memory",
    "hostile_network",
)
LOOK = """
import os
scratch = os.statvfs("/tmp")
print(scratch.f_files, scratch.f_blocks * scratch.f_frsize, bool(scratch.f_flag & os.ST_NOEXEC))
places = ("/", "/dev", "/dev/shm", "/etc", "/run", "/run/lock", "/submission", "/sys", "/tmp", "/var/tmp")
print(*(place for place in places if os.access(place, os.W_OK)))
"""
SECONDS = 1800.0
_BY_NAME = {case.name: case for case in hostile.CASES}
CASES: tuple[Case, ...] = (*map(case_named, CATALOGUE), *map(_BY_NAME.__getitem__, HOSTILE))


@pytest.fixture(scope="module")
def podman(
    container_backend: ContainerBackend, container_sandbox: ContainerSandboxBackend
) -> Iterator[Podman]:
    """Podman of root, with the grader's images."""
    assert container_backend.problem() is container_sandbox.problem() is None
    with podman_of_root() as running:
        running.load(postgres_image().name, sandbox_image().name)
        yield running


@pytest.fixture(scope="module")
def graded(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graded]:
    """Everything graded once, two at once."""
    here = Place(tmp_path_factory.mktemp("class"))
    for case in CASES:
        case.write(here.top / "class" / case.name)
    done = here.run(
        *("grade", "--all", here.top / "class", "--out", here.out, "--format", "json"),
        *(*CONTAINERS, "--jobs", "2"),
        environment={"DOCKER_HOST": podman.address},
        seconds=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    assert here.is_clean()
    return {case.name: as_written(here.out / case.name) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict(case: Case, graded: dict[str, Graded], podman: Podman) -> None:
    wrong = differences(case, graded[case.name])
    assert not wrong, "\n".join((case.why, *wrong))
    assert podman.left() == []


def test_a_class_of_three(podman: Podman, tmp_path: Path) -> None:
    here = Place(tmp_path)
    case_named("wrong_faked_output").write(here.top / "third")

    done = here.run(
        *("grade", REFERENCE, TEMPLATE, here.top / "third", "--out", here.out, *CONTAINERS, "--jobs", "2"),
        environment={"DOCKER_HOST": podman.address},
    )

    assert done.returncode == 0, done.stderr
    assert "PostgreSQL: container. Isolation: container." in done.stderr
    assert here.report(REFERENCE.name)["score"] == 100
    assert here.report(TEMPLATE.name)["score"] == 0
    assert podman.left() == []


def test_limits_are_those_of_docker(podman: Podman, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What can be written to, and how much; and what the engine was told."""
    monkeypatch.setenv("DOCKER_HOST", podman.address)
    (tmp_path / "staged").mkdir()
    (tmp_path / "sockets").mkdir()
    files = files_of_container(tmp_path / "staged", Sockets(tmp_path / "sockets"))
    container = WorkerContainer(sandbox_image().name, "0" * 8, files)
    try:
        container.start()
        with engine() as client:
            seen = client.containers.get(container.get_container_id())
            run = seen.exec_run(["/opt/packages/bin/python", "-I", "-c", LOOK])
            host = seen.attrs["HostConfig"]
    finally:
        container.stop()

    assert run.output.decode().splitlines() == ["10000 67108864 True", "/tmp"]
    assert host["Memory"] == host["MemorySwap"] > 0
    assert 0 < host["PidsLimit"] < 1000
    assert host["NetworkMode"] == "none"
    assert podman.left() == []


def test_a_killed_grader_leaves_nothing_that_the_next_run_does_not_remove(
    podman: Podman, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", podman.address)
    here = Place(tmp_path)
    with here.start(REFERENCE, *CONTAINERS) as running:
        wait_until(lambda: len(podman.left()) > 3, "containers and volumes are there")
        os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait()

    done = here.run("grade", TEMPLATE, "--out", here.out, *CONTAINERS)

    assert done.returncode == 0, done.stderr
    wait_until(lambda: podman.left() == [], "nothing is left")


def test_without_root_and_without_limits_nothing_is_graded(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    container_backend: ContainerBackend,
    container_sandbox: ContainerSandboxBackend,
) -> None:
    """Version 1 of control groups is root's alone; with version 2, the limits are there and all works."""
    assert container_backend.problem() is container_sandbox.problem() is None
    with podman_without_root() as podman:
        podman.load(postgres_image().name)
        monkeypatch.setenv("DOCKER_HOST", podman.address)
        here = Place(tmp_path)
        if _limits_memory(podman):
            pytest.skip("this machine has version 2 of control groups: nothing is refused here")

        done = here.run(
            *("grade", REFERENCE, "--out", here.out, "--postgres", "container", "--isolation", "none")
        )

        assert done.returncode == EXIT_FAULT, done.stderr
        assert "does not limit how much memory containers take" in " ".join(done.stderr.split())
        assert podman.left() == []


def _limits_memory(podman: Podman) -> bool:
    client = podman.client()
    try:
        made = client.containers.create(postgres_image().name, mem_limit="100m")
        limited = bool(made.attrs["HostConfig"]["Memory"])
        made.remove()
    finally:
        client.close()
    return limited


@pytest.mark.soak
def test_all_hostile_submissions(podman: Podman) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--no-cov",
            "tests/integration/test_hostile.py",
            "-k",
            "container",
        ],
        cwd=CHECKOUT,
        env={**os.environ, "DOCKER_HOST": podman.address, "GRADER_REQUIRE_ALL": "1"},
        capture_output=True,
        text=True,
        timeout=2 * 3600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]


@pytest.mark.soak
def test_images_are_built(podman: Podman, tmp_path: Path) -> None:
    podman.load("debian:trixie-slim")
    done = Place(tmp_path).run("image", "build", environment={"DOCKER_HOST": podman.address}, seconds=SECONDS)
    assert done.returncode == 0, done.stderr
