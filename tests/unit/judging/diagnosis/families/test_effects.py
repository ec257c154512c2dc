"""What the runs show although no command complained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.judging.diagnosis import Diagnosis, diagnose_effects, diagnose_step
from grader.observations.model import Observations, ReplayPass
from grader.observations.steps import StepAction
from tests.unit.judging.diagnosis.examples import (
    EFFECTS,
    ENUM,
    REPLAY_FAILS,
    RUNS_FIRST,
    coming_back_with,
    doing,
    upgrade_that,
    with_revision,
)
from tests.unit.observation_builders import (
    EMPTY,
    SHORTENED,
    at,
    exits_at_once,
    one_shot,
    perfect,
    replayed_to,
    step,
    table,
    taken_apart,
    thing,
    with_head,
    with_one_shot,
    with_snapshots,
    with_stair,
)

WORDS = {
    "branches_repeat": ("bbb2", "ccc3", "the column users.bio", "does not help", "stamp --purge ccc3"),
    "claim_without_effect": ("exit code 0", "alembic/env.py", 'if __name__ == "__main__"'),
    "migrations_not_committed": ("never committed", "context.begin_transaction()"),
    "not_postgresql": ("SQLite", 'os.environ["DIRECT_URL"]'),
    "stopped_before_head": ("bbb2", "the head is ddd4"),
    "stamped_version": ("categories", "stamp"),
    "schema_outside_migrations": ("extra", "create_all()"),
    "pooled_connection": ("posts, users", 'os.environ["DIRECT_URL"]'),
    "metadata_none": ("target_metadata = db.Model.metadata",),
    "metadata_empty": ("Import the module that defines the models",),
    "left_behind": ("the type order_status", 'sa.Enum(name="order_status").drop(op.get_bind())'),
    "downgrade_incomplete": ("users.username", "was character varying(80) and is text"),
    "downgrade_recreates": ("users", "ddd4", "Undo in downgrade() what upgrade() of this revision does"),
    "table_recreated": ("users", "op.alter_column"),
    "column_recreated": ("users.bio", 'new_column_name="new"'),
    "rows_lost": ("users.username",),
    "autocommit_needless": ("alembic/versions/aaa1.py, line 22", "Move"),
    "commit_in_revision": ("alembic/versions/aaa1.py, line 22", "autocommit_block()"),
    "engine_in_revision": ("alembic/versions/aaa1.py, line 21", "`op.get_bind()`"),
    "autocommit_everywhere": ("alembic/env.py", "AUTOCOMMIT"),
    "offline_no_sql": ("alembic/env.py", "context.configure(url="),
    "offline_percent": ("alembic/env.py", '`dialect_opts={"paramstyle": "named"}`'),
    "offline_prints": ("`Loading the app`", "sys.stderr"),
}


def first(observations: Observations) -> Diagnosis:
    found = diagnose_effects(observations)
    assert found
    return found[0]


@pytest.mark.parametrize("expected", EFFECTS)
def test_names_cause_and_fix(expected: str) -> None:
    found = first(EFFECTS[expected])

    assert found.id == expected
    for words in WORDS[expected]:
        assert words in found.text


def test_nothing_is_said_of_a_submission_that_gets_everything_right() -> None:
    assert diagnose_effects(perfect()) == ()
    for taken in (one_shot(perfect()).upgrade, one_shot(perfect()).downgrade, one_shot(perfect()).current):
        assert taken is not None
        assert diagnose_step(taken, perfect()) is None


def test_an_upgrade_that_did_nothing_is_a_failed_step() -> None:
    found = diagnose_step(one_shot(exits_at_once()).upgrade, exits_at_once())
    assert found is not None
    assert (found.id, found.path) == ("claim_without_effect", "alembic/env.py")


def test_an_upgrade_that_leaves_in_the_middle_is_told_from_one_that_is_rolled_back() -> None:
    upgrade = step(StepAction.UPGRADE, "head", state=EMPTY, stderr=RUNS_FIRST)
    found = diagnose_step(upgrade, upgrade_that(upgrade))
    assert found is not None
    assert (found.id, found.revision) == ("stopped_before_head", "aaa1")
    assert "sys.exit()" in found.fix


def test_a_downgrade_that_did_nothing_is_a_failed_step() -> None:
    down = step(StepAction.DOWNGRADE, "-1", versions=at(4), state=EMPTY)
    found = diagnose_step(down, with_one_shot(perfect(), downgrade=down))
    assert found is not None
    assert found.id == "claim_without_effect"
    assert "still at the revision" in found.cause


def test_commands_after_which_nobody_looked_claim_nothing() -> None:
    assert diagnose_step(step(StepAction.CURRENT), perfect()) is None
    assert diagnose_step(step(StepAction.UPGRADE, "head"), perfect()) is None


def test_an_empty_chain_has_nothing_to_upgrade() -> None:
    observations = perfect()
    assert observations.graph is not None
    bare = replace(observations, graph=replace(observations.graph, revisions=(), heads=(), bases=()))
    assert diagnose_step(step(StepAction.UPGRADE, "head", state=EMPTY), bare) is None


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        ("sequence", "DROP SEQUENCE left"),
        ("function", "DROP FUNCTION left"),
        ("view", "DROP VIEW left"),
    ],
)
def test_names_how_to_drop_what_is_left_behind(kind: str, fix: str) -> None:
    found = first(coming_back_with(3, thing(kind, "left")))
    assert (found.id, found.revision, found.line) == ("left_behind", "ccc3", 30)
    assert fix in found.fix


def test_a_table_that_is_still_there_is_no_leftover_but_a_downgrade_that_is_not_finished() -> None:
    found = first(coming_back_with(3, table("categories")))
    assert found.id == "downgrade_incomplete"
    assert "table categories is still there" in found.cause


def test_an_empty_downgrade_is_left_to_the_diagnosis_of_the_files() -> None:
    observations = with_revision(coming_back_with(3, ENUM), 3, downgrade=doing(empty=True))
    assert diagnose_effects(observations) == ()


def test_a_downgrade_that_failed_is_left_to_its_error() -> None:
    down = step(StepAction.DOWNGRADE, "-1", versions=at(3), state=EMPTY, exit_code=1)
    assert diagnose_effects(with_stair(perfect(), 4, EMPTY, down=down)) == ()


def test_revisions_that_need_tables_from_elsewhere() -> None:
    found = first(REPLAY_FAILS)
    assert found.id == "schema_outside_migrations"
    assert "categories" in found.cause


def test_a_replay_that_fails_for_another_reason_says_nothing() -> None:
    broken = replayed_to("head", exit_code=1, state=EMPTY, stderr="ModuleNotFoundError: No module named 'x'")
    observations = with_snapshots(replace(perfect(), replay=ReplayPass(broken)), EMPTY)
    assert diagnose_effects(taken_apart(observations, bodies=SHORTENED)) == ()


def test_many_names_are_cut() -> None:
    tables = tuple(table(f"t{number}") for number in range(9))
    found = first(with_head(perfect(), (*EMPTY, *tables), replayed=EMPTY))
    assert "t0, t1, t2, t3 and 5 more" in found.cause


def test_only_the_first_command_is_judged_when_nothing_ran() -> None:
    assert len(diagnose_effects(upgrade_that(step(StepAction.UPGRADE, "head", state=EMPTY)))) == 1
