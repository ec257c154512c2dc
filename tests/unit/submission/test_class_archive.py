"""A whole class in one archive."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from grader.assignment.model import Limits
from grader.errors import UsageError
from grader.submission import class_archive
from grader.submission.class_archive import unpacked_class

LIMITS = Limits(submission_bytes=1000, submission_files=2)
"""Those of one submission: a class may be larger."""


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_files_are_there_until_the_end(tmp_path: Path) -> None:
    path = zipped(tmp_path / "c.zip", {f"ada/{n}.py": b"x" * 900 for n in range(60)} | {"__MACOSX/._x": b""})
    with unpacked_class(path, LIMITS) as folder:
        assert [child.name for child in folder.iterdir()] == ["ada"]
        assert len(list((folder / "ada").iterdir())) == 60
    assert not folder.exists()
    assert [child.name for child in tmp_path.iterdir()] == ["c.zip"]


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "C:/x"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "c.zip", {"ada/app.py": b"", name: b"bad"})
    with pytest.raises(UsageError, match="leads out of its folder"), unpacked_class(path, LIMITS):
        pass
    assert [child.name for child in tmp_path.iterdir()] == ["c.zip"]


def test_no_file_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    with tarfile.open(tmp_path / "c.tar", "w") as archive:
        link = tarfile.TarInfo("ada")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "victim")
        archive.addfile(link)
        file = tarfile.TarInfo("ada/app.py")
        file.size = 3
        archive.addfile(file, io.BytesIO(b"bad"))
        alone = tarfile.TarInfo("grace")
        alone.type, alone.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(alone)
    with unpacked_class(tmp_path / "c.tar", LIMITS) as folder:
        assert not list((tmp_path / "victim").iterdir())
        assert stat.S_ISDIR((folder / "ada").lstat().st_mode)
        # It stays one, to be refused, and leads nowhere.
        assert (folder / "grace").is_symlink()
        assert not (folder / "grace").exists()


def test_the_same_name_twice(tmp_path: Path) -> None:
    path = zipped(tmp_path / "c.zip", {"ada": b"", "ada/app.py": b""})
    with pytest.raises(UsageError, match=r"c\.zip holds the same name twice"), unpacked_class(path, LIMITS):
        pass


def test_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_archive, "_MOST_BYTES", 100)
    path = zipped(tmp_path / "c.zip", {"ada/a": b"x" * 60, "ada/b": b"x" * 60})
    with pytest.raises(UsageError, match="unpacks to more than"), unpacked_class(path, LIMITS):
        pass


def test_no_archive(tmp_path: Path) -> None:
    (tmp_path / "c.zip").write_text("<html>Log in</html>")
    with pytest.raises(UsageError, match="is a web page"), unpacked_class(tmp_path / "c.zip", LIMITS):
        pass


def test_errors_name_the_archive(tmp_path: Path) -> None:
    path = zipped(tmp_path / "c.zip", {"ada/app.py": b""})
    with pytest.raises(UsageError) as caught, unpacked_class(path, LIMITS) as folder:
        raise UsageError(f"{folder}/ada is odd", next_step=f"Did you mean {folder}/ada?")
    assert caught.value.message == f"{path}/ada is odd"
    assert caught.value.next_step == f"Did you mean {path}/ada? Unpack the archive for that."
