"""Git repositories with histories like those of a course that takes pull requests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from conftest import missing

Files = Mapping[str, str | Path | None]
"""Path to content, to a folder to copy there, or to None for what is deleted."""


class Course:
    """A repository that is checked out at `top`."""

    def __init__(self, top: Path, files: Files) -> None:
        """Make it, with one commit on `main`."""
        if shutil.which("git") is None:
            missing("git is not installed")
        self.top = top
        top.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit(files)

    def git(self, *arguments: str | Path) -> str:
        """Run git in it, with nobody's settings."""
        done = subprocess.run(
            ["git", "-C", self.top, *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.top.parent),
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
                **{f"GIT_{role}_{key}": "x" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")},
            },
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return os.fsdecode(done.stdout).strip()

    def commit(self, files: Files) -> str:
        """Write and delete files, and commit all that there is; the commit."""
        for name, content in files.items():
            path = self.top / name
            if content is None:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            elif isinstance(content, Path):
                shutil.copytree(content, path, dirs_exist_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x")
        return self.git("rev-parse", "HEAD")

    def pull_request(self, files: Files) -> str:
        """Commit on a branch off `main`, merge that into `main` as GitHub does to try it, and check it out.

        Returns:
            The merge commit. `main` itself stays where it is.
        """
        self.git("switch", "--quiet", "--create", "change", "main")
        self.commit(files)
        return self.merge()

    def merge(self) -> str:
        """Merge the branch `change` into `main`, on no branch."""
        self.git("switch", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "x", "change")
        return self.git("rev-parse", "HEAD")

    def clone(self, top: Path, *options: str) -> Course:
        """A clone of what is checked out, as a job makes one."""
        self.git("branch", "--force", "to-clone", "HEAD")
        self.git("clone", "--quiet", "--branch", "to-clone", *options, f"file://{self.top}", top)
        copy = object.__new__(Course)
        copy.top = top
        return copy


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course with two submissions, an assignment, and something else."""
    return Course(
        tmp_path / "course",
        {
            "submissions/ada/app.py": "ada\n",
            "submissions/grace/app.py": "grace\n",
            "submissions/README.md": "Here.\n",
            "notes.md": "x\n",
        },
    )
