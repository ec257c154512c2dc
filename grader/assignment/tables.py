"""The tables and keys of `assignment.toml` as types: what may stand there, and what each key means.

msgspec checks a file by these types, and `grader.assignment.schema` makes the JSON Schema for editors from
them. A `title` completes the sentence "`key` must be ..."; the text under a field is its description in the
schema. Must not know what the values are used for.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from grader.assignment.model import CRITERION_IDS, MOST_OUTPUT_BYTES, Audience, Group, Limits

_LARGEST = sys.float_info.max  # TOML has `inf` and `nan`
_NAME = r"[^\s.(),]+"
_KEY = rf"{_NAME}\s*\(\s*{_NAME}(\s*,\s*{_NAME})*\s*\)"

Text = Annotated[str, Meta(pattern=r"\S", title="a text that is not empty")]
Texts = Annotated[tuple[Text, ...], Meta(min_length=1, title="a list of one or more texts")]
Flag = Annotated[bool, Meta(title="true or false")]
Number = Annotated[float, Meta(ge=0, le=_LARGEST, title="a number, 0 or more")]
PositiveNumber = Annotated[float, Meta(gt=0, le=_LARGEST, title="a number above 0")]
Count = Annotated[int, Meta(ge=1, title="a whole number, 1 or more")]
ByteCount = Annotated[
    int, Meta(ge=1, le=MOST_OUTPUT_BYTES, title=f"a whole number from 1 to {MOST_OUTPUT_BYTES:,}")
]
ColumnName = Annotated[
    str, Meta(pattern=rf"^{_NAME}\.{_NAME}$", title='a table, a dot and a column, in quotes: "users.bio"')
]
KeyText = Annotated[
    str, Meta(pattern=rf"^\s*{_KEY}\s*$", title='a table and its columns, like this: "categories(name)"')
]
ForeignKeyText = Annotated[
    str,
    Meta(
        pattern=rf"^\s*{_KEY}\s*->\s*{_KEY}\s*$",
        title='a foreign key, like this: "posts(category_id) -> categories(id)"',
    ),
]
KeyTexts = Annotated[tuple[KeyText, ...], Meta(min_length=1, title="a list of one or more keys")]
ForeignKeyTexts = Annotated[
    tuple[ForeignKeyText, ...], Meta(min_length=1, title="a list of one or more foreign keys")
]


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """A table of the file: an unknown key is refused."""


class Column(Table):
    """A column that has to exist."""

    type: Text | Texts
    """The type, as PostgreSQL writes it or in short; of a list, each type is right."""
    nullable: Flag
    """Whether the column takes NULL."""


Columns = Annotated[dict[ColumnName, Column], Meta(min_length=1, title="a table of one or more columns")]
OneColumn = Annotated[
    dict[ColumnName, Column],
    Meta(min_length=1, max_length=1, title="a table with the one column whose type is changed"),
]


class Criterion(Table):
    """The weight of one criterion."""

    group: Group
    """How the points count. A practice criterion with points counts like a required one."""
    points: Number
    """The points; the checks of the criterion share them."""
    visibility: Audience = Audience.STUDENT
    """Who sees this criterion. It counts all the same."""


class SchemaCriterion(Criterion, kw_only=True):
    """A criterion that asks for a part of the schema."""

    columns: Columns = {}
    """The columns that have to exist, each as `"table.column" = { type = ..., nullable = ... }`."""
    tables: Texts = ()
    """Tables that have to exist in the schema `public`; a view does not count."""
    primary_keys: KeyTexts = ()
    """The primary keys that have to exist, each as `"table(column)"`."""
    unique: KeyTexts = ()
    """The columns that have to be unique, each as `"table(column)"`."""
    foreign_keys: ForeignKeyTexts = ()
    """The foreign keys that have to exist, each as `"table(column) -> table(column)"`."""
    evolves: Flag = False
    """Whether the schema has to grow: each of the tables is made by a later revision than the first, and each
    column of another table is added by a later revision than the one that made that table."""


class UserColumns(SchemaCriterion, kw_only=True):
    """The columns that the exercise adds to a table."""

    columns: Columns


class CategoryTable(SchemaCriterion, kw_only=True):
    """The table that the exercise adds."""

    tables: Texts


class History(Criterion, kw_only=True):
    """The number of revisions."""

    minimum_revisions: Count
    """How many revisions have to change the schema."""


class UsernameLength(Criterion, kw_only=True):
    """The change of a column's type."""

    columns: OneColumn
    """The column whose type is changed, with the new type."""
    restored_type: Text
    """The type that the column must have again after the downgrade."""


_OWN_KEYS: dict[str, type[Criterion]] = {
    "user_columns": UserColumns,
    "category_table": CategoryTable,
    "history": History,
    "username_length": UsernameLength,
}
"""The criteria with keys of their own. The others are judged by the reference models or by the run."""

if TYPE_CHECKING:
    Criteria: TypeAlias = Any
else:
    Criteria = msgspec.defstruct(
        "Criteria",
        [(name, _OWN_KEYS.get(name, Criterion) | UnsetType, UNSET) for name in CRITERION_IDS],
        bases=(Table,),
        namespace={
            "__doc__": "The criteria, in the order of the report. One that is left out is not judged."
        },
    )


class Reference(Table):
    """The reference models, and the schema that is made from them."""

    models: Text
    """The Python file that defines the models, beside this file."""
    metadata: Text
    """The way to the models' metadata in that file: `db.Model.metadata`."""
    schema: Text
    """The file with the models' DDL, beside this file."""


class AcceptedType(Table):
    """A column of the reference models that may have other types as well."""

    column: ColumnName
    """The table, a dot and the column."""
    type: Text | Texts
    """The type, or a list of types, that is right."""


class LimitsTable(Table):
    """What one submission may use."""

    step_seconds: PositiveNumber = Limits.step_seconds
    """The wall time of one command, in seconds."""
    trial_seconds: PositiveNumber = Limits.trial_seconds
    """The seconds of all commands that are run for a submission, without the first second of each."""
    output_bytes: ByteCount = Limits.output_bytes
    """How many bytes are kept of each of a command's two outputs."""
    submission_bytes: Count = Limits.submission_bytes
    """The size of all files handed in, in bytes."""
    submission_files: Count = Limits.submission_files
    """The number of files handed in."""


class VisibilityTable(Table):
    """Who sees the hints and the points in what reaches students."""

    hints: Audience = Audience.STUDENT
    """Who sees hints and the next step."""
    points: Audience = Audience.STUDENT
    """Who sees points, also those of the whole submission."""


class AssignmentTable(Table, kw_only=True):
    """How one exercise is graded."""

    schema_version: Literal["1"]
    """The version of this file's layout."""
    id: Text
    """The name of the assignment in reports and file names."""
    title: Text
    """The title of the assignment in reports."""
    max_score: PositiveNumber
    """The sum of the points of the required and the practice criteria, to catch slips."""
    alembic_root: Text | UnsetType = UNSET
    """The folder of `alembic.ini` inside a submission; without it, the folder is looked for."""
    handed_out_revisions: Texts = ()
    """Revision ids that students may share, because all of them were given these revisions."""
    reference: Reference
    criteria: Criteria
    accept: Annotated[tuple[AcceptedType, ...], Meta(title="one or more tables under [[accept]]")] = ()
    limits: LimitsTable = msgspec.field(default_factory=LimitsTable)
    visibility: VisibilityTable = msgspec.field(default_factory=VisibilityTable)


class ReferenceOnly(msgspec.Struct):
    """The part of the file that says where the reference is. The rest may be unfinished."""

    schema_version: Literal["1"]
    reference: Reference
