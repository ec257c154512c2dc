"""Errors in the student's models: tables, columns and relationships that SQLAlchemy does not accept.

Knows nothing of migrations.
"""

from __future__ import annotations

import re

from grader.judging.diagnosis.clue import Clue, shortened
from grader.judging.diagnosis.interface import Advice, DiagnosisKind, Family


def _column_arguments(clue: Clue, match: re.Match[str]) -> Advice:
    what = shortened(match[1].strip("'\""), 60)
    return Advice(
        f"A column or a table is given {what}, which SQLAlchemy does not understand there{clue.here}.",
        "Check the spelling of the arguments (nullable, unique, primary_key, server_default), and give the "
        "type as `db.String(50)`, not as a text.",
    )


def _unknown_target(_: Clue, match: re.Match[str]) -> Advice:
    of, target = (shortened(name) for name in match.groups())
    if match[0].startswith("column"):
        return Advice(
            f"The foreign key of {of} in the models refers to a table {target}, which their metadata does "
            "not have.",
            "Write the table's name and not the class's (`ForeignKey(\"customers.id\")`), and import the "
            "model of that table too.",
        )
    return Advice(
        f"A foreign key of {target} in the models refers to {of}, and there is no such column.",
        "Correct the name: the table's and the column's as they are in the database.",
    )


KINDS = {
    "table_defined_twice": DiagnosisKind(
        "Two models for one table, or a models module imported under two names",
        (r"Table '([^'\n]{1,120})' is already defined for this MetaData instance",),
        "The table {0} is defined twice in the models{here}: two classes have the same __tablename__, or "
        "the module is imported under two names (`app` and `src.app`).",
        "Delete one of the classes or give it a __tablename__ of its own, and import the module by the same "
        "name everywhere.",
    ),
    "model_without_primary_key": DiagnosisKind(
        "A model has no primary key",
        (r"could not assemble any primary key columns for mapped table '([^'\n]{1,120})'",),
        "The model of the table {0} has no primary key{here}.",
        "Give it one: `id = db.Column(db.Integer, primary_key=True)`.",
    ),
    "relationship_unknown_class": DiagnosisKind(
        "A relationship() names a class that does not exist or is not imported",
        (r"expression ['\"]([^'\"\n]{1,120})['\"] failed to locate a name",),
        'A relationship() names the class "{0}", and no model of that name is known{here}.',
        "Correct the spelling, or import the module that defines {0} before the models are used.",
    ),
    "relationship_without_foreign_key": DiagnosisKind(
        "A relationship() between tables that no foreign key joins",
        (r"Could not determine join condition [^\n]{0,80}on relationship ([^\s]{1,120})",),
        "The relationship {0} joins two tables without exactly one foreign key between them.",
        'Add the column with `db.ForeignKey("table.id")` to one of the two models; with several foreign '
        "keys, say which: `foreign_keys=[…]`.",
    ),
    "foreign_key_unknown_target": DiagnosisKind(
        "A ForeignKey in the models names a table or column that the metadata does not have",
        (
            r"column '([^'\n]{1,120})' could not find table '([^'\n]{1,120})'",
            (
                r"ForeignKey '([^'\n]{1,120})' on table '([^'\n]{1,120})': "
                r"table '[^'\n]{1,120}' has no column named"
            ),
        ),
        explain=_unknown_target,
    ),
    "column_defined_twice": DiagnosisKind(
        "A column is given twice in one table",
        (r"A column with name '([^'\n]{1,120})' is already present in table '([^'\n]{1,120})'",),
        "The table {1} is given the column {0} twice{here}.",
        "Delete one of the two lines.",
    ),
    "reserved_attribute": DiagnosisKind(
        "A model has an attribute called metadata",
        (
            r"Attribute name '([^'\n]{1,60})' is reserved",
            (
                r"Neither 'Column' object nor 'Comparator' object has an attribute "
                r"'(?:tables|schema|naming_convention)'"
            ),
        ),
        "A model has a column called metadata, and that name belongs to SQLAlchemy{here}.",
        'Give the attribute another name: `extra = db.Column("metadata", db.Text)` keeps the name in the '
        "database.",
    ),
    "annotation_not_mapped": DiagnosisKind(
        "A model's annotation is not Mapped[...]",
        (r"Type annotation for ['\"]([^'\"\n]{1,120})['\"] can't be correctly interpreted",),
        "{0} has a type annotation that is not Mapped[…]{here}.",
        "Write `name: Mapped[str] = mapped_column(…)`, or leave the annotation out.",
    ),
    "columns_changed_by_ddl": DiagnosisKind(
        "A DDL element that waits for a table of the models changes its columns",
        (r"ColumnsChangedError: the models define (\d{1,6}) columns, and (\d{1,6}) are there",),
        "The models define {0} columns, and {1} are there once their tables are made: SQL that waits for a "
        "table to be made (`DDL(...)` in an `event.listen`) adds or drops some.",
        "Define each column in its model, and take the SQL that adds or drops columns out.",
    ),
    "column_arguments_wrong": DiagnosisKind(
        "A Column() or a table has arguments that SQLAlchemy does not understand",
        (
            r"'SchemaItem' object, such as a 'Column' or a 'Constraint' expected, got ([^\n]{1,80})",
            r"Additional arguments should be named <dialectname>_<argument>, got '([^'\n]{1,60})'",
        ),
        explain=_column_arguments,
    ),
    "mapping_error": DiagnosisKind(
        "SQLAlchemy cannot set up the models",
        (
            (
                r"sqlalchemy\.(?:orm\.)?exc\.(?:InvalidRequestError|ArgumentError|UnmappedClassError|"
                r"MappedAnnotationError|NoInspectionAvailable): ([^\n]{1,400})"
            ),
            r"One or more mappers (failed to initialize[^\n]{0,300})",
        ),
        "SQLAlchemy does not accept the code there{here}: {0:200}",
        "Correct that line; the message names the class or the argument that is wrong.",
        own_line=True,
    ),
}
FAMILY = Family("Models", "models", __doc__, KINDS)
