"""Observations by hand: a submission that gets everything right, and the pieces to spoil it with."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from grader.assignment.model import Assignment, CriterionSettings, Group
from grader.judging.kinds import KINDS
from grader.observations.history import RevisionHistory
from grader.observations.model import (
    AtomicPass,
    BrokenOff,
    Environment,
    Layout,
    ModelsPass,
    Observations,
    OfflinePass,
    OneShotPass,
    OutsidePass,
    ReplayPass,
    RowsStep,
    StairwayStep,
    StepRecord,
    SubmissionFacts,
)
from grader.observations.revisions import Explanation, FunctionFacts, GraphProblem, Revision, RevisionGraph
from grader.observations.schema import PropertyValue, SchemaKind, SchemaObject, SchemaSnapshot
from grader.observations.steps import Limit, Pass, StepAction

CHAIN = ("aaa1", "bbb2", "ccc3", "ddd4")
VARCHAR_80 = "character varying(80)"
VARCHAR_50 = "character varying(50)"
VARCHAR_255 = "character varying(255)"

Objects = tuple[SchemaObject, ...]


def thing(kind: str, name: str, **properties: PropertyValue) -> SchemaObject:
    """Any object of a snapshot."""
    return SchemaObject(SchemaKind(kind), name, dict(properties))


def column(table: str, name: str, type_: str, *, nullable: bool = True) -> SchemaObject:
    return thing("column", f"{table}.{name}", table=table, type=type_, nullable=nullable, default=None)


def table(name: str, relation: str = "table", **properties: PropertyValue) -> SchemaObject:
    return thing("table", name, relation=relation, schema="public", owner="direct", **properties)


def constraint(
    table_name: str, name: str, type_: str, *columns: str, **properties: PropertyValue
) -> SchemaObject:
    own: dict[str, PropertyValue] = {
        "table": table_name,
        "type": type_,
        "columns": columns,
        "valid": True,
        "enforced": True,
        "deferrable": False,
        "initially_deferred": False,
    }
    return SchemaObject(SchemaKind.CONSTRAINT, f"{table_name}.{name}", {**own, **properties})


def unique(table_name: str, *columns: str) -> SchemaObject:
    return constraint(table_name, f"uq_{'_'.join(columns)}", "unique", *columns, nulls_not_distinct=False)


def unique_index(table_name: str, *keys: str, **properties: PropertyValue) -> SchemaObject:
    own: dict[str, PropertyValue] = {
        "table": table_name,
        "method": "btree",
        "unique": True,
        "keys": keys,
        "predicate": None,
        "expression": False,
        "valid": True,
        "nulls_not_distinct": False,
    }
    return SchemaObject(SchemaKind.INDEX, f"{table_name}.ix_{'_'.join(keys)}", {**own, **properties})


def primary_key(table_name: str, *columns: str) -> SchemaObject:
    return constraint(table_name, f"{table_name}_pkey", "primary key", *columns)


def foreign_key(table_name: str, name: str, target: str, **properties: PropertyValue) -> SchemaObject:
    return constraint(
        table_name,
        f"fk_{name}",
        "foreign key",
        name,
        **{
            "target_table": target,
            "target_columns": ("id",),
            "match": "simple",
            "on_update": "no action",
            "on_delete": "no action",
            **properties,
        },
    )


EMPTY: Objects = (thing("schema", "public", owner="pg_database_owner"),)
INITIAL: Objects = (
    *EMPTY,
    table("users"),
    column("users", "id", "integer", nullable=False),
    column("users", "username", VARCHAR_80, nullable=False),
    primary_key("users", "id"),
    unique("users", "username"),
    table("posts"),
    column("posts", "id", "integer", nullable=False),
    primary_key("posts", "id"),
)
PROFILE: Objects = (*INITIAL, column("users", "bio", "text"), column("users", "avatar_url", VARCHAR_255))
CATEGORIES: Objects = (
    *PROFILE,
    table("categories"),
    column("categories", "id", "integer", nullable=False),
    column("categories", "name", VARCHAR_50, nullable=False),
    primary_key("categories", "id"),
    unique("categories", "name"),
    column("posts", "category_id", "integer"),
    foreign_key("posts", "category_id", "categories"),
)


def without(objects: Objects, *names: str) -> Objects:
    """The objects but those of these names and, for a table, what belongs to it."""
    return tuple(o for o in objects if o.name not in names and o.properties.get("table") not in names)


def changed(objects: Objects, name: str, **properties: PropertyValue) -> Objects:
    """The objects, one of them with other properties."""
    return tuple(
        SchemaObject(o.kind, o.name, {**o.properties, **properties}) if o.name == name else o for o in objects
    )


SHORTENED: Objects = changed(CATEGORIES, "users.username", type=VARCHAR_50)
STATES = (EMPTY, INITIAL, PROFILE, CATEGORIES, SHORTENED)
"""The schema at base and after each revision of `CHAIN`."""


def snapshot(objects: Objects) -> SchemaSnapshot:
    return SchemaSnapshot(tuple(sorted(objects, key=lambda o: (o.kind, o.name))))


def step(
    action: StepAction,
    target: str | None = None,
    *,
    trial_pass: Pass = Pass.ONE_SHOT,
    versions: tuple[str, ...] | None = None,
    state: Objects | None = None,
    exit_code: int | None = 0,
    stdout: str = "",
    stderr: str = "",
    limit: Limit | None = None,
) -> StepRecord:
    """A step; its schema has to be in the snapshots of the observations (see `with_snapshots`)."""
    words = ["alembic", "upgrade" if action is StepAction.REAPPLY else action.value, *filter(None, [target])]
    command = " ".join(words)
    if trial_pass is Pass.REPLAY:
        command = f"upgrade {target}, without your env.py"
    elif action is StepAction.CREATE_TABLES:
        command, trial_pass = "create the tables of your models", Pass.MODELS
    digest = snapshot(state).digest if state is not None else None
    return StepRecord(
        *(command, trial_pass, action, exit_code, stdout, stderr, 0.1),
        target=target,
        limit=limit,
        versions=versions,
        snapshot=digest,
    )


def replayed_to(target: str, **parts: Any) -> StepRecord:
    """A step of the replay."""
    return step(StepAction.UPGRADE, target, trial_pass=Pass.REPLAY, **parts)


def in_stairway(revision: str, **steps: StepRecord | None) -> dict[str, Any]:
    """The steps `up`, `down` and `again` of the stairway, told as such."""
    return {
        name: step and replace(step, trial_pass=Pass.STAIRWAY, revision=revision, action=_STAIRWAY[name])
        for name, step in steps.items()
    }


_STAIRWAY = {"up": StepAction.UPGRADE, "down": StepAction.DOWNGRADE, "again": StepAction.REAPPLY}


def revision(name: str, parents: tuple[str, ...], message: str = "do something") -> Revision:
    path = f"alembic/versions/{name}.py"
    done = FunctionFacts(20, empty=False, operations=("op.add_column",))
    undone = replace(done, line=30)
    nothing_own = Explanation(())
    return Revision(name, parents, message, path, 8, upgrade=done, downgrade=undone, explanation=nothing_own)


def graph(*chain: str, problems: tuple[GraphProblem, ...] = ()) -> RevisionGraph:
    """One line of revisions."""
    parents = [(), *((name,) for name in chain)]
    revisions = tuple(revision(name, above) for name, above in zip(chain, parents, strict=False))
    return RevisionGraph(revisions, chain[-1:], chain[:1], problems)


def history_output(chain: tuple[str, ...]) -> str:
    """What `alembic history` prints."""
    parents = ("<base>", *chain)
    lines = [
        f"{below} -> {name}{' (head)' if name == chain[-1] else ''}, do something"
        for below, name in zip(parents, chain, strict=False)
    ]
    return "\n".join(reversed(lines)) + "\n"


def at(number: int) -> tuple[str, ...]:
    """What the version table holds after that many revisions of `CHAIN`."""
    return CHAIN[number - 1 : number] if number else ()


def below(number: int) -> str:
    """What to downgrade to for undoing a revision of `CHAIN` (from 1)."""
    return CHAIN[number - 2] if number > 1 else "base"


def stair(number: int, states: tuple[Objects, ...] = STATES) -> StairwayStep:
    """The stairway's step of a revision of `CHAIN` (from 1), all right."""
    name = CHAIN[number - 1]
    up = step(StepAction.UPGRADE, name, versions=at(number), state=states[number])
    down = step(StepAction.DOWNGRADE, below(number), versions=at(number - 1), state=states[number - 1])
    before = snapshot(states[number - 1]).digest
    return StairwayStep(name, before, **in_stairway(name, up=up, down=down, again=up))


def rows_steps(states: tuple[Objects, ...] = STATES) -> tuple[RowsStep, ...]:
    """Up and down over tables with rows, all right."""
    up = [
        RowsStep(
            CHAIN[number - 1],
            "up",
            replace(
                step(StepAction.UPGRADE, CHAIN[number - 1], versions=at(number), state=states[number]),
                trial_pass=Pass.ROWS,
                revision=CHAIN[number - 1],
            ),
            rows_before={"users": 3 * (number - 1)} if number > 1 else {},
            seeded={"users": 3, "posts": 3},
        )
        for number in range(1, len(states))
    ]
    down = [
        RowsStep(
            CHAIN[number - 1],
            "down",
            replace(
                step(StepAction.DOWNGRADE, below(number), versions=at(number - 1), state=states[number - 1]),
                trial_pass=Pass.ROWS,
                revision=CHAIN[number - 1],
            ),
            rows_before={"users": 12},
        )
        for number in range(len(states) - 1, 0, -1)
    ]
    return (*up, *down)


ENVIRONMENT = Environment("17.5", "embedded", "none", "0.1.0", "1.20.0", "2.1.0", "3.11.2")
LAYOUT = Layout("alembic", ".", "alembic.ini", "alembic", ("alembic/versions",))
FACTS = SubmissionFacts("ada", "ada/", "f00d", LAYOUT, history=RevisionHistory(revisions=4))


def with_snapshots(observations: Observations, *more: Objects) -> Observations:
    """The same observations, able to look up these schemas as well."""
    known = {item.digest: item for item in map(snapshot, more)}
    return replace(observations, snapshots={**observations.snapshots, **known})


def with_stair(observations: Observations, number: int, *more: Objects, **parts: Any) -> Observations:
    """The same observations with other parts in the stairway's step of a revision (from 1)."""
    stairs = list(observations.stairway)
    old = stairs[number - 1]
    before = {"before": parts.pop("before")} if "before" in parts else {}
    stairs[number - 1] = replace(old, **before, **in_stairway(old.revision, **parts))
    return with_snapshots(replace(observations, stairway=tuple(stairs)), *more)


def one_shot(observations: Observations) -> OneShotPass:
    """The plain run, which these observations have."""
    assert observations.one_shot is not None
    return observations.one_shot


def with_one_shot(observations: Observations, **steps: Any) -> Observations:
    """The same observations with other steps in the plain run."""
    if steps.get("reapply") is not None:
        steps["reapply"] = replace(steps["reapply"], action=StepAction.REAPPLY)
    return replace(observations, one_shot=replace(one_shot(observations), **steps))


def broken_off(
    number: int = 4, *, reached: int = 0, state: Objects | None = None, fired: bool = True
) -> BrokenOff:
    """An upgrade to a revision of `CHAIN` that was broken off, and how far the database is afterwards."""
    name, there = CHAIN[number - 1], STATES[reached] if state is None else state
    record = step(
        *(StepAction.UPGRADE, name),
        trial_pass=Pass.ATOMIC,
        versions=at(reached),
        state=there,
        exit_code=1,
    )
    return BrokenOff(name, replace(record, revision=name), broken_off=fired)


def atomic_pass(*attempts: BrokenOff) -> AtomicPass:
    """These attempts, or the one of a run in a single transaction."""
    return AtomicPass(snapshot(EMPTY).digest, attempts or (broken_off(),))


def offline_pass(head: Objects, base: Objects = EMPTY, **steps: Any) -> OfflinePass:
    """The commands with `--sql`, all right; the SQL makes these schemas."""
    written = partial(step, StepAction.WRITE_SQL, trial_pass=Pass.OFFLINE)
    run = partial(step, StepAction.RUN_SQL, trial_pass=Pass.OFFLINE)
    up = replace(written("head"), command="alembic upgrade head --sql")
    down = replace(written("head:base"), command="alembic downgrade head:base --sql")
    done = OfflinePass(
        up,
        replace(run(versions=at(4), state=head), command=f"the SQL of `{up.command}`"),
        down,
        replace(run(versions=(), state=base), command=f"the SQL of `{down.command}`"),
        snapshot(EMPTY).digest,
    )
    return replace(done, **steps)


def perfect(states: tuple[Objects, ...] = STATES) -> Observations:
    """A submission in which everything is right, the optional step too; or the same over other schemas."""
    parent, head = states[3], states[4]
    upgrade = step(StepAction.UPGRADE, "head", versions=at(4), state=head)
    run = OneShotPass(
        upgrade=upgrade,
        current=step(StepAction.CURRENT, versions=at(4), stdout="ddd4 (head)\n"),
        history=step(StepAction.HISTORY, versions=at(4), stdout=history_output(CHAIN)),
        downgrade=step(StepAction.DOWNGRADE, "-1", versions=at(3), state=parent),
        reapply=replace(upgrade, action=StepAction.REAPPLY),
        owners={"users": "direct", "posts": "direct", "categories": "direct"},
    )
    observations = Observations(
        submission=FACTS,
        graph=graph(*CHAIN),
        environment=ENVIRONMENT,
        reference=snapshot(CATEGORIES),
        seconds=1.25,
        one_shot=run,
        stairway=tuple(stair(number, states) for number in range(1, 5)),
        rows=rows_steps(states),
        models=ModelsPass(step(StepAction.CREATE_TABLES, state=head), tables=3),
        replay=ReplayPass(replayed_to("head", versions=at(4), state=head)),
        atomic=atomic_pass(),
        offline=offline_pass(head, states[0]),
    )
    return with_snapshots(observations, *states)


def with_head(
    observations: Observations, objects: Objects, *, replayed: Objects | None = None
) -> Observations:
    """The same run with another schema at head, in the replay too unless that is told apart."""
    upgrade = step(StepAction.UPGRADE, "head", versions=at(4), state=objects)
    alone = objects if replayed is None else replayed
    replay = ReplayPass(replayed_to("head", versions=at(4), state=alone))
    if replayed is not None and replayed != objects:
        below = [(CHAIN[n], replayed_to(CHAIN[n], versions=at(n + 1), state=STATES[n + 1])) for n in range(3)]
        last = (CHAIN[3], replayed_to(CHAIN[3], versions=at(4), state=alone))
        replay = replace(replay, steps=(*below, last))
    spoilt = replace(
        with_one_shot(observations, upgrade=upgrade), replay=replay, offline=offline_pass(objects)
    )
    return with_snapshots(spoilt, objects, alone)


def taken_apart(
    observations: Observations, *, emptied: Objects = EMPTY, bodies: Objects | None = None
) -> Observations:
    """The same run, and what it makes with empty revisions, and up to the end of them (None: it fails)."""
    run = partial(step, StepAction.UPGRADE, "head", trial_pass=Pass.OUTSIDE)
    arrived = run(versions=at(4), state=bodies) if bodies is not None else run(state=EMPTY)
    outside = OutsidePass(snapshot(EMPTY).digest, arrived, run(versions=at(4), state=emptied))
    return with_snapshots(replace(observations, outside=outside), EMPTY, emptied, bodies or EMPTY)


def untouched() -> Observations:
    """The template without any Alembic set-up."""
    return Observations(
        submission=replace(FACTS, layout=None),
        graph=None,
        environment=ENVIRONMENT,
        reference=snapshot(CATEGORIES),
    )


def exits_at_once() -> Observations:
    """A sound chain under an env.py that leaves the process with exit code 0 before anything happens."""
    upgrade = step(StepAction.UPGRADE, "head", state=EMPTY)
    down = step(StepAction.DOWNGRADE, "-1", state=EMPTY)
    replay = ReplayPass(replayed_to("head", versions=at(4), state=SHORTENED))
    run = OneShotPass(
        upgrade=upgrade,
        current=step(StepAction.CURRENT),
        history=step(StepAction.HISTORY),
        downgrade=down,
        reapply=replace(upgrade, action=StepAction.REAPPLY),
    )
    stairs = tuple(
        StairwayStep(name, snapshot(EMPTY).digest, **in_stairway(name, up=upgrade, down=down, again=upgrade))
        for name in CHAIN
    )
    return replace(perfect(), one_shot=run, stairway=stairs, rows=(), replay=replay)


def criterion(
    criterion_id: str, kind: str, group: Group = Group.PRACTICE, points: float = 0.0, **settings: Any
) -> CriterionSettings:
    """A criterion of a kind, as a file's table with these settings gives it; what it requires is left out."""
    item = KINDS[kind]
    table_of_file = {"kind": kind, "group": group, "points": points, **settings}
    read = msgspec.convert(table_of_file, item.settings)
    title, text = item.title_of(read), item.text_of(read)
    return CriterionSettings(criterion_id, kind, title, text, group, points, read)


def assignment(**points: float) -> Assignment:
    """The exercise's rubric; keywords change the points of a criterion."""
    required = Group.REQUIRED
    criteria = (
        criterion("upgrade_head", "upgrade", required, 20.0),
        criterion("user_columns", "schema", required, 10.0, columns=USER_COLUMNS),
        criterion("category_table", "schema", required, 15.0, **CATEGORY_TABLE),
        criterion("current_revision", "current", required, 10.0),
        criterion("history", "history", required, 10.0, minimum_revisions=3),
        criterion("downgrade", "downgrade", required, 15.0),
        criterion("models_match", "models", required, 20.0),
        criterion("username_length", "column_change", Group.BONUS, 5.0, **USERNAME_LENGTH),
        criterion("configuration", "configuration"),
        criterion("reapply", "reapply"),
        criterion("reversible_chain", "stairway"),
        criterion("data_survival", "rows"),
        criterion("unedited", "unedited"),
        criterion("explained", "explained"),
    )
    needing = [item for item in criteria if KINDS[item.kind].requires]
    return Assignment(
        id="exercise_4_migrations",
        title="Exercise 4",
        sha256="abc",
        criteria=tuple(
            replace(
                item,
                points=points.get(item.id, item.points),
                requires=("upgrade_head",) if item in needing else (),
            )
            for item in criteria
        ),
        reference_sql="",
        accepted_types=frozenset({("users.username", VARCHAR_80), ("users.username", VARCHAR_50)}),
    )


def evolving(rubric: Assignment) -> Assignment:
    """A rubric whose criteria of the kind `schema` ask that the schema grew."""
    return replace(
        rubric,
        criteria=tuple(
            replace(item, settings=msgspec.structs.replace(item.settings, evolves=True))
            if item.kind == "schema"
            else item
            for item in rubric.criteria
        ),
    )


USER_COLUMNS = {
    "users.bio": {"type": "text", "nullable": True},
    "users.avatar_url": {"type": VARCHAR_255, "nullable": True},
}
CATEGORY_TABLE = {
    "tables": ["categories"],
    "columns": {
        "categories.name": {"type": VARCHAR_50, "nullable": False},
        "posts.category_id": {"type": "integer", "nullable": True},
    },
    "primary_keys": ["categories(id)"],
    "unique": ["categories(name)"],
    "foreign_keys": ["posts(category_id) -> categories(id)"],
}
USERNAME_LENGTH = {
    "column": "users.username",
    "from": {"type": VARCHAR_80},
    "to": {"type": VARCHAR_50, "nullable": False},
}
