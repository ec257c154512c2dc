"""Files that git ignores: asked of git, and never in a repository of somebody else's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from conftest import missing
from grader.assignment.model import Limits
from grader.submission.git.ignored import ignored_files
from grader.submission.staging import stage
from tests.integration.submission.repositories import commit, git

SECRET = "DIRECT_URL=postgresql://ada:hunter2-of-hers@db.example.org/x\n"
WORK = {"alembic.ini": "[alembic]\nscript_location = a\n", "a/env.py": "", ".gitignore": ".env\n"}


@pytest.fixture(autouse=True, scope="module")
def _git() -> None:
    if shutil.which("git") is None:
        missing("git is not installed")


@pytest.fixture(autouse=True)
def home_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without settings of git."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def work_tree(folder: Path, files: dict[str, str], *, also: dict[str, str] | None = None) -> Path:
    """A work tree with one commit of these files; others are only there."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, files)
    return write(folder, also or {})


def ignored(folder: Path, *paths: str, own: bool = False) -> set[str]:
    return set(ignored_files(folder, paths or (".env",), own=own))


def test_an_ignored_file_that_is_not_committed(tmp_path: Path) -> None:
    work = work_tree(tmp_path / "ada", WORK, also={".env": SECRET, "prod.env": SECRET})
    assert ignored(work, ".env", "prod.env") == {".env"}


def test_a_committed_file_is_not_ignored_though_a_rule_names_it(tmp_path: Path) -> None:
    work = work_tree(tmp_path / "ada", WORK, also={".env": SECRET})
    git(work, "add", "--force", ".env")
    assert ignored(work) == set()


def test_rules_of_every_kind(tmp_path: Path, home_folder: Path) -> None:
    files = {
        ".gitignore": "*.env\n!shown.env\n/top/*\n",
        "sub/.gitignore": ".env.local\n",
        "a.txt": "",
    }
    there = dict.fromkeys(
        ("dev.env", "shown.env", "top/x.env", "sub/.env.local", ".env.local", ".env.mine", ".env.everywhere"),
        "",
    )
    work = work_tree(tmp_path / "ada", files, also=there)
    write(work / ".git", {"info/exclude": ".env.mine\n"})
    write(home_folder, {".config/git/ignore": ".env.everywhere\n"})
    assert ignored(work, *there) == {"dev.env", "top/x.env", "sub/.env.local", ".env.mine", ".env.everywhere"}
    write(home_folder, {".gitconfig": "[core]\n\texcludesFile = ~/rules\n", "rules": ".env.local\n"})
    assert ignored(work, ".env.local", ".env.everywhere") == {".env.local"}


def test_the_exercise_in_a_folder_of_the_repository(tmp_path: Path) -> None:
    files = {f"course/exercise/{name}": text for name, text in WORK.items()}
    work = work_tree(tmp_path / "ada", files, also={"course/exercise/.env": SECRET})
    assert ignored(work / "course" / "exercise") == {".env"}


def test_a_repository_that_ignores_the_whole_folder_is_another_one(tmp_path: Path) -> None:
    work = work_tree(tmp_path / "course", {".gitignore": "handed-in/\n.env\n"})
    write(work / "handed-in" / "ada", {".env": SECRET})
    assert ignored(work / "handed-in" / "ada") == set()


def test_a_folder_in_no_repository(tmp_path: Path) -> None:
    write(tmp_path / "ada", {**WORK, ".env": SECRET, "sub/.env": SECRET})
    assert ignored(tmp_path / "ada", ".env", "sub/.env") == set()
    assert ignored(tmp_path / "ada", ".env", "sub/.env", own=True) == {".env", "sub/.env"}


def test_a_linked_work_tree_and_a_submodule(tmp_path: Path) -> None:
    work = work_tree(tmp_path / "ada", WORK)
    git(work, "worktree", "add", "--quiet", "../linked")
    write(tmp_path / "linked", {".env": SECRET})
    assert ignored(tmp_path / "linked") == {".env"}
    git(work, "worktree", "add", "--quiet", "../other")
    write(tmp_path / "other", {".env": SECRET})
    git(tmp_path / "other", "add", "--force", ".env")
    assert ignored(tmp_path / "other") == set()
    outer = work_tree(tmp_path / "outer", {"x": ""})
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(work), "sub")
    write(outer / "sub", {".env": SECRET})
    assert ignored(outer, "sub/.env") == {"sub/.env"}


def test_nothing_of_the_repository_is_run(tmp_path: Path) -> None:
    work = work_tree(tmp_path / "ada", {**WORK, ".gitattributes": "* filter=f\n"}, also={".env": SECRET})
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "filter.f.clean", "core.pager", "core.editor"):
        git(work, "config", name, str(program))
    git(work, "config", "core.excludesFile", "/etc/passwd")
    assert ignored(work) == {".env"}
    assert not ran.exists()
    git(work, "status")
    assert ran.exists()  # as git would have done there


@pytest.mark.parametrize("text", ["", "gitdir: /nowhere\n", "gitdir: ../..\n", "\0\xff"])
def test_a_file_in_place_of_a_repository(tmp_path: Path, text: str) -> None:
    write(tmp_path / "ada", {**WORK, ".env": SECRET, ".git": text})
    assert ignored(tmp_path / "ada") <= {".env"}


def test_a_damaged_index(tmp_path: Path) -> None:
    work = work_tree(tmp_path / "ada", WORK, also={".env": SECRET, "a/.env": SECRET})
    (work / ".git" / "index").write_bytes(b"DIRC\0\0\0\2\xff")
    assert ignored(work, ".env", "a/.env") == {".env"}
    (work / ".git" / "index").unlink()
    os.mkfifo(work / ".git" / "index")
    assert ignored(work) == {".env"}


def test_without_git_the_names_in_the_list_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = work_tree(tmp_path / "ada", WORK, also={".env": SECRET})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ignored(work, ".env", "other.env") == {".env"}


def test_a_staged_submission_has_no_finding_about_an_ignored_file(tmp_path: Path) -> None:
    def staged(name: str) -> tuple[list[str], str]:
        submission = stage(work, tmp_path / name, submission_id="ada", limits=Limits())
        return [item.kind for item in submission.facts.findings], submission.facts.sha256

    work = work_tree(tmp_path / "ada", WORK, also={".env": SECRET})
    kinds, ignored_digest = staged("one")
    assert "committed_env" not in kinds
    git(work, "add", "--force", ".env")
    kinds, committed_digest = staged("two")
    assert "committed_env" in kinds
    assert committed_digest != ignored_digest  # else a saved report would be taken for the new one
