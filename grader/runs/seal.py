"""Tells what this user's grader has observed from whatever else lies in a folder of reports.

That folder may be in a repository that students can write to: observations that somebody made up must not
become a verdict by lying where a result of ours would. The key never leaves the user's own home, so reports
from another machine or another user are not known again, and are graded anew.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

SEAL = ".seal"
"""The file in a submission's folder."""
_KEY_BYTES = 32


@dataclass(frozen=True)
class Seal:
    """Makes seals, and knows its own again."""

    key: bytes | None = field(repr=False)
    """None where none can be kept: then nothing is known again."""

    @classmethod
    def of_this_user(cls, folder: Path | None = None) -> Self:
        """The seal of whoever runs this, made at the first use.

        Args:
            folder: where the key is kept; None for the usual place.
        """
        try:
            return cls(_kept_key((folder or _state_folder()) / "seal-key"))
        except (OSError, RuntimeError):  # no home, or none that can be written to
            return cls(None)

    def of(self, submission_id: str, observations: bytes) -> bytes | None:
        """The content of the file that goes with a submission's observations; None without a key."""
        if self.key is None:
            return None
        # The id is part of it: nobody's observations become somebody else's by being copied.
        message = submission_id.encode("utf-8", "surrogatepass") + b"\0" + observations
        return f"{hmac.new(self.key, message, 'sha256').hexdigest()}\n".encode()

    def is_on(self, folder: Path, submission_id: str, observations: bytes) -> bool:
        """Whether these observations were sealed by this user, as they are, for this submission."""
        expected = self.of(submission_id, observations)
        try:
            found = (folder / SEAL).read_bytes()
        except OSError:
            return False
        return expected is not None and hmac.compare_digest(found, expected)


def _state_folder() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "migration-grader"


def _kept_key(path: Path) -> bytes:
    with contextlib.suppress(FileNotFoundError):
        return _read(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        # Another run may make one at the same time: the first to get here has made the one that stays.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()
    return _read(path)


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        key = file.read()
    if (
        len(key) != _KEY_BYTES
        or status.st_uid != os.geteuid()
        or status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ):
        raise PermissionError(f"{path} is not a key that only its owner could have written")
    return key
