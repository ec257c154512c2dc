"""What a run has made of the answers: faults, answers of one's own, the reference itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import ConfigurationError, HarnessFault
from grader.judging.judge import error_report
from grader.observations.history import Commit, EditKind, RevisionEdit, RevisionHistory
from grader.observations.model import Observations, encode
from grader.proof.answers import Answer, Outcome, Role
from grader.proof.check import REFERENCE, outcomes, sampled
from grader.proof.findings import findings
from grader.proof.operators import Mutant
from grader.proof.operators import Role as MutantRole
from grader.proof.rendering import Proof, json_of, page_of, text_of
from grader.report.model import SubmissionInfo
from grader.report.saved import OBSERVATIONS
from grader.runs.class_memory import ReducedResult
from grader.runs.graded import judged
from tests.unit.observation_builders import SHORTENED, assignment, changed, perfect, with_head

RUBRIC = assignment()
WRONG = with_head(perfect(), changed(SHORTENED, "users.bio", nullable=False))
MUTANT = Answer("other_nullability-1", Role.WRONG, "other_nullability", "users.bio refuses NULL")
RIGHT = Answer("own_names-1", Role.RIGHT, "own_names", "Keys have other names")


def result(folder: Path, name: str, seen: Observations | None) -> ReducedResult:
    """The result of an answer, with its observations on disk. Without any, the grader failed on it."""
    if seen is None:
        report = error_report(RUBRIC, SubmissionInfo(name, name, ""), "the server was lost")
        return ReducedResult(report, judged(perfect(), RUBRIC).details)
    seen = replace(seen, submission=replace(seen.submission, id=name))
    (folder / name).mkdir(parents=True)
    (folder / name / OBSERVATIONS).write_bytes(encode(seen))
    graded = judged(seen, RUBRIC)
    return ReducedResult(graded.report, graded.details)


def tried(
    folder: Path, *answers: tuple[Answer, Observations | None], reference: Observations | None
) -> list[Outcome]:
    results = [result(folder, REFERENCE, reference)]
    results += [result(folder, answer.id, seen) for answer, seen in answers]
    return list(outcomes([answer for answer, _ in answers], results, folder, RUBRIC))


def test_an_answer_that_the_grader_failed_on_shows_nothing_and_is_told(tmp_path: Path) -> None:
    found = tried(tmp_path, (MUTANT, None), (RIGHT, perfect()), reference=perfect())
    assert [item.fault for item in found] == ["the server was lost", None]
    proof = Proof(RUBRIC, tuple(found), findings(found, RUBRIC))
    assert (proof.findings, proof.is_whole) == ((), False)
    text = "\n".join(text_of(proof))
    assert "Not tried, because the grader failed" in text
    assert "other_nullability-1: the server was lost" in text
    assert b'"fault": "the server was lost"' in json_of(proof)
    assert "Not tried, because the grader failed: the server was lost" in page_of(proof)


def test_a_reference_that_the_grader_failed_on_is_no_mistake_of_the_rubric(tmp_path: Path) -> None:
    with pytest.raises(HarnessFault, match="the server was lost"):
        tried(tmp_path, reference=None)


def test_a_reference_that_fails_is_told_before_anything_else(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="itself fails user_columns"):
        tried(tmp_path, (RIGHT, perfect()), reference=WRONG)


def test_a_mistake_costs_points_against_the_reference(tmp_path: Path) -> None:
    (found,) = tried(tmp_path, (MUTANT, WRONG), reference=perfect())
    assert (found.left_out, found.fault) == (None, None)
    assert found.lost["user_columns"] == 5
    assert "user_columns" in found.failed


def test_what_the_reference_cannot_show_is_a_mistake_where_an_answer_shows_it(tmp_path: Path) -> None:
    def with_history(history: RevisionHistory) -> Observations:
        seen = perfect()
        return replace(seen, submission=replace(seen.submission, history=history))

    first, later, path = (
        Commit("abc1234", "2026-03-02"),
        Commit("def5678", "2026-03-04"),
        "alembic/versions/b.py",
    )
    edit = RevisionEdit(EditKind.CHANGED, "bbb2", path, ("upgrade()",), first, path, later)
    answer = Answer("revision_edited-1", Role.WRONG, "revision_edited", "a revision was edited")
    (found,) = tried(
        tmp_path,
        (answer, with_history(RevisionHistory(revisions=4, edits=(edit,)))),
        reference=with_history(RevisionHistory(lacking="the submission is no git repository of its own")),
    )
    assert found.failed == ("unedited",)


def test_what_shows_nothing_is_left_out_unless_it_is_ones_own(tmp_path: Path) -> None:
    same, not_right = replace(MUTANT, id="same-1"), replace(RIGHT, id="not_right-1")
    own_wrong = replace(MUTANT, id="wrong-ada", made=False)
    own_right = replace(RIGHT, id="right-ada", made=False)
    found = tried(
        tmp_path,
        (same, perfect()),
        (not_right, WRONG),
        (own_wrong, perfect()),
        (own_right, WRONG),
        reference=perfect(),
    )
    assert [item.left_out is None for item in found] == [False, False, True, True]
    kinds = [(item.kind.value, item.name) for item in findings(found, RUBRIC, sample=True)]
    assert kinds == [("unfair", "right-ada"), ("unseen", "wrong-ada")]


def test_a_sample_is_spread_over_all_operators() -> None:
    made = [Mutant(f"a-{number}", "a", MutantRole.CHAFF, "", {}) for number in range(10)]
    assert [item.id for item in sampled(made, 3)] == ["a-0", "a-3", "a-6"]
    assert sampled(made, None) == sampled(made, 50) == made
