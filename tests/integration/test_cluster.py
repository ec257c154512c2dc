"""Grading on a Dask cluster: the same reports as on one machine; workers that die or are refused."""

from __future__ import annotations

import importlib.util
import json
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import missing
from grader.errors import HarnessFault
from grader.runs.assignments import load
from grader.runs.batch import RunSpec, grade_all
from grader.runs.cluster.messages import RunRequest
from grader.runs.graded import Phases
from grader.runtime.postgres.embedded import EmbeddedBackend
from grader.submission.sources import Source
from grader.submission.staging import StagingArea
from tests.catalogue import case_named
from tests.integration.command import REFERENCE, STOP_SECONDS, Place, waiting
from tests.integration.dask_cluster import NO_GRADER, OTHER_GRADER, Cluster, cluster
from tests.integration.test_batches import reports
from tests.unit.runners import Told
from tests.waiting import is_there, wait_until

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
NOT_FOR_LONG = ("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "3s")
"""How long the command waits for a scheduler that does not answer."""
KINDS = ("right_reference", "wrong_exit_in_env", "wrong_only_a_readme", "wrong_unnamed_constraint")


@pytest.fixture(autouse=True, scope="module")
def _dask() -> None:
    """Skip where Dask is not installed."""
    if importlib.util.find_spec("distributed") is None:
        missing("Dask is not installed: pip install 'migration-grader[dask]'")


@pytest.fixture
def here(tmp_path: Path) -> Place:
    """A folder to run commands in."""
    return Place(tmp_path)


@pytest.fixture(scope="module")
def two_workers(
    tmp_path_factory: pytest.TempPathFactory, embedded_backend: EmbeddedBackend
) -> Iterator[Cluster]:
    """A cluster with two workers that can be used, and one that cannot."""
    assert embedded_backend.problem() is None
    with cluster(tmp_path_factory.mktemp("cluster") / "two", workers=2) as made:
        made.add_worker(OTHER_GRADER)
        yield made


def started_by(ancestor: int, process: int) -> bool:
    """Whether a process descends from another."""
    while process > 1:
        if process == ancestor:
            return True
        fields = Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()
        process = int(fields[1])
    return False


def server_of(marker: Path) -> int:
    """The server of a submission that waits; see `waiting`."""
    wait_until(marker.exists, "the submission runs", seconds=STOP_SECONDS)
    return int((Path(marker.read_text()).parent / "data" / "postmaster.pid").read_text().split()[0])


# --- reports ----------------------------------------------------------------------------------------------


def test_the_reports_are_the_same_as_on_one_machine(here: Place, two_workers: Cluster) -> None:
    for name in KINDS:
        case_named(name).write(here.top / "class" / name)
    assert here.grade("--all", "class", "--format", "json,md", "--jobs", "2").returncode == 0
    on_one = reports(here.out)
    here.out = here.top / "elsewhere"
    arguments = ("--all", "class", "--format", "json,md", "--cluster", two_workers.address)
    done = here.grade(*arguments)
    assert done.returncode == 0, done.stderr
    assert reports(here.out) == on_one
    assert sorted(on_one) == sorted(KINDS)
    assert "Workers: 2, for 2 submissions at once (PostgreSQL embedded, isolation none)." in done.stderr
    assert "is not used: grader is 0.0.9 there and 0.1.0 here" in done.stderr
    done = here.grade(*arguments)
    assert "0 graded · 4 unchanged and taken over" in done.stdout
    assert here.is_clean()
    wait_until(two_workers.is_clean, "the workers have given back what they held")


def test_the_runner_of_a_cluster(tmp_path: Path, two_workers: Cluster) -> None:
    from grader.runs.cluster.client import connected  # noqa: PLC0415 - needs Dask

    told: list[str] = []
    request = RunRequest(load(), "embedded", "none")
    (tmp_path / "work").mkdir()
    names = ("wrong_exit_in_env", "wrong_no_env_py")
    sources = [Source(name, case_named(name).write(tmp_path / name)) for name in names]
    with connected(two_workers.address, request, StagingArea(tmp_path / "work"), told.append) as runner:
        assert runner.capacity(0) == 2
        assert runner.backend_pairs() == {("embedded", "none")}
        results = grade_all(sources, runner, RunSpec(tmp_path / "out", ("json",), jobs=8), Told())
        assert runner.problem() is None
        runner.stop()
        with (
            runner.staging.staged(REFERENCE, "late", runner.assignment) as staged,
            pytest.raises(HarnessFault, match="stopped"),
        ):
            runner.try_out(staged, Phases(lambda _: None), settle=True)
    assert [(item.report.status, item.report.score) for item in results] == [("graded", 0.0)] * 2
    assert len([line for line in told if line.startswith("Worker tcp://")]) == 1


def test_submissions_of_a_dead_worker_are_graded_by_another(here: Place, two_workers: Cluster) -> None:
    marker, go = here.top / "marker", here.top / "go"
    waiting(here.top / "class" / "ada", marker, go)
    for name in KINDS[1:]:
        case_named(name).write(here.top / "class" / name)
    with here.start("--all", "class", "--cluster", two_workers.address) as running:
        server = server_of(marker)
        victim = next(worker for worker in two_workers.workers if started_by(worker.pid, server))
        victim.kill()
        wait_until(lambda: not is_there(server), "nothing is left of what ran there")
        go.touch()
        code, errors = running.wait()
    assert code == 0, errors
    names = ["ada", *KINDS[1:]]
    summary = json.loads((here.out / "summary.json").read_bytes())
    assert [item["id"] for item in summary["submissions"]] == names
    assert here.report("ada")["score"] == 100.0
    for name in KINDS[1:]:
        assert here.report(name)["score"] == case_named(name).score
    for name in names:  # each is counted once
        assert sum(f"] {name}: " in line for line in errors.splitlines()) == 1
    assert here.is_clean()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_what_runs_on_the_workers(
    here: Place, two_workers: Cluster, number: signal.Signals
) -> None:
    marker = here.top / "marker"
    waiting(here.top / "class" / "ada", marker, here.top / "never")
    case_named("wrong_only_a_readme").write(here.top / "class" / "zoe")
    with here.start("--all", "class", "--cluster", two_workers.address) as running:
        server = server_of(marker)
        running.process.send_signal(number)
        code, errors = running.wait()
    assert code == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    wait_until(lambda: not is_there(server), "nothing is left of what ran there")
    assert not (here.out / "ada").exists()
    assert here.is_clean()


def test_a_scheduler_that_dies_ends_the_run(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*NOT_FOR_LONG)
    marker, go = here.top / "marker", here.top / "go"
    waiting(here.top / "ada", marker, go)
    with cluster(here.top / "cluster", workers=1) as made:
        with here.start(here.top / "ada", "--cluster", made.address) as running:
            server = server_of(marker)
            made.stop()
            code, errors = running.wait()
        wait_until(lambda: not is_there(server), "nothing is left of what ran there")
    assert code == 4, errors
    assert "scheduler does not answer any more" in errors
    assert "goes on where it stopped" in errors
    assert not (here.out / "ada").exists()


# --- refusals ---------------------------------------------------------------------------------------------


def refused(here: Place, code: int, *words: str, arguments: tuple[str, ...]) -> None:
    done = here.grade(REFERENCE, *arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_a_cluster_that_cannot_be_used_at_all(here: Place) -> None:
    with cluster(here.top / "cluster", workers=0) as made:
        made.add_worker(OTHER_GRADER)
        arguments = ("--cluster", made.address)
        refused(here, 4, "no worker of the cluster can be used", "grader is 0.0.9 there", arguments=arguments)
        made.add_worker(NO_GRADER)
        refused(here, 4, "the grader is not installed on tcp://", "pip install", arguments=arguments)


def test_no_scheduler_at_the_address(here: Place) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        environment = dict([NOT_FOR_LONG])
        done = here.run("grade", REFERENCE, "--cluster", address, environment=environment)
    assert done.returncode == 4, done.stderr
    assert f"no Dask scheduler answers at {address}" in done.stderr
    assert "`dask scheduler`" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("foo::bar", "is no address of a Dask scheduler"),
        ("foo://bar:1", "is no address of a Dask scheduler"),
        ("tcp://bar", "is no address of a Dask scheduler"),
        ("tls://bar:1", "DASK_DISTRIBUTED__COMM__TLS__CA_FILE"),
    ],
)
def test_wrong_addresses(here: Place, address: str, words: str) -> None:
    done = here.run("grade", REFERENCE, "--cluster", address)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_servers_url_does_not_go_with_a_cluster(here: Place) -> None:
    url = "postgresql://ada:hunter2@localhost/postgres"
    done = here.run("grade", REFERENCE, "--cluster", "tcp://127.0.0.1:1", "--postgres", url)
    assert done.returncode == 2
    assert "each worker has a PostgreSQL of its own" in done.stderr


def test_without_dask(here: Place) -> None:
    program = (
        sys.executable,
        "-c",
        "import sys; sys.modules['distributed'] = None; from grader.cli.main import main; main()",
    )
    done = here.run("grade", REFERENCE, "--cluster", "tcp://127.0.0.1:1", program=program)
    assert done.returncode == 2
    assert "pip install 'migration-grader[dask]'" in done.stderr
