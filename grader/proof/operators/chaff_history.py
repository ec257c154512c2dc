"""Mistakes in the history of commits: the files are right, and their repository shows how they came about."""

from __future__ import annotations

from collections.abc import Iterator

from grader.proof.operators.commits import repository
from grader.proof.operators.mutant import Change, chaff
from grader.proof.operators.project import Project

_BEFORE = "pass"
"""What the function did when it was committed first."""


@chaff("A revision was changed after it had been committed.")
def revision_edited(project: Project) -> Iterator[Change]:
    """The answer is a repository: the newest downgrade() was committed empty, and written later.

    Does not apply where it is empty to this day.
    """
    head = project.head
    if head is None or "downgrade" not in head.functions or not head.downgrade:
        return
    source = head.source
    first = source.edited(source.rewrite_body(head.functions["downgrade"], _BEFORE))
    states = ({**project.files, source.path: first}, project.files)
    files = {f".git/{path}": data for path, data in repository(states).items()}
    yield Change(f"downgrade() of {head.label} was committed empty, and written later.", files)
