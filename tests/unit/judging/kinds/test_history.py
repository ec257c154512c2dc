"""`history`: each check alone, and when it is judged although the upgrade failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.kinds.history import listed_revisions
from grader.observations.model import Observations, StairwayStep
from grader.observations.revisions import GraphProblem, ModelsCall, ProblemKind, RevisionGraph
from grader.observations.steps import StepAction
from grader.report.model import Status
from tests.unit.observation_builders import (
    CATEGORIES,
    CHAIN,
    EMPTY,
    INITIAL,
    PROFILE,
    SHORTENED,
    STATES,
    Objects,
    changed,
    exits_at_once,
    graph,
    history_output,
    perfect,
    replayed_to,
    snapshot,
    step,
    thing,
    untouched,
    with_head,
    with_one_shot,
    with_stair,
)
from tests.unit.report_readers import failed_checks, found, hint, judged


def test_history_passes() -> None:
    result = judged(perfect(), "history")
    assert (result.status, result.points, result.hint) == (Status.PASSED, 10, None)
    assert found(result, "line") == "from aaa1 to ddd4"
    assert found(result, "changes") == "4"


@pytest.mark.parametrize("observations", [untouched(), exits_at_once()])
def test_skipped_when_no_revision_ever_ran(observations: Observations) -> None:
    result = judged(observations, "history")
    assert (result.status, result.points, result.blocked_by) == (Status.SKIPPED, 0, "upgrade_head")


def test_a_version_row_without_a_table_is_no_run() -> None:
    stamped = with_head(replace(perfect(), stairway=(), rows=()), EMPTY, replayed=SHORTENED)
    stamped = with_one_shot(stamped, downgrade=None, reapply=None)
    assert judged(stamped, "history").status is Status.SKIPPED


def test_revisions_that_never_ran_are_not_called_empty() -> None:
    fails = step(StepAction.UPGRADE, "head", state=INITIAL, exit_code=1)
    broken = with_stair(perfect(), 2, up=fails, down=None, again=None)
    broken = with_one_shot(replace(broken, stairway=broken.stairway[:2], replay=None), upgrade=fails)
    result = judged(broken, "history")
    assert found(result, "changes") == "1; never run: bbb2, ccc3, ddd4"
    assert "The revisions from bbb2 on never ran to their end" in hint(result)
    assert "delete" not in hint(result)


def test_a_revision_that_is_not_listed() -> None:
    listing = step(StepAction.HISTORY, stdout=history_output(CHAIN[:3]))
    result = judged(with_one_shot(perfect(), history=listing), "history")
    assert failed_checks(result) == ["listed"]
    assert found(result, "listed") == "not listed: ddd4"
    assert result.points == 8
    assert result.evidence


def test_a_listing_that_fails() -> None:
    listing = step(StepAction.HISTORY, stdout=history_output(CHAIN), exit_code=255, stderr="FAILED: no")
    result = judged(with_one_shot(perfect(), history=listing), "history")
    assert failed_checks(result) == ["listed"]
    assert found(result, "listed") == "it ended with exit code 255: FAILED: no"


def test_two_bases() -> None:
    sound = graph(*CHAIN)
    spoilt = replace(sound, bases=("aaa1", "ccc3"))
    result = judged(replace(perfect(), graph=spoilt), "history")
    assert failed_checks(result) == ["line"]
    assert found(result, "line") == "2 bases (aaa1, ccc3)"


def test_an_id_twice() -> None:
    spoilt = graph(*CHAIN, problems=(GraphProblem(ProblemKind.DUPLICATE_ID, "bbb2 is in two files"),))
    result = judged(replace(perfect(), graph=spoilt), "history")
    assert failed_checks(result) == ["line"]
    assert "bbb2 is in two files" in hint(result)


@pytest.mark.parametrize("message", ["", "  ", "empty message"])
def test_a_revision_without_a_message(message: str) -> None:
    sound = graph(*CHAIN)
    silent = replace(sound.revisions[1], message=message)
    spoilt = replace(sound, revisions=(sound.revisions[0], silent, *sound.revisions[2:]))
    result = judged(replace(perfect(), graph=spoilt), "history")
    assert failed_checks(result) == ["messages"]
    assert "alembic/versions/bbb2.py" in hint(result)


def test_too_few_revisions_that_change_something() -> None:
    merged = perfect((EMPTY, CATEGORIES, CATEGORIES, CATEGORIES, SHORTENED))
    result = judged(merged, "history")
    assert failed_checks(result) == ["changes"]
    assert found(result, "changes") == "2; no change seen from bbb2, ccc3"
    assert result.points == 6
    assert result.evidence[0].text == "aaa1\nddd4"


def test_what_create_all_made_does_not_count_as_a_revisions_change() -> None:
    """In the student's run the first upgrade makes all, in the replay every revision makes its own."""
    outside = with_head(perfect(), (*SHORTENED, *STATES[1][1:2]), replayed=SHORTENED)
    assert judged(outside, "history").status is Status.PASSED
    empty = with_head(perfect(), SHORTENED, replayed=EMPTY)
    assert empty.replay is not None
    steps = tuple((name, replayed_to(name, state=EMPTY)) for name in CHAIN)
    result = judged(replace(empty, replay=replace(empty.replay, steps=steps)), "history")
    assert failed_checks(result) == ["changes"]
    assert found(result, "changes").startswith("0")


def test_judged_although_the_last_revision_fails() -> None:
    upgrade = step(StepAction.UPGRADE, "head", state=EMPTY, exit_code=1, stderr="Error: no")
    last = StairwayStep("ddd4", snapshot(CATEGORIES).digest, upgrade)
    failing = replace(perfect(), stairway=(*perfect().stairway[:3], last), rows=(), models=None, replay=None)
    stopped = with_one_shot(
        failing, upgrade=upgrade, current=None, history=None, downgrade=None, reapply=None
    )
    result = judged(stopped, "history")
    assert result.status is Status.PASSED
    assert [check.id for check in result.checks] == ["line", "changes", "messages"]
    assert judged(stopped, "upgrade_head").status is Status.FAILED


def test_judged_although_there_are_two_heads() -> None:
    sound = graph(*CHAIN)
    fork = RevisionGraph(sound.revisions, ("ccc3", "ddd4"), ("aaa1",))
    upgrade = step(StepAction.UPGRADE, "head", state=EMPTY, exit_code=255, stderr="Multiple head revisions")
    forked = with_one_shot(replace(perfect(), graph=fork), upgrade=upgrade)
    result = judged(forked, "history")
    assert failed_checks(result) == ["line"]
    assert found(result, "line") == "2 heads (ccc3, ddd4)"
    assert "alembic merge heads" in hint(result)


def test_revisions_that_were_not_run_one_by_one_are_a_fault_of_ours() -> None:
    assert judged(replace(perfect(), stairway=()), "history").status is Status.ERROR


def test_what_the_output_of_history_lists() -> None:
    output = (
        "INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.\n"
        "ccc3, ddd4 -> eee5 (head) (mergepoint), merge -> both\n"
        "bbb2 (fff6) -> ddd4 (label), a (message)\n"
        "bbb2 -> ccc3, add, with commas\n"
        "aaa1 -> bbb2 (branchpoint), \n"
        "<base> -> aaa1, init\r\n"
        "nothing else\n"
    )
    assert listed_revisions(output) == ("eee5", "ddd4", "ccc3", "bbb2", "aaa1")


def test_the_first_revision_counts_when_it_makes_the_tables() -> None:
    three = judged(perfect((EMPTY, INITIAL, INITIAL, CATEGORIES, SHORTENED)), "history")
    assert three.status is Status.PASSED


def test_a_listing_that_needs_env_py_counts_and_is_noted() -> None:
    listing = replace(
        step(StepAction.HISTORY, stdout=history_output(CHAIN)), command="alembic history --indicate-current"
    )
    result = judged(with_one_shot(perfect(), history=listing), "history")
    assert result.status is Status.PASSED
    assert [item.title for item in result.evidence] == [
        "Note: without `--indicate-current` the command fails. That costs no points"
    ]


COMMENTED = changed(PROFILE, "users.bio", comment="in their own words")
NO_CHANGES = (
    COMMENTED,
    changed(PROFILE, "users", owner="pooled"),
    changed(PROFILE, "users", privileges=("PUBLIC: SELECT",)),
    changed(PROFILE, "users", options=("fillfactor=90",)),
    (*PROFILE, thing("default privileges", "direct.tables", privileges=("PUBLIC: SELECT",))),
)


@pytest.mark.parametrize("state", NO_CHANGES)
def test_comments_owners_privileges_and_storage_are_no_change(state: Objects) -> None:
    result = judged(perfect((EMPTY, INITIAL, PROFILE, state, state)), "history")
    assert failed_checks(result) == ["changes"]
    assert found(result, "changes") == (
        "2; no change seen from ddd4; only comments, owners, privileges or storage settings changed by ccc3"
    )
    assert result.points == 6


def test_a_comment_beside_a_change_takes_nothing_from_it() -> None:
    both = changed(CATEGORIES, "users.bio", comment="in their own words")
    assert judged(perfect((EMPTY, INITIAL, PROFILE, both, both)), "history").status is Status.PASSED


def test_options_of_a_view_are_a_change() -> None:
    view, secure = (
        (*PROFILE, thing("view", "authors", definition="SELECT 1", options=options))
        for options in (None, ("security_barrier=true",))
    )
    result = judged(perfect((EMPTY, INITIAL, PROFILE, view, secure)), "history")
    assert result.status is Status.PASSED


def by_models(observations: Observations, number: int) -> Observations:
    """A revision (from 0) whose file has the models make tables."""
    assert observations.graph is not None
    revisions = list(observations.graph.revisions)
    facts = revisions[number].upgrade
    assert facts is not None
    call = replace(facts, models_call=ModelsCall(21, "db.metadata.create_all"))
    revisions[number] = replace(revisions[number], upgrade=call)
    return replace(observations, graph=replace(observations.graph, revisions=tuple(revisions)))


def test_tables_of_the_models_are_no_change_of_a_revision() -> None:
    one_go = perfect((EMPTY, CATEGORIES, CATEGORIES, CATEGORIES, SHORTENED))
    result = judged(by_models(one_go, 0), "history")
    assert failed_checks(result) == ["changes"]
    assert found(result, "changes").startswith(
        "1; no change seen from bbb2, ccc3; tables made from the models"
    )
    assert "`op.create_table(…)` for each table" in hint(result)
    # Three others are left here.
    assert judged(by_models(perfect(), 0), "history").status is Status.PASSED


def test_a_call_that_makes_no_table_is_none() -> None:
    assert "made from the models" not in found(judged(by_models(perfect(), 1), "history"), "changes")
    few = perfect((EMPTY, INITIAL, PROFILE, PROFILE, PROFILE))
    assert found(judged(by_models(few, 1), "history"), "changes") == "2; no change seen from ccc3, ddd4"


def test_revisions_that_are_still_to_come_are_counted() -> None:
    """Half-way through the exercise nobody has put too much into one revision."""
    half_way = perfect((EMPTY, INITIAL, INITIAL, INITIAL, INITIAL))
    assert hint(judged(half_way, "history")) == (
        "2 more revisions to come: 1 revision of at least 3 changes the schema. Make one for each piece of "
        "work that is left."
    )
    all_in_one = perfect((EMPTY, SHORTENED, SHORTENED, SHORTENED, SHORTENED))
    assert "Do not put all of it into one revision" in hint(judged(all_in_one, "history"))
