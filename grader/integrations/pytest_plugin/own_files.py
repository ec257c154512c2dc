"""One's own folder holds more than is handed in: an `.env` that git ignores stays at home and is no fault.

Works on observations that are made already; only in one's own repo is git asked anything.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from grader.assignment.model import Assignment
from grader.observations.model import Finding
from grader.runs.graded import Graded, judged

_SECONDS = 10.0
_IGNORED = 0
_NOT_IGNORED = 1


def as_handed_in(graded: Graded, home: Path, assignment: Assignment) -> Graded:
    """The result without what is only said of files with secrets that git ignores.

    Args:
        graded: the result for the folder as it is.
        home: that folder, the working copy of whoever runs this.
        assignment: what it was judged by.
    """
    seen = graded.observations
    if seen is None:
        return graded
    findings = tuple(item for item in seen.submission.findings if not _stays_at_home(item, home))
    if findings == seen.submission.findings:
        return graded
    seen = replace(seen, submission=replace(seen.submission, findings=findings))
    return replace(judged(seen, assignment), timings=graded.timings)


def _stays_at_home(finding: Finding, home: Path) -> bool:
    if finding.kind != "committed_env" or finding.path is None:
        return False
    # Says no for a file that is committed all the same.
    command = ["git", "check-ignore", "--quiet", "--", finding.path]
    try:
        code = subprocess.run(
            command, cwd=home, capture_output=True, timeout=_SECONDS, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        code = None
    if code in (_IGNORED, _NOT_IGNORED):
        return code == _IGNORED
    return _listed(home / ".gitignore", finding.path)


def _listed(gitignore: Path, path: str) -> bool:
    """Whether a folder that is no git repo yet has the name in its `.gitignore`."""
    try:
        lines = gitignore.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.strip() in (path, f"/{path}") for line in lines)
