"""`unedited`: what is said of revision files that are not as they were committed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.observations.history import Commit, EditKind, RevisionEdit, RevisionHistory
from grader.observations.model import Observations
from grader.report.model import Status
from tests.unit.observation_builders import perfect, untouched
from tests.unit.report_readers import failed_checks, judged

FIRST, LATER = Commit("abc1234", "2026-03-02"), Commit("def5678", "2026-03-04")
CHANGED = RevisionEdit(
    EditKind.CHANGED,
    "bbb2",
    "alembic/versions/bbb2.py",
    ("upgrade()",),
    FIRST,
    "alembic/versions/bbb2.py",
    LATER,
)


def with_history(history: RevisionHistory | None) -> Observations:
    observations = perfect()
    return replace(observations, submission=replace(observations.submission, history=history))


def edited(*edits: RevisionEdit) -> Observations:
    return with_history(RevisionHistory(revisions=4, edits=edits))


def test_a_history_without_edits_passes() -> None:
    result = judged(with_history(RevisionHistory(revisions=4)), "unedited")
    assert result.status is Status.PASSED
    assert result.checks[0].found == "4 revisions in the commits, each as it was first committed"


def test_a_changed_file_is_named_with_both_commits_and_the_way_back() -> None:
    result = judged(edited(CHANGED), "unedited")
    (check,) = result.checks
    assert (check.id, check.revision, check.path) == ("revision_bbb2", "bbb2", CHANGED.path)
    assert check.expected == "as in commit abc1234 (2026-03-02)"
    assert check.found == f"{CHANGED.path} has another upgrade(), since commit def5678 (2026-03-04)"
    assert f"`git checkout abc1234 -- {CHANGED.path}`" in (result.hint or "")
    assert "new revision" in (result.hint or "")


def test_a_deleted_file_has_no_line_of_its_own() -> None:
    gone = replace(CHANGED, kind=EditKind.DELETED, revision="0ff", parts=())
    result = judged(edited(gone, CHANGED), "unedited")
    assert failed_checks(result) == ["revision_0ff", "revision_bbb2"]
    assert (result.checks[0].path, result.checks[1].path) == (None, CHANGED.path)
    assert "no longer finds it" in (result.hint or "")
    assert "1 more revision likewise" in (result.hint or "")


def test_a_change_that_is_not_committed_and_a_file_that_was_moved() -> None:
    result = judged(edited(replace(CHANGED, commit=None, path="migrations/versions/bbb2.py")), "unedited")
    assert result.checks[0].found.endswith("has another upgrade(), which is not committed yet")
    assert "move it to `migrations/versions/bbb2.py`" in (result.hint or "")


@pytest.mark.parametrize(
    "history", [RevisionHistory(lacking="the submission is no git repository of its own")]
)
def test_without_a_history_it_is_skipped_and_says_so(history: RevisionHistory) -> None:
    result = judged(with_history(history), "unedited")
    assert (result.status, result.blocked_by) == (Status.SKIPPED, None)
    assert "the submission is no git repository of its own" in (result.hint or "")


def test_of_a_part_of_the_history_it_says_so() -> None:
    result = judged(with_history(RevisionHistory(revisions=4, whole=False)), "unedited")
    assert result.status is Status.PASSED
    assert "only the newest commits" in result.evidence[0].title


def test_what_was_not_looked_at_is_no_fault() -> None:
    assert judged(with_history(None), "unedited").status is Status.ERROR


def test_nothing_is_given_for_nothing() -> None:
    result = judged(untouched(), "unedited")
    assert (result.status, result.blocked_by) == (Status.SKIPPED, "upgrade_head")
