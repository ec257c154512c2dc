"""An archive with nothing but an archive in it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission
from grader.submission.nested_archive import open_innermost


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


INNER = zipped({"alembic.ini": b"[alembic]"})


def names(tmp_path: Path, files: dict[str, bytes], limits: Limits | None = None) -> list[str]:
    (tmp_path / "ada.zip").write_bytes(zipped(files))
    with open_innermost(tmp_path / "ada.zip", tmp_path, limits or Limits()) as entries:
        found = ["/".join(entry.parts) for entry in entries]
        assert all(b"".join(entry.chunks()) is not None for entry in entries)
    assert [path.name for path in tmp_path.iterdir()] == ["ada.zip"]
    return found


def test_the_only_archive_counts(tmp_path: Path) -> None:
    files = {"final/work.zip": INNER, "final/README.md": b"", "__MACOSX/final/._work.zip": b""}
    assert names(tmp_path, files) == ["alembic.ini"]


@pytest.mark.parametrize("other", ["app.py", "alembic.ini", "backup.zip"])
def test_it_is_not_all_that_there_is(tmp_path: Path, other: str) -> None:
    assert names(tmp_path, {"data.zip": INNER, other: b""}) == ["data.zip", other]


def test_it_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(BrokenSubmission, match="The archive in the archive is larger"):
        names(tmp_path, {"work.zip": INNER}, Limits(submission_bytes=10))
