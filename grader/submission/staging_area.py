"""Where the submissions of a run are staged, and what of a folder is never part of a submission.

Must not know what is done with what is staged.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.assignment.model import Assignment
from grader.submission import intake as submission
from grader.submission.intake import Submission

_NAME_CHARACTERS = 60
"""As much of an id as surely fits into a file's name with something behind it."""


@dataclass(frozen=True)
class StagingArea:
    """A folder in which every submission gets one of its own."""

    folder: Path
    without: Path | None = None
    """The folder of the reports: it may lie in a submission, and is none of the student's work."""
    keep: bool = False
    """Whether what was staged stays where it is, for somebody to look at."""

    @contextmanager
    def staged(
        self, source: Path, submission_id: str, assignment: Assignment, *, keep: bool | None = None
    ) -> Iterator[Submission]:
        """Stage a submission; its files are there until the end of the block.

        Args:
            source: what to stage.
            submission_id: what to call it.
            assignment: says how much it may hold, and where its migrations are.
            keep: whether the files stay after the block; None for what the area does with all of them.

        Raises:
            BrokenSubmission: it cannot be taken in; the student's doing.
            GraderError: it cannot be staged here; ours.
        """
        with self._folder(submission_id, keep=self.keep if keep is None else keep) as folder:
            yield submission.stage(
                source,
                folder / "submission",
                submission_id=submission_id,
                limits=assignment.limits,
                alembic_root=assignment.alembic_root,
                without=self.without,
            )

    @contextmanager
    def _folder(self, submission_id: str, *, keep: bool) -> Iterator[Path]:
        if keep:
            # What an earlier try of the same submission has left stays beside it.
            yield Path(tempfile.mkdtemp(dir=self.folder, prefix=f"{submission_id[:_NAME_CHARACTERS]}-"))
            return
        with TemporaryDirectory(dir=self.folder, prefix="staged-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
