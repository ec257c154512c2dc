"""The private folder of a run: gone at its end, or swept away by the next one."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from pathlib import Path

import pytest

from grader.runtime.workspace import LOCK, PREFIX, sweep, workspace


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_behind(temporary: Path, name: str, *, lock: bool = True) -> Path:
    """What a run that was killed leaves: a folder, and a lock that nobody holds."""
    folder = temporary / f"{PREFIX}{name}"
    (folder / "staged" / "submission").mkdir(parents=True)
    (folder / "staged" / "submission" / "app.py").touch()
    if lock:
        (folder / LOCK).touch()
    return folder


def test_a_workspace_is_private_and_gone_at_the_end(temporary: Path) -> None:
    with workspace() as folder:
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "staged").mkdir()
        (folder / "staged" / "file").touch()
    assert list(temporary.iterdir()) == []


def test_a_workspace_is_gone_after_an_error(temporary: Path) -> None:
    with pytest.raises(KeyboardInterrupt), workspace():
        raise KeyboardInterrupt
    assert list(temporary.iterdir()) == []


def test_folders_of_killed_runs_are_removed_by_the_next_run(temporary: Path) -> None:
    left_behind(temporary, "one")
    left_behind(temporary, "killed-at-once", lock=False)
    other = temporary / "something-else"
    other.mkdir()
    with workspace() as folder:
        assert sorted(temporary.iterdir()) == sorted([folder, other])


def test_folder_of_a_running_harness_stays(temporary: Path) -> None:
    with workspace() as first:
        (first / "file").touch()
        with workspace() as second:
            sweep()
            assert first != second
            assert (first / "file").exists()
            assert second.exists()
        assert (first / "file").exists()
    assert list(temporary.iterdir()) == []


def test_folders_that_a_submission_has_closed_are_removed_too(temporary: Path) -> None:
    folder = left_behind(temporary, "closed")
    (folder / "staged" / "submission").chmod(0)
    (folder / "staged").chmod(0)
    sweep()
    assert list(temporary.iterdir()) == []


def test_links_are_not_followed_and_do_not_count_as_folders(temporary: Path) -> None:
    kept = temporary / "kept"
    kept.mkdir()
    kept.chmod(0o750)
    (kept / "file").touch()
    (temporary / f"{PREFIX}link").symlink_to(kept)
    folder = left_behind(temporary, "one")
    (folder / "staged" / "link").symlink_to(kept)
    sweep()
    assert sorted(path.name for path in temporary.iterdir()) == ["kept", f"{PREFIX}link"]
    assert (kept / "file").exists()
    assert kept.stat().st_mode & 0o777 == 0o750


def test_a_lock_that_is_a_link_is_not_opened(temporary: Path) -> None:
    folder = left_behind(temporary, "one", lock=False)
    victim = temporary / "victim"
    (folder / LOCK).symlink_to(victim)
    sweep()
    assert not victim.exists()
    assert folder.exists()


def test_runs_that_start_together_do_not_remove_each_others_folders() -> None:
    problems: list[str] = []
    together = threading.Barrier(8)

    def run() -> None:
        together.wait(60)
        for _ in range(20):
            with workspace() as folder:
                if not (folder / LOCK).exists():
                    problems.append(str(folder))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert problems == []


def test_a_lock_is_held_while_the_run_lasts() -> None:
    with workspace() as folder:
        lock = os.open(folder / LOCK, os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(lock)
