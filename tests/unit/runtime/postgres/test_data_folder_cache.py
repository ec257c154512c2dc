"""What is kept of an initialised data folder, and what of it is trusted."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from grader.files.cache import VARIABLE
from grader.runtime.postgres.binaries import Binaries
from grader.runtime.postgres.data_folder_cache import DataFolderCache
from grader.runtime.postgres.folders import open_to_all, temporary_root

OPTIONS = ("--encoding=UTF8",)


@pytest.fixture
def binaries(tmp_path: Path) -> Binaries:
    """Programs as far as the cache looks at them."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "initdb").write_text("program")
    return Binaries(folder, "17.5", ())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder to keep."""
    folder = tmp_path / "made"
    (folder / "base" / "1").mkdir(parents=True)
    (folder / "PG_VERSION").write_text("17\n")
    (folder / "base" / "1" / "1259").write_bytes(b"\0" * 8192)
    return folder


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def test_stored_folder_is_found_by_the_next_run(binaries: Binaries, data: Path) -> None:
    assert DataFolderCache(binaries, OPTIONS).find() is None
    DataFolderCache(binaries, OPTIONS).store(data, "secret")

    found = DataFolderCache(binaries, OPTIONS).find()

    assert found is not None
    assert found.password == "secret"
    assert "secret" not in repr(found)
    assert (found.folder / "data" / "base" / "1" / "1259").read_bytes() == b"\0" * 8192
    assert found.folder.stat().st_mode & 0o777 == 0o700
    assert (found.folder / "password").stat().st_mode & 0o777 == 0o600


def test_each_installation_and_each_set_of_options_has_its_own_folder(binaries: Binaries, data: Path) -> None:
    DataFolderCache(binaries, OPTIONS).store(data, "secret")

    assert DataFolderCache(binaries, (*OPTIONS, "--wal-segsize=1")).find() is None
    os.utime(binaries.folder / "initdb", ns=(1, 1))
    assert DataFolderCache(binaries, OPTIONS).find() is None


def test_first_of_two_runs_stores_and_the_other_leaves_nothing(
    binaries: Binaries, data: Path, place: Path
) -> None:
    DataFolderCache(binaries, OPTIONS).store(data, "first")
    DataFolderCache(binaries, OPTIONS).store(data, "second")

    found = DataFolderCache(binaries, OPTIONS).find()
    assert found is not None
    assert found.password == "first"
    assert list((place / "clusters").iterdir()) == [found.folder]


def test_discarded_folder_is_removed(binaries: Binaries, data: Path, place: Path) -> None:
    cache = DataFolderCache(binaries, OPTIONS)
    cache.store(data, "secret")
    found = cache.find()
    assert found is not None
    found.discard()
    found.discard()

    assert cache.find() is None
    assert list((place / "clusters").iterdir()) == []


def test_folder_in_use_is_not_removed(binaries: Binaries, data: Path) -> None:
    cache = DataFolderCache(binaries, OPTIONS)
    cache.store(data, "first")
    found = cache.find()
    assert found is not None
    with closing(found.hold()), closing(found.hold()):
        found.discard()
        assert cache.find() is None
        assert (found.data / "PG_VERSION").exists()
        cache.store(data, "second")  # there is no place for it yet
        assert (found.data / "PG_VERSION").exists()
        with pytest.raises(FileNotFoundError):
            found.hold()

    assert cache.find() is None
    assert not found.folder.exists()
    cache.store(data, "second")
    other = cache.find()
    assert other is not None
    with pytest.raises(FileNotFoundError, match="it has been replaced"):
        found.hold()
    found.discard()
    assert cache.find() == other


def test_folder_that_others_can_write_to_is_not_trusted(binaries: Binaries, data: Path, place: Path) -> None:
    cache = DataFolderCache(binaries, OPTIONS)
    cache.store(data, "secret")
    (place / "clusters").chmod(0o777)

    assert cache.find() is None


def test_damaged_folder_is_not_found(binaries: Binaries, data: Path) -> None:
    cache = DataFolderCache(binaries, OPTIONS)
    cache.store(data, "secret")
    found = cache.find()
    assert found is not None
    (found.folder / "password").unlink()

    assert cache.find() is None


def test_nothing_is_stored_without_a_cache(
    binaries: Binaries, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("", str(tmp_path / "bin" / "initdb" / "below-a-file")):
        monkeypatch.setenv(VARIABLE, value)
        DataFolderCache(binaries, OPTIONS).store(data, "secret")
        assert DataFolderCache(binaries, OPTIONS).find() is None


def test_stored_programs_can_be_run(binaries: Binaries, data: Path, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    (programs / "bin").mkdir(parents=True)
    (programs / "bin" / "postgres").write_text("program")
    (programs / "bin" / "postgres").chmod(0o755)
    cache = DataFolderCache(binaries, OPTIONS, with_programs=True)
    cache.store(data, "secret", programs)
    found = cache.find()

    assert found is not None
    assert os.access(found.programs / "bin" / "postgres", os.X_OK)
    assert found.data.is_dir()
    assert DataFolderCache(binaries, OPTIONS).find() is None


def test_nothing_is_stored_where_programs_cannot_be_run(
    binaries: Binaries, data: Path, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "programs").mkdir()
    there = os.statvfs(tmp_path)
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result((*there[:8], os.ST_NOEXEC, *there[9:])))
    cache = DataFolderCache(binaries, OPTIONS, with_programs=True)
    cache.store(data, "secret", tmp_path / "programs")

    assert cache.find() is None
    assert list((place / "clusters").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to share with")
def test_servers_user_of_root_may_read_but_not_write(
    binaries: Binaries, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TemporaryDirectory(dir=temporary_root()) as open_folder:
        Path(open_folder).chmod(0o755)
        monkeypatch.setenv(VARIABLE, f"{open_folder}/cache")
        programs = Path(open_folder, "programs")
        programs.mkdir(mode=0o700)
        (programs / "postgres").touch(mode=0o755)
        (programs / "timezones").touch(mode=0o644)
        cache = DataFolderCache(binaries, OPTIONS, reader=64177, with_programs=True)
        cache.store(data, "secret", programs)
        found = cache.find()

        assert found is not None
        assert open_to_all(found.folder.parent)
        modes = {path.name: path.stat().st_mode & 0o777 for path in found.programs.iterdir()}
        assert modes == {"postgres": 0o750, "timezones": 0o640}
        assert {path.stat().st_gid for path in found.programs.iterdir()} == {64177}
        for path in (found.folder, found.folder / "data", found.folder / "data" / "base" / "1" / "1259"):
            status = path.stat()
            assert (status.st_uid, status.st_gid) == (0, 64177)
            assert status.st_mode & 0o027 == 0
        assert (found.folder / "password").stat().st_gid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to share with")
def test_no_cache_in_a_home_that_the_servers_user_cannot_enter(
    binaries: Binaries, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv(VARIABLE, str(closed / "cache"))
    DataFolderCache(binaries, OPTIONS, reader=64177).store(data, "secret")

    assert DataFolderCache(binaries, OPTIONS, reader=64177).find() is None
    assert list(closed.iterdir()) == []


def test_storing_removes_folders_that_were_not_used_for_long(
    binaries: Binaries, data: Path, place: Path
) -> None:
    month_ago = time.time() - 31 * 24 * 3600
    kept = [f"--locale={name}" for name in ("unused", "used")]
    for option in kept:
        DataFolderCache(binaries, (option,)).store(data, "secret")
    for folder in (place / "clusters").iterdir():
        os.utime(folder, (month_ago, month_ago))
    assert DataFolderCache(binaries, (kept[1],)).find() is not None

    DataFolderCache(binaries, OPTIONS).store(data, "secret")

    assert DataFolderCache(binaries, (kept[0],)).find() is None
    assert DataFolderCache(binaries, (kept[1],)).find() is not None
    assert DataFolderCache(binaries, OPTIONS).find() is not None
    assert len(list((place / "clusters").iterdir())) == 2


def test_half_written_folder_is_removed_if_its_run_was_killed(
    binaries: Binaries, data: Path, place: Path
) -> None:
    DataFolderCache(binaries, OPTIONS).store(data, "secret")
    killed, living = place / "clusters" / ".0123", place / "clusters" / ".4567"
    for half in (killed, living):
        (half / "data" / "base").mkdir(parents=True)
    handle = os.open(living, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)

        found = DataFolderCache(binaries, OPTIONS).find()
    finally:
        os.close(handle)

    assert found is not None
    assert set((place / "clusters").iterdir()) == {living, found.folder}
