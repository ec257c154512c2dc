"""Fetches a git repository into one of ours: no more of it than one commit, and nothing of it is run.

What cannot be reached is a fault of the network or of whoever wrote the address, never of the student. Must
not know what becomes of the files.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from grader.assignment.model import Limits
from grader.errors import HarnessFault, UsageError
from grader.submission.git.address import GitAddress
from grader.submission.git.files import TARGET, Copy
from grader.submission.git.program import git_command, git_environment
from grader.submission.git.repository import (
    copy_repository,
    is_repository,
    make_repository,
    most_bytes,
    too_large,
)
from grader.text.names import printable

FETCH_SECONDS = 120.0
"""How long one repository may take to come."""

_LEASH = Path(__file__).with_name("leash.py")
_LOOK_SECONDS = 0.05
_SAID_BYTES = 64 * 1024
_BRANCH = re.compile(r"^[0-9a-f]+\trefs/heads/(.+)$", re.MULTILINE)
_WHOLE_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@contextmanager
def fetched(
    address: GitAddress,
    workspace: Path,
    limits: Limits,
    *,
    stopped: Callable[[], bool] = lambda: False,
    seconds: float = FETCH_SECONDS,
) -> Iterator[Path]:
    """Fetch what an address names; gives a repository of ours, which is gone at the end of the block.

    Args:
        address: what to fetch.
        workspace: a folder to make a temporary one in.
        limits: how large it may be.
        stopped: asked again and again; once it says so, fetching ends.
        seconds: how long it may take.

    Raises:
        BrokenSubmission: the repository is far too large.
        UsageError: there is no such repository on this machine, or no such branch in it.
        UnavailableError: git is not installed.
        HarnessFault: it cannot be reached, or takes too long; another try may be spared that.
    """
    prefix = "fetched-"
    with tempfile.TemporaryDirectory(dir=workspace, prefix=prefix, ignore_cleanup_errors=True) as folder:
        target = Path(folder) / address.folder.name
        if address.local is not None:
            _copy_local(address, address.local, target, limits)
        else:
            line = _Line(address, Path(folder), target, limits, time.monotonic() + seconds, stopped)
            line.fetch()
        yield target


def _copy_local(address: GitAddress, source: Path, target: Path, limits: Limits) -> None:
    found = next((path for path in (source, source / ".git") if is_repository(path)), None)
    if found is None:
        raise UsageError(f"{address.shown} is no git repository.", next_step="Mend the address.")
    copy_repository(found, target, limits)
    reference = address.reference
    if reference is None:
        return
    copy = Copy(target)
    names = [f"refs/heads/{reference}", f"refs/tags/{reference}"]
    commit = next(filter(None, map(copy.resolve, names)), None)
    if commit is None and _WHOLE_ID.fullmatch(reference):
        commit = copy.resolve(reference)
    if commit is None:
        raise _no_such(address, ())
    (target / TARGET).parent.mkdir(parents=True, exist_ok=True)
    (target / TARGET).write_text(f"{commit}\n")


def _no_such(address: GitAddress, branches: tuple[str, ...]) -> UsageError:
    there = f" Its branches: {', '.join(printable(name, limit=40) for name in branches)}." if branches else ""
    return UsageError(
        f"{address.shown} has no branch, tag or commit {printable(address.reference or '')}.{there}",
        next_step="Mend what stands behind #: a branch, a tag, or all characters of a commit's id.",
    )


@dataclass(frozen=True)
class _Said:
    """How a git ended and what it wrote."""

    well: bool
    output: str
    errors: str


@dataclass(frozen=True)
class _Line:
    """Fetches over the network."""

    address: GitAddress
    folder: Path
    """For all that is written meanwhile."""
    target: Path
    limits: Limits
    deadline: float
    """By the clock that `time.monotonic` reads."""
    stopped: Callable[[], bool]

    def fetch(self) -> None:
        """Fetch the commit that is meant; an empty repository is left empty."""
        make_repository(self.target)
        reference = self.address.reference or "HEAD"
        first = self._fetch(f"+{reference}:{TARGET}")
        if first.well:
            return
        found = self._git("ls-remote", "--heads", "--", self.address.url)
        if not found.well:
            raise self._unreachable(found)
        branches = tuple(_BRANCH.findall(found.output)[:10])
        if self.address.reference is not None:
            raise _no_such(self.address, branches)
        # A server whose HEAD leads to a branch that nobody has pushed to.
        if branches and not (second := self._fetch("+refs/heads/*:refs/heads/*")).well:
            raise self._unreachable(second)

    def _fetch(self, what: str) -> _Said:
        options = ("--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules")
        return self._git("fetch", *options, "--", self.address.url, what)

    def _unreachable(self, said: _Said) -> HarnessFault:
        lines = [line.strip() for line in said.errors.splitlines() if line.strip()]
        reason = next((line for line in lines if line.startswith(("fatal:", "error:"))), "git gave no reason")
        return HarnessFault(
            f"{self.address.shown} cannot be fetched: {printable(self.address.redacted(reason), limit=300)}",
            next_step="Check the address, the network, and that git may read it without asking for a "
            "password: by an ssh agent, a key, a token in the address, or ~/.netrc.",
        )

    def _git(self, *arguments: str) -> _Said:
        """Run git on a leash until it ends, takes too long, or has written too much."""
        command = [sys.executable, "-I", "-S", str(_LEASH), *git_command(self.target, *arguments)]
        with (
            (self.folder / "output").open("w+b") as output,
            (self.folder / "errors").open("w+b") as errors,
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=errors,
                cwd=self.folder,
                env=git_environment(),
                start_new_session=True,
            ) as process,
        ):
            try:
                code = self._watch(process)
            finally:
                if process.stdin is not None:
                    process.stdin.close()  # lets go of the leash
                process.wait()
            return _Said(code == 0, _text(output), _text(errors))

    def _watch(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(_LOOK_SECONDS)
            if self.stopped():
                raise HarnessFault("the run was stopped")
            if time.monotonic() > self.deadline:
                raise HarnessFault(
                    f"{self.address.shown} was not fetched in time.",
                    next_step="Check the address and the network, and grade the submission again.",
                )
            if _size(self.folder) > most_bytes(self.limits):
                raise too_large(self.limits)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(_SAID_BYTES).decode("utf-8", "replace")


def _size(folder: Path) -> int:
    """Bytes of all files below a folder, while others write there."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(f"{path}/{name}").st_size
    return total
