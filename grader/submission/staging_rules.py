"""What of a submission is staged: which files, under which names, how many and how much.

Everything that comes in passes `Intake`, whether from a folder, an archive or a git repository. Must not know
where the files come from, nor what they are for.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.assignment.model import Limits
from grader.errors import BrokenSubmission, HarnessFault
from grader.observations.model import Finding
from grader.submission.env_files import env_findings, is_env_file, is_example_env_file
from grader.text.names import safe_component, shown

MAX_DEPTH = 32
"""How many folders deep a file may lie."""

FILE_MODE = 0o644
FOLDER_MODE = 0o755
"""Whatever the umask is: the sandbox reads the files as another user."""

MAX_NAME_BYTES = 255
"""What file systems take for one name."""

LOOKED_AT_FACTOR = 20
"""How many entries are looked at for each file that may be staged, before the submission is refused: what is
left out (links, environments) costs time too."""

_MOST_SKIPPED_NAMED = 20
_ENV_FILE_BYTES = 256 * 1024

_CLUTTER_FOLDERS = frozenset(
    {
        *(".git", ".hg", ".svn", ".bzr"),
        *("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints"),
        *(".tox", ".nox", ".eggs", "__MACOSX", ".Spotlight-V100", ".Trashes"),
    }
)
_PACKAGE_FOLDERS = frozenset({"node_modules", "site-packages"})
_ENVIRONMENT_FOLDERS = frozenset({"venv", ".venv", ".env"})
_MAYBE_ENVIRONMENT_FOLDERS = frozenset({"env", "virtualenv", ".virtualenv"})
_SIGNS_OF_ENVIRONMENT = ("pyvenv.cfg", "bin/activate", "Scripts/activate")
_SIGNS_OF_WORK = ("alembic.ini", "app.py", "pyproject.toml", "requirements.txt", "migrations")
FOLDER_SIGNS = (*_SIGNS_OF_ENVIRONMENT, *_SIGNS_OF_WORK)
"""What `folder_verdict` may ask a folder for."""

_CLUTTER_FILES = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|\._.*|\.git", re.IGNORECASE)

EntryKind = Literal["file", "folder", "link", "submodule", "special"]
"""What an entry is; `submodule` is a commit of another repository, `special` a FIFO, a socket or a device."""


@dataclass(frozen=True)
class SourceEntry:
    """Something in a submission's folder or archive."""

    parts: tuple[str, ...]
    """Its path, folder by folder, as the source has it."""
    kind: EntryKind
    chunks: Callable[[], Iterator[bytes]]
    """The content of a file, piece by piece; how much it is shows only in the reading."""


def is_clutter(name: str) -> bool:
    """True for files and folders that tools leave behind and nobody misses."""
    return name in _CLUTTER_FOLDERS or _CLUTTER_FILES.fullmatch(name) is not None


def folder_verdict(name: str, holds: Callable[[str], bool]) -> Literal["keep", "clutter", "environment"]:
    """Say whether a folder is staged.

    Args:
        name: the folder's own name.
        holds: whether one of `FOLDER_SIGNS` exists in it.

    Returns:
        `clutter`: version control and caches, nobody misses them; `environment`: installed packages, which
        the student should not have committed.
    """
    if name in _CLUTTER_FOLDERS:
        return "clutter"
    if name in _PACKAGE_FOLDERS:
        return "environment"
    activated = holds("bin/activate") or holds("Scripts/activate")
    environment = (
        name in _ENVIRONMENT_FOLDERS
        or (name.lower() in _MAYBE_ENVIRONMENT_FOLDERS and activated)
        or holds("pyvenv.cfg")
    )
    # Some students make the environment in the folder of their work: the work has to be kept.
    if environment and not any(holds(sign) for sign in _SIGNS_OF_WORK):
        return "environment"
    return "keep"


class Intake:
    """Writes what is kept of a submission, counts it, and notes what is not."""

    def __init__(self, destination: Path, limits: Limits) -> None:
        self.findings: list[Finding] = []
        self._destination = destination
        self._limits = limits
        self._looked_at = 0
        self._files = 0
        self._bytes = 0
        self._skipped = 0
        self._folders: set[Path] = {destination}
        self._digests: dict[tuple[str, str], str] = {}
        """What the submission's digest is made of: (kind, path) to the digest of the content."""

    def look(self, parts: tuple[str, ...]) -> None:
        """Count an entry that was met, whatever becomes of it.

        Raises:
            BrokenSubmission: there are far too many, or it lies too deep.
        """
        self._looked_at += 1
        if self._looked_at > LOOKED_AT_FACTOR * self._limits.submission_files:
            raise BrokenSubmission(
                f"The submission has more than {LOOKED_AT_FACTOR * self._limits.submission_files:,} entries.",
                next_step="Hand in the exercise only, without environments, caches and data.",
            )
        if len(parts) > MAX_DEPTH:
            raise BrokenSubmission(
                f"The submission has folders more than {MAX_DEPTH} deep: {shown('/'.join(parts[:4]))}/...",
                next_step="Hand in the exercise's own folder.",
            )

    def leave_out(self, parts: tuple[str, ...], what: str) -> None:
        """Note that an entry is not staged; `what` says what it is and why that matters."""
        path = shown("/".join(map(safe_component, parts)))
        self._digests["skipped", path] = ""
        self._skipped += 1
        if self._skipped <= _MOST_SKIPPED_NAMED:
            self.findings.append(Finding("skipped_file", f"{path} was left out: {what}.", path))
        elif self._skipped == _MOST_SKIPPED_NAMED + 1:
            self.findings.append(Finding("skipped_file", "More files were left out for such reasons."))

    def take(self, entry: SourceEntry) -> None:
        """Stage an entry if it is a file to keep, and note why if not.

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
        elif entry.kind == "folder" or _CLUTTER_FILES.fullmatch(name):
            return
        elif is_env_file(name) and not is_example_env_file(name):
            self._note_env_file(entry)
        elif name.endswith((".pyc", ".pyo")):
            self.leave_out(entry.parts, "it is compiled Python; hand in the source")
        else:
            self._stage(entry)

    def digest(self) -> str:
        """SHA-256 over the names and contents of everything staged, and over what was kept out."""
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
            self.findings.append(
                Finding("renamed_file", f"{shown(path)}: its real name cannot be shown as text.", shown(path))
            )
        head = self._write(parts, entry.chunks())
        if is_env_file(parts[-1]):
            self.findings += env_findings(shown(path), head)

    def _write(self, parts: tuple[str, ...], chunks: Iterator[bytes]) -> bytes:
        """Write a file; returns how it begins."""
        self._count_file()
        too_long = next((part for part in parts if len(os.fsencode(part)) > MAX_NAME_BYTES), None)
        if too_long is not None:
            raise BrokenSubmission(
                f"The submission has a name longer than {MAX_NAME_BYTES} bytes: {shown(too_long, limit=60)}",
                next_step="Shorten the name and hand the work in again.",
            )
        digest = hashlib.sha256()
        head = b""
        # Whatever goes wrong in reading has become a GraderError in `chunks`: what is left is the writing.
        with _writing("/".join(parts)):
            target = self._destination.joinpath(*parts)
            self._make_folder(target.parent)
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, FILE_MODE)
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, FILE_MODE)
                for chunk in chunks:
                    self._count_bytes(len(chunk))
                    digest.update(chunk)
                    head = head or chunk
                    file.write(chunk)
        self._digests["file", "/".join(parts)] = digest.hexdigest()
        return head

    def _make_folder(self, folder: Path) -> None:
        missing = []
        while folder not in self._folders:
            missing.append(folder)
            folder = folder.parent
        for path in reversed(missing):
            path.mkdir()
            path.chmod(FOLDER_MODE)
            self._folders.add(path)

    def _note_env_file(self, entry: SourceEntry) -> None:
        """Look into a `.env` without staging it: it must not decide where the migrations connect."""
        self._count_file()
        path = "/".join(map(safe_component, entry.parts))
        digest = hashlib.sha256()
        head = b""
        for chunk in entry.chunks():
            self._count_bytes(len(chunk))
            digest.update(chunk)
            if len(head) < _ENV_FILE_BYTES:
                head += chunk
        self._digests["env", path] = digest.hexdigest()
        self.findings += env_findings(shown(path), head)

    def _count_file(self) -> None:
        self._files += 1
        if self._files > self._limits.submission_files:
            raise BrokenSubmission(
                f"The submission has more than {self._limits.submission_files:,} files.",
                next_step="Hand in the exercise only, without environments, caches and data.",
            )

    def _count_bytes(self, amount: int) -> None:
        self._bytes += amount
        most = self._limits.submission_bytes
        if self._bytes > most:
            raise BrokenSubmission(
                f"The submission's files are larger than {most / 2**20:,.3g} MiB together.",
                next_step="Hand in the exercise only, without environments, caches and data.",
            )


@contextmanager
def _writing(path: str) -> Iterator[None]:
    """Tell a path that cannot exist (the student's doing) from a disk that cannot be written to (ours).

    Raises:
        BrokenSubmission: the path is impossible.
        HarnessFault: the disk is full, read-only or broken.
    """
    try:
        yield
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise BrokenSubmission(
            f"The submission has {shown(path)} both as a file and as a folder.",
            next_step="Pack the work anew and hand it in again.",
        ) from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise BrokenSubmission(
                f"A path in the submission is too long: {shown(path, limit=60)}",
                next_step="Shorten the folders' names and hand the work in again.",
            ) from None
        raise HarnessFault(
            f"A submission's files could not be copied: {error.strerror or type(error).__name__}.",
            next_step="Check that the folder for temporary files has room and can be written to.",
        ) from error
