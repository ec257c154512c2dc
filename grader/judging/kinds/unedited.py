"""Kind `unedited`: a revision stays as it was committed; what is to change comes in a new one."""

from __future__ import annotations

from grader.assignment.tables import KindSettings
from grader.judging import evidence, wording
from grader.judging.rubric import Case, Check, Judgement, Place, Skip, Unjudged, Verdict, kind
from grader.observations.history import Commit, EditKind, RevisionEdit, RevisionHistory
from grader.observations.revisions import RevisionGraph
from grader.report.model import Evidence


class Settings(KindSettings, frozen=True, kw_only=True, tag="unedited"):
    """No keys of its own."""


@kind("unedited", Settings, title="No revision edited", once=True)
def unedited(case: Case[Settings]) -> Judgement:
    """No revision file that an earlier commit holds was changed or deleted afterwards.

    Whoever has applied a revision does not run it a second time. So a change to it never reaches their
    database, and a deleted one leaves it at a revision that nobody knows. What is to change comes in a new
    revision. The files handed in are compared with the first commit of each revision in the history of the
    branch. Only what runs counts: comments, docstrings, annotations, line ends and the order of imports may
    change, and a file may be moved or renamed. So may `down_revision`, if it then names a revision that was
    committed before: that is how two heads are put in a row. A change that was taken back is none, and one
    that is not committed yet counts like the others.

    This needs the history: a git repository, or `--changed-since`. Without it the criterion is skipped. So
    try a revision up and down before you commit it: until then it may be corrected as often as you like.
    """
    observations = case.observations
    graph, history = observations.graph, observations.submission.history
    if graph is None or not evidence.a_revision_ran(observations):
        return Skip(case.id_of("upgrade"), "This can be judged once a revision has run.")
    if history is None:
        return Unjudged("The history was not read when the submission was tried. Grade it again.")
    if history.lacking:
        return Skip(None, f"This needs the history of the repository, and there is none: {history.lacking}.")
    checks = tuple(_check(edit, graph) for edit in history.edits) or (_nothing_found(history),)
    return Verdict(
        checks,
        evidence=() if history.whole else (_incomplete(),),
        hint=_hint(history.edits[0], more=len(history.edits) - 1) if history.edits else None,
    )


def _nothing_found(history: RevisionHistory) -> Check:
    found = f"{wording.counted(history.revisions, 'revision')} in the commits, each as it was first committed"
    return Check("unedited", "Every committed revision is as it was", True, "no file edited", found)


def _check(edit: RevisionEdit, graph: RevisionGraph) -> Check:
    there = graph.get(edit.revision)
    line = there.line if there is not None and there.path == edit.path else 1
    return Check(
        f"revision_{edit.revision}",
        "The file is as it was first committed",
        passed=False,
        expected=f"as in commit {_commit(edit.first)}",
        found=f"{_what(edit)}, {_when(edit.commit)}",
        revision=edit.revision,
        place=Place(edit.path, line) if edit.kind is EditKind.CHANGED else None,
    )


def _what(edit: RevisionEdit) -> str:
    if edit.kind is EditKind.DELETED:
        return f"{edit.path} was deleted"
    return f"{edit.path} has another {' and '.join(edit.parts)}"


def _when(commit: Commit | None) -> str:
    return f"since commit {_commit(commit)}" if commit else "which is not committed yet"


def _commit(commit: Commit) -> str:
    return f"{commit.id} ({commit.date})"


def _hint(edit: RevisionEdit, *, more: int) -> str:
    since = f"in commit {_commit(edit.commit)}" if edit.commit else "since the last commit"
    done = "deleted" if edit.kind is EditKind.DELETED else "changed"
    why = (
        "A database that is at this revision no longer finds it."
        if edit.kind is EditKind.DELETED or "revision" in edit.parts
        else "A database that has it already never runs it again, so the change does not get there."
    )
    back = f"`git checkout {edit.first.id} -- {edit.first_path}`"
    moved = "" if edit.first_path == edit.path else f", move it to `{edit.path}`"
    others = f" {wording.counted(more, 'more revision')} likewise." if more else ""
    return (
        f"Revision {edit.revision} was committed in {_commit(edit.first)} and {done} {since}. {why} Bring "
        f"the file back with {back}{moved}, and put what is to change into a new revision instead: "
        f'`alembic revision -m "..."`.{others}'
    )


def _incomplete() -> Evidence:
    return Evidence(
        "Note: only the newest commits were looked at",
        "The clone is shallow, or has too many commits. What was changed before is not known.",
    )
