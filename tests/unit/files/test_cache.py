"""The cache: what it keeps, and which files it trusts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.files.cache import VARIABLE, FileCache, cache_folder, own_folder


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache for this test alone. Its folder does not exist yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def test_a_written_file_can_be_read_again(place: Path) -> None:
    assert FileCache("notes").read("one") is None
    FileCache("notes").write("one", b"first")
    FileCache("notes").write("one", b"second")

    assert FileCache("notes").read("one") == b"second"
    assert FileCache("others").read("one") is None
    assert [path.name for path in (place / "notes").iterdir()] == ["one"]
    assert (place.stat().st_mode & 0o777, (place / "notes").stat().st_mode & 0o777) == (0o711, 0o700)


def test_an_existing_folder_keeps_its_mode(place: Path) -> None:
    place.mkdir(mode=0o755)
    FileCache("notes").write("one", b"first")

    assert place.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("shared", [".", "notes"])
def test_a_file_that_others_could_have_written_is_not_read(place: Path, shared: str) -> None:
    FileCache("notes").write("one", b"first")
    (place / shared).chmod(0o777)

    assert FileCache("notes").read("one") is None


def test_without_a_usable_folder_nothing_is_cached(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write_text("a file where the folder should be")
    FileCache("notes").write("one", b"first")
    assert FileCache("notes").read("one") is None

    monkeypatch.setenv(VARIABLE, "")
    FileCache("notes").write("one", b"first")
    assert FileCache("notes").read("one") is None


def test_a_failed_write_leaves_no_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_path: Path, _target: Path) -> None:
        raise OSError("no space")

    monkeypatch.setattr(Path, "replace", fail)
    FileCache("notes").write("one", b"first")

    assert list((place / "notes").iterdir()) == []


def test_the_folder_is_where_the_system_keeps_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert cache_folder() == Path("/var/cache/migration-grader")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "migration-grader"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() is None


def test_an_own_folder_is_created_for_this_user_alone(place: Path) -> None:
    assert own_folder("notes") == place / "notes"
    assert (place / "notes").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("shared", [".", "notes"])
def test_a_folder_that_others_could_have_written_to_is_not_given(place: Path, shared: str) -> None:
    own_folder("notes")
    (place / shared).chmod(0o777)
    assert own_folder("notes") is None


def test_no_folder_is_given_where_none_can_be_created(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write_text("a file")
    assert own_folder("notes") is None
    monkeypatch.setenv(VARIABLE, "")
    assert own_folder("notes") is None
