"""Writes the reference schema: `python -m grader.reference_ddl ASSIGNMENT` makes DDL from reference models.

For instructors, after a change of their models. It imports the models, which are the instructor's own code.
Must not be used in grading, which reads only the DDL.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_mock_engine
from sqlalchemy.schema import ExecutableDDLElement

from grader.assignment.file import ReferenceFiles, reference_files, schema_header
from grader.assignment.project import variables_of
from grader.errors import ConfigurationError, GraderError

_NO_DATABASE = "postgresql://nobody@localhost/none"
"""A Flask app needs a URL when its models are imported; nothing connects to it."""
_USUAL = {"DATABASE_URL": _NO_DATABASE, "DIRECT_URL": _NO_DATABASE}


def load_metadata(files: ReferenceFiles, variables: Mapping[str, str] = _USUAL) -> MetaData:
    """Import the reference models and return their metadata.

    Changes `sys.path`, and sets variables that are not set. Call it in a process that does nothing else.

    Args:
        files: where the models are.
        variables: what they may read from the environment.

    Raises:
        ConfigurationError: the models cannot be imported, or have no such metadata.
    """
    for variable, value in variables.items():
        os.environ.setdefault(variable, value)
    folder, name = _importable(files.models.resolve())
    sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module(name)
    except Exception as error:
        raise ConfigurationError(
            f"{files.models} cannot be imported: {type(error).__name__}: {error}",
            next_step="Correct the models, or install what they import.",
        ) from error
    try:
        metadata = attrgetter(files.metadata)(module)
    except AttributeError as error:
        raise ConfigurationError(f"{files.models} has no `{files.metadata}`: {error}.") from error
    if not isinstance(metadata, MetaData) or not metadata.tables:
        raise ConfigurationError(f"`{files.metadata}` in {files.models} is not the metadata of any tables.")
    return metadata


def _importable(models: Path) -> tuple[Path, str]:
    """The folder that a file is imported from, and its name there, with that of its package."""
    folder, names = models.parent, [models.stem] if models.stem != "__init__" else []
    while (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(names or [models.stem])


def ddl(metadata: MetaData) -> str:
    """The statements that create the types, tables and indexes of a metadata, in an order that works."""
    statements: list[str] = []

    def note(statement: ExecutableDDLElement, *_: Any, **__: Any) -> None:
        statements.append(f"{str(statement.compile(dialect=engine.dialect)).strip()};\n")

    # Other parameter styles double a `%` in a constraint.
    engine = create_mock_engine("postgresql+psycopg2://", note, paramstyle="named")
    metadata.create_all(engine, checkfirst=False)
    return "\n".join(statements)


def write(assignment: Path) -> Path:
    """Write the reference schema that an assignment names, and return its path.

    Raises:
        ConfigurationError: the assignment file or the models are wrong, or the schema cannot be written.
    """
    files = reference_files(assignment)
    if files is None:
        raise ConfigurationError(
            f"{assignment} names no reference models.",
            next_step="If there is something to make a schema from, write a table [reference].",
        )
    text = (
        f"{schema_header(files.models)}\n{ddl(load_metadata(files, variables_of(assignment, _NO_DATABASE)))}"
    )
    try:
        files.schema.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConfigurationError(f"{files.schema} cannot be written: {error.strerror}.") from error
    return files.schema


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m grader.reference_ddl",
        description="Make the reference schema (SQL) from an assignment's reference models.",
    )
    parser.add_argument("assignment", type=Path, help="the assignment.toml")
    try:
        written = write(parser.parse_args(arguments).assignment)
    except GraderError as error:
        sys.stderr.write(f"{error.message}\n")
        if error.next_step:
            sys.stderr.write(f"{error.next_step}\n")
        return error.exit_code
    sys.stdout.write(f"Wrote {written}.\n")
    return 0
