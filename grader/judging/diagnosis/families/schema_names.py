"""Names that clash or do not exist: objects that are there already, or are missing, when a revision runs.

Knows nothing of rows, and nothing of changes that fail for another reason than a name.
"""

from __future__ import annotations

import difflib
import re

from grader.judging.diagnosis import create_all
from grader.judging.diagnosis.clue import Clue, shortened
from grader.judging.diagnosis.interface import NAME, Advice, DiagnosisKind, Family
from grader.observations.revisions import Revision
from grader.observations.schema import SchemaKind

_COLUMN = r'column "?([^"\n]{1,120}?)"?'
_OF_TABLE = r'of relation "(?P<table>[^"\n]{1,120})"'
_LISTED = 12
"""The number of existing names that a sentence lists at most."""


def _table_exists(clue: Clue, match: re.Match[str]) -> Advice | None:
    name, statement = shortened(match[1]), clue.statement.upper()
    if (
        statement and not statement.startswith(("CREATE TABLE", "ALTER TABLE"))
    ) or " ADD CONSTRAINT " in statement:
        return None
    if " RENAME TO " in statement:
        return Advice(
            f"A table is to be renamed to {name}, and there is one of that name already{clue.here}.",
            "Choose another name, or drop or rename the other table first.",
        )
    if clue.beside_revisions:
        return Advice(
            f"The table {name} is there already when a line makes it that is in no revision{clue.here}.",
            "Take that line out: only the revisions make tables.",
        )
    if clue.after_downgrade:
        return Advice(
            f"The table {name} is still there when the revision is applied again after its "
            f"downgrade{clue.here}.",
            f'Undo it in downgrade(): `op.drop_table("{name}")`.',
        )
    return _table_made_before(clue, name)


def _table_made_before(clue: Clue, name: str) -> Advice:
    """What made a table before the revision that is to make it."""
    maker = clue.maker_of(SchemaKind.TABLE, name)
    if maker is not None and _calls_create_all(clue, maker):
        return _made_by_create_all(clue, f"table {name}", maker)
    if maker is not None and not _does_nothing(clue, maker):
        return Advice(
            f"The table {name} is created a second time{clue.here}: the revision {maker} has made it "
            f"before{_in_file(clue, maker)}.",
            f'Take `op.create_table("{name}", …)` and the matching drop_table out of the later revision.',
        )
    calls = create_all.calls(clue)
    others = ", or an earlier line of the revision" if maker is None else ""
    what = create_all.listed(calls) if calls else f"create_all() in env.py or in the app{others}"
    return Advice(
        f"The table {name} exists already when the revision creates it{clue.here}. The database was empty, "
        f"so something else has made it: {what}.",
        f"{create_all.take_out(calls)}: only the revisions make tables. A database of your own that has the "
        f"tables already is marked once with `{clue.tool} stamp <revision>`.",
        calls[0] if calls else None,
    )


def _does_nothing(clue: Clue, revision: str) -> bool:
    """Whether an upgrade() is empty: what is there after it was made by something else."""
    graph = clue.observations.graph
    found = graph.get(revision) if graph else None
    return found is not None and found.upgrade is not None and found.upgrade.empty


def _in_file(clue: Clue, revision: str) -> str:
    graph = clue.observations.graph
    found = graph.get(revision) if graph else None
    return f" ({found.path})" if found else ""


def _calls_create_all(clue: Clue, revision: str) -> bool:
    graph = clue.observations.graph
    operations = _operations(graph.get(revision) if graph else None)
    return any(name.rpartition(".")[2] == "create_all" for name in operations)


def _operations(revision: Revision | None) -> tuple[str, ...]:
    """What upgrade() of a revision calls, as far as its file tells."""
    return revision.upgrade.operations if revision is not None and revision.upgrade is not None else ()


def _made_by_create_all(clue: Clue, thing: str, maker: str) -> Advice:
    """The later revision is right: the earlier one created everything that the models have today."""
    return Advice(
        f"The {thing} is there already when the revision makes it{clue.here}: the revision {maker} calls "
        "create_all(), which makes everything that the models have by now.",
        f"Let {maker} create the tables as they were then, with op.create_table(…): take the later changes "
        f"out of the models for a moment, and have `{clue.tool} revision --autogenerate` write it against an "
        "empty database.",
    )


def _column_exists(clue: Clue, match: re.Match[str]) -> Advice:
    column, table = shortened(match[1]), shortened(match[2] or "the table")
    maker = clue.maker_of(SchemaKind.COLUMN, f"{table}.{column}")
    if clue.after_downgrade:
        return Advice(
            f"The column {table}.{column} is still there when the revision is applied again after its "
            f"downgrade{clue.here}.",
            f'Undo it in downgrade(): `op.drop_column("{table}", "{column}")`.',
        )
    if maker is not None and _calls_create_all(clue, maker):
        return _made_by_create_all(clue, f"column {table}.{column}", maker)
    calls = create_all.calls(clue)
    if maker is not None and not _does_nothing(clue, maker):
        return Advice(
            f"The column {table}.{column} is added a second time{clue.here}: the revision {maker} has "
            f"made it before{_in_file(clue, maker)}.",
            f'Take `op.add_column("{table}", …)` of {column} and its drop_column out of the later revision.',
        )
    if not calls and not clue.observations.stairway:
        return Advice(
            f"The column {table}.{column} is added a second time{clue.here}: an earlier revision (or "
            "create_all) has made it.",
            f'Take `op.add_column("{table}", …)` of {column} and its drop_column out of the later revision.',
        )
    if not calls and clue.maker_of(SchemaKind.TABLE, table) is not None:
        return Advice(
            f"The column {table}.{column} is added a second time{clue.here}: an earlier line of the "
            "revision, or SQL outside of the revisions, has made it.",
            f'Keep one `op.add_column("{table}", …)` of {column}, and take the other out.',
        )
    what = create_all.listed(calls) if calls else "create_all() in env.py or in the app"
    return Advice(
        f"The column {table}.{column} is there before the revision adds it{clue.here}: {what} makes the "
        "tables as the models are today, before the revisions run.",
        f"{create_all.take_out(calls)}; {create_all.first_revision(clue)}",
        calls[0] if calls else None,
    )


def _relation_exists(clue: Clue, match: re.Match[str]) -> Advice:
    name, statement = shortened(match[1]), clue.statement.upper()
    what, undo = "index or constraint", "drop_index or drop_constraint"
    if statement.startswith("CREATE SEQUENCE"):
        what, undo = "sequence", f'`op.execute("DROP SEQUENCE {name}")`'
    elif statement.startswith(("CREATE VIEW", "CREATE MATERIALIZED")):
        what, undo = "view or table", f'`op.execute("DROP VIEW {name}")`'
    elif statement.startswith(("CREATE INDEX", "CREATE UNIQUE")):
        what, undo = "index", f'`op.drop_index("{name}")`'
    elif " ADD CONSTRAINT " in statement:
        what, undo = "constraint (or index)", f'`op.drop_constraint("{name}", …)`'
    return _exists(clue, what, name, undo)


def _object_exists(clue: Clue, match: re.Match[str]) -> Advice:
    if match.re.groups == 1:
        return _relation_exists(clue, match)
    what, name = match[1], shortened(match[2])
    if what == "enum label":
        return Advice(
            f'The enum type has the label "{name}" already{clue.here}.',
            f"Add it once only: `op.execute(\"ALTER TYPE … ADD VALUE IF NOT EXISTS '{name}'\")`; PostgreSQL "
            "cannot take a label out again.",
        )
    if what == "schema" and name == "extensions":
        return Advice(
            f"The schema extensions is there from the start, as on Supabase{clue.here}.",
            "Write CREATE SCHEMA IF NOT EXISTS extensions, which is right with and without it.",
        )
    if what == "extension" and name in clue.extensions:
        return Advice(
            f"The extension {name} is there from the beginning in this exercise{clue.here}.",
            f"Take the line out, or write `op.execute('CREATE EXTENSION IF NOT EXISTS \"{name}\"')`.",
        )
    undo = f'`op.execute("DROP {what.upper()} {name}")`'
    if what == "constraint":
        undo = f'`op.drop_constraint("{name}", …)`'
    return _exists(clue, what, name, undo)


def _exists(clue: Clue, what: str, name: str, undo: str) -> Advice:
    if clue.downgrading:
        return Advice(
            f"The downgrade makes the {what} {name}, which exists already{clue.here}.",
            "Take that line out: a downgrade makes again only what its upgrade() dropped.",
        )
    if clue.after_downgrade:
        return Advice(
            f"The {what} {name} is still there when the revision is applied again after its "
            f"downgrade{clue.here}.",
            f"Let downgrade() undo all that upgrade() does, here with {undo}.",
        )
    return Advice(
        f"The {what} {name} exists already{clue.here}.",
        "Make it once only: take the second one out, or give it another name, and let downgrade() remove it "
        f"({undo}).",
    )


def _type_exists(clue: Clue, match: re.Match[str]) -> Advice:
    name = shortened(match[1])
    drop = f'`sa.Enum(name="{name}").drop(op.get_bind())`'
    if clue.after_downgrade:
        return Advice(
            f"The type {name} is still there when the revision is applied again{clue.here}: dropping a table "
            "or column does not drop its enum type, so the downgrade left it behind.",
            f"Add {drop} to downgrade(), after the table or column is dropped.",
        )
    return Advice(
        f"The type {name} exists already{clue.here}: an earlier revision made it, or a downgrade left it "
        "behind.",
        f"In the downgrade() that belongs to its first use, drop it after the table or column: {drop}. A "
        f'second table uses it with `postgresql.ENUM(…, name="{name}", create_type=False)`.',
    )


def _second_key(clue: Clue, match: re.Match[str]) -> Advice:
    table = shortened(match[1])
    there = clue.schema.within(SchemaKind.CONSTRAINT, table) if clue.schema else ()
    known = (
        item.name.removeprefix(f"{table}.") for item in there if item.properties.get("type") == "primary key"
    )
    name = next(known, f"{table}_pkey")
    return Advice(
        f"{table} has a primary key already, and a table can have only one{clue.here}.",
        "Make the second one unique (op.create_unique_constraint), or drop the first one before it: "
        f'`op.drop_constraint("{name}", "{table}", type_="primary")`.',
    )


def _table_missing(clue: Clue, match: re.Match[str]) -> Advice:
    name, known = shortened(match[1]), clue.names(SchemaKind.TABLE)
    if clue.downgrading and (name in known or not known):
        return Advice(
            f"The downgrade works on {name}, which is not there (any more){clue.here}.",
            "Undo in the opposite order of upgrade(): what it did last comes first. Spell the name as "
            "upgrade() does.",
        )
    if clue.loading and clue.own_frame is not None:
        file = clue.own_frame.path
        return Advice(
            f"The table {name} is queried while {file} is loaded{clue.here}, before any revision has run.",
            "Take queries out of what is run when the file is imported, and put them into the function that "
            "needs them: the migrations import the app, and only they make its tables.",
        )
    if name in known and not _through_alembic(clue):
        return Advice(
            f"The table {name} is there, but the query runs over another connection{clue.here}, which "
            "cannot see what the migrations have made until their transaction ends.",
            "Use the migration's own connection: `op.execute(...)`, `op.get_bind().execute(...)`, or with "
            "models `Session(bind=op.get_bind())`; db.session and db.engine are the app's.",
        )
    if name in known and not clue.downgrading and "rollback" in _operations(clue.revision):
        return Advice(
            f"The table {name} was there when the revision began, and a ROLLBACK of the revision's own took "
            f"it away before this line{clue.here}.",
            "Take the rollback out of the revision: Alembic commits it when it is done.",
        )
    if known:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f" Is {near[0]} meant?" if near and near[0] != name else ""
        return Advice(
            f"The table {name} does not exist when the revision uses it{clue.here}; there are: "
            f"{_several(known)}.{meant}",
            f"Spell the name as upgrade() does.{_only_own(clue)}"
            if clue.downgrading
            else "Correct the name, or create the table in an earlier line or revision.",
        )
    return Advice(
        f"The table {name} does not exist when the revision uses it{clue.here}: no earlier revision creates "
        "it.",
        "Correct the name if it is misspelt. A table that create_all() or you yourself made is not there on "
        f"an empty database: {create_all.first_revision(clue)}",
    )


def _through_alembic(clue: Clue) -> bool:
    """Whether Alembic sent the statement; it always uses the migration's own connection."""
    return any(
        part in frame.path for frame in clue.found.frames for part in ("alembic/operations/", "alembic/ddl/")
    )


def _only_own(clue: Clue) -> str:
    """A sentence to add where a downgrade looks for what is not there."""
    return " A downgrade drops only what its upgrade() added." if clue.downgrading else ""


def _several(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")


def _column_missing(clue: Clue, match: re.Match[str]) -> Advice:
    column = shortened(match[1])
    table = match.groupdict().get("table")
    named = f"{shortened(table)}.{column}" if table else column
    known = clue.names(SchemaKind.COLUMN, table) if table else ()
    there = f" The table has: {_several(known)}." if known else ""
    return Advice(
        f"The column {named} does not exist when the migration uses it{clue.here}.{there}",
        f"Correct the name, or add the column in an earlier line or revision.{_only_own(clue)}",
    )


def _constraint_missing(clue: Clue, match: re.Match[str]) -> Advice:
    name, table = shortened(match[1]), match.groupdict().get("table")
    known = clue.names(SchemaKind.CONSTRAINT, table) if table else ()
    there = f" {shortened(table)} has: {_several(known)}." if table and known else ""
    on = f" on {shortened(table)}" if table else ""
    return Advice(
        f"There is no constraint {name}{on} to drop{clue.here}.{there}",
        "Give the constraint a name where it is created and drop it by that name; one created without a name "
        "is called table_column_key (unique) or table_column_fkey (foreign key) by PostgreSQL."
        + _only_own(clue),
    )


_SUPABASE = frozenset(
    {
        *(("role", name) for name in ("anon", "authenticated", "service_role")),
        *(("schema", name) for name in ("auth", "extensions", "realtime", "storage", "vault")),
    }
)
"""Roles and schemas that every Supabase database has and a plain PostgreSQL has not."""


def _object_missing(clue: Clue, match: re.Match[str]) -> Advice:
    what, name = match[1], shortened(match[2])
    missing = f"There is no {what} {name} when the migration uses it{clue.here}."
    if (what, name) in _SUPABASE:
        return Advice(
            f"{missing} It is Supabase's own, and the exercise's tables need nothing of it.",
            "Take that statement out: policies and rights for Supabase's roles belong in its SQL editor, so "
            "that the chain runs on any PostgreSQL.",
        )
    return Advice(
        missing,
        f"Correct the name, or create the {what} in an earlier line or revision"
        + (
            "; an enum type of a new column has to be made first: "
            '`sa.Enum(…, name="…").create(op.get_bind())`.'
            if what == "type"
            else "."
        )
        + _only_own(clue),
    )


def _index_missing(clue: Clue, match: re.Match[str]) -> Advice:
    name = shortened(match[1])
    known = clue.names(SchemaKind.INDEX)
    there = f" There are: {_several(known)}." if known else ""
    return Advice(
        f"There is no index {name} to drop{clue.here}.{there}",
        'Drop it by the name that upgrade() gave it, `op.drop_index("…", table_name="…")`; what unique=True '
        "in a create_table made is a constraint: drop_constraint." + _only_own(clue),
    )


KINDS = {
    "table_exists": DiagnosisKind(
        "A table that is to be created exists already (create_all, or created twice)",
        (rf"(?<!of )(?<!for )relation {NAME} already exists",),
        explain=_table_exists,
    ),
    "column_exists": DiagnosisKind(
        "A column is added that is there already",
        (rf"column {NAME} of relation {NAME} already exists",),
        explain=_column_exists,
    ),
    "type_exists": DiagnosisKind(
        "An enum type exists already, mostly because a downgrade left it behind",
        (rf"type {NAME} already exists",),
        explain=_type_exists,
    ),
    "object_exists": DiagnosisKind(
        "An index, constraint, sequence, function or view of that name exists already",
        (
            rf"(?<!of )(?<!for )relation {NAME} already exists",
            (
                r"(constraint|function|schema|trigger|extension|policy|enum label|operator|rule|collation) "
                rf'{NAME} (?:for (?:relation|table) "[^"\n]{{1,120}}" )?already exists'
            ),
        ),
        explain=_object_exists,
    ),
    "second_primary_key": DiagnosisKind(
        "A table is given a second primary key",
        (rf"multiple primary keys for table {NAME} are not allowed",),
        explain=_second_key,
    ),
    "table_missing": DiagnosisKind(
        "A table does not exist when a revision uses it",
        (
            rf"(?<!of )(?<!for )relation {NAME} does not exist",
            rf"(?:table|view) {NAME} does not exist",
            r"NoSuchTableError: ([^\n]{1,120})",
        ),
        explain=_table_missing,
    ),
    "column_missing": DiagnosisKind(
        "A column does not exist when a revision uses it",
        (
            rf"column {NAME} {_OF_TABLE} does not exist",
            rf"{_COLUMN} (?:referenced in foreign key constraint |named in key )?does not exist",
        ),
        explain=_column_missing,
    ),
    "constraint_missing": DiagnosisKind(
        "A constraint is dropped by a name that it does not have",
        (rf"constraint {NAME} {_OF_TABLE} does not exist", r"No such constraint: '([^'\n]{1,120})'"),
        explain=_constraint_missing,
    ),
    "index_missing": DiagnosisKind(
        "An index is dropped by a name that it does not have",
        (rf"index {NAME} does not exist",),
        explain=_index_missing,
    ),
    "object_missing": DiagnosisKind(
        "A type, sequence, schema or other object does not exist when a revision uses it",
        (
            (
                r"(type|sequence|schema|trigger|role|collation|policy|extension|language) "
                rf"{NAME}[^\n]{{0,150}}? does not exist"
            ),
        ),
        explain=_object_missing,
    ),
    "function_missing": DiagnosisKind(
        "A database function does not exist, often because of an extension",
        (r"function ([^\s(]{1,120})\([^\n]{0,200}\) does not exist",),
        "PostgreSQL has no function {0} for these arguments{here}.",
        "Use one that needs no extension (`gen_random_uuid()` for uuid_generate_v4, `now()` for times), or "
        "create the function in an earlier revision.",
    ),
}
FAMILY = Family("Names that clash or lead nowhere", "names", __doc__, KINDS)
