"""Signs observations, so that a later run can tell this user's own from made-up ones.

The folder of the reports may be in a repository that students can write to. Observations that somebody put
there must not become a verdict. So `grade` writes an HMAC of the observations into the file `.seal`. The key
is kept in the user's home: results from another machine or another user are not trusted, but graded again.
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
    """Makes and checks seals with one key."""

    key: bytes | None = field(repr=False)
    """None where no key can be kept: then no seal is made, and none is valid."""

    @classmethod
    def of_this_user(cls, folder: Path | None = None) -> Self:
        """The seal of the current user; its key is made at the first use."""
        try:
            return cls(_kept_key((folder or _state_folder()) / "seal-key"))
        except (OSError, RuntimeError):  # no home, or none that can be written to
            return cls(None)

    def of(self, submission_id: str, observations: bytes) -> bytes | None:
        """The content of the seal file for a submission's observations; None without a key."""
        if self.key is None:
            return None
        # The id is part of the message: copied observations are not valid for another submission.
        message = submission_id.encode("utf-8", "surrogatepass") + b"\0" + observations
        return f"{hmac.new(self.key, message, 'sha256').hexdigest()}\n".encode()

    def is_on(self, folder: Path, submission_id: str, observations: bytes) -> bool:
        """Whether the seal in a folder is this user's, for exactly these observations of this submission."""
        expected = self.of(submission_id, observations)
        try:
            found = (folder / SEAL).read_bytes()
        except OSError:
            return False
        return expected is not None and hmac.compare_digest(found, expected)


NO_SEAL = Seal(None)
"""Makes no seal and accepts none."""


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
        # Another run may make a key at the same time: the key of the first one to get here stays.
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
        raise PermissionError(f"{path} is not a key that only its owner can read and write")
    return key
