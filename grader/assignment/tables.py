"""The tables and keys of `assignment.toml` as types: what may stand there, and what each key means.

msgspec checks a file by these types, and `grader.assignment.schema` makes the JSON Schema for editors from
them. A `title` completes the sentence "`key` must be ..."; the text under a field is its description in the
schema. Must not know what the values are used for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from grader.assignment import objects
from grader.assignment.checklist import Fact
from grader.assignment.model import MOST_OUTPUT_BYTES, Audience, Group, Limits
from grader.assignment.objects import ExpectedColumn, ExpectedDefault, ExpectedSchema

_LARGEST = sys.float_info.max  # TOML has `inf` and `nan`
_NAME = r"[^\s.(),]+"
_KEY = rf"{_NAME}\s*\(\s*{_NAME}(\s*,\s*{_NAME})*\s*\)"

Text = Annotated[str, Meta(pattern=r"\S", title="a text that is not empty")]
Texts = Annotated[tuple[Text, ...], Meta(min_length=1, title="a list of one or more texts")]
Flag = Annotated[bool, Meta(title="true or false")]
Number = Annotated[float, Meta(ge=0, le=_LARGEST, title="a number, 0 or more")]
PositiveNumber = Annotated[float, Meta(gt=0, le=_LARGEST, title="a number above 0")]
Moment = Annotated[datetime, Meta(title="a date with a time, without quotes: 2026-05-04T23:59:00+02:00")]
Count = Annotated[int, Meta(ge=1, title="a whole number, 1 or more")]
ByteCount = Annotated[
    int, Meta(ge=1, le=MOST_OUTPUT_BYTES, title=f"a whole number from 1 to {MOST_OUTPUT_BYTES:,}")
]
ColumnName = Annotated[
    str,
    Meta(pattern=rf"^{_NAME}\.{_NAME}$", title='a table, a dot and a column, in quotes: "customers.email"'),
]
ObjectName = Annotated[
    str,
    Meta(
        pattern=rf"^{_NAME}(\.{_NAME})?$", title='a table, or a table, a dot and a column: "customers.email"'
    ),
]
CheckName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_-]*(\.\S+)?$",
        title='the id of a criterion, or with a dot that of one of its checks: "history.line"',
    ),
]
ModelName = Annotated[
    str,
    Meta(
        pattern=rf"^{_NAME}(\.{_NAME}(\s+\S.*)?)?$",
        title='a table, a column, or a column with its type: "users", "users.bio", "users.bio text"',
    ),
]
Name = Annotated[str, Meta(pattern=rf"^{_NAME}$", title="a name without its table")]
VariableName = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", title="the name of a variable")]
KeyText = Annotated[
    str, Meta(pattern=rf"^\s*{_KEY}\s*$", title='a table and its columns, like this: "customers(email)"')
]
ForeignKeyText = Annotated[
    str,
    Meta(
        pattern=rf"^\s*{_KEY}\s*->\s*{_KEY}\s*$",
        title='a foreign key, like this: "orders(customer_id) -> customers(id)"',
    ),
]
KeyTexts = Annotated[tuple[KeyText, ...], Meta(min_length=1, title="a list of one or more keys")]
ForeignKeyTexts = Annotated[
    tuple[ForeignKeyText, ...], Meta(min_length=1, title="a list of one or more foreign keys")
]


class Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """A table of the file: an unknown key is refused. What a file does not give is not written either."""


class Column(Table, frozen=True):
    """A column that has to exist."""

    type: Text | Texts | UnsetType = UNSET
    """The type, as PostgreSQL writes it or in short; of a list, each type is right. Without it, any type
    is."""
    nullable: Flag | UnsetType = UNSET
    """Whether the column takes NULL; without it, both are right."""

    def expected(self, name: str) -> ExpectedColumn:
        """The column as a value, by its name with its table."""
        return ExpectedColumn(
            *objects.column_name(name),
            types=() if isinstance(self.type, UnsetType) else objects.types(self.type),
            nullable=None if isinstance(self.nullable, UnsetType) else self.nullable,
        )


class Sql(Table, frozen=True):
    """A value that PostgreSQL works out."""

    sql: Text
    """The value as SQL: `now()`, `NULL`, `ARRAY[1, 2]`."""


Value: TypeAlias = (
    Annotated[str, Meta(title="a text")]
    | Annotated[int, Meta(title="a number")]
    | Annotated[float, Meta(title="a number")]
    | Flag
    | Annotated[Sql, Meta(title='SQL like { sql = "now()" }')]
)
"""A value of a column. A text is itself, and no SQL."""


def sql_of(value: str | float | Sql) -> str:
    """A value as SQL."""
    return value.sql if isinstance(value, Sql) else objects.literal(value)


Enums = Annotated[dict[ObjectName, Texts], Meta(min_length=1, title="a table of one or more enums")]
Defaults = Annotated[
    dict[ColumnName, Value], Meta(min_length=1, title="a table of one or more columns with their defaults")
]
Columns = Annotated[dict[ColumnName, Column], Meta(min_length=1, title="a table of one or more columns")]


Way: TypeAlias = tuple[str | int, ...]
"""The way to a value in a criterion's table."""
Mistake: TypeAlias = tuple[Way, str]
"""The way to a value, and the rest of a sentence about it: `must name ...`."""
CriterionId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_-]*$",
        max_length=60,
        title="an id of letters, digits, `_` and `-`, a letter first",
    ),
]


PartId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_-]*$",
        max_length=60,
        title="the id of a part: letters, digits, `_` and `-`, a letter first",
    ),
]


class KindSettings(Table, frozen=True, kw_only=True, tag_field="kind"):
    """A criterion: the keys that all kinds have. A kind adds its own, and passes `tag="name of the kind"`."""

    title: Text | UnsetType = UNSET
    """The criterion's title in reports; without it, the kind makes one."""
    text: Text | UnsetType = UNSET
    """What the rubric says: when the criterion passes. Paragraphs are parted by empty lines. Without it, the
    kind makes one."""
    group: Group = Group.REQUIRED
    """How the points count. A practice criterion with points counts like a required one."""
    points: Number
    """The points; the checks of the criterion share them."""
    all_or_nothing: Flag | UnsetType = UNSET
    """Whether there are only points when all checks pass. Without it, the kind decides."""
    visibility: Audience = Audience.STUDENT
    """Who sees this criterion. It counts all the same."""
    requires: Annotated[tuple[Text, ...], Meta(title="a list of ids of criteria")] | UnsetType = UNSET
    """The ids of the criteria that have to pass first; without it, what the kind needs."""
    part: PartId | UnsetType = UNSET
    """The part of the exercise after which the criterion has to pass. Until a student gets there, it is shown
    as "not yet". Its points do not depend on this."""
    check_parts: Annotated[
        dict[Text, PartId], Meta(min_length=1, title="a table of one or more checks with their parts")
    ] = {}
    """Checks of the criterion that have to pass after another part, by their ids: `{ line = "first" }`."""

    def parts(self) -> Iterator[tuple[Way, ExpectedSchema]]:
        """What the criterion asks for at head, one thing at a time, with the way to it in its table.

        Nothing, unless a kind says so. The reference schema has to have it as well.
        """
        yield from ()

    def types_asked(self) -> Iterator[tuple[Way, str]]:
        """The types that the criterion names, with the way to each."""
        for way, part in self.parts():
            yield from ((way, written) for column in part.columns for written in column.types)

    def defaults_asked(self) -> Iterator[ExpectedDefault]:
        """The server defaults that the criterion names."""
        for _, part in self.parts():
            yield from part.defaults

    def queries_asked(self) -> Iterator[tuple[Way, str, bool]]:
        """The queries of the criterion: the way to each, its text, and whether it is about head's schema."""
        yield from ()

    def earlier_names(self) -> Iterator[str]:
        """Tables and columns of the criterion that need not be there at head: `users`, `users.full_name`."""
        yield from ()

    def mistakes(self) -> Iterator[Mistake]:
        """What is wrong although each value is of its type: nothing, unless a kind says so."""
        yield from ()


class Reference(Table, frozen=True):
    """The reference models, and the schema that is made from them."""

    models: Text
    """The Python file that defines the models, beside this file."""
    metadata: Text
    """The way to the models' metadata in that file: `db.Model.metadata`."""
    schema: Text
    """The file with the models' DDL, beside this file."""


class AcceptedType(Table, frozen=True):
    """A column of the reference models that may have other types as well."""

    column: ColumnName
    """The table, a dot and the column."""
    type: Text | Texts
    """The type, or a list of types, that is right."""


class LimitsTable(Table, frozen=True):
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


class LateTable(Table, frozen=True):
    """What late work costs. Without this table, it costs nothing."""

    due: Moment
    """When the work was due. The time zone stands behind the time (`+02:00`), or under `zone`."""
    zone: Text | UnsetType = UNSET
    """The time zone of times that name none, here and in the roster: `"Europe/Berlin"`."""
    grace_days: Number = 0.0
    """Days after `due` that cost nothing."""
    points_per_day: PositiveNumber | UnsetType = UNSET
    """The points that each day costs. A day that has begun counts."""
    percent_per_day: PositiveNumber | UnsetType = UNSET
    """What each day costs, in percent of `max_score`, instead of `points_per_day`."""
    most: PositiveNumber | UnsetType = UNSET
    """The most that can be lost, in points or in percent, as the key for a day. Without it, everything."""
    nothing_after_days: PositiveNumber | UnsetType = UNSET
    """Days after `due` after which the work has no points at all."""


class VisibilityTable(Table, frozen=True):
    """Who sees the hints and the points in what reaches students."""

    hints: Audience = Audience.STUDENT
    """Who sees hints and the next step."""
    points: Audience = Audience.STUDENT
    """Who sees points, also those of the whole submission."""


class ChecklistTable(Table, frozen=True):
    """An item of the checklist that every report ends with. It gives no points."""

    text: Text
    """What the student has to have done, as the exercise says it."""
    optional: Flag = False
    """Whether it may be left out. An optional item only counts once it is done."""
    part: PartId | UnsetType = UNSET
    """The part of the exercise that the item belongs to."""
    criteria: Annotated[
        tuple[CheckName, ...], Meta(min_length=1, title="a list of one or more criteria")
    ] = ()
    """The criteria that have to pass, each by its id; with a dot and the id of a check (`"history.line"`),
    that check alone."""
    facts: Annotated[tuple[Fact, ...], Meta(min_length=1, title="a list of one or more facts")] = ()
    """What has to be seen in the files or the runs: `alembic_installed`, `alembic_set_up` (a configuration
    and a script folder), `no_url_in_config` (`sqlalchemy.url` is commented out), `models_loaded` (`env.py`
    has tables to compare with), `revision_made`, `revision_applied`."""
    models: Annotated[
        tuple[ModelName, ...], Meta(min_length=1, title="a list of one or more tables or columns")
    ] = ()
    """What the student's models have to define: a table, `"table.column"`, or `"table.column type"`."""
    look: Flag = False
    """Whether nothing shows it, so that it is for a person to look at. Beside it there are only `text` and
    `optional`."""


class ProjectTable(Table, frozen=True):
    """How a submission is run: where its parts are, and what it needs besides its own files."""

    alembic_root: Text | UnsetType = UNSET
    """The folder of `alembic.ini` inside a submission; without it, the folder is looked for."""
    flask_app: Text | UnsetType = UNSET
    """The value of `FLASK_APP`, where the app is not beside the migrations and no `.flaskenv` says it."""
    working_folder: Text | UnsetType = UNSET
    """The folder inside a submission in which commands are run; without it, that of `alembic.ini`."""
    requirements: Text | Texts = ()
    """What students' code imports beyond the packages of every sandbox, with exact versions: a file beside
    this one, or a list like `["asyncpg==0.31.0"]`. It may name another SQLAlchemy or Alembic, too."""
    extensions: Texts = ()
    """Extensions of PostgreSQL that are made in every database before the first step."""
    direct_url: Texts = ("DIRECT_URL",)
    """The variables that hold the URL of the direct connection."""
    pooled_url: Texts = ("DATABASE_URL",)
    """The variables that hold the URL of the pooled connection. If both keys name the same variable, there is
    one connection, and no difference is made."""
    variables: Annotated[dict[VariableName, str], Meta(title="a table of variables, each a text")] = {}
    """Further variables of every step."""
    files: Annotated[dict[Text, Text], Meta(title="a table of paths")] = {}
    """Files that a submission gets where it lacks them: the path inside the submission, and the file beside
    this one that is put there."""


class AcceptedTable(Table, frozen=True, kw_only=True):
    """A finding of `grader assignment check` that is as it should be."""

    name: Text | Texts
    """The id of an answer, the name of an operator for all answers that it makes, or, in `dead`, of a
    criterion; or a list of these."""
    reason: Text
    """Why it is as it should be."""


AcceptedTables = Annotated[
    tuple[AcceptedTable, ...], Meta(min_length=1, title="a list of tables like { name = ..., reason = ... }")
]


class ProofTable(Table, frozen=True):
    """How `grader assignment check` proves the rubric."""

    solution: Text | UnsetType = UNSET
    """The folder of the reference solution, beside this file; without it, the one that the models are in."""
    unfair: AcceptedTables = ()
    """Right answers that may lose points."""
    unseen: AcceptedTables = ()
    """Mistakes that may cost nothing."""
    overlooked: AcceptedTables = ()
    """Mistakes in what a criterion names that this criterion need not see."""
    double: AcceptedTables = ()
    """Single mistakes that may cost more than one criterion's worth."""
    dead: AcceptedTables = ()
    """Criteria that no mistake has to fail."""


class AssignmentTable(Table, frozen=True, kw_only=True):
    """How one exercise is graded."""

    schema_version: Literal["2"]
    """The version of this file's layout."""
    id: Text
    """The name of the assignment in reports and file names."""
    title: Text
    """The title of the assignment in reports."""
    max_score: PositiveNumber
    """The sum of the points of the required and the practice criteria, to catch slips."""
    handed_out_revisions: Texts = ()
    """Revision ids that students may share, because all of them were given these revisions."""
    reference: Reference | UnsetType = UNSET
    """Without it, the students' own models are all that a database is compared with."""
    project: ProjectTable = msgspec.field(default_factory=ProjectTable)
    aliases: Annotated[
        dict[ObjectName, Text | Texts],
        Meta(title="a table of other names, each a text or a list of texts"),
    ] = {}
    """Other names that do as well as those of the reference: `subjects = ["courses"]` for a table,
    `"grades.grade" = ["mark"]` for a column. The first that is found is taken."""
    criteria: Annotated[
        dict[CriterionId, dict[str, Any]], Meta(min_length=1, title="one or more tables [criteria.ID]")
    ]
    """The criteria, in the order of the report, each under an id of your own."""
    accept: Annotated[tuple[AcceptedType, ...], Meta(title="one or more tables under [[accept]]")] = ()
    parts: Annotated[
        dict[PartId, Text], Meta(min_length=1, title="a table of one or more parts, each with its title")
    ] = {}
    """The parts of the exercise in their order, each with its title under an id of your own:
    `set_up = "Set Alembic up"`. Criteria and items of the checklist name theirs as `part`. Reports then say
    which part a student is at."""
    checklist: Annotated[
        tuple[ChecklistTable, ...], Meta(title="one or more tables under [[checklist]]")
    ] = ()
    """What a student has to have done, item by item. Every report shows it with a tick, a cross or a question
    mark, and the next open item above it."""
    late: LateTable | UnsetType = UNSET
    limits: LimitsTable = msgspec.field(default_factory=LimitsTable)
    proof: ProofTable = msgspec.field(default_factory=ProofTable)
    visibility: VisibilityTable = msgspec.field(default_factory=VisibilityTable)


class FilesOnly(msgspec.Struct):
    """The part of the file that names other files. The rest may be unfinished."""

    schema_version: Literal["2"]
    reference: Reference | UnsetType = UNSET
    project: ProjectTable = msgspec.field(default_factory=ProjectTable)
