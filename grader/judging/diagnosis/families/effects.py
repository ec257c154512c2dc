"""What the runs together show although no command complained.

Commands without an effect, downgrades that restore another schema, tables that no revision makes, lost rows.
Goes by the database and the files; what a command printed only helps to name the cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from grader.judging import evidence
from grader.judging.diagnosis import create_all, url_source
from grader.judging.diagnosis.clue import Clue, Location, described, shortened
from grader.judging.diagnosis.interface import DATABASE, Advice, Diagnosis, DiagnosisKind, Family, diagnosis
from grader.judging.diagnosis.traceback_text import ErrorText
from grader.observations.model import Observations, RowsStep, StairwayStep
from grader.observations.revisions import Revision
from grader.observations.schema import ChangeKind, Difference, SchemaKind
from grader.observations.steps import STUDENT_PASSES, Pass, StepAction, StepRecord

_MEANINGS = {
    "claim_without_effect": "The command ends with exit code 0, and no migration ran",
    "migrations_not_committed": "The migrations ran and were rolled back: no transaction was committed",
    "stopped_before_head": "upgrade head ended without an error below the head",
    "stamped_version": "The version table says head, but tables that the revisions make are not there",
    "schema_outside_migrations": "Tables come from create_all() in env.py or the app, not from a revision",
    "metadata_none": "env.py gives Alembic no target_metadata",
    "metadata_empty": "target_metadata has no tables: the models are not imported, or it is another Base's",
    "downgrade_incomplete": "A downgrade does not give back the schema from before the upgrade",
    "left_behind": "A downgrade leaves an enum type, a sequence or a function behind",
    "downgrade_recreates": "A downgrade drops tables and makes them again, and their rows are lost",
    "table_recreated": "A table is dropped and made again, and its rows are lost",
    "column_recreated": "A column is dropped and one is added, and values are lost",
    "rows_lost": "A migration loses or changes rows",
    "pooled_connection": "The migrations ran over DATABASE_URL instead of DIRECT_URL",
}
KINDS = {name: DiagnosisKind(meaning, otherwise=DATABASE) for name, meaning in _MEANINGS.items()}
FAMILY = Family("What the runs show", "runs", __doc__, KINDS)

_OTHER_DATABASE = re.compile(r"Context impl (?!Postgresql)([A-Za-z0-9]{1,40})Impl")
_UNDO: Mapping[SchemaKind, str] = {
    SchemaKind.TYPE: '`sa.Enum(name="{0}").drop(op.get_bind())`, after the column or table that uses it is '
    "gone",
    SchemaKind.SEQUENCE: '`op.execute("DROP SEQUENCE {0}")`',
    SchemaKind.FUNCTION: '`op.execute("DROP FUNCTION {0}")`',
    SchemaKind.VIEW: '`op.execute("DROP VIEW {0}")`',
    SchemaKind.EXTENSION: '`op.execute("DROP EXTENSION {0}")`',
}
"""Kinds of objects that stay when a table is dropped, and how to drop each."""
_SHOWN = 4


def step_effect(step: StepRecord, observations: Observations) -> Diagnosis | None:
    """Why a command that claims success did nothing; None when the database confirms it."""
    # Nobody looks at the database after `current` and `history`.
    looked_at = step.snapshot is not None or step.versions is not None
    if step.trial_pass not in STUDENT_PASSES or observations.graph is None or not looked_at:
        return None
    if (
        step.action in (StepAction.UPGRADE, StepAction.REAPPLY)
        and observations.graph.revisions
        and not step.versions
    ):
        return without_effect(step, observations)
    if step.action is StepAction.DOWNGRADE and step.versions == _versions_before(step, observations):
        return _claim(step, observations, "the database is still at the revision that it was at before")
    return None


def observed_effects(observations: Observations) -> Iterator[Diagnosis]:
    """All that the passes show, the first thing to mend first."""
    yield from after_upgrade(observations)
    yield from _metadata(observations)
    for step in observations.stairway:
        yield from _way_back(step, observations)
    yield from _made_again(observations)
    for rows in observations.rows:
        yield from _rows(rows, observations)


def _versions_before(step: StepRecord, observations: Observations) -> tuple[str, ...]:
    """What the version table held before a downgrade; a value that it never holds when that is unknown."""
    up: StepRecord | None = None
    if step.trial_pass is Pass.ONE_SHOT and observations.one_shot is not None:
        up = observations.one_shot.upgrade
    elif step.trial_pass is Pass.STAIRWAY:
        up = next((item.up for item in observations.stairway if item.revision == step.revision), None)
    return (up.versions if up else None) or ("?",)


def _clue(step: StepRecord, observations: Observations) -> Clue:
    return Clue(step, observations, ErrorText(""))


def without_effect(step: StepRecord, observations: Observations) -> Diagnosis:
    """Why an upgrade that claims success left nothing in the version table."""
    other = _OTHER_DATABASE.search(step.output)
    clue = _clue(step, observations)
    env_py = clue.env_py
    if other is not None:
        place = url_source.written_with(clue, scheme=other[1].lower())
        advice = Advice(
            f"The migrations ran on {other[1]} and not on the PostgreSQL database that {clue.direct_url} "
            "names.",
            url_source.mend_url(clue, place)
            if place
            else f'Set the URL in {env_py} from os.environ["{clue.direct_url}"], with no other one as a '
            "fallback.",
            place or Location(env_py),
        )
        return diagnosis("not_postgresql", advice)
    ended = _transaction_ended(_next_revisions(step, observations))
    if ended is not None:
        return ended
    head = observations.graph.head if observations.graph else None
    if clue.running not in (None, head) and clue.revision is not None and step.target == "head":
        return diagnosis("stopped_before_head", _left_in(clue.revision, step))
    if "Running upgrade" in step.output:
        advice = Advice(
            f"`{step.command}` ran the migrations, but nothing of them is in the database: the transaction "
            "was never committed, or they went to another database.",
            f"In {env_py} run them as `with context.begin_transaction(): context.run_migrations()`, over a "
            f"connection to {clue.direct_url}, and roll nothing back.",
            Location(env_py),
        )
        return diagnosis("migrations_not_committed", advice)
    return _claim(step, observations, "the database shows that no migration ran")


def _next_revisions(step: StepRecord, observations: Observations) -> tuple[Revision, ...]:
    """The revisions just above those that the version table holds after a step."""
    held = step.versions or ()
    return tuple(
        item
        for item in (observations.graph.revisions if observations.graph else ())
        if item.id not in held and (set(item.parents) & set(held) or not (held or item.parents))
    )


def _transaction_ended(revisions: Iterable[Revision]) -> Diagnosis | None:
    """Where the first of these revisions ends the transaction itself: what it does after that is lost."""
    for item in revisions:
        facts = item.upgrade
        name = next((name for name in ("commit", "rollback") if facts and name in facts.operations), None)
        if facts is not None and name is not None:
            place = Location(item.path, facts.ends_at or facts.line, item.id)
            advice = Advice(
                f"Revision {item.id} ends the transaction that Alembic runs it in ({described(place)}: "
                f"{name}): what comes after that line is never committed, nor is the new version.",
                f"Take that {name} out. Alembic commits a revision when it is done.",
                place,
            )
            return diagnosis("transaction_in_revision", advice)
    return None


def _left_in(revision: Revision, step: StepRecord) -> Advice:
    return Advice(
        f"`{step.command}` ended without an error while revision {revision.id} ({revision.path}) was "
        "running, and nothing of what ran is in the database: something in that file ends the process before "
        "the transaction is committed.",
        "Take sys.exit(), exit(), quit() and os._exit() out of it, and let errors through.",
        Location(revision.path, revision.upgrade.line if revision.upgrade else None, revision.id),
    )


def _claim(step: StepRecord, observations: Observations, shows: str) -> Diagnosis:
    env_py = _clue(step, observations).env_py
    advice = Advice(
        f"`{step.command}` ended with exit code 0, but {shows}.",
        f"See that {env_py} calls run_migrations_offline() or run_migrations_online() at its end, outside of "
        'any `if __name__ == "__main__":` and of any function that nobody calls, and that nothing ends the '
        "process early (sys.exit, os._exit).",
        Location(env_py),
    )
    return diagnosis("claim_without_effect", advice)


def after_upgrade(observations: Observations) -> Iterator[Diagnosis]:
    """What `upgrade head` claims against what the database, the revision graph and the replay show."""
    one_shot, graph = observations.one_shot, observations.graph
    if one_shot is None or graph is None or not one_shot.upgrade.succeeded:
        return
    effect = step_effect(one_shot.upgrade, observations)
    if effect is not None:
        yield effect
        return
    versions = one_shot.upgrade.versions
    ended = _transaction_ended(_next_revisions(one_shot.upgrade, observations))
    if graph.head is not None and versions and graph.head not in versions and ended is not None:
        yield ended
    elif graph.head is not None and versions and graph.head not in versions:
        advice = Advice(
            f"`{one_shot.upgrade.command}` ended without an error at {', '.join(versions)}, and the head is "
            f"{graph.head}.",
            "Let nothing in env.py or in a revision end the process or write to the version table; `alembic "
            "upgrade head` alone has to reach the head.",
        )
        yield diagnosis("stopped_before_head", advice)
    elif versions and len(versions) > 1:
        beside = ", ".join(version for version in versions if version != graph.head)
        advice = Advice(
            f"The version table holds more than the head {graph.head}: {beside}. Something other than "
            "Alembic wrote it.",
            "Take out whatever writes to alembic_version (op.execute, stamp in code): only `alembic upgrade` "
            "and `alembic downgrade` may.",
        )
        yield diagnosis("version_table_wrong", advice)
    yield from _outside_of_revisions(observations)
    pooled = sorted(name for name, owner in one_shot.owners.items() if owner == "pooled")
    if pooled:
        clue = _clue(one_shot.upgrade, observations)
        found = url_source.setting(clue) if clue.is_flask else None
        advice = Advice(
            f"The migrations ran over {clue.pooled_url}, the pooled connection ({_listed(pooled)}); they "
            "have to use the direct one.",
            url_source.mend_url(clue, url_source.at(found))
            if found
            else f'Set the URL in {clue.env_py} from os.environ["{clue.direct_url}"], offline and online.',
            url_source.at(found) if found else Location(clue.env_py),
        )
        yield diagnosis("pooled_connection", advice)


def _outside_of_revisions(observations: Observations) -> Iterator[Diagnosis]:
    judged = evidence.judged_schema(observations)
    outside = [
        item.name
        for item in (judged.outside if judged is not None else ())
        if item.kind is SchemaKind.TABLE and item.property is None
    ]
    missing = evidence.missing_from_own_run(observations)
    if outside:
        upgrade = evidence.upgrade_step(observations)
        if upgrade is not None:
            yield diagnosis("schema_outside_migrations", _outside(outside, _clue(upgrade, observations)))
    if missing:
        advice = Advice(
            "The version table says that all revisions ran, but what they make is not there: "
            f"{_listed(list(missing))}. The version was stamped, or the tables were dropped afterwards.",
            "Take `stamp` (or writing to alembic_version) out of env.py and the revisions, so that `upgrade "
            "head` really runs them.",
        )
        yield diagnosis("stamped_version", advice)


def _outside(names: list[str], clue: Clue) -> Advice:
    calls = create_all.calls(clue)
    where = f"{create_all.listed(calls)} makes them" if calls else "env.py or the app makes them"
    return Advice(
        f"Tables that no revision creates are in the database after the upgrade: {_listed(names)}. {where}"
        f"{'' if calls else ' (create_all() or SQL of its own)'}.",
        f"{create_all.take_out(calls)}, and let a revision create the tables: with an empty database run "
        f'`{clue.tool} upgrade head` and `{clue.tool} revision --autogenerate -m "…"`.',
        calls[0] if calls else None,
    )


def _metadata(observations: Observations) -> Iterator[Diagnosis]:
    models = observations.models
    if models is None or not models.step.succeeded or models.tables:
        return
    env_py = _clue(models.step, observations).env_py
    if models.tables is None:
        advice = Advice(
            f"{env_py} gives Alembic no target_metadata (it is None), so autogenerate cannot see your "
            "models.",
            "Write `from app import db` and `target_metadata = db.Model.metadata`, and pass target_metadata "
            "to both context.configure() calls.",
            Location(env_py),
        )
        yield diagnosis("metadata_none", advice)
        return
    advice = Advice(
        f"The target_metadata of {env_py} has no tables: the models are not imported there, or it belongs to "
        "another Base or db than theirs.",
        "Import the module that defines the models (not only db) before target_metadata is set, and use the "
        "metadata of the same Base or db that they inherit from.",
        Location(env_py),
    )
    yield diagnosis("metadata_empty", advice)


def _way_back(step: StairwayStep, observations: Observations) -> Iterator[Diagnosis]:
    if step.down is None or not step.down.succeeded:
        return
    found = evidence.not_restored(observations, step)
    revision = observations.graph.get(step.revision) if observations.graph else None
    if not found or (revision is not None and revision.downgrade is not None and revision.downgrade.empty):
        return
    place = _downgrade_place(revision, step.revision)
    left = [item for item in found if item.change is ChangeKind.EXTRA and item.kind in _UNDO]
    if left:
        named = _listed([f"the {item.kind} {item.name}" for item in left])
        advice = Advice(
            f"The downgrade of revision {step.revision} leaves something behind: {named}. Dropping a table "
            "or column does not drop it.",
            f"Add to downgrade(): {_UNDO[left[0].kind].format(shortened(left[0].name))}.",
            place,
        )
        yield diagnosis("left_behind", advice)
        return
    told = "; ".join(_told(item) for item in found[:_SHOWN]) + ("; and more" if len(found) > _SHOWN else "")
    advice = Advice(
        f"The downgrade of revision {step.revision} does not give back the schema from before it: {told}.",
        "Undo in downgrade() every operation of upgrade(), the last one first, with the types, names and "
        "defaults that were there before.",
        place,
    )
    yield diagnosis("downgrade_incomplete", advice)


def _made_again(observations: Observations) -> Iterator[Diagnosis]:
    names = evidence.made_again(observations)
    head = observations.graph.get(observations.graph.head or "") if observations.graph else None
    if names and head is not None:
        advice = Advice(
            f"The downgrade of revision {head.id} drops tables and makes them again: {_listed(list(names))}. "
            "They look the same, and the rows that were in them are gone.",
            "Undo in downgrade() what upgrade() of this revision does and nothing else, the last operation "
            "first: drop_column for add_column, alter_column back to the type before. Leave the tables "
            "standing.",
            _downgrade_place(head, head.id),
        )
        yield diagnosis("downgrade_recreates", advice)


def _downgrade_place(revision: Revision | None, identifier: str) -> Location:
    if revision is None:
        return Location(revision=identifier)
    return Location(
        revision.path, revision.downgrade.line if revision.downgrade else revision.line, identifier
    )


def _told(item: Difference) -> str:
    thing = f"{item.kind} {shortened(item.name)}"
    if item.change is ChangeKind.EXTRA:
        return f"{thing} is still there"
    if item.change is ChangeKind.MISSING:
        return f"{thing} is gone"
    return f"{thing}: {item.property} was {_value(item.expected)} and is {_value(item.found)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))})"
    return "none" if value in (None, "") else shortened(str(value), 80)


def _rows(rows: RowsStep, observations: Observations) -> Iterator[Diagnosis]:
    if rows.direction != "up" or not rows.losses or not rows.step.succeeded:
        return
    revision = observations.graph.get(rows.revision) if observations.graph else None
    facts = revision.upgrade if revision else None
    operations = {name.rpartition(".")[2] for name in facts.operations} if facts else set()
    place = (
        Location(revision.path, facts.line if facts else None, revision.id)
        if revision
        else Location(None, None, rows.revision)
    )
    here = f" ({described(place)})" if place.path else ""
    tables = sorted({loss.table for loss in rows.losses})
    columns = sorted({f"{loss.table}.{loss.column}" for loss in rows.losses if loss.column})
    if {"drop_table", "create_table"} <= operations and not columns:
        advice = Advice(
            f"Revision {rows.revision}{here} drops {_listed(tables)} and creates it again: all rows in it "
            "are lost.",
            "Change the table as it stands: op.add_column, op.alter_column, op.create_foreign_key.",
            place,
        )
        yield diagnosis("table_recreated", advice)
    elif {"drop_column", "add_column"} <= operations and columns:
        advice = Advice(
            f"Revision {rows.revision}{here} drops a column and adds one, and values are lost: "
            f"{_listed(columns)}.",
            'A new name is `op.alter_column("table", "old", new_column_name="new")`, a new type '
            '`op.alter_column("table", "column", type_=…)`; autogenerate writes both as drop and add.',
            place,
        )
        yield diagnosis("column_recreated", advice)
    else:
        advice = Advice(
            f"The upgrade to {rows.revision}{here} removes or changes data that was there before: "
            f"{_listed(columns or tables)}.",
            "Keep what is in the tables: change columns in place, and copy values over (op.execute with "
            "UPDATE) before anything is dropped.",
            place,
        )
        yield diagnosis("rows_lost", advice)


def _listed(names: list[str]) -> str:
    shown = ", ".join(shortened(name) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
