"""What outlasts a run, and what of it is trusted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.files.cache import VARIABLE, KeptFiles, cache_folder


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, which nothing has made yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def test_what_is_written_is_there_for_another_run(place: Path) -> None:
    assert KeptFiles("notes").read("one") is None
    KeptFiles("notes").write("one", b"first")
    KeptFiles("notes").write("one", b"second")

    assert KeptFiles("notes").read("one") == b"second"
    assert KeptFiles("others").read("one") is None
    assert [path.name for path in (place / "notes").iterdir()] == ["one"]
    assert (place.stat().st_mode & 0o777, (place / "notes").stat().st_mode & 0o777) == (0o711, 0o700)


def test_folder_that_was_there_stays_as_it_was(place: Path) -> None:
    place.mkdir(mode=0o755)
    KeptFiles("notes").write("one", b"first")

    assert place.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("shared", [".", "notes"])
def test_what_others_could_have_written_is_not_read(place: Path, shared: str) -> None:
    KeptFiles("notes").write("one", b"first")
    (place / shared).chmod(0o777)

    assert KeptFiles("notes").read("one") is None


def test_no_place_and_no_room_are_nobodys_trouble(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write_text("a file where the folder should be")
    KeptFiles("notes").write("one", b"first")
    assert KeptFiles("notes").read("one") is None

    monkeypatch.setenv(VARIABLE, "")
    KeptFiles("notes").write("one", b"first")
    assert KeptFiles("notes").read("one") is None


def test_half_of_a_file_is_not_left(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_path: Path, _target: Path) -> None:
        raise OSError("no room")

    monkeypatch.setattr(Path, "replace", fail)
    KeptFiles("notes").write("one", b"first")

    assert list((place / "notes").iterdir()) == []


def test_place_is_where_users_keep_such_things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert cache_folder() == Path("/var/cache/migration-grader")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "migration-grader"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() is None
