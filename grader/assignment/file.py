"""Reads `assignment.toml` and the reference schema beside it into an `Assignment`, or says what is wrong.

Imports no models: of the reference solution it needs the two data files only, so a student's self-check works
without the solution's code.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.assignment.model import (
    CRITERION_IDS,
    MOST_OUTPUT_BYTES,
    Alternative,
    Assignment,
    Audience,
    CriterionSettings,
    Expectations,
    ExpectedColumn,
    ExpectedForeignKey,
    ExpectedKey,
    Group,
    Limits,
    Visibility,
)
from grader.assignment.toml_file import Table, TomlFile
from grader.errors import ConfigurationError
from grader.files.text_file import read_text

SCHEMA_VERSION = "1"

_SCHEMA_KEYS = ("columns", "tables", "primary_keys", "unique", "foreign_keys")
_EXPECTATION_KEYS = {
    "user_columns": _SCHEMA_KEYS,
    "category_table": _SCHEMA_KEYS,
    "history": ("minimum_revisions",),
    "username_length": ("columns", "restored_type"),
}
"""What each criterion can be told to expect; the others are measured by the reference or by the run."""

_NEEDED_KEYS = {
    "user_columns": ("columns",),
    "category_table": ("tables",),
    "history": ("minimum_revisions",),
    "username_length": ("columns", "restored_type"),
}
"""Without these a criterion would have nothing to judge."""

_COLUMN = re.compile(r"(?P<table>[^\s.(),]+)\.(?P<column>[^\s.(),]+)")
_KEY_TEXT = r"([^\s.(),]+)\s*\(\s*([^\s.(),]+(?:\s*,\s*[^\s.(),]+)*)\s*\)"
_KEY = re.compile(_KEY_TEXT)
_FOREIGN_KEY = re.compile(rf"{_KEY_TEXT}\s*->\s*{_KEY_TEXT}")

_SHORT_TYPES = {
    "varchar": "character varying{}",
    "char": "character{}",
    "int": "integer",
    "bool": "boolean",
    "decimal": "numeric{}",
    "timestamp": "timestamp{} without time zone",
    "timestamptz": "timestamp{} with time zone",
}
"""Short forms of types, and what PostgreSQL makes of them; the brackets take the size."""
_SIZED_TYPE = re.compile(r"(\w+)(\([\d,]+\))?", re.ASCII)

_MODELS_DIGEST = re.compile(r"^-- sha256 of the models: ([0-9a-f]{64})$", re.MULTILINE)


@dataclass(frozen=True)
class ReferenceFiles:
    """Where an assignment's reference models are, and the schema made from them."""

    models: Path
    """The Python file that defines the models. A self-check ships without it."""
    metadata: str
    """The way to the models' metadata in that file: `db.Model.metadata`."""
    schema: Path
    """The models' DDL."""


def default_path() -> Path:
    """The assignment that is graded when none is named.

    An installed package carries it; a source tree has it beside the reference solution.
    """
    package = Path(__file__).parent
    packaged = package / "exercise" / "assignment.toml"
    return packaged if packaged.exists() else package.parents[1] / "reference_solution" / "assignment.toml"


def load(path: Path) -> Assignment:
    """Read and validate an assignment file and the reference schema that it names.

    Raises:
        ConfigurationError: the message names the file, the key and the line.
    """
    top = _top(path)
    criteria = _criteria(top)
    reference_sql = _reference_sql(top)
    return Assignment(
        id=top.text("id"),
        title=top.text("title"),
        sha256=hashlib.sha256(f"{top.file.text}\0{reference_sql}".encode()).hexdigest(),
        criteria=criteria,
        reference_sql=reference_sql,
        alternatives=tuple(_alternative(table) for table in top.tables("accept")),
        limits=_limits(top),
        alembic_root=_alembic_root(top),
        visibility=_visibility(top),
        handed_out=top.texts("handed_out_revisions") if "handed_out_revisions" in top else (),
    )


def reference_files(path: Path) -> ReferenceFiles:
    """Read where the reference models and their schema are; the schema may be missing or out of date.

    Raises:
        ConfigurationError: the message names the file, the key and the line.
    """
    return _reference_files(_top(path))


def models_digest(models: Path) -> str:
    """A hash of a models file's text, the same whatever line ends a checkout gave it.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    return hashlib.sha256(read_text(models).encode()).hexdigest()


def schema_header(models: Path) -> str:
    """The comment that goes above the DDL made from a models file, and ties it to that file's content.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    return (
        f"-- The schema of the reference models in {models.name}.\n"
        "-- Made by `python -m grader.reference_ddl`: change the models and run it again, not this file.\n"
        f"-- sha256 of the models: {models_digest(models)}\n"
    )


def _top(path: Path) -> Table:
    """The file's outermost table, of a layout that this module knows."""
    top = TomlFile.read(path).root
    top.only(
        "schema_version",
        "id",
        "title",
        "max_score",
        "alembic_root",
        "handed_out_revisions",
        "reference",
        "criteria",
        "accept",
        "limits",
        "visibility",
    )
    top.choice("schema_version", [SCHEMA_VERSION])
    return top


def _reference_files(top: Table) -> ReferenceFiles:
    table = top.table("reference")
    table.only("models", "metadata", "schema")
    folder = top.file.path.parent
    return ReferenceFiles(
        folder / table.text("models"), table.text("metadata"), folder / table.text("schema")
    )


def _reference_sql(top: Table) -> str:
    """The reference schema, made sure to be the one of the models where these are at hand."""
    files = _reference_files(top)
    table = top.table("reference")
    remedy = f"Run `python -m grader.reference_ddl {top.file.path}` to make it from the models."
    if not files.schema.is_file():
        error = table.wrong("schema", f"names {files.schema}, and there is no such file.")
        beside = "It comes with the assignment file: put it there."
        raise ConfigurationError(error.message, next_step=remedy if files.models.is_file() else beside)
    sql = read_text(files.schema)
    if "create table" not in sql.lower():
        raise table.wrong("schema", f"names {files.schema}, and no table is created in it.")
    recorded = _MODELS_DIGEST.search(sql)
    if files.models.is_file() and (recorded is None or recorded[1] != models_digest(files.models)):
        error = table.wrong(
            "schema", f"names {files.schema}, which was not made from {files.models} as that file is now."
        )
        raise ConfigurationError(error.message, next_step=remedy)
    return sql


def _criteria(top: Table) -> tuple[CriterionSettings, ...]:
    table = top.table("criteria")
    table.only(*CRITERION_IDS, what="criterion")
    criteria = tuple(_criterion(table.table(name), name) for name in table.values)
    total = math.fsum(item.points for item in criteria if item.group is not Group.BONUS)
    if not math.isclose(total, top.positive("max_score")):
        raise top.wrong(
            "max_score",
            f"is {top.number('max_score'):g}, but the points of the required and the practice criteria "
            f"add up to {total:g}.",
        )
    return criteria


def _criterion(table: Table, criterion_id: str) -> CriterionSettings:
    table.only("group", "points", "visibility", *_EXPECTATION_KEYS.get(criterion_id, ()))
    for name in _NEEDED_KEYS.get(criterion_id, ()):
        table.need(name)
    return CriterionSettings(
        id=criterion_id,
        group=Group(table.choice("group", list(Group))),
        points=table.number("points"),
        expectations=_expectations(table, criterion_id),
        visibility=_audience(table, "visibility"),
    )


def _expectations(table: Table, criterion_id: str) -> Expectations:
    columns = _columns(table.table("columns")) if "columns" in table else ()
    if criterion_id == "username_length" and len(columns) != 1:
        raise table.wrong("columns", "must hold one column: the one whose type is changed.")
    return Expectations(
        columns=columns,
        tables=table.texts("tables") if "tables" in table else (),
        primary_keys=_keys(table, "primary_keys"),
        unique=_keys(table, "unique"),
        foreign_keys=_foreign_keys(table),
        minimum_revisions=table.count("minimum_revisions") if "minimum_revisions" in table else 0,
        restored_type=_type(table.text("restored_type")) if "restored_type" in table else None,
    )


def _columns(table: Table) -> tuple[ExpectedColumn, ...]:
    if not table.values:
        raise table.file.problem(table.key, "must hold at least one column.")
    return tuple(_column(table, name) for name in table.values)


def _column(columns: Table, name: str) -> ExpectedColumn:
    match = _COLUMN.fullmatch(name)
    if match is None:
        raise columns.wrong(
            name, 'is not a column: write the table, a dot and the column, in quotes: "users.bio".'
        )
    table = columns.table(name)
    table.only("type", "nullable")
    return ExpectedColumn(match["table"], match["column"], _types(table), table.flag("nullable"))


def _types(table: Table) -> tuple[str, ...]:
    """The key `type`: one type, or a list of them."""
    value = table.need("type")
    texts = table.texts("type") if isinstance(value, list) else (table.text("type"),)
    return tuple(_type(text) for text in texts)


def _type(text: str) -> str:
    """A type as PostgreSQL's `format_type` writes it, from that or from a common short form."""
    if '"' in text:
        return text.strip()  # a quoted name means just what it says
    plain = re.sub(r"\s*([(,)])\s*", r"\1", " ".join(text.lower().split())).replace(")", ") ").strip()
    match = _SIZED_TYPE.fullmatch(plain)
    return _SHORT_TYPES.get(match[1], match[0]).format(match[2] or "") if match else plain


def _keys(table: Table, name: str) -> tuple[ExpectedKey, ...]:
    if name not in table:
        return ()
    keys = []
    for text in table.texts(name):
        match = _KEY.fullmatch(text.strip())
        if match is None:
            raise table.wrong(
                name, f'has "{text}": write a table and its columns like this: "categories(name)".'
            )
        keys.append(ExpectedKey(match[1], _names(match[2])))
    return tuple(keys)


def _foreign_keys(table: Table) -> tuple[ExpectedForeignKey, ...]:
    name = "foreign_keys"
    if name not in table:
        return ()
    keys = []
    for text in table.texts(name):
        match = _FOREIGN_KEY.fullmatch(text.strip())
        if match is None or len(_names(match[2])) != len(_names(match[4])):
            raise table.wrong(
                name, f'has "{text}": write it like this: "posts(category_id) -> categories(id)".'
            )
        keys.append(ExpectedForeignKey(match[1], _names(match[2]), match[3], _names(match[4])))
    return tuple(keys)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _alternative(table: Table) -> Alternative:
    table.only("column", "type")
    match = _COLUMN.fullmatch(table.text("column"))
    if match is None:
        raise table.wrong("column", 'must be a table, a dot and a column, like "users.username".')
    return Alternative(match["table"], match["column"], _types(table))


def _limits(top: Table) -> Limits:
    if "limits" not in top:
        return Limits()
    table = top.table("limits")
    table.only("step_seconds", "output_bytes", "submission_bytes", "submission_files")
    usual = Limits()

    def count(name: str, otherwise: int) -> int:
        return table.count(name) if name in table else otherwise

    if (output := count("output_bytes", usual.output_bytes)) > MOST_OUTPUT_BYTES:
        raise table.wrong("output_bytes", f"must be at most {MOST_OUTPUT_BYTES:,}.")
    return Limits(
        step_seconds=table.positive("step_seconds") if "step_seconds" in table else usual.step_seconds,
        output_bytes=output,
        submission_bytes=count("submission_bytes", usual.submission_bytes),
        submission_files=count("submission_files", usual.submission_files),
    )


def _alembic_root(top: Table) -> str | None:
    if "alembic_root" not in top:
        return None
    root = PurePosixPath(top.text("alembic_root"))
    if root.is_absolute() or ".." in root.parts:
        raise top.wrong("alembic_root", 'must be a folder inside the submission, such as "backend".')
    return str(root)


def _visibility(top: Table) -> Visibility:
    if "visibility" not in top:
        return Visibility()
    table = top.table("visibility")
    table.only("hints", "points")
    return Visibility(hints=_audience(table, "hints"), points=_audience(table, "points"))


def _audience(table: Table, name: str) -> Audience:
    return Audience(table.choice(name, list(Audience))) if name in table else Audience.STUDENT
