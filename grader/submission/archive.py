"""The entries of a zip or tar archive, to read one by one. Nothing that the archive claims is trusted.

No file is written under a name from the archive. Must not know which files are staged.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission, GraderError, HarnessFault
from grader.submission.entries import CHUNK_BYTES, EntryKind, SourceEntry, check_count, too_much
from grader.text.names import printable

ARCHIVE_ENDINGS = (*(".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz"), *(".zip", ".tar"))
"""The file names of archives, the longest ending first."""

_TAR_SIZE_FACTOR = 8
"""A tar may be this many times as large as a submission, because files that are left out count too."""

_LARGEST_READ = 16 * 1024 * 1024
"""The most bytes to read at once. The largest honest read is the list of entries of a zip."""
_HEADERS_WITH_NAMES = frozenset(
    {
        *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
        *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    }
)
"""Members of a tar that hold names for the members behind them. All of it is read into memory."""
_LONGEST_NAME = 4096
_XZ_MEMORY = 128 * 1024 * 1024
_DRIVE = re.compile(r"[A-Za-z]:")
_PACK_AGAIN = "Pack the folder of the exercise as a .zip or .tar.gz and hand it in again."


@contextmanager
def open_archive(path: Path, limits: Limits) -> Iterator[list[SourceEntry]]:
    """List the entries of an archive, in its own order. They can be read until the end of the block.

    Raises:
        BrokenSubmission: it is not an archive, it is damaged, or it holds a name that leads out of it. An
            entry may raise it too, when it is read.
        HarnessFault: the file cannot be read from this disk.
    """
    with ExitStack() as stack:
        try:
            source = stack.enter_context(_BoundedReader(path))
            start = source.read(6)
            source.seek(0)
        except OSError as error:
            raise HarnessFault(f"{path.name} cannot be read: {error.strerror}.") from error
        with _archive_errors():
            if start.startswith((b"PK\3\4", b"PK\5\6")):
                entries = _zip_entries(stack.enter_context(zipfile.ZipFile(source)), limits)
            else:
                entries = _tar_entries(stack, source, start, limits)
        yield entries


class _BoundedReader(io.BufferedReader):
    """A file that refuses to read very large pieces.

    A tar header or the directory of a zip may claim gigabytes of extra names. The standard library would read
    them into memory at once.
    """

    def __init__(self, file: Path | int) -> None:
        super().__init__(io.FileIO(file, closefd=isinstance(file, Path)))
        self._length = self.seek(0, io.SEEK_END)
        self.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = self._length - self.tell() if size is None or size < 0 else size
        if min(wanted, self._length - self.tell()) > _LARGEST_READ:
            raise BrokenSubmission("The archive's list of files is far too long.", next_step=_PACK_AGAIN)
        return super().read(size)


@contextmanager
def _archive_errors() -> Iterator[None]:
    """Turn any exception that the standard library raises about an archive into `BrokenSubmission`."""
    try:
        yield
    except GraderError:
        raise
    except Exception as error:
        # A damaged file makes its readers raise almost anything, from struct.error to RecursionError.
        raise BrokenSubmission(
            f"The archive cannot be unpacked: {printable(str(error), limit=120) or type(error).__name__}.",
            next_step=_PACK_AGAIN,
        ) from error


def _zip_entries(archive: zipfile.ZipFile, limits: Limits) -> list[SourceEntry]:
    members = archive.infolist()
    check_count(len(members), limits, what="archive")
    entries = []
    for member in members:
        if member.flag_bits & 0x1:
            raise BrokenSubmission("The archive is locked with a password.", next_step=_PACK_AGAIN)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # The other methods unpack a whole block at once, however large it is.
            raise BrokenSubmission("The archive uses an unusual compression.", next_step=_PACK_AGAIN)
        # Some Windows tools write backslashes, which the format does not allow.
        parts = _parts(member.filename.replace("\\", "/"))
        if parts:
            entries.append(
                SourceEntry(parts, _zip_kind(member), partial(_chunks, partial(archive.open, member)))
            )
    return entries


def _zip_kind(member: zipfile.ZipInfo) -> EntryKind:
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "link"
    if member.filename.endswith(("/", "\\")) or stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_IFMT(mode) in (0, stat.S_IFREG) else "special"


class _BoundedMember(tarfile.TarInfo):
    """A member of a tar archive; a header that claims a huge name is refused before it is read.

    Python 3.14.10 reads such a header in small pieces, which `_BoundedReader` allows.
    """

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        # The library's own point for subclasses: it is called for each header.
        if self.type in _HEADERS_WITH_NAMES and self.size > _LARGEST_READ:
            raise BrokenSubmission("The archive's list of files is far too long.", next_step=_PACK_AGAIN)
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]


def _tar_entries(stack: ExitStack, source: _BoundedReader, start: bytes, limits: Limits) -> list[SourceEntry]:
    unpacked = _decompressed(stack, source, start, limits)
    # Not the streaming mode: it would read a huge header in small pieces, which `_BoundedReader` allows.
    try:
        archive = stack.enter_context(
            tarfile.TarFile(fileobj=unpacked, encoding="utf-8", tarinfo=_BoundedMember)
        )
    except tarfile.ReadError:
        raise BrokenSubmission(
            "The submission is neither a folder nor a zip or tar archive.", next_step=_PACK_AGAIN
        ) from None
    entries = []
    for count, member in enumerate(archive, start=1):
        check_count(count, limits, what="archive")
        parts = _parts(member.name)
        if parts:
            entries.append(
                SourceEntry(parts, _tar_kind(member), partial(_chunks, partial(_opened, archive, member)))
            )
    return entries


def _tar_kind(member: tarfile.TarInfo) -> EntryKind:
    if member.isreg():
        return "file"
    if member.isdir():
        return "folder"
    return "link" if member.issym() or member.islnk() else "special"


def _opened(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    if content is None:
        raise BrokenSubmission("The archive cannot be unpacked.", next_step=_PACK_AGAIN)
    return content


def _chunks(opened: Callable[[], IO[bytes]]) -> Iterator[bytes]:
    with _archive_errors(), opened() as content:
        yield from _pieces(content)


def _parts(name: str) -> tuple[str, ...]:
    """Split a name from an archive into its parts; empty for the top folder itself.

    Raises:
        BrokenSubmission: the name is too long, or leads out of the folder of the submission.
    """
    if len(name) > _LONGEST_NAME:
        raise BrokenSubmission("The archive holds a path that is far too long.", next_step=_PACK_AGAIN)
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or _DRIVE.match(name) or ".." in parts or "\0" in name:
        raise BrokenSubmission(
            f"The archive holds a name that leads out of its folder: {printable(name, limit=80)}",
            next_step=_PACK_AGAIN,
        )
    return parts


def _decompressed(stack: ExitStack, source: _BoundedReader, start: bytes, limits: Limits) -> _BoundedReader:
    """Decompress a tar into a temporary file, which can be read in any order."""
    pieces: Iterator[bytes]
    if start.startswith(b"\x1f\x8b"):
        pieces = _pieces(stack.enter_context(gzip.GzipFile(fileobj=source)))
    elif start.startswith(b"BZh"):
        pieces = _pieces(stack.enter_context(bz2.BZ2File(source)))
    elif start.startswith(b"\xfd7zXZ\0"):
        pieces = _unpack_xz(source)
    else:
        return source
    most = _TAR_SIZE_FACTOR * limits.submission_bytes
    written = 0
    with _disk_errors():
        temporary = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - by the stack
    for piece in pieces:
        written += len(piece)
        if written > most:
            raise too_much(f"The archive unpacks to more than {most / 2**20:,.0f} MiB.")
        with _disk_errors():
            temporary.write(piece)
    with _disk_errors():
        temporary.flush()
        return stack.enter_context(_BoundedReader(temporary.fileno()))


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HarnessFault(
            f"An archive could not be unpacked: {error.strerror or type(error).__name__}.",
            next_step="Check that the folder for temporary files has room and can be written to.",
        ) from error


def _pieces(stream: IO[bytes] | gzip.GzipFile | bz2.BZ2File) -> Iterator[bytes]:
    while piece := stream.read(CHUNK_BYTES):
        yield piece


def _unpack_xz(source: _BoundedReader) -> Iterator[bytes]:
    """Decompress xz with a memory limit, which `lzma.open` cannot set. A header may ask for 4 GiB."""
    data = source.read(CHUNK_BYTES)
    while data:
        unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        while not unpacker.eof:
            if unpacker.needs_input and not data:
                raise EOFError("the compressed data ends early")
            yield unpacker.decompress(data, max_length=CHUNK_BYTES)
            data = source.read(CHUNK_BYTES) if unpacker.needs_input and not unpacker.eof else b""
        # Several streams may follow one another, with zeros between them.
        data = (unpacker.unused_data or source.read(CHUNK_BYTES)).lstrip(b"\0")
