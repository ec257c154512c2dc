"""Repositories by address: fetched over HTTP and ssh on loopback, and every way in which that goes wrong."""

from __future__ import annotations

import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import missing
from grader.assignment.model import Limits
from grader.errors import (
    BrokenSubmission,
    GraderError,
    HarnessFault,
    UnavailableError,
    UsageError,
)
from grader.submission.git import fetch as fetching
from grader.submission.git.address import GitAddress
from grader.submission.git.fetch import fetched
from grader.submission.staging import stage
from tests.integration.command import CHECKOUT
from tests.integration.submission.repositories import GitServer, bare, git, push, served
from tests.waiting import children, in_session, wait_until

FETCHER = Path(__file__).with_name("fetcher.py")
WORK = {"alembic.ini": "[alembic]\nscript_location = alembic\n", "app.py": "x = 1\n", "alembic/env.py": "\n"}
USER = "ada:s3cret-of-the-course"


@pytest.fixture(autouse=True, scope="module")
def _git() -> None:
    if shutil.which("git") is None:
        missing("git is not installed")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    """Serves the repositories of a folder."""
    (tmp_path / "served").mkdir()
    with served(tmp_path / "served") as running:
        yield running


def address(text: str) -> GitAddress:
    found = GitAddress.parse(text)
    assert found is not None
    return found


def files_of(text: str, folder: Path, **limits: int) -> dict[str, str]:
    """What is staged of a repository; nothing else is left in the folder."""
    made = Limits(**limits)
    folder.mkdir(exist_ok=True)
    with fetched(address(text), folder, made) as repository:
        found = stage(repository, folder / "out" / "submission", submission_id="ada", limits=made)
        assert found.facts.source == repository.name
    files = {
        path.relative_to(found.root).as_posix(): path.read_text()
        for path in found.root.rglob("*")
        if path.is_file() and path.name != ".env"
    }
    assert [path.name for path in folder.iterdir()] == ["out"]
    shutil.rmtree(folder / "out")
    return files


def refused(
    text: str, folder: Path, kind: type[GraderError] = HarnessFault, *, seconds: float = 60.0
) -> GraderError:
    """What comes of an address; nothing is left in the folder."""
    folder.mkdir(exist_ok=True)
    with pytest.raises(kind) as caught, fetched(address(text), folder, Limits(), seconds=seconds):
        pytest.fail("there is nothing to fetch")
    assert not any(folder.iterdir())
    assert caught.value.next_step
    return caught.value


# --- what comes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("history", "commits"), [(False, 1), (True, 3)])
def test_earlier_commits_come_along_if_they_are_asked_for(
    tmp_path: Path, server: GitServer, commits: int, *, history: bool
) -> None:
    repository = bare(server.folder / "ada.git", WORK)
    push(repository, {"app.py": "x = 2\n"})
    push(repository, {"app.py": "x = 3\n"})
    with fetched(address(server.url("ada.git")), tmp_path, Limits(), history=history) as found:
        assert git(found, "rev-list", "--count", "refs/graded/target") == str(commits)


def test_earlier_commits_that_are_too_large_are_left_behind(tmp_path: Path, server: GitServer) -> None:
    repository = bare(server.folder / "ada.git", WORK)
    push(repository, {"data.bin": random.Random(4).randbytes(400_000).hex()})  # noqa: S311 - no secret
    push(repository, {"data.bin": ""})
    limits = Limits(submission_bytes=30_000)
    with fetched(address(server.url("ada.git")), tmp_path, limits, history=True) as found:
        assert git(found, "rev-list", "--count", "refs/graded/target") == "1"


@pytest.mark.parametrize("how", ["http", "file", "ssh", "short"])
def test_a_repository_is_fetched_by_its_address(
    tmp_path: Path, server: GitServer, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    repository = bare(server.folder / "ada.git", WORK)
    said = fake_ssh(tmp_path, monkeypatch)
    urls = {
        "http": server.url("ada.git"),
        "file": f"file://{repository}",
        "ssh": f"ssh://git@127.0.0.1:2222{repository}",
        "short": f"git@127.0.0.1:{repository}",
    }
    assert files_of(urls[how], tmp_path / "work") == WORK
    assert said.exists() == (how in ("ssh", "short"))
    if said.exists():
        assert "BatchMode=yes" in said.read_text()
        assert "git@127.0.0.1" in said.read_text()


def fake_ssh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In place of ssh: runs what it is asked to run on this machine, and writes down how it was called."""
    said, program = folder / "said", folder / "ssh"
    program.write_text(f'#!/bin/sh\necho "$@" >> {said}\nfor last; do :; done\nexec sh -c "$last"\n')
    program.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(program))
    return said


@pytest.mark.parametrize("how", ["http", "file"])
def test_a_branch_a_tag_and_a_commit(tmp_path: Path, server: GitServer, how: str) -> None:
    repository = bare(server.folder / "ada.git", WORK)
    first = git(repository, "rev-parse", "main")
    push(repository, {"app.py": "x = 2\n"}, branch="main")
    push(repository, WORK | {"app.py": "x = 3\n"}, branch="feature/last")
    git(repository, "tag", "--annotate", "--message", "done", "v1", "feature/last")
    base = server.url("ada.git") if how == "http" else f"file://{repository}"
    found = {
        name: files_of(f"{base}#{name}", tmp_path / "w")["app.py"]
        for name in ("main", "feature/last", "v1", first)
    }
    assert found == {"main": "x = 2\n", "feature/last": "x = 3\n", "v1": "x = 3\n", first: "x = 1\n"}
    assert files_of(base, tmp_path / "w")["app.py"] == "x = 2\n"


def test_a_branch_that_is_there_is_fetched_once_more(
    tmp_path: Path, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare(server.folder / "ada.git", WORK)
    usual, calls = fetching._RemoteFetch._fetch, iter(range(9))

    def failing(times: int) -> None:
        def once(self: fetching._RemoteFetch, what: str) -> subprocess.CompletedProcess[str]:
            if next(calls) < times:
                return subprocess.CompletedProcess([], 128, "", "fatal: the remote end hung up unexpectedly")
            return usual(self, what)

        monkeypatch.setattr(fetching._RemoteFetch, "_fetch", once)

    failing(1)
    assert files_of(f"{server.url('ada.git')}#main", tmp_path / "w") == WORK
    failing(9)
    with pytest.raises(HarnessFault, match="hung up"):
        files_of(f"{server.url('ada.git')}#main", tmp_path / "w")


@pytest.mark.parametrize("how", ["http", "file"])
def test_a_head_that_names_no_branch(tmp_path: Path, server: GitServer, how: str) -> None:
    repository = bare(server.folder / "ada.git", WORK, branch="work")
    (repository / "HEAD").write_text("ref: refs/heads/trunk\n")
    base = server.url("ada.git") if how == "http" else f"file://{repository}"
    assert files_of(base, tmp_path / "work") == WORK


@pytest.mark.parametrize("how", ["http", "file"])
def test_an_empty_repository_is_a_submission_without_files(
    tmp_path: Path, server: GitServer, how: str
) -> None:
    git(server.folder, "init", "--quiet", "--bare", "ada.git")
    base = server.url("ada.git") if how == "http" else f"file://{server.folder / 'ada.git'}"
    assert files_of(base, tmp_path / "work") == {}


def test_only_one_commit_comes(tmp_path: Path, server: GitServer) -> None:
    repository = bare(server.folder / "ada.git", WORK | {"large": "x" * 100_000})
    push(repository, {"large": ""})
    with fetched(address(server.url("ada.git")), tmp_path, Limits()) as copy:
        assert git(copy, "rev-list", "--count", "refs/graded/target") == "1"


def test_a_work_tree_by_its_address(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    git(tmp_path / "ada", "init", "--quiet", "--initial-branch=main")
    push(tmp_path / "ada" / ".git", WORK)
    (tmp_path / "ada" / "app.py").write_text("not committed\n")
    assert files_of(f"file://{tmp_path / 'ada'}", tmp_path / "work") == WORK


# --- what does not ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["http", "file"])
def test_no_such_branch(tmp_path: Path, server: GitServer, how: str) -> None:
    repository = bare(server.folder / "ada.git", WORK)
    base = server.url("ada.git") if how == "http" else f"file://{repository}"
    for name in ("gone", "a" * 40):
        assert (
            f"no branch, tag or commit {name}"
            in refused(f"{base}#{name}", tmp_path / "w", UsageError).message
        )


def test_no_server_at_the_address(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        text = f"http://{USER}@127.0.0.1:{closed.getsockname()[1]}/ada.git"
        fault = refused(text, tmp_path / "w")
    assert "cannot be fetched: fatal: unable to access" in fault.message
    assert "s3cret" not in fault.message + fault.next_step


def test_no_such_repository(tmp_path: Path, server: GitServer) -> None:
    assert "not found" in refused(server.url("nobody.git"), tmp_path / "w").message
    assert (
        "is no git repository" in refused(f"file://{tmp_path}/nobody.git", tmp_path / "w", UsageError).message
    )


def test_credentials_are_used_and_never_asked_for_or_shown(tmp_path: Path) -> None:
    bare(tmp_path / "served" / "ada.git", WORK)
    with served(tmp_path / "served", USER) as server:
        assert files_of(server.url("ada.git", USER), tmp_path / "w") == WORK
        for user in ("", "ada:wrong-s3cret", "wrong-s3cret-token"):
            fault = refused(server.url("ada.git", user), tmp_path / "w", seconds=20.0)
            assert "cannot be fetched" in fault.message
            assert "s3cret" not in fault.message


@contextmanager
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never says anything."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/ada.git"


def test_a_server_that_never_answers(tmp_path: Path) -> None:
    with silent() as url:
        began = time.monotonic()
        assert "not fetched in time" in refused(url, tmp_path / "w", seconds=0.5).message
        assert time.monotonic() - began < 15


def test_fetching_ends_when_the_run_is_stopped(tmp_path: Path) -> None:
    with (
        silent() as url,
        pytest.raises(HarnessFault, match="stopped"),
        fetched(address(url), tmp_path, Limits(), stopped=lambda: True),
    ):
        pytest.fail("there is nothing to fetch")
    assert not any(tmp_path.iterdir())


def test_a_repository_that_is_too_large(tmp_path: Path, server: GitServer) -> None:
    # What does not compress.
    noise = random.Random(1).randbytes(600_000).hex()  # noqa: S311 - no secret
    bare(server.folder / "ada.git", WORK | {"noise": noise})
    limits = Limits(submission_bytes=20_000)
    with (
        pytest.raises(BrokenSubmission, match="larger than"),
        fetched(address(server.url("ada.git")), tmp_path / "served", limits) as copy,
    ):
        # What came faster than one could look is refused when it is staged.
        stage(copy, tmp_path / "out", submission_id="ada", limits=limits)


def test_a_fetched_repository_has_no_template_hooks(
    tmp_path: Path, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks, marker = tmp_path / "template" / "hooks", tmp_path / "marker"
    hooks.mkdir(parents=True)
    for name in ("reference-transaction", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {marker}\n")
        (hooks / name).chmod(0o755)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(hooks.parent))
    bare(server.folder / "ada.git", WORK)
    assert files_of(server.url("ada.git"), tmp_path / "w") == WORK
    assert not marker.exists()


def test_git_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (
        "git is not installed"
        in refused("https://127.0.0.1:1/ada.git", tmp_path / "w", UnavailableError).message
    )


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_git_ends_when_the_grader_is_killed(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    with silent() as url:
        command = [sys.executable, str(FETCHER), url, str(tmp_path / "w")]
        with subprocess.Popen(command, env={"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin"}) as harness:
            wait_until(lambda: any(map(children, children(harness.pid))), "git runs")
            (leash,) = children(harness.pid)
            wait_until(lambda: len(in_session(leash)) >= 3, "git has started its transport")
            harness.send_signal(signal.SIGKILL)
    wait_until(lambda: not in_session(leash), "all of git is gone")
