"""Tells by its beginning what a file is that should be an archive. Must not know what is done with it."""

from __future__ import annotations

import tarfile
from pathlib import Path

from grader.submission.entries import read_regular_file

OTHER_PACKINGS = (".rar", ".7z", ".gz", ".bz2", ".xz", ".zst", ".lz", ".lzma", ".z", ".zipx", ".cab", ".ace")
"""The endings of packed files that are not read."""
PACKED = "is packed in a way that is not read: unpack it, or pack it as .zip or .tar.gz"
_READ = (b"PK\3\4", b"PK\5\6", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")
_OTHERS = (
    *((b"Rar!\x1a\x07", "a RAR archive"), (b"7z\xbc\xaf\x27\x1c", "a 7z archive")),
    *((b"\x28\xb5\x2f\xfd", "a Zstandard file"), (b"%PDF", "a PDF")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of Microsoft Office"),
)
_WEB_PAGE = (b"<!doctype html", b"<html", b"<head")


def why_no_archive(path: Path) -> str | None:
    """What a file is instead of an archive; None if it begins like one that is read, damaged or not."""
    try:
        start = next(read_regular_file(path), b"")
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not start:
        return "is an empty file, not an archive" if path.is_file() else "is no regular file"
    if start.startswith(_READ) or _begins_tar(start):
        return None
    kind = next((kind for begin, kind in _OTHERS if start.startswith(begin)), None)
    if kind is not None:
        return f"is {kind}: unpack it, or pack it as .zip or .tar.gz"
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB_PAGE):
        return "is a web page, not an archive: perhaps a log-in page was saved instead of the download"
    return "is no archive: perhaps the download failed"


def _begins_tar(start: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(start[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return not start[: tarfile.BLOCKSIZE].strip(b"\0")  # an empty tar begins with zeros
    return True
