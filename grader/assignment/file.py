"""Reads `assignment.toml` and the reference schema beside it into an `Assignment`.

Must not import the reference models: a student's self-check has the two data files, but not the solution.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import UnsetType

from grader.assignment.model import (
    Assignment,
    CriterionSettings,
    Expectations,
    ExpectedColumn,
    ExpectedForeignKey,
    ExpectedKey,
    Group,
    Limits,
    Visibility,
)
from grader.assignment.tables import (
    AssignmentTable,
    Column,
    Criterion,
    History,
    Reference,
    ReferenceOnly,
    SchemaCriterion,
    UsernameLength,
)
from grader.assignment.toml_file import TomlFile
from grader.errors import ConfigurationError
from grader.files.text_file import read_text

_NAME = re.compile(r"[^\s.(),]+")
_SHORT_TYPES = {
    "varchar": "character varying{}",
    "char": "character{}",
    "int": "integer",
    "bool": "boolean",
    "decimal": "numeric{}",
    "timestamp": "timestamp{} without time zone",
    "timestamptz": "timestamp{} with time zone",
}
"""Short forms of types, and what PostgreSQL calls these types; `{}` is the place of the size."""
_SIZED_TYPE = re.compile(r"(\w+)(\([\d,]+\))?", re.ASCII)

_MODELS_DIGEST = re.compile(r"^-- sha256 of the models: ([0-9a-f]{64})$", re.MULTILINE)


@dataclass(frozen=True)
class ReferenceFiles:
    """Where an assignment's reference models are, and the schema that is made from them."""

    models: Path
    """The Python file that defines the models. A student's self-check does not have it."""
    metadata: str
    """The way to the models' metadata in that file: `db.Model.metadata`."""
    schema: Path
    """The models' DDL."""


def default_path() -> Path:
    """The path of the assignment that is graded when none is named.

    In an installed package it is inside the package, in a source tree beside the reference solution.
    """
    package = Path(__file__).parent
    packaged = package / "exercise" / "assignment.toml"
    return packaged if packaged.exists() else package.parents[1] / "reference_solution" / "assignment.toml"


def load(path: Path) -> Assignment:
    """Read and validate an assignment file and the reference schema that it names.

    Raises:
        ConfigurationError: the message names the file, the key and the line.
    """
    file = TomlFile.read(path)
    table = file.decoded(AssignmentTable)
    reference_sql = _reference_sql(file, table.reference)
    return Assignment(
        id=table.id,
        title=table.title,
        sha256=hashlib.sha256(f"{file.text}\0{reference_sql}".encode()).hexdigest(),
        criteria=_criteria(file, table),
        reference_sql=reference_sql,
        accepted_types=frozenset((item.column, name) for item in table.accept for name in _types(item.type)),
        limits=Limits(**msgspec.structs.asdict(table.limits)),
        alembic_root=_alembic_root(file, table),
        visibility=Visibility(**msgspec.structs.asdict(table.visibility)),
        handed_out=table.handed_out_revisions,
    )


def reference_files(path: Path) -> ReferenceFiles:
    """Read where the reference models and their schema are; the schema may be missing or out of date.

    Raises:
        ConfigurationError: the message names the file, the key and the line.
    """
    return _reference_files(path, TomlFile.read(path).decoded(ReferenceOnly).reference)


def models_digest(models: Path) -> str:
    """A hash of a models file's text. Line ends make no difference.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    return hashlib.sha256(read_text(models).encode()).hexdigest()


def schema_header(models: Path) -> str:
    """The comment above the DDL that is made from a models file, with a hash of that file.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    return (
        f"-- The schema of the reference models in {models.name}.\n"
        "-- Made by `python -m grader.reference_ddl`: change the models and run it again, not this file.\n"
        f"-- sha256 of the models: {models_digest(models)}\n"
    )


def _reference_files(path: Path, table: Reference) -> ReferenceFiles:
    return ReferenceFiles(path.parent / table.models, table.metadata, path.parent / table.schema)


def _reference_sql(file: TomlFile, table: Reference) -> str:
    """The reference schema. If the models are there, it must be made from them as they are now."""
    files = _reference_files(file.path, table)
    remedy = f"Run `python -m grader.reference_ddl {file.path}` to make it from the models."

    def wrong(problem: str, next_step: str = "") -> ConfigurationError:
        message = file.problem(("reference", "schema"), f"names {files.schema}, {problem}").message
        return ConfigurationError(message, next_step=next_step)

    if not files.schema.is_file():
        beside = "It comes with the assignment file: put it there."
        raise wrong("and there is no such file.", remedy if files.models.is_file() else beside)
    sql = read_text(files.schema)
    if "create table" not in sql.lower():
        raise wrong("and no table is created in it.")
    recorded = _MODELS_DIGEST.search(sql)
    if files.models.is_file() and (recorded is None or recorded[1] != models_digest(files.models)):
        raise wrong(f"which was not made from {files.models} as that file is now.", remedy)
    return sql


def _criteria(file: TomlFile, table: AssignmentTable) -> tuple[CriterionSettings, ...]:
    criteria = []
    for name in file.values["criteria"]:  # `table.criteria` has lost the order of the file
        criterion: Criterion = getattr(table.criteria, name)
        expectations = _expectations(criterion)
        for key in expectations.foreign_keys:
            if len(key.columns) != len(key.target_columns):
                raise file.problem(
                    ("criteria", name, "foreign_keys"),
                    f"must name as many columns of {key.table} as of {key.target_table}.",
                )
        criteria.append(
            CriterionSettings(name, criterion.group, criterion.points, expectations, criterion.visibility)
        )
    total = math.fsum(item.points for item in criteria if item.group is not Group.BONUS)
    if not math.isclose(total, table.max_score):
        raise file.problem(
            ("max_score",),
            f"is {table.max_score:g}, but the points of the required and the practice criteria "
            f"add up to {total:g}.",
        )
    return tuple(criteria)


def _expectations(table: Criterion) -> Expectations:
    match table:
        case SchemaCriterion():
            return Expectations(
                columns=_columns(table.columns),
                tables=table.tables,
                primary_keys=tuple(map(_key, table.primary_keys)),
                unique=tuple(map(_key, table.unique)),
                foreign_keys=tuple(map(_foreign_key, table.foreign_keys)),
                evolves=table.evolves,
            )
        case History():
            return Expectations(minimum_revisions=table.minimum_revisions)
        case UsernameLength():
            return Expectations(columns=_columns(table.columns), restored_type=_type(table.restored_type))
    return Expectations()


def _columns(columns: Mapping[str, Column]) -> tuple[ExpectedColumn, ...]:
    return tuple(
        ExpectedColumn(*_column_name(name), _types(column.type), column.nullable)
        for name, column in columns.items()
    )


def _column_name(text: str) -> tuple[str, str]:
    """`users.bio`: the table and the column."""
    table, column = _NAME.findall(text)
    return table, column


def _key(text: str) -> ExpectedKey:
    """`categories(name, slug)`: the table and its columns."""
    table, *columns = _NAME.findall(text)
    return ExpectedKey(table, tuple(columns))


def _foreign_key(text: str) -> ExpectedForeignKey:
    """`posts(category_id) -> categories(id)`."""
    own, target = map(_key, re.split(r"(?<=\))\s*->", text))
    return ExpectedForeignKey(own.table, own.columns, target.table, target.columns)


def _types(written: str | tuple[str, ...]) -> tuple[str, ...]:
    return (_type(written),) if isinstance(written, str) else tuple(map(_type, written))


def _type(text: str) -> str:
    """A type as PostgreSQL's `format_type` writes it, from that or from a common short form."""
    if '"' in text:
        return text.strip()  # a quoted name is kept as it is
    plain = re.sub(r"\s*([(,)])\s*", r"\1", " ".join(text.lower().split())).replace(")", ") ").strip()
    match = _SIZED_TYPE.fullmatch(plain)
    return _SHORT_TYPES.get(match[1], match[0]).format(match[2] or "") if match else plain


def _alembic_root(file: TomlFile, table: AssignmentTable) -> str | None:
    if isinstance(table.alembic_root, UnsetType):
        return None
    root = PurePosixPath(table.alembic_root)
    if root.is_absolute() or ".." in root.parts:
        raise file.problem(("alembic_root",), 'must be a folder inside the submission, such as "backend".')
    return str(root)
