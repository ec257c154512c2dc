"""What came of the last trial of each pair, kept between runs, so that `auto` need not try it again.

A result counts only for what was tried: the release of the grader, its Python, the kernel, the user, and what
the two backends name (the engine and its images, the programs). With anything else, nothing is known. Must
not know how a pair is tried.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass

from grader import __version__
from grader.errors import UnavailableError
from grader.files.cache import FileCache
from grader.runtime.postgres.interface import PostgresBackend
from grader.runtime.sandbox.interface import SandboxBackend

_KIND = "pairs"
_FAILURE_SECONDS = 24 * 3600
"""How long a failure counts: its reason may be gone, and nothing that is asked for here tells."""


@dataclass(frozen=True)
class KeptTrial:
    """The result of a trial."""

    problem: str | None
    """What was seen; None if the pair works."""
    when: float
    """Seconds since the epoch."""

    @property
    def passed(self) -> bool:
        """Whether the pair works."""
        return self.problem is None


def kept_trial(postgres: PostgresBackend, sandbox: SandboxBackend) -> KeptTrial | None:
    """The last trial of a pair; None if it was never tried as it is now, or failed more than a day ago."""
    name = _name(postgres, sandbox)
    data = None if name is None else FileCache(_KIND).read(name)
    if data is None:
        return None
    try:
        found = json.loads(data)
        kept = KeptTrial(found["problem"], float(found["when"]))
    except (ValueError, KeyError, TypeError):
        return None
    return kept if kept.passed or 0 <= time.time() - kept.when < _FAILURE_SECONDS else None


def keep_trial(postgres: PostgresBackend, sandbox: SandboxBackend, problem: str | None) -> None:
    """Keep the result of a trial, instead of an earlier one."""
    name = _name(postgres, sandbox)
    if name is not None:
        text = json.dumps({"problem": problem, "when": time.time()})
        FileCache(_KIND).write(name, text.encode())


def _name(postgres: PostgresBackend, sandbox: SandboxBackend) -> str | None:
    """The name of the file: the pair, and a hash of all that its working depends on."""
    try:
        server, box = postgres.identity, sandbox.identity
    except (UnavailableError, OSError):  # the engine or a program is gone by now
        return None
    if server is None or box is None:
        return None
    here = (
        *(__version__, sys.version, sys.executable, platform.release(), platform.version()),
        *(str(os.geteuid()), tempfile.gettempdir()),
    )
    digest = hashlib.sha256("\0".join((*here, "", *server, "", *box)).encode()).hexdigest()[:16]
    return f"{postgres.name}-{sandbox.name}-{digest}.json"
