"""A way to follow a hint: the edits and commands that it says, made in the submission that provokes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.catalogue import case_named
from tests.catalogue.case import Edit, Files, replace

Step = Edit | str
"""An edit of the files, or a command as it is typed in the submission's folder."""


@dataclass(frozen=True)
class Way:
    """One way to do what a hint says. Where a hint leaves a choice, there is a `Way` for each."""

    case: str
    """The submission that provokes the diagnosis."""
    steps: tuple[Step, ...]
    """What the student does, in this order."""
    says: tuple[str, ...]
    """Words of the hint that the steps are taken from. A hint without them fails the test."""
    then: str = ""
    """The diagnosis that is the next step; nothing where the criterion passes afterwards."""
    before: tuple[str, ...] = ()
    """Commands that the student ran before, for steps that need a database in a certain state."""
    fails: str = ""
    """For hints about the student's own database, which grading again does not show: a command that ends
    there with the error in question."""
    works: str = ""
    """The command that works after the steps; nothing where it is the one that failed."""
    elsewhere: tuple[str, ...] = ()
    """Files that the steps change although the hint does not name them, because it cannot."""

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The steps that are edits."""
        return tuple(step for step in self.steps if not isinstance(step, str))

    @property
    def commands(self) -> tuple[str, ...]:
        """The steps that are commands."""
        return tuple(step for step in self.steps if isinstance(step, str))

    def changes(self) -> Iterator[tuple[str, bytes | None, bytes | None]]:
        """The files that the edits change: path, old content and new content; None for no file."""
        old, new = case_named(self.case).files(), case_named(self.case).files()
        for edit in self.edits:
            edit(new)
        for path in sorted({*old, *new}):
            if old.get(path) != new.get(path):
                yield path, old.get(path), new.get(path)


def way(
    case: str,
    *steps: Step,
    says: str | tuple[str, ...],
    then: str = "",
    before: tuple[str, ...] = (),
    fails: str = "",
    works: str = "",
    elsewhere: tuple[str, ...] = (),
) -> Way:
    """A `Way` with its steps in a row."""
    return Way(
        case,
        steps,
        (says,) if isinstance(says, str) else says,
        then,
        before,
        fails,
        works or fails,
        elsewhere,
    )


def above(path: str, line: str, *new: str) -> Edit:
    """Write lines above a line of a function's body, which is given without its indentation."""
    return replace(path, (f"    {line}", "".join(f"    {item}\n" for item in new) + f"    {line}"))


def like(path: str, case: str) -> Edit:
    """Make a file as it is in another submission: a mistake in one place is taken back."""

    def apply(files: Files) -> None:
        files[path] = case_named(case).files()[path]

    return apply


Ways = dict[str, tuple[Way, ...]]
"""The ways to follow each diagnosis, by its id."""
