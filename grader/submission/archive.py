"""A zip or tar archive as a list of entries to be read one by one, with no trust in what it says of itself.

Nothing is written to disk here under a name from the archive. Must not know which files are wanted.
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
from pathlib import Path
from typing import IO

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission, GraderError, HarnessFault
from grader.submission.entries import CHUNK_BYTES, EntryKind, SourceEntry, check_count
from grader.text.names import printable

ARCHIVE_ENDINGS = (
    *(".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz"),
    *(".zip", ".tar"),
)
"""The file names of archives, the longest ending first."""

_UNPACKED_FACTOR = 8
"""How much larger than a submission may be its archive may unpack to: what is left out counts here too."""

_LARGEST_READ = 16 * 1024 * 1024
"""No honest archive makes the standard library read more than this at once (the list of entries of a zip)."""

_LONGEST_NAME = 4096
_XZ_MEMORY = 128 * 1024 * 1024
_DRIVE = re.compile(r"[A-Za-z]:")
_PACK_ANEW = "Pack the exercise's folder as a .zip or .tar.gz and hand it in again."


@contextmanager
def open_archive(path: Path, limits: Limits) -> Iterator[list[SourceEntry]]:
    """List an archive's entries, in the archive's order; they can be read until the context ends.

    Raises:
        BrokenSubmission: it is no archive, it is damaged, or it holds names that lead out of it. Reading an
            entry raises it too.
        HarnessFault: the archive cannot be read from this disk.
    """
    with ExitStack() as stack:
        try:
            source = stack.enter_context(_Bounded(path))
            start = source.read(6)
            source.seek(0)
        except OSError as error:
            raise HarnessFault(f"{path.name} cannot be read: {error.strerror}.") from error
        with _damage():
            if start.startswith((b"PK\3\4", b"PK\5\6")):
                entries = _zip_entries(stack.enter_context(zipfile.ZipFile(source)), limits)
            else:
                entries = _tar_entries(stack, source, start, limits)
        yield entries


class _Bounded(io.BufferedReader):
    """A file that is never read in larger pieces than an honest archive asks for.

    A tar header or the end of a zip may claim gigabytes of extra names: the standard library would read them
    into memory at once.
    """

    def __init__(self, file: Path | int) -> None:
        super().__init__(io.FileIO(file, closefd=isinstance(file, Path)))
        self._length = self.seek(0, io.SEEK_END)
        self.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = self._length - self.tell() if size is None or size < 0 else size
        if min(wanted, self._length - self.tell()) > _LARGEST_READ:
            raise BrokenSubmission("The archive's list of files is far too long.", next_step=_PACK_ANEW)
        return super().read(size)


@contextmanager
def _damage() -> Iterator[None]:
    """Make whatever the standard library raises over an archive the archive's fault."""
    try:
        yield
    except GraderError:
        raise
    except Exception as error:
        # Its readers raise nearly everything over a damaged file, from struct.error to RecursionError.
        raise BrokenSubmission(
            f"The archive cannot be unpacked: {printable(str(error), limit=120) or type(error).__name__}.",
            next_step=_PACK_ANEW,
        ) from error


def _zip_entries(archive: zipfile.ZipFile, limits: Limits) -> list[SourceEntry]:
    members = archive.infolist()
    check_count(len(members), limits, what="archive")
    entries = []
    for member in members:
        if member.flag_bits & 0x1:
            raise BrokenSubmission("The archive is locked with a password.", next_step=_PACK_ANEW)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # The other methods unpack a whole block at once, however large it turns out to be.
            raise BrokenSubmission("The archive uses an unusual compression.", next_step=_PACK_ANEW)
        # Some tools on Windows write backslashes, against the format's rules.
        parts = _parts(member.filename.replace("\\", "/"))
        if parts:
            entries.append(SourceEntry(parts, _zip_kind(member), _zip_reader(archive, member)))
    return entries


def _zip_kind(member: zipfile.ZipInfo) -> EntryKind:
    mode = member.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "link"
    if member.filename.endswith(("/", "\\")) or stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_IFMT(mode) in (0, stat.S_IFREG) else "special"


def _zip_reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], Iterator[bytes]]:
    return lambda: _chunks(lambda: archive.open(member))


def _tar_entries(stack: ExitStack, source: _Bounded, start: bytes, limits: Limits) -> list[SourceEntry]:
    unpacked = _decompressed(stack, source, start, limits)
    # Not the streaming mode: that one would read a huge header piece by piece, past `_Bounded`.
    try:
        archive = stack.enter_context(tarfile.TarFile(fileobj=unpacked, encoding="utf-8"))
    except tarfile.ReadError:
        raise BrokenSubmission(
            "The submission is neither a folder nor a zip or tar archive.", next_step=_PACK_ANEW
        ) from None
    entries = []
    for count, member in enumerate(archive, start=1):
        check_count(count, limits, what="archive")
        parts = _parts(member.name)
        if parts:
            entries.append(SourceEntry(parts, _tar_kind(member), _tar_reader(archive, member)))
    return entries


def _tar_kind(member: tarfile.TarInfo) -> EntryKind:
    if member.isreg():
        return "file"
    if member.isdir():
        return "folder"
    return "link" if member.issym() or member.islnk() else "special"


def _tar_reader(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], Iterator[bytes]]:
    def opened() -> IO[bytes]:
        content = archive.extractfile(member)
        if content is None:
            raise BrokenSubmission("The archive cannot be unpacked.", next_step=_PACK_ANEW)
        return content

    return lambda: _chunks(opened)


def _chunks(opened: Callable[[], IO[bytes]]) -> Iterator[bytes]:
    with _damage(), opened() as content:
        while chunk := content.read(CHUNK_BYTES):
            yield chunk


def _parts(name: str) -> tuple[str, ...]:
    """Take a name from an archive apart; empty for the archive's own top.

    Raises:
        BrokenSubmission: the name leads out of the folder that it is unpacked to, or cannot be one.
    """
    if len(name) > _LONGEST_NAME:
        raise BrokenSubmission("The archive holds a path that is far too long.", next_step=_PACK_ANEW)
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or _DRIVE.match(name) or ".." in parts or "\0" in name:
        raise BrokenSubmission(
            f"The archive holds a name that leads out of its folder: {printable(name, limit=80)}",
            next_step=_PACK_ANEW,
        )
    return parts


def _decompressed(stack: ExitStack, source: _Bounded, start: bytes, limits: Limits) -> _Bounded:
    """Unpack the compression around a tar into a temporary file, where it can be read back and forth."""
    pieces: Iterator[bytes]
    if start.startswith(b"\x1f\x8b"):
        pieces = _read_all(stack.enter_context(gzip.GzipFile(fileobj=source)))
    elif start.startswith(b"BZh"):
        pieces = _read_all(stack.enter_context(bz2.BZ2File(source)))
    elif start.startswith(b"\xfd7zXZ\0"):
        pieces = _unpack_xz(source)
    else:
        return source
    most = _UNPACKED_FACTOR * limits.submission_bytes
    written = 0
    with _own_disk():
        temporary = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - by the stack
    for piece in pieces:
        written += len(piece)
        if written > most:
            raise BrokenSubmission(
                f"The archive unpacks to more than {most / 2**20:,.0f} MiB.",
                next_step="Hand in the exercise only, without environments, caches and data.",
            )
        with _own_disk():
            temporary.write(piece)
    with _own_disk():
        temporary.flush()
        return stack.enter_context(_Bounded(temporary.fileno()))


@contextmanager
def _own_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HarnessFault(
            f"An archive could not be unpacked: {error.strerror or type(error).__name__}.",
            next_step="Check that the folder for temporary files has room and can be written to.",
        ) from error


def _read_all(stream: gzip.GzipFile | bz2.BZ2File) -> Iterator[bytes]:
    while piece := stream.read(CHUNK_BYTES):
        yield piece


def _unpack_xz(source: _Bounded) -> Iterator[bytes]:
    """Unpack xz with a bound on memory, which `lzma.open` cannot set: a header may ask for 4 GiB."""
    data = source.read(CHUNK_BYTES)
    while data:
        unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        while not unpacker.eof:
            if unpacker.needs_input and not data:
                raise EOFError("the compressed data ends early")
            yield unpacker.decompress(data, max_length=CHUNK_BYTES)
            data = source.read(CHUNK_BYTES) if unpacker.needs_input and not unpacker.eof else b""
        # Several streams may follow one another; between them stands nothing, or zeros.
        data = (unpacker.unused_data or source.read(CHUNK_BYTES)).lstrip(b"\0")
