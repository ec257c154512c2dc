"""Repositories whose commits hold the reference solution in different states, and what is read from them."""

from __future__ import annotations

import shutil
from pathlib import Path

from grader.assignment.model import Limits
from grader.observations.history import RevisionHistory
from grader.submission.staging import stage
from tests.catalogue.case import Case, Edit
from tests.integration.submission.repositories import git

State = tuple[Edit, ...]
"""How the files differ from the reference solution."""


def put(folder: Path, state: State) -> None:
    """Replace the files of a folder, save those of its repository."""
    for item in folder.iterdir():
        if item.name != ".git":
            shutil.rmtree(item) if item.is_dir() else item.unlink()
    for path, data in Case("state", "", state).files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def commit(folder: Path, state: State) -> str:
    """Commit a state; returns the first characters of the commit's id, as reports show them."""
    put(folder, state)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "work")
    return git(folder, "rev-parse", "HEAD")[:7]


def repository(folder: Path, *states: State) -> Path:
    """A repository with a work tree and one commit for each state."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for state in states:
        commit(folder, state)
    return folder


def history(source: Path, scratch: Path, *, own: bool = False, in_course: bool = False) -> RevisionHistory:
    """What is read of a submission's history when it is staged."""
    with_room = scratch / "staging"
    with_room.mkdir()
    try:
        staged = stage(
            source,
            with_room / "submission",
            submission_id="ada",
            limits=Limits(),
            own=own,
            history=True,
            in_course=in_course,
        )
    finally:
        shutil.rmtree(with_room)
    assert staged.facts.history is not None
    return staged.facts.history
