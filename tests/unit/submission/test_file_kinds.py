"""What a file is that is called like an archive."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from grader.submission.file_kinds import why_no_archive


def zipped() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("app.py", "")
    return data.getvalue()


def tarred(kind: int, mode: str = "w") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode, format=kind) as archive:  # type: ignore[call-overload]
        archive.addfile(tarfile.TarInfo("app.py"))
    return data.getvalue()


def old_tar() -> bytes:
    """A tar without the mark that newer ones have."""
    block = bytearray(tarred(tarfile.USTAR_FORMAT)[:512])
    block[257:265] = bytes(8)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + bytes(1024)


ARCHIVES = {
    "zip": zipped(),
    "empty_zip": b"PK\5\6" + bytes(18),
    "broken_zip": b"PK\3\4 and nothing else",
    "ustar": tarred(tarfile.USTAR_FORMAT),
    "gnu": tarred(tarfile.GNU_FORMAT),
    "pax": tarred(tarfile.PAX_FORMAT),
    **{packing: tarred(tarfile.PAX_FORMAT, f"w:{packing}") for packing in ("gz", "bz2", "xz")},
    "old_tar": old_tar(),
    "empty_tar": bytes(10240),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_what_begins_like_an_archive_is_for_staging_to_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "ada.zip"
    path.write_bytes(ARCHIVES[name])
    assert why_no_archive(path) is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is an empty file"),
        (b"\n <!DOCTYPE html><html>Log in", "is a web page"),
        (b"\xef\xbb\xbf<HTML>", "is a web page"),
        (b"Rar!\x1a\x07\x01\x00", "is a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "is a 7z archive"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"print('hello')\n", "is no archive"),
        (b"\x89PNG" + bytes(2000), "is no archive"),
    ],
)
def test_everything_else_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "ada.zip"
    path.write_bytes(data)
    assert words in (why_no_archive(path) or "")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ada.zip")
    assert why_no_archive(tmp_path / "ada.zip") == "is no regular file"
