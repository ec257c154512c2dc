"""`grader grade` on git repositories: by address, as a bare folder, as a child of a class."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import missing
from grader.runtime.postgres.embedded import EmbeddedBackend
from tests.catalogue.case import Case
from tests.integration.command import Place
from tests.integration.submission.repositories import bare, git, served

pytestmark = pytest.mark.postgres
PASSWORD = "s3cret-of-the-course"
REFERENCE = {path: data.decode() for path, data in Case("reference", "", ()).files().items()}


@pytest.fixture(autouse=True)
def _git(embedded_backend: EmbeddedBackend) -> None:
    assert embedded_backend.problem() is None
    if shutil.which("git") is None:
        missing("git is not installed")


@pytest.fixture
def here(tmp_path: Path) -> Place:
    """A folder to run commands in."""
    return Place(tmp_path)


@pytest.fixture
def closed() -> Iterator[int]:
    """A port that nobody listens at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def written(here: Place) -> str:
    """All that stands in the reports."""
    return "\n".join(path.read_text() for path in here.out.rglob("*") if path.is_file())


def test_a_bare_repository_is_graded_like_a_folder(here: Place) -> None:
    bare(here.top / "class" / "ada.git", REFERENCE)
    done = here.grade("--all", "class")
    assert done.returncode == 0, done.stderr
    report = here.report("ada")
    assert (report["score"], report["bonus"]) == (100.0, 5.0)
    assert report["submission"]["source"] == "ada.git"
    assert here.is_clean()


def test_addresses_side_by_side(here: Place, closed: int) -> None:
    bare(here.top / "served" / "ada" / "work.git", {"app.py": "x = 1\n"})
    git(bare(here.top / "served" / "grace" / "work.git", {}), "update-ref", "-d", "refs/heads/main")
    with served(here.top / "served", f"course:{PASSWORD}") as server:
        user = f"course:{PASSWORD}"
        done = here.grade(
            server.url("ada/work.git", user),
            server.url("grace/work.git", user),
            server.url("linus/work.git", user),
            f"https://{PASSWORD}@127.0.0.1:{closed}/alan/work.git",
        )
    assert done.returncode == 5, done.stderr
    found = {name: here.report(f"{name}__work") for name in ("ada", "grace", "linus", "alan")}
    assert {name: (item["status"], item["score"]) for name, item in found.items()} == {
        "ada": ("graded", 0.0),
        "grace": ("graded", 0.0),
        "linus": ("error", None),
        "alan": ("error", None),
    }
    assert "alembic init" in found["ada"]["next_step"]
    assert "holds no files" in found["grace"]["next_step"]
    assert "cannot be fetched" in found["alan"]["error"]
    assert {item["submission"]["source"] for item in found.values()} == {"work.git"}
    assert PASSWORD not in done.stdout + done.stderr + written(here)
    assert here.is_clean()


def test_an_address_that_is_not_taken(here: Place) -> None:
    for text, code in (("ext::sh -c id", 2), ("git://127.0.0.1/ada.git", 2)):
        done = here.grade(text)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False)
        assert "https://host/ada.git" in done.stderr


def test_all_takes_a_folder_and_shows_no_password(here: Place) -> None:
    done = here.grade("--all", f"https://ada:{PASSWORD}@127.0.0.1/ada.git")
    assert done.returncode == 2
    assert "Leave out --all" in done.stderr
    assert PASSWORD not in done.stderr


def test_an_address_that_is_named_twice(here: Place) -> None:
    url = f"https://ada:{PASSWORD}@127.0.0.1/ada.git"
    done = here.grade(url, f"{url}#main")
    assert done.returncode == 2
    assert "is named twice" in done.stderr
    assert PASSWORD not in done.stderr
