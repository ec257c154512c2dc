"""One example for each diagnosis that no provoked output stands for: error texts, and whole observations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from grader.observations.files import FindingKind
from grader.observations.model import (
    Finding,
    ModelsPass,
    Observations,
    OneShotPass,
    ReplayPass,
    RowLoss,
    RowsStep,
    StepRecord,
)
from grader.observations.revisions import FunctionFacts, GraphProblem, ModelsCall, ProblemKind, Revision
from grader.observations.steps import Pass, StepAction
from tests.unit.observation_builders import (
    CHAIN,
    EMPTY,
    INITIAL,
    PROFILE,
    SHORTENED,
    STATES,
    Objects,
    at,
    atomic_pass,
    broken_off,
    changed,
    exits_at_once,
    offline_pass,
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
    without,
)

ERROR_TEXTS = (
    ("Can't load plugin: sqlalchemy.dialects:postgressql", "unknown_dialect"),
    ('FATAL:  too many connections for role "x"', "too_many_connections"),
    ("could not extend file: No space left on device", "space_exhausted"),
    ("temporary file size exceeds temp_file_limit (1024kB)", "space_exhausted"),
    ('temporary file size exceeds "temp_file_limit" (1024kB)', "space_exhausted"),
    ("deadlock detected", "lock_timeout"),
    ("server closed the connection unexpectedly", "connection_lost"),
    ("connection to server failed: SSL error: certificate verify failed", "ssl_setting"),
    ("No such revision or branch 'abc1'", "revision_not_found"),
    ("Revision abc is not an ancestor of revision def", "not_an_ancestor"),
    ("OSError: [Errno 30] Read-only file system: 'app.log'", "file_not_writable"),
    ("No config file 'alembic.ini' found, or file has no '[alembic]' section", "script_location_missing"),
    ("sqlalchemy.exc.InvalidRequestError: Object is already attached", "mapping_error"),
    ("ModuleNotFoundError: No module named 'dotenv'", "package_missing"),
    ("KeyError: 'migrate'", "flask_migrate_not_initialised"),
    ("cannot import name 'Flask' from partially initialized module 'flask' (flask.py)", "shadowed_package"),
)
"""Texts that take a full disk, a crowded server or other versions of the libraries to provoke."""


def with_revision(observations: Observations, number: int, **parts: object) -> Observations:
    """The same observations with another revision (from 1) in the graph."""
    assert observations.graph is not None
    revisions: list[Revision] = list(observations.graph.revisions)
    revisions[number - 1] = replace(revisions[number - 1], **parts)  # type: ignore[arg-type]
    return replace(observations, graph=replace(observations.graph, revisions=tuple(revisions)))


def doing(*operations: str, empty: bool = False, raises: str | None = None, line: int = 20) -> FunctionFacts:
    return FunctionFacts(line, empty=empty, raises=raises, operations=operations)


def upgrade_that(upgrade: StepRecord) -> Observations:
    """Only the first command ran, and this came of it."""
    return with_snapshots(replace(perfect(), one_shot=OneShotPass(upgrade), stairway=(), rows=()), EMPTY)


def losing(number: int, *losses: RowLoss, operations: tuple[str, ...] = ()) -> Observations:
    """An upgrade that loses rows."""
    run = step(StepAction.UPGRADE, CHAIN[number - 1], versions=at(number), state=STATES[number])
    observations = with_revision(perfect(), number, upgrade=doing(*operations))
    return replace(observations, rows=(RowsStep(CHAIN[number - 1], "up", run, {"users": 3}, losses),))


def coming_back_with(number: int, *more: object) -> Observations:
    """A downgrade that ends with more in the database than was there before."""
    left = (*STATES[number - 1], *more)
    down = step(StepAction.DOWNGRADE, "-1", versions=at(number - 1), state=left)  # type: ignore[arg-type]
    return with_stair(perfect(), number, left, down=down)  # type: ignore[arg-type]


RUNS_FIRST = "INFO  [alembic.runtime.migration] Running upgrade  -> aaa1, do something"
RAN = f"{RUNS_FIRST}\nINFO  [alembic.runtime.migration] Running upgrade ccc3 -> ddd4, do the last thing"
ENUM = thing("type", "order_status", type="enum", labels=("new", "paid"))
OTHER_TYPE = changed(STATES[3], "users.username", type="text")


def forked() -> Observations:
    """A second revision that stands beside the first one's, and makes the same column."""
    observations = with_revision(perfect(), 3, parents=("aaa1",))
    assert observations.graph is not None
    output = (
        "INFO  [alembic.runtime.migration] Running upgrade aaa1 -> ccc3, do something\n"
        "Traceback (most recent call last):\n"
        '  File "alembic/env.py", line 12, in <module>\n    run_migrations_online()\n'
        'psycopg.errors.DuplicateColumn: column "bio" of relation "users" already exists\n'
    )
    fails = step(StepAction.UPGRADE, "ccc3", exit_code=1, state=STATES[2], stderr=output)
    graph = replace(observations.graph, heads=("bbb2", "ddd4"))
    return with_stair(replace(observations, graph=graph), 3, up=fails, down=None, again=None)


def made_again(*tables: str, gone: int = 12) -> Observations:
    """The head's downgrade makes tables again; so many of the 12 rows of users are not there afterwards."""
    observations = with_one_shot(perfect(), made_again=tables)
    losses = (RowLoss("users", None, "(1, ada)", None),) * gone
    rows = [
        replace(item, losses=losses) if (item.revision, item.direction) == ("ddd4", "down") else item
        for item in observations.rows
    ]
    return replace(observations, rows=tuple(rows))


def left_by(state: Objects, **facts: int) -> Observations:
    """The first revision leaves this when the upgrade to head is broken off; its file says so."""
    observations = with_revision(perfect(), 1, upgrade=replace(doing(), **facts))  # type: ignore[arg-type]
    return replace(observations, atomic=atomic_pass(broken_off(state=state)))


def written_as_sql(**steps: Any) -> Observations:
    """Other steps with `--sql`, or with what it wrote."""
    return replace(perfect(), offline=offline_pass(SHORTENED, **steps))


EFFECTS: dict[str, Observations] = {
    "branches_repeat": forked(),
    "claim_without_effect": exits_at_once(),
    "migrations_not_committed": upgrade_that(step(StepAction.UPGRADE, "head", state=EMPTY, stderr=RAN)),
    "not_postgresql": upgrade_that(
        step(StepAction.UPGRADE, "head", state=EMPTY, stderr="INFO  [x] Context impl SQLiteImpl.\n" + RAN)
    ),
    "stopped_before_head": with_one_shot(
        perfect(), upgrade=step(StepAction.UPGRADE, "head", versions=at(2), state=PROFILE)
    ),
    "stamped_version": with_head(perfect(), without(SHORTENED, "categories"), replayed=SHORTENED),
    "schema_outside_migrations": with_head(perfect(), (*SHORTENED, table("extra")), replayed=SHORTENED),
    "pooled_connection": with_one_shot(perfect(), owners={"users": "pooled", "posts": "pooled"}),
    "metadata_none": replace(perfect(), models=ModelsPass(step(StepAction.CREATE_TABLES))),
    "metadata_empty": replace(perfect(), models=ModelsPass(step(StepAction.CREATE_TABLES), 0)),
    "left_behind": coming_back_with(3, ENUM),
    "downgrade_incomplete": with_stair(
        perfect(), 4, OTHER_TYPE, down=step(StepAction.DOWNGRADE, "-1", versions=at(3), state=OTHER_TYPE)
    ),
    "downgrade_recreates": made_again("users", "posts"),
    "table_recreated": losing(
        2, RowLoss("users", None, "3 rows", None), operations=("op.drop_table", "op.create_table")
    ),
    "column_recreated": losing(
        2, RowLoss("users", "bio", "'a'", None), operations=("op.drop_column", "op.add_column")
    ),
    "autocommit_needless": left_by(state=INITIAL, autocommit_at=21, needless_autocommit_at=22),
    "commit_in_revision": left_by(state=INITIAL, ends_at=22),
    "engine_in_revision": left_by(state=INITIAL, connects_at=21),
    "autocommit_everywhere": replace(perfect(), atomic=atomic_pass(broken_off(reached=4))),
    "offline_no_sql": written_as_sql(
        upgrade_run=step(StepAction.RUN_SQL, trial_pass=Pass.OFFLINE, state=EMPTY)
    ),
    "offline_percent": with_snapshots(
        replace(
            with_head(perfect(), (*SHORTENED, table("pages", comment="100 %"))),
            offline=offline_pass((*SHORTENED, table("pages", comment="100 %%"))),
        ),
        (*SHORTENED, table("pages", comment="100 %%")),
    ),
    "offline_prints": written_as_sql(
        upgrade=replace(offline_pass(SHORTENED).upgrade, stdout="-- a comment\nLoading the app\n")
    ),
    "rows_lost": losing(2, RowLoss("users", "username", "'a'", "'b'"), operations=("op.execute",)),
}
"""What the first diagnosis of the runs must be, and observations that show it."""


def with_finding(kind: str) -> Observations:
    finding = Finding(FindingKind(kind), "somewhere.txt: it is so. Make it otherwise.", "somewhere.txt", 3)
    return replace(perfect(), submission=replace(perfect().submission, findings=(finding,)))


def with_problem(kind: str) -> Observations:
    observations = perfect()
    assert observations.graph is not None
    problem = GraphProblem(ProblemKind(kind), "v/x.py: it is so. Make it otherwise.", "v/x.py", 4, "bbb2")
    return replace(observations, graph=replace(observations.graph, problems=(problem,)))


FINDINGS = {
    "no_alembic": "no_alembic",
    "missing_alembic_ini": "script_location_missing",
    "missing_script_folder": "script_folder_missing",
    "missing_version_folder": "version_folder_missing",
    "broken_config": "ini_broken",
    "config_encoding": "file_not_utf8",
    "merge_conflict": "merge_conflict",
    "hard_coded_url": "hard_coded_url",
    "committed_env": "committed_env",
    "shadowing_file": "shadowed_package",
    "several_alembic_ini": "several_configurations",
    "suspicious_file": "suspicious_file",
}
"""Kinds of findings and their diagnoses."""

PROBLEMS = {
    "merge_conflict": "merge_conflict",
    "syntax_error": "syntax_error",
    "no_revision_id": "revision_id_missing",
    "unreadable_revision": "revision_unreadable",
    "duplicate_id": "duplicate_revision",
    "missing_parent": "missing_parent",
    "cycle": "revision_cycle",
    "several_heads": "several_heads",
    "no_revisions": "no_revisions",
    "long_id": "long_revision_id",
    "no_upgrade": "revision_part_missing",
    "several_bases": "several_bases",
    "no_downgrade": "revision_part_missing",
    "no_message": "no_message",
}
"""Kinds of problems of the revision graph and their diagnoses."""

FUNCTIONS: dict[str, Observations] = {
    "empty_revision": with_revision(perfect(), 2, upgrade=doing(empty=True), downgrade=doing(empty=True)),
    "empty_downgrade": with_revision(perfect(), 2, downgrade=doing(empty=True, line=30)),
    "not_implemented": with_revision(perfect(), 2, downgrade=doing(raises="NotImplementedError", line=30)),
    "create_all_in_revision": with_revision(
        perfect(), 2, upgrade=replace(doing(), models_call=ModelsCall(20, "db.create_all"))
    ),
}
"""What the functions of a revision file give away."""

REPLAY_FAILS = taken_apart(
    replace(
        perfect(),
        replay=ReplayPass(
            replayed_to("head", exit_code=1, state=EMPTY, stderr='relation "categories" does not exist')
        ),
    ),
    emptied=(*EMPTY, table("categories")),
)
"""Revisions that only work over tables that something else makes."""
