"""Leaves out findings about files that are not handed in, such as an `.env` that git ignores.

Works on finished observations, and asks git only in the student's own repo.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from grader.assignment.model import Assignment
from grader.observations.files import FindingKind
from grader.observations.model import Finding
from grader.runs.graded import Graded, judged

_SECONDS = 10.0
_IGNORED = 0
_NOT_IGNORED = 1


def without_ignored_files(graded: Graded, home: Path, assignment: Assignment) -> Graded:
    """The result without the findings about files with secrets that git ignores in the working copy."""
    seen = graded.observations
    if seen is None:
        return graded
    findings = tuple(item for item in seen.submission.findings if not _is_ignored(item, home))
    if findings == seen.submission.findings:
        return graded
    seen = replace(seen, submission=replace(seen.submission, findings=findings))
    return judged(seen, assignment)


def _is_ignored(finding: Finding, home: Path) -> bool:
    if finding.kind is not FindingKind.COMMITTED_ENV or finding.path is None:
        return False
    # The answer is no for a file that is committed although `.gitignore` names it.
    command = ["git", "check-ignore", "--quiet", "--", finding.path]
    try:
        code = subprocess.run(
            command, cwd=home, capture_output=True, timeout=_SECONDS, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        code = None
    if code in (_IGNORED, _NOT_IGNORED):
        return code == _IGNORED
    return _is_listed(home / ".gitignore", finding.path)


def _is_listed(gitignore: Path, path: str) -> bool:
    """Whether a `.gitignore` has the name; for a folder that is not a git repo yet."""
    try:
        lines = gitignore.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.strip() in (path, f"/{path}") for line in lines)
