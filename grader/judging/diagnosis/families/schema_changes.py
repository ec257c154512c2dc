"""Schema changes that fail for another reason than a name: order, types, transactions, unnamed constraints.

Knows nothing of rows; what goes wrong because of the data in a table is in `row_data`.
"""

from __future__ import annotations

import re

from grader.judging.diagnosis.clue import Clue, shortened
from grader.judging.diagnosis.interface import DATABASE, NAME, Advice, DiagnosisKind, Family
from grader.judging.diagnosis.traceback_text import Frame

_CONSTRAINTS = {
    "ForeignKeyConstraint": ("foreign key", "foreignkey", "fk"),
    "UniqueConstraint": ("unique", "unique", "uq"),
    "CheckConstraint": ("check", "check", "ck"),
}
"""What each kind of constraint is called, its `type_` in `drop_constraint`, and how its names begin."""


def _dependents(clue: Clue, match: re.Match[str]) -> Advice:
    what = shortened(match[1])
    detail = re.search(r"^DETAIL: {1,2}([^\n]{1,200})", clue.error, re.MULTILINE)
    why = f": {shortened(detail[1], 160)}" if detail else ""
    return Advice(
        f"{what[:1].upper()}{what[1:]} cannot be dropped, because something else still needs "
        f"it{clue.here}{why}.",
        "Change the order: first the foreign key, view or column that depends on it, or the table that "
        "refers to it, then the thing itself. A downgrade undoes its upgrade() in the opposite order.",
    )


def _unnamed_constraint(clue: Clue, match: re.Match[str]) -> Advice:
    kind = match.groupdict().get("kind") or "Constraint"
    words, type_, prefix = _CONSTRAINTS.get(kind, ("", "foreignkey", "fk"))
    example = f'`op.drop_constraint("{prefix}_table_column", "table", type_="{type_}")`'
    return Advice(
        f"The migration drops (or copies) a {words} constraint without a name{clue.here}: "
        "autogenerate wrote None for it, because the models have no naming convention.".replace("  ", " "),
        f"Put a name of your own in place of None, in upgrade() and the same one in downgrade(): {example}. "
        "Or give the metadata a naming_convention before the revision is made.",
    )


def _wrong_kind(clue: Clue, match: re.Match[str]) -> Advice:
    """PostgreSQL itself says which command to use, where the mistake is in a DROP."""
    name, kind = shortened(match[1]), match[2]
    meant = re.search(
        r"^HINT: {1,2}Use (DROP [A-Z ]{1,40}) to remove ([a-z ]{1,40})\.", clue.error, re.MULTILINE
    )
    fix = "Use the command for what it is: op.execute() with the SQL for a view, op's operations for a table."
    if meant is not None:
        fix = f'It is {meant[2]}: write `op.execute("{meant[1]} {name}")`, if it really has to go.'
    return Advice(f"{name} is not a {kind}, and the migration treats it as one{clue.here}.", fix)


def _transaction(clue: Clue, match: re.Match[str]) -> Advice | None:
    """Code that begins or ends the transaction in which Alembic runs the revisions."""
    if match[0].startswith("AssertionError"):
        frames = clue.found.frames
        if not frames or frames[-1].function != "autocommit_block":
            return None
        return Advice(
            f"autocommit_block() has to end Alembic's transaction{clue.here}, and {clue.env_py} has begun "
            "one of its own around it.",
            f"In {clue.env_py} connect with `engine.connect()` (not `engine.begin()` or "
            "`connection.begin()`), and write `with context.begin_transaction(): context.run_migrations()`.",
        )
    if clue.revision is None or clue.loading or clue.beside_revisions:
        return Advice(
            f"A connection is asked to begin a transaction while it is in one{clue.here}: its first query "
            "began that.",
            f"Take that begin() out; in {clue.env_py} `with context.begin_transaction(): "
            "context.run_migrations()` is all that the migrations need.",
        )
    return Advice(
        f"The revision begins or ends a transaction itself{clue.here}, and Alembic runs it in one.",
        "Take begin(), commit() and rollback() out of the revision: Alembic commits it when it is done. What "
        "must not run in a transaction goes into `with op.get_context().autocommit_block():`.",
    )


def _batch_recreates(clue: Clue, match: re.Match[str]) -> Advice | None:
    if not any(
        frame.function == "prep_table_for_batch" or _is_recreation(frame) for frame in clue.found.frames
    ):
        return None
    return Advice(
        f"The batch makes the whole table anew and drops the old one{clue.here}, and {shortened(match[1])} "
        "is needed by another table.",
        'Take `recreate="always"` (and copy_from, table_args) out of batch_alter_table(): without it Alembic '
        "changes the table in place, which PostgreSQL can do.",
    )


def _is_recreation(frame: Frame) -> bool:
    return frame.path.endswith("alembic/operations/batch.py") and frame.function == "_create"


KINDS = {
    "transaction_in_revision": DiagnosisKind(
        "A revision begins, commits or rolls back a transaction itself",
        (
            r"This connection has already initialized a SQLAlchemy Transaction\(\) object",
            r"Can't operate on closed transaction inside context manager",
            r"^AssertionError",
        ),
        explain=_transaction,
        otherwise=DATABASE,
    ),
    "batch_recreates_table": DiagnosisKind(
        "A batch makes a table anew that other tables refer to",
        (r"cannot drop ((?:table|constraint|index|sequence) [^\n]{1,200}?) because",),
        explain=_batch_recreates,
    ),
    "dependents_exist": DiagnosisKind(
        "Things are dropped in the wrong order: something depends on them",
        (
            (
                r"cannot drop ((?:table|type|column|sequence|function|index|constraint|view|schema) "
                r"[^\n]{1,200}?) because"
            ),
        ),
        explain=_dependents,
    ),
    "column_used_by_view": DiagnosisKind(
        "The type of a column is changed that a view uses",
        (r"cannot alter type of a column used by ([^\n]{1,100})",),
        "The migration changes the type of a column that {0} uses{here}.",
        "Drop the view first with op.execute(), change the column, then create the view again.",
    ),
    "cast_needed": DiagnosisKind(
        "A type change needs postgresql_using",
        (rf"(?<!for )column {NAME} cannot be cast automatically to type ([^\n]{{1,100}})",),
        "PostgreSQL does not turn the values of {0} into {1} by itself{here}.",
        'Say how: `op.alter_column(…, type_=…, postgresql_using="{0}::{1}")`, and the other way round in '
        "downgrade().",
    ),
    "default_does_not_fit": DiagnosisKind(
        "A column's default is not of the column's type",
        (
            rf"default for column {NAME} cannot be cast automatically to type ([^\n]{{1,100}})",
            rf"column {NAME} is of type ([^\n]{{1,100}}) but default expression is of type",
        ),
        "The default of the column {0} does not fit its type {1}{here}.",
        "For a new column write the default in that type (`server_default=sa.false()`, "
        "`sa.text(\"'draft'\")`); for a changed one drop the default first (`server_default=None`), change "
        "the type, then set it again.",
    ),
    "foreign_key_types_differ": DiagnosisKind(
        "A foreign key's column has another type than the column it refers to",
        (rf"foreign key constraint {NAME} cannot be implemented",),
        "The foreign key {0} joins columns of different types{here}.",
        "Give the referring column the type of the one it refers to (sa.Integer() for an integer id).",
    ),
    "foreign_key_target_not_unique": DiagnosisKind(
        "A foreign key refers to a column that is not unique",
        (rf"no unique constraint matching given keys for referenced table {NAME}",),
        "A foreign key refers to columns of {0} that are neither its primary key nor unique{here}.",
        "Refer to {0}.id, or make the column unique first.",
    ),
    "enum_value_unsafe": DiagnosisKind(
        "A new enum value is used in the transaction that adds it",
        (rf"unsafe use of new value {NAME} of enum type ([^\n]{{1,120}})",),
        'The enum value "{0}" of {1} is used in the same transaction that adds it{here}.',
        'Add it in a transaction of its own: `with op.get_context().autocommit_block(): op.execute("ALTER '
        'TYPE … ADD VALUE …")`, or use it in a later revision and set transaction_per_migration=True in '
        "env.py.",
    ),
    "not_in_transaction": DiagnosisKind(
        "A command that cannot run in a transaction (CREATE INDEX CONCURRENTLY)",
        (r"([A-Z][A-Z .]{2,60}?) cannot (?:run inside a transaction block|be executed from a function)",),
        "{0} cannot run inside a transaction, and Alembic runs migrations in one{here}.",
        "Put it into `with op.get_context().autocommit_block():`, or do without: a plain CREATE INDEX is "
        "fine here.",
    ),
    "unnamed_constraint": DiagnosisKind(
        "A constraint without a name that the downgrade cannot drop",
        (
            r"Can't emit DROP CONSTRAINT for constraint (?P<kind>[A-Za-z]{1,40})",
            r"Can't emit ADD CONSTRAINT for constraint (?P<kind>[A-Za-z]{1,40})",
            r"Constraint must have a name",
        ),
        explain=_unnamed_constraint,
    ),
    "enum_without_name": DiagnosisKind(
        "An Enum type has no name",
        (r"PostgreSQL (?:Enum|ENUM) type requires a name",),
        "An Enum has no name, and its type in PostgreSQL needs one{here}.",
        'Name it, in the model and in the revision: `sa.Enum("draft", "published", name="post_status")`.',
    ),
    "column_without_type": DiagnosisKind(
        "A column has no type",
        (r"Can't generate DDL for NullType\(\)", r"'[A-Za-z]{1,40}' object has no attribute 'table'"),
        "A column is added without a type, or a type without a column around it{here}.",
        'The form is `op.add_column("users", sa.Column("bio", sa.Text(), nullable=True))`: table first, '
        "then a Column with name and type.",
    ),
    "type_of_other_database": DiagnosisKind(
        "A type or operation of another database than PostgreSQL",
        (r"can't render element of type ([A-Za-z_]{1,60})",),
        "PostgreSQL has no type {0}: it belongs to another database{here}.",
        "Use SQLAlchemy's general types in models and revisions (sa.Integer, sa.Boolean, sa.Text, "
        "sa.DateTime).",
    ),
    "wrong_kind_of_object": DiagnosisKind(
        "A command for tables is used on a view, or the other way round",
        (rf"{NAME} is not an? (table|view|sequence|index|materialized view)\b",),
        explain=_wrong_kind,
    ),
}
FAMILY = Family("Changes of the schema", "schema", __doc__, KINDS)
