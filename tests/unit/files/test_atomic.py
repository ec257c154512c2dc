"""Files are written whole or not at all, also when the disk or the folder refuses."""

from __future__ import annotations

import errno
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import GraderError
from grader.files.atomic import write_atomically


def test_a_file_is_written_and_its_folders_are_created(tmp_path: Path) -> None:
    write_atomically(tmp_path / "reports" / "ada" / "grade.json", b"{}\n")
    assert (tmp_path / "reports" / "ada" / "grade.json").read_bytes() == b"{}\n"
    assert [path.name for path in (tmp_path / "reports" / "ada").iterdir()] == ["grade.json"]


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "grade.json"
    path.write_bytes(b"old, and longer than the new one")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_the_umask_says_who_may_read_a_file(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_atomically(tmp_path / "grade.json", b"")
    assert stat.S_IMODE((tmp_path / "grade.json").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "usual").stat().st_mode
    )


def test_a_name_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    write_atomically(tmp_path / ("n" * 255), b"data")
    assert (tmp_path / ("n" * 255)).read_bytes() == b"data"


@pytest.fixture
def small_files() -> Iterator[int]:
    """Let the kernel refuse longer files than this, as it does when a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    yield 4096
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, small_files: int) -> None:
    path = tmp_path / "grade.json"
    path.write_bytes(b"old")
    with pytest.raises(GraderError, match="cannot be written") as caught:
        write_atomically(path, b"x" * (small_files + 1))
    assert caught.value.next_step
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "grade.json").mkdir()
    with pytest.raises(GraderError, match=r"grade\.json: cannot be written: Is a directory"):
        write_atomically(tmp_path / "grade.json", b"{}")
    assert [path.name for path in tmp_path.iterdir()] == ["grade.json"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reports").touch()
    with pytest.raises(GraderError, match="cannot be written") as caught:
        write_atomically(tmp_path / "reports" / "grade.json", b"{}")
    assert caught.value.next_step == "Choose a folder that you may write to."  # no option has named it


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "Free some space"), (errno.EROFS, "that you may write to"), (errno.EDQUOT, "quota")],
)
def test_the_next_step_fits_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(GraderError) as caught:
        write_atomically(tmp_path / "grade.json", b"{}")
    assert words in caught.value.next_step
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "grade.json", b"{}")
    assert list(tmp_path.iterdir()) == []
