"""Writes the files of a submission to a fresh folder, within the limits, and notes those that are left out.

All entries pass `StagedFiles`, whether from a folder, an archive or a git repository. Must not know where the
files come from, nor what they are for.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from grader.assignment.model import Limits, Project
from grader.errors import BrokenSubmission, HarnessFault
from grader.observations.model import Finding, FindingKind
from grader.submission.clutter import is_clutter_file
from grader.submission.entries import SourceEntry, check_count, too_much
from grader.submission.env_files import (
    env_findings,
    is_env_file,
    is_example_env_file,
    is_flask_env_file,
    without_database,
)
from grader.text.names import printable, safe_component

_USUAL = Project()
MAX_DEPTH = 32
"""The most folders above a file."""

FILE_MODE = 0o644
FOLDER_MODE = 0o755
"""Set whatever the umask is, because the sandbox reads the files as another user."""

MAX_NAME_BYTES = 255
"""The longest file name that Linux file systems allow."""

_MOST_SKIPPED_NAMED = 20
_ENV_FILE_BYTES = 256 * 1024


class StagedFiles:
    """The files of one submission in its staging folder."""

    def __init__(self, destination: Path, limits: Limits, project: Project = _USUAL) -> None:
        self.findings: list[Finding] = []
        self._destination = destination
        self._limits = limits
        self._project = project
        self._entries = 0
        self._files = 0
        self._bytes = 0
        self._skipped = 0
        self._folders: set[Path] = {destination}
        self._digests: dict[tuple[str, str], str] = {}
        """The digest of each file's content, by (kind, path): `digest` is computed from them."""

    def count_entry(self, parts: tuple[str, ...]) -> None:
        """Count an entry of the source, whether it is staged or not.

        Raises:
            BrokenSubmission: there are too many entries, or this one lies too deep.
        """
        self._entries += 1
        check_count(self._entries, self._limits, what="submission")
        if len(parts) > MAX_DEPTH:
            raise BrokenSubmission(
                f"The submission has folders more than {MAX_DEPTH} deep: "
                f"{printable('/'.join(parts[:4]))}/...",
                next_step="Hand in the exercise's own folder.",
            )

    def leave_out(self, parts: tuple[str, ...], what: str) -> None:
        """Note that an entry is not staged.

        Args:
            parts: its path.
            what: what it is and why that matters, for the finding.
        """
        path = printable("/".join(map(safe_component, parts)))
        self._digests["skipped", path] = ""
        self._skipped += 1
        if self._skipped <= _MOST_SKIPPED_NAMED:
            self.findings.append(Finding(FindingKind.SKIPPED_FILE, f"{path} was left out: {what}.", path))
        elif self._skipped == _MOST_SKIPPED_NAMED + 1:
            more = "More files were left out for such reasons."
            self.findings.append(Finding(FindingKind.SKIPPED_FILE, more))

    def add(self, entry: SourceEntry) -> None:
        """Stage an entry if it is a file to keep; otherwise note why it is left out.

        Raises:
            BrokenSubmission: a limit is exceeded, or the path cannot exist.
            HarnessFault: the file cannot be written here.
        """
        name = entry.parts[-1]
        if entry.kind == "link":
            self.leave_out(entry.parts, "it is a link; put the file itself in its place")
        elif entry.kind == "submodule":
            self.leave_out(entry.parts, "it is a submodule; commit its files in this repository")
        elif entry.kind == "special":
            self.leave_out(entry.parts, "it is neither a file nor a folder")
        elif entry.kind == "folder" or is_clutter_file(name):
            return
        elif is_env_file(name) and not is_example_env_file(name):
            self._note_env_file(entry)
        elif name.endswith((".pyc", ".pyo")):
            self.leave_out(entry.parts, "it is compiled Python; hand in the source")
        elif is_flask_env_file(name):
            self._stage_flask_env(entry)
        else:
            self._stage(entry)

    def set_aside(self, paths: Collection[str]) -> None:
        """Take note that files with secrets are not handed in: nothing is to be said about them."""
        for path in paths:
            if content := self._digests.pop(("env", path), None):
                self._digests["ignored", path] = content  # so that it is another submission once they are
        self.findings = [
            item
            for item in self.findings
            if item.kind is not FindingKind.COMMITTED_ENV or item.path not in paths
        ]

    def put_beside(self, files: Mapping[str, bytes]) -> frozenset[str]:
        """Put an assignment's files where the submission has none of that name; return which ones."""
        made = set()
        for name, content in files.items():
            path = self._destination / name
            above = [folder for folder in path.parents if folder.is_relative_to(self._destination)]
            if path.exists() or any(folder.is_file() for folder in above):
                continue
            try:
                for folder in reversed(above):
                    if not folder.is_dir():
                        folder.mkdir()
                        folder.chmod(FOLDER_MODE)
                path.write_bytes(content)
                path.chmod(FILE_MODE)
            except OSError as error:
                raise HarnessFault(
                    f"{name} cannot be put beside the submission: {error.strerror}."
                ) from error
            made.add(name)
        return frozenset(made)

    def digest(self) -> str:
        """SHA-256 over the names and contents of all staged files, and over the files that were left out."""
        whole = hashlib.sha256()
        for (kind, path), content in sorted(self._digests.items()):
            whole.update(f"{kind}\0{path}\0{content}\n".encode())
        return whole.hexdigest()

    def _stage(self, entry: SourceEntry) -> None:
        parts = tuple(map(safe_component, entry.parts))
        path = "/".join(parts)
        if parts != entry.parts:
            if ("file", path) in self._digests:
                self.leave_out(entry.parts, "its name cannot be told from that of another file")
                return
            message = f"{printable(path)}: its real name cannot be shown as text."
            self.findings.append(Finding(FindingKind.RENAMED_FILE, message, printable(path)))
        head = self._write(parts, entry)
        if is_env_file(parts[-1]):
            self.findings += env_findings(printable(path), head)

    def _stage_flask_env(self, entry: SourceEntry) -> None:
        """Stage a `.flaskenv` without the addresses of databases, and look for secrets in it."""
        data = b""
        for chunk in entry.chunks():
            data += chunk
            if len(data) >= _ENV_FILE_BYTES:
                break
        self._stage(replace(entry, chunks=lambda: iter((without_database(data, self._project),))))
        path = "/".join(map(safe_component, entry.parts))
        self.findings += env_findings(printable(path), data)

    def _write(self, parts: tuple[str, ...], entry: SourceEntry) -> bytes:
        """Write a file, and return its first piece."""
        self._count_file()
        too_long = next((part for part in parts if len(os.fsencode(part)) > MAX_NAME_BYTES), None)
        if too_long is not None:
            shown = printable(too_long, limit=60)
            raise BrokenSubmission(
                f"The submission has a name longer than {MAX_NAME_BYTES} bytes: {shown}",
                next_step="Shorten the name and hand the work in again.",
            )
        head = b""
        # `_content` raises a GraderError when reading fails, so an OSError here comes from writing.
        with _writing("/".join(parts)):
            target = self._destination.joinpath(*parts)
            self._make_folder(target.parent)
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, FILE_MODE)
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, FILE_MODE)
                for chunk in self._content(entry, "file", "/".join(parts)):
                    head = head or chunk
                    file.write(chunk)
        return head

    def _make_folder(self, folder: Path) -> None:
        if folder not in self._folders:
            self._make_folder(folder.parent)
            folder.mkdir()
            folder.chmod(FOLDER_MODE)
            self._folders.add(folder)

    def _note_env_file(self, entry: SourceEntry) -> None:
        """Look for secrets in a `.env`. It is not staged: it must not decide where the migrations connect."""
        self._count_file()
        path = "/".join(map(safe_component, entry.parts))
        head = b""
        for chunk in self._content(entry, "env", path):
            if len(head) < _ENV_FILE_BYTES:
                head += chunk
        self.findings += env_findings(printable(path), head)

    def _count_file(self) -> None:
        self._files += 1
        if self._files > self._limits.submission_files:
            raise too_much(f"The submission has more than {self._limits.submission_files:,} files.")

    def _content(self, entry: SourceEntry, kind: str, path: str) -> Iterator[bytes]:
        """Read a file in pieces. Its bytes are counted, and at its end its digest is kept."""
        most = self._limits.submission_bytes
        digest = hashlib.sha256()
        for chunk in entry.chunks():
            self._bytes += len(chunk)
            if self._bytes > most:
                raise too_much(f"The submission's files are larger than {most / 2**20:,.3g} MiB together.")
            digest.update(chunk)
            yield chunk
        self._digests[kind, path] = digest.hexdigest()


@contextmanager
def _writing(path: str) -> Iterator[None]:
    """Tell a path that cannot exist (the student's mistake) from a disk that cannot be written to (ours).

    Raises:
        BrokenSubmission: the path is impossible.
        HarnessFault: the disk is full, read-only or broken.
    """
    try:
        yield
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise BrokenSubmission(
            f"The submission has {printable(path)} both as a file and as a folder.",
            next_step="Pack the work anew and hand it in again.",
        ) from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise BrokenSubmission(
                f"A path in the submission is too long: {printable(path, limit=60)}",
                next_step="Shorten the folders' names and hand the work in again.",
            ) from None
        raise HarnessFault(
            f"A submission's files could not be copied: {error.strerror or type(error).__name__}.",
            next_step="Check that the folder for temporary files has room and can be written to.",
        ) from error
