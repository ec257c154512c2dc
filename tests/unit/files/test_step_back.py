"""Replacing files and going back: whatever happens in between, what was there can be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import GraderError, UsageError
from grader.files import step_back
from grader.files.atomic import write_or_remove
from grader.files.step_back import KEPT, kept_files, write_keeping


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "grade.json").write_bytes(b"old")
    (tmp_path / "index.html").write_bytes(b"old page")
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and KEPT not in path.parts
    }


NEW = {"ada/grade.json": b"new", "roster.csv": b"added", "index.html": None}


def test_back_and_forward_again(folder: Path) -> None:
    before = content(folder)
    write_keeping(folder, NEW)
    after = content(folder)
    assert after == {"ada/grade.json": b"new", "roster.csv": b"added"}
    write_keeping(folder, kept_files(folder))
    assert content(folder) == before
    write_keeping(folder, kept_files(folder))
    assert content(folder) == after


def test_only_the_last_replacement_is_kept(folder: Path) -> None:
    write_keeping(folder, {"index.html": b"first"})
    write_keeping(folder, {"ada/grade.json": b"second"})
    assert kept_files(folder) == {"ada/grade.json": b"old"}
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == [KEPT]


def test_with_nothing_to_replace_the_step_back_stays(folder: Path) -> None:
    write_keeping(folder, {"index.html": b"first"})
    write_keeping(folder, {})
    assert kept_files(folder) == {"index.html": b"old page"}


def test_where_nothing_is_kept(folder: Path) -> None:
    with pytest.raises(UsageError, match="nothing is kept"):
        kept_files(folder)


def test_what_was_changed_since_is_not_lost(folder: Path) -> None:
    write_keeping(folder, NEW)
    (folder / "ada" / "grade.json").write_bytes(b"graded again")
    with pytest.raises(UsageError, match="was changed after"):
        kept_files(folder)


def test_an_interrupted_replacement_keeps_what_was_there_before_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(folder)

    def break_off(path: Path, data: bytes | None) -> None:
        if path.name == "roster.csv":
            raise KeyboardInterrupt
        written(path, data)

    written = write_or_remove
    monkeypatch.setattr(step_back, "write_or_remove", break_off)
    with pytest.raises(KeyboardInterrupt):
        write_keeping(folder, NEW)
    assert content(folder)["ada/grade.json"] == b"new"
    monkeypatch.setattr(step_back, "write_or_remove", written)
    # What is there already does not have to be written again.
    write_keeping(folder, {name: data for name, data in NEW.items() if name != "ada/grade.json"})
    write_keeping(folder, kept_files(folder))
    assert content(folder) == before


def test_where_nothing_can_be_kept_nothing_is_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(folder)

    def full(_: Path, __: Path) -> bool:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(step_back, "_keep", full)
    with pytest.raises(GraderError, match="cannot be kept: No space left"):
        write_keeping(folder, NEW)
    assert content(folder) == before
